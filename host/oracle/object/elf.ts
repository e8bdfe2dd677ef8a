import { ByteReader } from '../byte-reader.js';
import type { ObjectFile } from './object-file.js';

const ET_REL = 1;
const SHT_PROGBITS = 1;
const SHT_SYMTAB = 2;
/** Section numbers from here on are no sections (SHN_LORESERVE). */
const SHN_LORESERVE = 0xff00;

/**
 * Where the fields lie, in ELF32 and ELF64 (elf(5)): of the header, of a section header, of a symbol; `word` tells what
 * is an address or an offset there.
 */
const SHAPES = {
  4: {
    header: { size: 52, shoff: 32, shentsize: 46, shnum: 48 },
    section: { size: 40, type: 4, offset: 16, bytes: 20, link: 24 },
    symbol: { size: 16, value: 4, shndx: 14 },
  },
  8: {
    header: { size: 64, shoff: 40, shentsize: 58, shnum: 60 },
    section: { size: 64, type: 4, offset: 24, bytes: 32, link: 40 },
    symbol: { size: 24, value: 8, shndx: 6 },
  },
} as const;

/** Reads a relocatable ELF file, of either width and byte order. */
export function readElf(bytes: Uint8Array): ObjectFile {
  const input = new ByteReader(bytes, 'ELF object');
  const width = input.u8(4);
  if (width !== 1 && width !== 2) throw input.wrong(`its class is ${width}, neither 1 (32 bits) nor 2 (64)`);
  const order = input.u8(5);
  if (order !== 1 && order !== 2) throw input.wrong(`its byte order is ${order}, neither 1 (little) nor 2 (big)`);
  const word = width === 1 ? 4 : 8;
  input.little = order === 1;
  const { header, section: at, symbol } = SHAPES[word];
  const address = (offset: number) => (word === 4 ? input.u32(offset) : input.u64(offset));
  input.check(0, header.size, 'its header');
  if (input.u16(16) !== ET_REL) throw input.wrong(`its type is ${input.u16(16)}, not 1: it is linked already`);

  const sections = readSections();
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  if (!table) throw input.wrong('it has no symbol table');
  const names = sections[table.link];
  if (!names) throw input.wrong('its symbol table has no names');
  input.check(names.offset, names.bytes, 'its names');

  function readSections() {
    const start = address(header.shoff);
    const count = input.u16(header.shnum);
    const each = input.u16(header.shentsize);
    if (count > 0 && each < at.size) throw input.wrong(`its section headers have ${each} bytes, less than ${at.size}`);
    input.check(start, count * each, 'its section headers');
    return Array.from({ length: count }, (_, i) => {
      const entry = start + i * each;
      return {
        type: input.u32(entry + at.type),
        offset: address(entry + at.offset),
        bytes: address(entry + at.bytes),
        link: input.u32(entry + at.link),
      };
    });
  }

  return {
    format: `ELF${8 * word} ${order === 1 ? 'little' : 'big'}-endian`,
    endian: order === 1 ? 'little' : 'big',
    word,
    read(name) {
      input.check(table.offset, table.bytes, 'its symbol table');
      for (let entry = table.offset; entry + symbol.size <= table.offset + table.bytes; entry += symbol.size) {
        const label = input.u32(entry);
        if (label === 0 || input.name(names.offset + label, names.offset + names.bytes) !== name) continue;
        const number = input.u16(entry + symbol.shndx);
        if (number === 0) continue;
        const section = number < SHN_LORESERVE ? sections[number] : undefined;
        if (!section) throw input.wrong(`the symbol ${name} is in section ${number}, which it does not have`);
        if (section.type !== SHT_PROGBITS) throw input.wrong(`the symbol ${name} is in a section without bytes`);
        const value = address(entry + symbol.value);
        const data = input.slice(section.offset, section.bytes, `the section of ${name}`);
        if (value > data.length) throw input.wrong(`the symbol ${name} does not lie within its section`);
        return data.subarray(value);
      }
      return undefined;
    },
  };
}
