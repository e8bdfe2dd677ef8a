/** Bytes as tools print them. */
import type { DumpFormat } from '../../host/model/dump/formats.js';

interface Dumper {
  format: DumpFormat;
  /** The fewest bytes that it is told from other forms with. */
  least?: number;
  dump(bytes: Uint8Array, bigEndian: boolean): string;
}

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, '0');
const all = (bytes: Uint8Array, of: (byte: number) => string, between = '') => Array.from(bytes, of).join(between);
const ascii = (bytes: Uint8Array) =>
  all(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
const isEqual = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

function chunks(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** The words of bytes; a last one that is not whole is filled with zeros, as hexdump and od do. */
function words(bytes: Uint8Array, size: number, bigEndian: boolean): bigint[] {
  return chunks(bytes, size).map((chunk) => {
    const whole = [...chunk, ...new Array(size - chunk.length).fill(0)];
    return BigInt(`0x${(bigEndian ? whole : whole.reverse()).map((byte) => hex(byte, 2)).join('')}`);
  });
}

/** Lines of 16 bytes behind offsets, those equal to the one before as `*`. */
function lines(bytes: Uint8Array, offset: (at: number) => string, body: (line: Uint8Array) => string, star: boolean) {
  const all = chunks(bytes, 16);
  const text = all.map((line, i) => {
    const before = all[i - 1];
    if (star && before && isEqual(line, before)) {
      const earlier = all[i - 2];
      return earlier && isEqual(earlier, before) ? '' : '*\n';
    }
    return `${offset(16 * i)}${body(line)}\n`;
  });
  return text.join('');
}

const od = (size: number, digits: number, radix: 8 | 16, star = false): Dumper => ({
  format: 'xxd',
  least: 1,
  dump: (bytes, bigEndian) => {
    const offset = (at: number) => at.toString(8).padStart(7, '0');
    const body = (line: Uint8Array) =>
      words(line, size, bigEndian)
        .map((word) => ` ${word.toString(radix).padStart(digits, '0')}`)
        .join('');
    return `${lines(bytes, offset, body, star)}${offset(bytes.length)}\n`;
  },
});

const gdb = (size: number): Dumper => ({
  format: 'gdb',
  least: size,
  dump: (bytes, bigEndian) =>
    chunks(bytes.subarray(0, bytes.length), 16)
      .map((line, i) => {
        const all = words(line, size, bigEndian).map((word) => `\t0x${hex(word, 2 * size)}`);
        return `0x${hex(0x5555_5800 + 16 * i, 8)} <buf+${16 * i}>:${all.join('')}\n`;
      })
      .join(''),
});

export const DUMPERS: Record<string, Dumper> = {
  hex: { format: 'hex', dump: (bytes) => all(bytes, (byte) => hex(byte, 2)) },
  'hex in blanks': { format: 'hex', dump: (bytes) => all(bytes, (byte) => hex(byte, 2), ' ') },
  'hex in commas': { format: 'hex', dump: (bytes) => all(bytes, (byte) => hex(byte, 2), ', ') },
  '0x in commas': { format: 'c', dump: (bytes) => all(bytes, (byte) => `0x${hex(byte, 2)}`, ', ') },
  decimal: { format: 'c', least: 2, dump: (bytes) => all(bytes, String, ', ') },
  'an array of C': { format: 'c', dump: (bytes) => `unsigned char x[] = {${all(bytes, String, ', ')}};` },
  'a string of C, octal': {
    format: 'c',
    dump: (bytes) => `"${all(bytes, (byte) => `\\${byte.toString(8).padStart(3, '0')}`)}"`,
  },
  'a string of C, hexadecimal': { format: 'c', dump: (bytes) => `"${all(bytes, (byte) => `\\x${hex(byte, 2)}`)}"` },
  'bytes of Python': {
    format: 'c',
    dump: (bytes) =>
      `b'${all(bytes, (byte) => {
        const character = String.fromCharCode(byte);
        if ("\\'".includes(character)) return `\\${character}`;
        return byte >= 0x20 && byte < 0x7f ? character : `\\x${hex(byte, 2)}`;
      })}'`,
  },
  xxd: {
    format: 'xxd',
    least: 1,
    dump: (bytes) =>
      lines(
        bytes,
        (at) => `${hex(at, 8)}: `,
        (line) => {
          const groups = chunks(line, 2).map((group) => all(group, (byte) => hex(byte, 2)));
          return `${groups.join(' ').padEnd(39)}  ${ascii(line)}`;
        },
        false,
      ),
  },
  'hexdump -C': {
    format: 'xxd',
    least: 1,
    dump: (bytes) => {
      const half = (part: Uint8Array) => all(part, (byte) => ` ${hex(byte, 2)}`);
      const body = (line: Uint8Array) =>
        ` ${`${half(line.subarray(0, 8))} ${half(line.subarray(8))}`.padEnd(50)} |${ascii(line)}|`;
      return `${lines(bytes, (at) => hex(at, 8), body, true)}${hex(bytes.length, 8)}\n`;
    },
  },
  'od -t x1': od(1, 2, 16),
  'od -t x1 with *': od(1, 2, 16, true),
  'od -t x2': od(2, 4, 16),
  'od -t x4': od(4, 8, 16),
  'od -t x8': od(8, 16, 16),
  'od -t o1': od(1, 3, 8),
  od: od(2, 6, 8),
  'od -t o4': od(4, 11, 8),
  'od -t o8': od(8, 22, 8),
  'x/xb of gdb': gdb(1),
  base64: { format: 'base64', least: 12, dump: (bytes) => Buffer.from(bytes).toString('base64') },
  base64url: { format: 'base64', least: 12, dump: (bytes) => Buffer.from(bytes).toString('base64url') },
  'a string of strace': {
    format: 'strace',
    dump: (bytes) => `read(3, "${all(bytes, (byte) => `\\x${hex(byte, 2)}`)}", 99) = ${bytes.length}\n`,
  },
};

/** The bytes as the tool `name` of DUMPERS prints them on a machine of that byte order. */
export function asDump(name: string, bytes: Uint8Array, bigEndian: boolean): string {
  return (DUMPERS[name] as Dumper).dump(bytes, bigEndian);
}
