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

/** Every id of a table with the number of its row, in order. */
type Names = (codec: CodecInstance) => Iterable<[id: string, row: number]>;

/** The ids of the ABI rows, and behind them those that they had. */
function* abiNames(codec: CodecInstance): Iterable<[string, number]> {
  const { abiCount, aliasCount, aliasText, aliasAbi } = codec.exports;
  for (let abi = 0; abi < abiCount(); abi++) yield [readAbiId(codec, abi), abi];
  for (let alias = 0; alias < aliasCount(); alias++) yield [readText(codec, aliasText(alias)), aliasAbi(alias)];
}

function* dialectNames(codec: CodecInstance): Iterable<[string, number]> {
  for (const [row, { id }] of listDialects(codec).entries()) yield [id, row];
}

/** The rows that have been asked for, by their ids. The others are not read: the first socket of a process needs one. */
const foundAbis = perCodec(() => new Map<string, number>());
const foundDialects = perCodec(() => new Map<string, number>());

function readAbiId(codec: CodecInstance, abi: number): string {
  const { abiText } = codec.exports;
  return `${readText(codec, abiText(abi, 0))}-${readText(codec, abiText(abi, 1))}`;
}

/** Every ABI row. */
export function listAbis(codec: CodecInstance): Abi[] {
  const { abiCount, abiText, abiWord, abiBig, abiData, abiWalk, abiProof, systemText } = codec.exports;
  const dialects = listDialects(codec);
  return Array.from({ length: abiCount() }, (_, abi) => ({
    id: readAbiId(codec, abi),
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
  return lookUp(codec, foundAbis(codec), abiNames, id) !== undefined;
}

/** The number of the ABI row `id`, which may be an older name of it; an unknown id names the nearest or all. */
export function findAbi(codec: CodecInstance, id: string): number {
  return findRow(codec, foundAbis(codec), abiNames, id, 'ABI');
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
  return findRow(codec, foundDialects(codec), dialectNames, id, 'dialect');
}

function findRow(codec: CodecInstance, found: Map<string, number>, names: Names, id: string, kind: string): number {
  const row = lookUp(codec, found, names, id);
  if (row !== undefined) return row;
  const known = Array.from(names(codec), ([name]) => name);
  const guess = typeof id === 'string' ? didYouMean(id, known) : '';
  throw invalidArgument(`unknown ${kind} ${show(id)}${guess || `; known: ${known.join(', ')}`}`);
}

/** The row of `id`, remembered where there is one. */
function lookUp(codec: CodecInstance, found: Map<string, number>, names: Names, id: string): number | undefined {
  const remembered = found.get(id);
  if (remembered !== undefined) return remembered;
  for (const [name, row] of names(codec)) {
    if (name !== id) continue;
    found.set(id, row);
    return row;
  }
  return undefined;
}
