import * as assert from 'uvu/assert';
import { type ControlMessage, encodeControl } from '../../host/model/encode.js';
import { listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { annotateControl } from '../../host/view/annotate.js';
import { drawControl } from '../../host/view/control.js';
import { cell, type Drawing } from '../../host/view/drawing.js';
import { printDrawing } from '../../host/view/terminal.js';
import { describeWalk } from '../../host/view/walks.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('view');
const codec = codecInstance();

t.test('an annotated dump says what each byte of a message is', () => {
  const { control } = encodeControl(codec, 'powerpc-glibc', [
    { fds: [17] },
    { credentials: { pid: 1, uid: 2, gid: 3 } },
    { level: 99, type: 5, data: Uint8Array.of(0xab) },
  ]);
  assert.equal(printDrawing([drawControl(codec, 'powerpc-glibc', control)], { colour: false }), [
    ' 0  00 00 00 10  cmsg_len    16 = CMSG_LEN(4)',
    ' 4  00 00 00 01  cmsg_level  1 SOL_SOCKET',
    ' 8  00 00 00 01  cmsg_type   1 SCM_RIGHTS',
    '12  00 00 00 11  fds[0]      17',
    '16  00 00 00 18  cmsg_len    24 = CMSG_LEN(12)',
    '20  00 00 00 01  cmsg_level  1 SOL_SOCKET',
    '24  00 00 00 02  cmsg_type   2 SCM_CREDENTIALS',
    '28  00 00 00 01  pid         1',
    '32  00 00 00 02  uid         2',
    '36  00 00 00 03  gid         3',
    '40  00 00 00 0d  cmsg_len    13 = CMSG_LEN(1)',
    '44  00 00 00 63  cmsg_level  99',
    '48  00 00 00 05  cmsg_type   5',
    '52  ab           payload',
    '53  00 00 00     padding',
  ]);
});

const drawn = (...messages: Parameters<typeof encodeControl>[2]) => {
  const { control } = encodeControl(codec, 'x86_64-glibc', messages, { tight: true });
  return printDrawing([drawControl(codec, 'x86_64-glibc', control)], { colour: false }).slice(3);
};

t.table<ControlMessage, string[]>(
  [
    {
      name: 'bytes in a row are one field, shown as the characters that they are',
      in: { level: 1, type: 3, data: Buffer.from('kernel_t\0') },
      out: ["16  6b 65 72 6e 65 6c 5f 74  label       'kernel_t'", '24  00'],
    },
    {
      name: 'bytes that are no text are shown as bytes only',
      in: { level: 1, type: 3, data: Buffer.from('\x1b[31m') },
      out: ['16  1b 5b 33 31 6d           label'],
    },
    {
      name: 'the padding of its struct is no part of a payload, and nothing is wrong with it',
      in: { origdstaddr: { sin_family: 2, sin_port: 513, sin_addr: '127.0.0.1' } },
      out: [
        '16  02 00                    sin_family  2',
        '18  02 01                    sin_port    513',
        '20  7f 00 00 01              sin_addr    127.0.0.1',
        '24  00 00 00 00 00 00 00 00  padding',
      ],
    },
    {
      name: 'a payload of another size than its type has is marked',
      in: { level: 1, type: 4, data: Buffer.of(1, 0, 0, 0, 0) },
      out: ['16  01 00 00 00 00           payload     5 bytes are no SCM_PIDFD'],
    },
    {
      name: 'members of structs in a list have their places in their names',
      in: { level: 1, type: 37, data: Buffer.alloc(48, Buffer.of(7, 0, 0, 0, 0, 0, 0, 0)) },
      out: [0, 1, 2].flatMap((i) => [
        `${16 + 16 * i}  07 00 00 00 00 00 00 00  timestamping[${i}].tv_sec   7`,
        `${24 + 16 * i}  07 00 00 00 00 00 00 00  timestamping[${i}].tv_nsec  7`,
      ]),
    },
    {
      name: 'a payload of four rows is drawn whole',
      in: { level: 9, type: 9, data: Buffer.alloc(32) },
      out: ['16', '24', '32', '40'].map((at, i) => `${at}  00 00 00 00 00 00 00 00${i === 0 ? '  payload' : ''}`),
    },
    {
      name: 'of a long payload the beginning is drawn',
      in: { level: 9, type: 9, data: Buffer.alloc(41) },
      out: ['16', '24', '32', '40']
        .map((at, i) => `${at}  00 00 00 00 00 00 00 00${i === 0 ? '  payload' : ''}`)
        .concat('48  ..                       9 more'),
    },
  ],
  (message) => drawn(message),
);

const ROWS: Drawing = [
  { title: [cell('a title', 'title')], rows: [[cell(1), cell('ab', 'length'), cell('words to be broken', 'problem')]] },
  { rows: [[cell(10), cell('\x1b[31m'), cell('')], [cell('x')]] },
];

t.table<Parameters<typeof printDrawing>[1], string[]>(
  [
    {
      name: 'without a width nothing is broken, and what acts is escaped',
      in: { colour: false },
      out: ['a title', '  1  ab  words to be broken', '', '10  \\u001b[31m', 'x'],
    },
    {
      name: 'the last column is broken at blanks, and goes on below itself',
      in: { colour: false, width: 25 },
      out: ['a title', '  1  ab  words to be', '         broken', '', '10  \\u001b[31m', 'x'],
    },
    {
      name: 'a colour ends with its cell and its line',
      in: { colour: true, width: 25 },
      out: [
        '\x1b[1ma title\x1b[0m',
        '  1  \x1b[36mab\x1b[0m  \x1b[1;31mwords to be\x1b[0m',
        '         \x1b[1;31mbroken\x1b[0m',
        '',
        '10  \\u001b[31m',
        'x',
      ],
    },
  ],
  (options) => printDrawing(ROWS, options),
);

t.table<Uint8Array, string>(
  [
    { name: 'a walk that ends', in: words(16, 0x1_0000_0001n), out: 'header at 0; then NULL' },
    { name: 'a walk that loops', in: words(0, 0x1_0000_0001n), out: 'header at 0; then the one at 0 again, for ever' },
    {
      name: 'a walk that leaves',
      in: words(-8, 0x1_0000_0001n),
      out: 'header at 0; then one at -8, which is not wholly inside',
    },
    {
      name: 'a walk that goes back',
      in: words(16, 1n, -16, 1n),
      out: 'headers at 0, 16; then back to 0, an earlier one',
    },
    { name: 'nothing', in: new Uint8Array(0), out: 'no header; then NULL' },
  ],
  (control) => {
    const walk = walkControl(codec, 'x86_64-glibc', control, { dialect: 'bionic' });
    return describeWalk({ ...walk, offsets: walk.headers.map(({ offset }) => offset) });
  },
);

/** 64-bit words, little-endian. */
function words(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
}

const from = seed();
// Where there is no struct cmsghdr there is nothing to read.
const withControl = listAbis(codec).filter((_, abi) => codec.exports.abiData(abi) > 0);
for (const { id } of withControl) {
  t.test(`${id}: every byte of any buffer stands in exactly one note (seed ${from})`, () => {
    const dice = random(from);
    for (let i = 0; i < 100; i++) {
      const control = dice.bytes(dice.below(64));
      if (control.length > 8) control.fill(0, 1, 8);
      let end = 0;
      for (const { offset, bytes } of annotateControl(codec, id, control)) {
        assert.is(offset, end);
        assert.ok(bytes.length > 0);
        end += bytes.length;
      }
      assert.is(end, control.length);
    }
  });
}

t.run();
