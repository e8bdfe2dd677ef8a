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
  /** Id of the walk that its libc uses; empty where there are no control messages. */
  dialect: string;
  /** What proves the row: a compiler's program that ran, one that was only compiled, or a document. */
  proof: 'executed' | 'compiled' | 'document';
}

/** One walk: what CMSG_FIRSTHDR and CMSG_NXTHDR of an implementation do. */
export interface Dialect {
  id: string;
}

const PROOFS = ['executed', 'compiled', 'document'] as const;

interface Numbers {
  abis: Map<string, number>;
  dialects: Map<string, number>;
}

/** The numbers of the rows by their ids, read once. No other text is read: the first socket of a process needs none. */
const numbersOf = perCodec((codec): Numbers => {
  const { aliasCount, aliasText, aliasAbi } = codec.exports;
  const abis = new Map(readAbiIds(codec).map((id, abi) => [id, abi]));
  for (let alias = 0; alias < aliasCount(); alias++) {
    abis.set(readText(codec, aliasText(alias)), aliasAbi(alias));
  }
  return { abis, dialects: new Map(listDialects(codec).map(({ id }, row) => [id, row])) };
});

function readAbiIds(codec: CodecInstance): string[] {
  const { abiCount, abiText } = codec.exports;
  const name = (abi: number, which: number) => readText(codec, abiText(abi, which));
  return Array.from({ length: abiCount() }, (_, abi) => `${name(abi, 0)}-${name(abi, 1)}`);
}

/** Every ABI row. */
export function listAbis(codec: CodecInstance): Abi[] {
  const { abiText, abiWord, abiBig, abiData, abiWalk, abiProof, systemText } = codec.exports;
  const dialects = listDialects(codec);
  return readAbiIds(codec).map((id, abi) => ({
    id,
    arch: readText(codec, abiText(abi, 0)),
    libc: readText(codec, abiText(abi, 1)),
    os: readText(codec, systemText(abi)),
    word: abiWord(abi) as 4 | 8,
    endian: abiBig(abi) === 1 ? 'big' : 'little',
    dialect: abiData(abi) > 0 ? (dialects[abiWalk(abi)]?.id ?? '') : '',
    proof: PROOFS[abiProof(abi)] ?? 'document',
  }));
}

/** Every walk. */
export function listDialects(codec: CodecInstance): Dialect[] {
  const { dialectCount, dialectText } = codec.exports;
  return Array.from({ length: dialectCount() }, (_, row) => ({ id: readText(codec, dialectText(row)) }));
}

/** Whether there is an ABI row `id`, or one that had that name. */
export function hasAbi(codec: CodecInstance, id: string): boolean {
  return numbersOf(codec).abis.has(id);
}

/** The number of the ABI row `id`, which may be an older name of it; an unknown id names the nearest or all. */
export function findAbi(codec: CodecInstance, id: string): number {
  return findRow(numbersOf(codec).abis, id, 'ABI');
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
  return findRow(numbersOf(codec).dialects, id, 'dialect');
}

function findRow(numbers: Map<string, number>, id: string, kind: string): number {
  const row = numbers.get(id);
  if (row !== undefined) return row;
  const known = [...numbers.keys()];
  const guess = typeof id === 'string' ? didYouMean(id, known) : '';
  throw invalidArgument(`unknown ${kind} ${show(id)}${guess || `; known: ${known.join(', ')}`}`);
}
