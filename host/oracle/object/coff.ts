import { ByteReader, latin1 } from '../byte-reader.js';
import type { ObjectFile } from './object-file.js';

/** Sizes of the file header, a section header and a symbol ("PE Format", COFF File Header and following). */
const HEADER = 20;
const SECTION = 40;
const SYMBOL = 18;

/** Reads a COFF object, as compilers for Windows make them; an address has `word` bytes. */
export function readCoff(bytes: Uint8Array, word: 4 | 8): ObjectFile {
  const input = new ByteReader(bytes, 'COFF object');
  input.check(0, HEADER, 'its header');
  const sections = HEADER + input.u16(16);
  const count = input.u16(2);
  input.check(sections, count * SECTION, 'its section headers');
  const symbols = input.u32(8);
  const symbolCount = input.u32(12);
  input.check(symbols, symbolCount * SYMBOL, 'its symbol table');
  const texts = symbols + symbolCount * SYMBOL;

  /** Up to 8 characters stand in the symbol itself; of a longer one, its offset among the texts behind the table. */
  const nameOf = (symbol: number) => {
    if (input.u32(symbol) === 0) return input.name(texts + input.u32(symbol + 4), input.size);
    const name = latin1(input.slice(symbol, 8, 'a name'));
    return name.includes('\0') ? name.slice(0, name.indexOf('\0')) : name;
  };

  return {
    format: `COFF ${8 * word}-bit`,
    endian: 'little',
    word,
    read(name) {
      // On 32-bit x86 C names begin with an underscore.
      const wanted = word === 4 ? [name, `_${name}`] : [name];
      for (let i = 0; i < symbolCount; i += 1 + input.u8(symbols + i * SYMBOL + 17)) {
        const symbol = symbols + i * SYMBOL;
        if (!wanted.includes(nameOf(symbol))) continue;
        const number = input.u16(symbol + 12);
        if (number === 0) continue;
        if (number > count) throw input.wrong(`the symbol ${name} is in section ${number}, which it does not have`);
        const section = sections + (number - 1) * SECTION;
        const data = input.slice(input.u32(section + 20), input.u32(section + 16), `the section of ${name}`);
        const value = input.u32(symbol + 8);
        if (value > data.length) throw input.wrong(`the symbol ${name} does not lie within its section`);
        return data.subarray(value);
      }
      return undefined;
    },
  };
}
