import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { type CodecInstance, readText } from '../wasm/instance.js';

/** One ABI: an architecture and a libc, and what proves its numbers. */
export interface Abi {
  /** `arch-libc`, as a toolchain would say it: `x86_64-glibc`, `aarch64_be-musl`. */
  id: string;
  arch: string;
  libc: string;
  /** Bytes of a pointer. */
  word: 4 | 8;
  endian: 'little' | 'big';
  /** Id of the walk that its libc uses. */
  dialect: string;
  /** What proves the row: `compiled and run: ...` or `documented: ...`. */
  source: string;
}

/** One walk: what CMSG_FIRSTHDR and CMSG_NXTHDR of an implementation do. */
export interface Dialect {
  id: string;
  summary: string;
  source: string;
}

interface Tables {
  abis: Abi[];
  dialects: Dialect[];
  abiNumbers: Map<string, number>;
  dialectNumbers: Map<string, number>;
}

const tables = new WeakMap<CodecInstance, Tables>();

/** The rows of the module, read once. */
function tablesOf(codec: CodecInstance): Tables {
  let found = tables.get(codec);
  if (!found) {
    const abis = readAbis(codec);
    const dialects = readDialects(codec);
    found = { abis, dialects, abiNumbers: numbersOf(abis), dialectNumbers: numbersOf(dialects) };
    tables.set(codec, found);
  }
  return found;
}

function readAbis(codec: CodecInstance): Abi[] {
  const { abiCount, abiText, abiByte } = codec.exports;
  return Array.from({ length: abiCount() }, (_, row) => {
    const text = (which: number) => readText(codec, abiText(row, which));
    return {
      id: text(0),
      arch: text(1),
      libc: text(2),
      // Offsets of assembly/abi/row.ts.
      word: abiByte(row, 24) as 4 | 8,
      endian: abiByte(row, 25) === 1 ? 'big' : 'little',
      dialect: text(3),
      source: text(4),
    };
  });
}

function readDialects(codec: CodecInstance): Dialect[] {
  const { dialectCount, dialectText } = codec.exports;
  return Array.from({ length: dialectCount() }, (_, row) => {
    const text = (which: number) => readText(codec, dialectText(row, which));
    return { id: text(0), summary: text(1), source: text(2) };
  });
}

/** Every ABI row. */
export function listAbis(codec: CodecInstance): Abi[] {
  return tablesOf(codec).abis.map((row) => ({ ...row }));
}

/** Every walk. */
export function listDialects(codec: CodecInstance): Dialect[] {
  return tablesOf(codec).dialects.map((row) => ({ ...row }));
}

/** The number of the ABI row `id`; an unknown id names the known ones. */
export function findAbi(codec: CodecInstance, id: string): number {
  return findRow(tablesOf(codec).abiNumbers, id, 'ABI');
}

/** The number of the walk `id`, by default the one that the ABI's libc uses. */
export function findDialect(codec: CodecInstance, id: string | undefined, abi: number): number {
  const { abis, dialectNumbers } = tablesOf(codec);
  return findRow(dialectNumbers, id ?? abis[abi]?.dialect ?? '', 'dialect');
}

function numbersOf(rows: { id: string }[]): Map<string, number> {
  return new Map(rows.map(({ id }, number) => [id, number]));
}

function findRow(numbers: Map<string, number>, id: string, kind: string): number {
  const row = numbers.get(id);
  if (row === undefined) throw invalidArgument(`unknown ${kind} ${show(id)}; known: ${[...numbers.keys()].join(', ')}`);
  return row;
}
