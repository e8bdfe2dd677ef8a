import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { type CodecInstance, readText } from '../wasm/instance.js';
import { perCodec } from './per-codec.js';

/** One ABI: an architecture and a libc. */
export interface Abi {
  /** `arch-libc`, as a toolchain would say it: `x86_64-glibc`, `aarch64_be-musl`. */
  id: string;
  arch: string;
  libc: string;
  /** Operating system, whose control messages it has. */
  os: string;
  /** Bytes of a pointer. */
  word: 4 | 8;
  endian: 'little' | 'big';
  /** Id of the walk that its libc uses; absent where there are no control messages. */
  dialect: string;
  /** What proves the row: a compiler's program that ran, one that was only compiled, or a document. */
  proof: 'executed' | 'compiled' | 'document';
}

/** One walk: what CMSG_FIRSTHDR and CMSG_NXTHDR of an implementation do. */
export interface Dialect {
  id: string;
}

const PROOFS = ['executed', 'compiled', 'document'] as const;

interface Tables {
  abis: Abi[];
  dialects: Dialect[];
  abiNumbers: Map<string, number>;
  dialectNumbers: Map<string, number>;
}

/** The rows of the module, read once. */
const tablesOf = perCodec((codec): Tables => {
  const dialects = readDialects(codec);
  const abis = readAbis(codec, dialects);
  const abiNumbers = numbersOf(abis);
  const { aliasCount, aliasText, aliasAbi } = codec.exports;
  for (let alias = 0; alias < aliasCount(); alias++) {
    abiNumbers.set(readText(codec, aliasText(alias)), aliasAbi(alias));
  }
  return { abis, dialects, abiNumbers, dialectNumbers: numbersOf(dialects) };
});

function readAbis(codec: CodecInstance, dialects: Dialect[]): Abi[] {
  const { abiCount, abiText, abiWord, abiBig, abiWalk, abiProof, systemText } = codec.exports;
  return Array.from({ length: abiCount() }, (_, abi) => ({
    id: readText(codec, abiText(abi, 0)),
    arch: readText(codec, abiText(abi, 1)),
    libc: readText(codec, abiText(abi, 2)),
    os: readText(codec, systemText(abi)),
    word: abiWord(abi) as 4 | 8,
    endian: abiBig(abi) === 1 ? 'big' : 'little',
    dialect: dialects[abiWalk(abi)]?.id ?? '',
    proof: PROOFS[abiProof(abi)] ?? 'document',
  }));
}

function readDialects(codec: CodecInstance): Dialect[] {
  const { dialectCount, dialectText } = codec.exports;
  return Array.from({ length: dialectCount() }, (_, row) => ({ id: readText(codec, dialectText(row)) }));
}

/** Every ABI row. */
export function listAbis(codec: CodecInstance): Abi[] {
  return tablesOf(codec).abis.map((row) => ({ ...row }));
}

/** Every walk. */
export function listDialects(codec: CodecInstance): Dialect[] {
  return tablesOf(codec).dialects.map((row) => ({ ...row }));
}

/** The number of the ABI row `id`, which may be an older name of it; an unknown id names the nearest or all. */
export function findAbi(codec: CodecInstance, id: string): number {
  return findRow(tablesOf(codec).abiNumbers, id, 'ABI');
}

/** The same, of an ABI that has control messages. */
export function findControlAbi(codec: CodecInstance, id: string): number {
  const abi = findAbi(codec, id);
  if (codec.exports.abiData(abi) > 0) return abi;
  throw new AncillaryError('ERR_UNSUPPORTED', `${id} has no control messages: its headers declare no struct cmsghdr`);
}

/** The number of the walk `id`, by default the one that the ABI's libc uses. */
export function findDialect(codec: CodecInstance, id: string | undefined, abi: number): number {
  if (id === undefined) return codec.exports.abiWalk(abi);
  return findRow(tablesOf(codec).dialectNumbers, id, 'dialect');
}

function numbersOf(rows: { id: string }[]): Map<string, number> {
  return new Map(rows.map(({ id }, number) => [id, number]));
}

function findRow(numbers: Map<string, number>, id: string, kind: string): number {
  const row = numbers.get(id);
  if (row !== undefined) return row;
  const known = [...numbers.keys()];
  const guess = typeof id === 'string' ? didYouMean(id, known) : '';
  throw invalidArgument(`unknown ${kind} ${show(id)}${guess || `; known: ${known.join(', ')}`}`);
}
