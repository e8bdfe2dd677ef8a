/** What a shared library says of itself (elf(5)), read before it is loaded: what is wrong with it is said in one line. */
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { AncillaryError } from '../../../errors/error.js';
import { checkFile } from '../file.js';

const ET_DYN = 3;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
/** e_machine of the architectures that this runs on, by Node's names. */
const MACHINES: Readonly<Record<string, number>> = {
  ia32: 3,
  ppc64: 21,
  s390x: 22,
  arm: 40,
  x64: 62,
  arm64: 183,
  riscv64: 243,
  loong64: 258,
};
/** The other way round, and a few that are met. */
const NAMES = new Map([
  ...Object.entries(MACHINES).map(([name, number]): [number, string] => [number, name]),
  [8, 'mips'],
]);
/** Where the fields lie: of the header, of a section header, of a symbol. */
const SHAPES = {
  4: { shoff: 32, shentsize: 46, section: { offset: 16, size: 20, link: 24 }, symbol: { size: 16, shndx: 14 } },
  8: { shoff: 40, shentsize: 58, section: { offset: 24, size: 32, link: 40 }, symbol: { size: 24, shndx: 6 } },
} as const;

/** The names of a library's dynamic symbols. */
export interface Symbols {
  readonly defined: ReadonlySet<string>;
  readonly undefined: ReadonlySet<string>;
}

/** Reads them; undefined where the file has no table of sections. Throws one line for what cannot be loaded. */
export function readSymbols(file: string): Symbols | undefined {
  const bytes = readLibrary(file);
  const refuse = (what: string) => new AncillaryError('ERR_INVALID_ARGUMENT', `cannot fuzz ${file}: ${what}`);
  if (bytes.length < 52 || bytes.toString('latin1', 0, 4) !== '\x7fELF') throw refuse('it is no shared library (ELF)');
  const word = bytes[4] === 1 ? 4 : 8;
  const isLittle = bytes[5] === 1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u16 = (at: number) => view.getUint16(at, isLittle);
  const machine = u16(18);
  const ours = process.arch;
  const isOurOrder = isLittle === (endianness() === 'LE');
  if (machine !== MACHINES[ours] || !isOurOrder || word !== (['ia32', 'arm'].includes(ours) ? 4 : 8)) {
    const name = NAMES.get(machine) ?? `machine ${machine}`;
    throw refuse(`it is for ${name}, ${8 * word}-bit, and this process is ${ours}`);
  }
  if (u16(16) !== ET_DYN) throw refuse('it is no shared library: build it with -shared -fPIC');
  try {
    return symbolsOf(view, word, isLittle);
  } catch {
    throw refuse('it is damaged: its tables do not lie within it');
  }
}

function readLibrary(file: string): Buffer {
  checkFile(file);
  try {
    return readFileSync(file);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot fuzz ${file}: ${message}`, { cause: error });
  }
}

/** Throws a RangeError of the view for what lies outside. */
function symbolsOf(view: DataView, word: 4 | 8, isLittle: boolean): Symbols | undefined {
  const shape = SHAPES[word];
  const u16 = (at: number) => view.getUint16(at, isLittle);
  const u32 = (at: number) => view.getUint32(at, isLittle);
  const wordAt = (at: number) => (word === 4 ? u32(at) : Number(view.getBigUint64(at, isLittle)));
  const sections = wordAt(shape.shoff);
  const [size, count] = [u16(shape.shentsize), u16(shape.shentsize + 2)];
  const headerOf = (i: number) => sections + i * size;
  for (let i = 0; i < count; i++) {
    const at = headerOf(i);
    if (u32(at + 4) !== SHT_DYNSYM) continue;
    const table = wordAt(at + shape.section.offset);
    const texts = wordAt(headerOf(u32(at + shape.section.link)) + shape.section.offset);
    const symbols = { defined: new Set<string>(), undefined: new Set<string>() };
    for (let of = 1; of < wordAt(at + shape.section.size) / shape.symbol.size; of++) {
      const symbol = table + of * shape.symbol.size;
      const name = textAt(view, texts + u32(symbol));
      symbols[u16(symbol + shape.symbol.shndx) === SHN_UNDEF ? 'undefined' : 'defined'].add(name);
    }
    return symbols;
  }
  return undefined;
}

function textAt(view: DataView, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) end++;
  return Buffer.from(view.buffer, view.byteOffset + at, end - at).toString('latin1');
}
