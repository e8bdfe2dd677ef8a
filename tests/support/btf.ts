/** BTF files written by hand: as Documentation/bpf/btf.rst draws them, in either byte order. */

/** A type: its name, kind_flag, kind, vlen, size or type, and the words behind. */
type Type = [name: string, flag: 0 | 1, kind: number, vlen: number, size: number, ...words: (number | string)[]];

/** 1 to 17, as they are numbered in the file. */
export const TYPES: readonly Type[] = [
  ['int', 0, 1, 0, 4, 0x01000020],
  ['long unsigned int', 0, 1, 0, 4, 0x00000020],
  ['number', 0, 8, 0, 1],
  ['', 0, 10, 0, 3], // const number
  ['', 0, 3, 0, 0, 4, 1, 3], // const number[3]
  ['', 0, 5, 2, 4, 'left', 1, 0, 'right', 2, 0],
  // kind_flag: the upper 8 bits of where a member is are how many bits it has.
  [
    'outer',
    1,
    4,
    6,
    32,
    'head',
    4,
    0,
    '',
    6,
    32,
    'list',
    5,
    64,
    'low',
    1,
    160 + 2 ** 24 * 3,
    '',
    1,
    163 + 2 ** 24 * 5,
    'next',
    8,
    192,
  ],
  ['', 0, 2, 0, 7], // struct outer *
  ['', 1, 6, 2, 4, 'RED', 1, 'BLUE', -2],
  ['wide', 0, 19, 1, 8, 'HUGE', 0, 256],
  ['outer', 0, 4, 1, 4, 'head', 1, 0],
  ['forward', 0, 7, 0, 0],
  ['', 0, 13, 1, 1, 'argument', 1],
  ['function', 0, 12, 0, 13],
  ['variable', 0, 14, 0, 1, 0],
  ['.data', 0, 15, 1, 4, 15, 0, 4],
  ['float', 0, 16, 0, 4],
  ['tag', 0, 17, 0, 7, -1],
  ['marked', 0, 18, 0, 1],
  ['__proto__', 0, 4, 1, 4, '__proto__', 19, 0],
];

export interface BtfFile {
  bytes: Uint8Array;
  /** Where each type lies, by its number. */
  at: number[];
}

/** The file of these types, with a header of 24 bytes. */
export function writeBtf(little: boolean, types: readonly Type[] = TYPES): BtfFile {
  const strings = ['\0'];
  const offsetOf = (name: string) => {
    if (name === '') return 0;
    const offset = strings.join('').length;
    strings.push(`${name}\0`);
    return offset;
  };
  const words: number[] = [];
  const at = [0];
  for (const [name, flag, kind, vlen, size, ...more] of types) {
    at.push(24 + 4 * words.length);
    words.push(offsetOf(name), flag * 2 ** 31 + kind * 2 ** 24 + vlen, size);
    words.push(...more.map((word) => (typeof word === 'string' ? offsetOf(word) : word)));
  }
  const text = Buffer.from(strings.join(''), 'latin1');
  const bytes = new Uint8Array(24 + 4 * words.length + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, little);
  bytes[2] = 1;
  [24, 0, 4 * words.length, 4 * words.length, text.length].forEach((word, i) => {
    view.setUint32(4 + 4 * i, word, little);
  });
  words.forEach((word, i) => {
    view.setUint32(24 + 4 * i, word >>> 0, little);
  });
  bytes.set(text, 24 + 4 * words.length);
  return { bytes, at };
}
