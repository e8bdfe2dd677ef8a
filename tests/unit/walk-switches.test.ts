/** No switch of a walk stands for nothing: put to any other word, an example notices. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { listDialects } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { instantiate } from '../../host/wasm/instance.js';
import { hostileCases, type Shape } from '../../scripts/vectors/cases.mjs';
import { suite } from '../support/suite.js';
import { isSameWalk, readWalkExamples, readWalkRows } from '../support/walk-examples.js';

/** The switches of scripts/rows/walks.mjs with their words, in the order of the packed bytes. */
const SWITCHES: [name: string, words: number][] = [
  ['layout', 2],
  ['first', 4],
  ['rejectsShort', 2],
  ['check', 6],
  ['step', 3],
  ['need', 4],
  ['room', 7],
  ['width', 3],
  ['unit', 9],
  ['absolute', 2],
  ['neverBack', 2],
  ['nextWhole', 2],
];
const ROW = 2 + SWITCHES.length;

const LOOPS = ['linux-send', 'linux-compat-send', 'go', 'cpython-glibc-ge-2.37', 'cpython-glibc-le-2.36', 'qemu-user'];
/** Changes that change nothing, on any ABI. */
const EQUIVALENT: { because: string; walks: string[]; changes: string[] }[] = [
  {
    because: 'a payload rounded up behind a rounded header is a rounded length, if none is short',
    walks: [
      ...['glibc-ge-2.37', 'glibc-le-2.36', 'musl-1.2', 'mlibc', 'falco', ...LOOPS],
      ...['rust-libc-gnu-ge-0.2.180', 'rust-libc-musl-ge-0.2.180'],
    ],
    changes: ['step 1'],
  },
  {
    because: 'lengths are refused before they can wrap, and then it is the same how room is measured',
    walks: LOOPS,
    changes: ['neverBack 1', 'room 1', 'room 2'],
  },
  {
    because: 'or there is no address that wraps',
    walks: LOOPS.filter((id) => !id.endsWith('le-2.36')),
    changes: ['room 4'],
  },
  {
    because: 'or an address below the start',
    walks: LOOPS.filter((id) => id.startsWith('cpython')),
    changes: ['room 6'],
  },
  {
    because: 'or it is measured by subtraction',
    walks: LOOPS.filter((id) => !id.endsWith('ge-2.37')),
    changes: ['room 0'],
  },
  {
    because: 'or in how many bits a length is rounded that is no longer than the buffer',
    walks: ['linux-send', 'linux-compat-send', 'go', 'cpython-glibc-ge-2.37'],
    changes: ['width 1', 'width 2'],
  },
  { because: 'or that qemu-user has taken, whose upper half it has lost', walks: ['qemu-user'], changes: ['width 1'] },
  {
    because: 'a short length is refused before',
    walks: ['linux-send', 'linux-compat-send', 'go', 'qemu-user'],
    changes: ['rejectsShort 1'],
  },
  { because: 'here too', walks: LOOPS.filter((id) => id.startsWith('cpython')), changes: ['rejectsShort 0'] },
  {
    because: 'nothing wraps where room is measured by subtraction',
    walks: ['glibc-ge-2.37', 'falco'],
    changes: ['width 1', 'width 2', 'neverBack 1'],
  },
  { because: 'no signed number is compared with one byte more', walks: ['mlibc'], changes: ['need 1'] },
  {
    because: 'the layout that it brings has a unit',
    walks: ['linux-compat-send'],
    changes: [1, 2, 4, 8].map((n) => `unit ${n}`),
  },
  {
    because: 'every header is a multiple of 4 bytes',
    walks: ['illumos-x86', 'rust-solarish-x86'],
    changes: ['first 1', 'need 2'],
  },
  { because: 'here too', walks: ['darwin'], changes: ['first 1', 'need 0'] },
  { because: 'and is as long when rounded up later', walks: ['illumos-x86'], changes: ['room 5'] },
  { because: 'or before', walks: ['rust-solarish-x86'], changes: ['room 4'] },
  {
    because: 'addresses are rounded, not lengths',
    walks: ['illumos-x86', 'illumos-sparc', 'rust-solarish-x86', 'rust-solarish-sparc'],
    changes: ['step 1', 'step 2', 'width 1', 'width 2'],
  },
  {
    because: 'everything is a multiple of 1',
    walks: ['aix'],
    changes: ['first 1', 'need 2', 'room 5', 'width 1', 'absolute 1'],
  },
  { because: 'no payload is so near 2^32 that it wraps', walks: ['erlang-pktoptions'], changes: ['width 1'] },
];

const t = suite('walk switches');
// An instance of its own: its table is changed.
const codec = instantiate();

/** Hostile buffers of three layouts, those that have examples, and these again where no unit begins. */
const abis: [abi: string, shape: Shape][] = [
  ['x86_64-glibc', { lengthSize: 8, header: 16, data: 16, unit: 8, big: false }],
  ['i386-glibc', { lengthSize: 4, header: 12, data: 12, unit: 4, big: false }],
  ['x86_64-freebsd', { lengthSize: 4, header: 12, data: 16, unit: 8, big: false }],
];
const { examples } = readWalkExamples();

/** Headers whose next one would be at the end of memory, where walk() places a buffer by itself. */
const atTop = [0, 4, 8, 12, 16, 20, 24].flatMap((below) => {
  const lengths: [abi: string, size: 4 | 8, length: bigint][] = [
    ['x86_64-glibc', 8, 2n ** 64n - 0x7ffd_0000_0000n - BigInt(below)],
    ['i386-glibc', 4, 2n ** 32n - 0x4000_0000n - BigInt(below)],
  ];
  return lengths.map(([abi, size, length]) => {
    const bytes = new Uint8Array(32);
    const view = new DataView(bytes.buffer);
    if (size === 8) view.setBigUint64(0, length, true);
    else view.setUint32(0, Number(length), true);
    return { abi, bytes };
  });
});

const buffers = [
  ...atTop,
  ...abis.flatMap(([abi, shape]) => [
    ...examples.map(({ control, zeros = 0 }) => ({ abi, bytes: toBytes(control + '00'.repeat(zeros)) })),
    ...examples.map(({ control, zeros = 0 }) => ({
      abi,
      bytes: toBytes(control + '00'.repeat(zeros)),
      address: 0x7002,
    })),
    ...hostileCases(shape, 2000).map(({ control, controllen }) => ({ abi, bytes: toBytes(control), controllen })),
  ]),
];

function toBytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

/** What the walk makes of each buffer. */
function outcomeOf(dialect: string, i: number): string {
  const { abi, bytes, ...options } = buffers[i] as (typeof buffers)[number];
  const { headers, end, at, reason } = walkControl(codec, abi, bytes, { dialect, ...options });
  return `${headers.map(({ offset }) => offset)} ${end} ${at} ${reason}`;
}

/** Where the table lies: its bytes are static data of the module. */
function findTable(): number {
  const packed = /export const WALKS: usize = memory\.data<u8>\(\[([\d,]+)\]/.exec(
    readFileSync('build/rows/tables.ts', 'utf8'),
  );
  const text = Buffer.from((packed?.[1] ?? '').split(',').map(Number));
  const memory = Buffer.from(codec.bytes.buffer);
  const at = memory.indexOf(text);
  assert.ok(text.length > 0 && at > 0 && memory.indexOf(text, at + 1) < 0, 'the table is there once');
  return at;
}

const table = findTable();
const ids = listDialects(codec).map(({ id }) => id);

for (const { id } of readWalkRows().filter((row) => !isSameWalk(row))) {
  t.test(`${id}: an example notices every change of a switch`, () => {
    const before = buffers.map((_, i) => outcomeOf(id, i));
    const survivors: string[] = [];
    const at = table + ids.indexOf(id) * ROW + 2;
    for (const [i, [name, words]] of SWITCHES.entries()) {
      const own = codec.bytes[at + i] as number;
      for (let word = 0; word < words; word++) {
        const isNoUnit = name === 'unit' && ![0, 1, 2, 4, 8].includes(word);
        if (word === own || isNoUnit) continue;
        codec.bytes[at + i] = word;
        if (buffers.every((_, buffer) => outcomeOf(id, buffer) === before[buffer])) survivors.push(`${name} ${word}`);
        codec.bytes[at + i] = own;
      }
    }
    const known = EQUIVALENT.filter(({ walks }) => walks.includes(id)).flatMap(({ changes }) => changes);
    assert.equal(survivors.sort(), known.sort());
  });
}

t.run();
