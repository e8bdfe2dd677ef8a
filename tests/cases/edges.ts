/** Numbers on which an outcome turns, as fixed cases; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { parseControl } from '../../host/model/parse.js';
import { walkControl } from '../../host/model/walk.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

/** Where walk.ts puts a control buffer: the stack of a 64-bit process, the first mappings of a 32-bit one. */
const START_64 = 0x7ffd_0000_0000n;
const START_32 = 0x4000_0000n;
const WORD_64 = 2n ** 64n;
const WORD_32 = 2n ** 32n;

/** Little-endian headers with these cmsg_len, 16 bytes apart, level and type 1. */
function headersOf(lengthSize: 4 | 8, ...lengths: bigint[]): Uint8Array {
  const control = new Uint8Array(16 * lengths.length);
  const view = new DataView(control.buffer);
  lengths.forEach((length, i) => {
    if (lengthSize === 8) view.setBigUint64(16 * i, BigInt.asUintN(64, length), true);
    else view.setUint32(16 * i, Number(BigInt.asUintN(32, length)), true);
    view.setUint32(16 * i + lengthSize, 1, true);
    view.setUint32(16 * i + lengthSize + 4, 1, true);
  });
  return control;
}

const ERLANG = 'erlang-pktoptions';
const CPYTHON = 'cpython-glibc-ge-2.37';

export function edgesSuite(build: string, codec: CodecInstance): void {
  const t = suite(`edges, ${build}`);
  const walk = (abi: string, dialect: string, ...lengths: bigint[]) => {
    const { headers, end, at } = walkControl(codec, abi, headersOf(abi.startsWith('i386') ? 4 : 8, ...lengths), {
      dialect,
    });
    return [headers.length, end, at];
  };

  t.table(
    [
      {
        name: '64 bit: a next header that ends at the end of memory wraps to 0, and is handed out',
        in: ['x86_64-glibc', 'glibc-le-2.36', WORD_64 - START_64 - 16n],
        out: [1, 'escape', Number(-START_64 - 16n)],
      },
      {
        name: '64 bit: a next header that ends one unit before it is beyond the buffer',
        in: ['x86_64-glibc', 'glibc-le-2.36', WORD_64 - START_64 - 24n],
        out: [1, 'end', 0],
      },
      {
        name: '64 bit: a next message that ends at the end of memory wraps to 0, and is handed out',
        in: ['x86_64-glibc', 'glibc-le-2.36', 16n, WORD_64 - START_64 - 16n],
        out: [2, 'escape', Number(-START_64)],
      },
      {
        name: '64 bit: a next message that ends one unit before it is beyond the buffer',
        in: ['x86_64-glibc', 'glibc-le-2.36', 16n, WORD_64 - START_64 - 24n],
        out: [1, 'end', 0],
      },
      {
        name: '32 bit: a next header at address 0 is as far back as the buffer is high',
        in: ['i386-glibc', 'glibc-le-2.36', WORD_32 - START_32],
        out: [1, 'escape', -0x4000_0000],
      },
      {
        name: '32 bit: a next header that ends at the end of memory wraps to 0, and is handed out',
        in: ['i386-glibc', 'glibc-le-2.36', WORD_32 - START_32 - 12n],
        out: [1, 'escape', 0xbfff_fff4],
      },
      {
        name: '32 bit: a next header that ends one unit before it is beyond the buffer',
        in: ['i386-glibc', 'glibc-le-2.36', WORD_32 - START_32 - 16n],
        out: [1, 'end', 0],
      },
      {
        name: '32 bit: a next header at address 0 is NULL, if nothing reads there first',
        in: ['i386-glibc', 'freebsd', WORD_32 - START_32],
        out: [1, 'end', 0],
      },
      {
        name: '32 bit: a next header behind it is not',
        in: ['i386-glibc', 'freebsd', WORD_32 - START_32 + 4n],
        out: [1, 'escape', -0x3fff_fffc],
      },
    ] as { name: string; in: [string, string, ...bigint[]]; out: (number | string)[] }[],
    ([abi, dialect, ...lengths]) => walk(abi, dialect, ...lengths),
  );

  // AIX rounds nothing, so that its steps tell where the buffer lies to the byte.
  t.table(
    [
      {
        name: '64 bit: memory ends one byte behind the next header',
        in: ['x86_64-glibc', 'aix', WORD_64 - START_64 - 17n],
        out: [1, 'end', 0],
      },
      {
        name: '64 bit: memory ends with the next header',
        in: ['x86_64-glibc', 'aix', WORD_64 - START_64 - 16n],
        out: [1, 'escape', Number(-START_64 - 16n)],
      },
      {
        name: '32 bit: memory ends one byte behind the next header',
        in: ['i386-glibc', 'aix', WORD_32 - START_32 - 13n],
        out: [1, 'end', 0],
      },
      {
        name: '32 bit: memory ends with the next header',
        in: ['i386-glibc', 'aix', WORD_32 - START_32 - 12n],
        out: [1, 'escape', 0xbfff_fff4],
      },
    ] as { name: string; in: [string, string, ...bigint[]]; out: (number | string)[] }[],
    ([abi, dialect, ...lengths]) => walk(abi, dialect, ...lengths),
  );

  t.table(
    [
      {
        name: '64 bit: Rust since 0.2.180 hands out a next header that ends at the end of memory',
        in: ['x86_64-glibc', 'rust-libc-gnu-ge-0.2.180', WORD_64 - START_64 - 16n],
        out: [1, 'escape', Number(-START_64 - 16n)],
      },
      {
        name: '64 bit: over musl it does not hand out one that ends one unit before',
        in: ['x86_64-glibc', 'rust-libc-musl-ge-0.2.180', WORD_64 - START_64 - 24n],
        out: [1, 'end', 0],
      },
      {
        name: '64 bit: mlibc hands out a next header at 2^63 behind',
        in: ['x86_64-glibc', 'mlibc', 2n ** 63n],
        out: [1, 'escape', '-0x8000000000000000'],
      },
      {
        name: '32 bit: mlibc hands out a next header at 2^31 behind, whose distance is negative',
        in: ['i386-glibc', 'mlibc', 2n ** 31n],
        out: [1, 'escape', 2 ** 31],
      },
    ] as { name: string; in: [string, string, ...bigint[]]; out: (number | string)[] }[],
    ([abi, dialect, ...lengths]) => walk(abi, dialect, ...lengths),
  );

  t.table(
    ['x86_64-glibc', 'x86_64-musl', 'aarch64_be-musl', 'x86_64-freebsd', 'powerpc-glibc', 'i386-glibc'].map((abi) => ({
      name: `${abi}: the compat call reads headers of 12 bytes in its byte order`,
      in: abi,
      out: [
        { offset: 0, len: 13, level: 0x0102_0304, type: -2 },
        { offset: 16, len: 12, level: 5, type: 6 },
      ],
    })),
    (abi) => {
      const control = new Uint8Array(28);
      const view = new DataView(control.buffer);
      const isLittle = !/^(aarch64_be|powerpc)-/.test(abi);
      const words: [number, number][] = [
        [0, 13],
        [4, 0x0102_0304],
        [8, -2],
        [16, 12],
        [20, 5],
        [24, 6],
      ];
      for (const [at, word] of words) view.setInt32(at, word, isLittle);
      // Its layout is not the one of the walk before.
      walkControl(codec, 'aarch64_be-musl', control);
      return walkControl(codec, abi, control, { dialect: 'linux-compat-send' }).headers;
    },
  );

  // Words (32 bits, by offset) that are a sound cmsg_len also where no header is.
  t.table(
    [
      {
        name: 'illumos on sparc, 4 beyond: what lies where the length says is no header',
        in: ['x86_64-freebsd', 'illumos-sparc', 0x7004, { 0: 16, 16: 16, 20: 16, 36: 16 }],
        out: [0, 20, 36, 52],
      },
      {
        name: 'illumos on x86, 1 beyond: neither',
        in: ['x86_64-freebsd', 'illumos-x86', 0x7001, { 0: 16, 16: 16, 20: 1 }],
        out: [0, 19, 275],
      },
      {
        name: 'big endian: a length is read where it begins',
        in: ['powerpc-glibc', 'glibc-ge-2.37', undefined, { 0: 16, 16: 12, 28: 4096 }],
        out: [0, 16, 28, 4124],
      },
    ] as { name: string; in: [string, string, number | undefined, Record<number, number>]; out: number[] }[],
    ([abi, dialect, address, words]) => {
      const control = new Uint8Array(8192);
      const view = new DataView(control.buffer);
      for (const [at, word] of Object.entries(words)) view.setUint32(Number(at), word, !abi.startsWith('powerpc'));
      const { headers } = walkControl(codec, abi, control, { dialect, address });
      return headers.map(({ offset }) => offset);
    },
  );

  // Walks on layouts that are not their own, whose header is shorter than CMSG_LEN(0) or its unit.
  t.table(
    [
      {
        name: 'Linux takes a header alone',
        in: ['x86_64-freebsd', 'linux-send', 28, { 0: 12, 16: 12 }],
        out: '0 16 end',
      },
      { name: 'and no less', in: ['x86_64-freebsd', 'linux-send', 28, { 0: 12, 16: 11 }], out: '0 reject' },
      {
        name: 'CPython takes what ends with its header',
        in: ['sparc64-illumos', CPYTHON, 12, { 0: 12 }],
        out: '0 end',
      },
      { name: 'and no less', in: ['sparc64-illumos', CPYTHON, 12, { 0: 11 }], out: 'reject' },
      {
        name: 'Erlang steps by header and payload',
        in: ['sparc64-illumos', ERLANG, 40, { 0: 16, 24: 12 }],
        out: '0 24 end',
      },
    ] as { name: string; in: [string, string, number, Record<number, number>]; out: string }[],
    ([abi, dialect, size, words]) => {
      const control = new Uint8Array(size);
      const view = new DataView(control.buffer);
      for (const [at, word] of Object.entries(words)) view.setUint32(Number(at), word, !abi.startsWith('sparc'));
      const { headers, end } = walkControl(codec, abi, control, { dialect });
      return [...headers.map(({ offset }) => offset), end].join(' ');
    },
  );

  t.test('all headers come, however many', () => {
    const control = new Uint8Array(5000 * 16);
    for (let at = 0; at < control.length; at += 16) new DataView(control.buffer).setUint32(at, 16, true);
    const walk = walkControl(codec, 'x86_64-glibc', control, { dialect: 'linux-send' });
    assert.equal(
      walk.headers.map(({ offset }) => offset),
      Array.from({ length: 5000 }, (_, i) => 16 * i),
    );
    assert.is(walk.at, 4999 * 16);
    assert.equal(walkControl(codec, 'x86_64-glibc', control, { dialect: 'go', controllen: 5000 * 16 - 1 }), {
      headers: walk.headers.slice(0, -1),
      end: 'end',
      at: 4998 * 16,
    });
    control[control.length - 16] = 15;
    assert.is(walkControl(codec, 'x86_64-glibc', control, { dialect: 'go' }).headers.length, 0);
  });

  // Headers that claim 12 bytes, or 16: where the next one is depends on the address of the first.
  t.table(
    [
      { name: 'illumos on sparc, a buffer at a multiple of 8', in: ['illumos-sparc', 0x7000, 12], out: [0, 16, 32] },
      { name: 'illumos on sparc, a buffer 4 beyond', in: ['illumos-sparc', 0x7004, 12], out: [0, 12, 28] },
      { name: 'illumos on sparc, sound messages 4 beyond', in: ['illumos-sparc', 0x7004, 16], out: [0, 20, 36] },
      { name: 'Rust on sparc, a buffer 4 beyond', in: ['rust-solarish-sparc', 0x7004, 12], out: [0, 12, 28] },
      { name: 'illumos on x86, a buffer 2 beyond', in: ['illumos-x86', 0x7002, 12], out: [0, 14, 26] },
      { name: 'illumos on x86, sound messages 2 beyond', in: ['illumos-x86', 0x7002, 16], out: [0, 18, 34] },
      { name: 'illumos on x86, sound messages 1 beyond', in: ['illumos-x86', 0x7001, 16], out: [0, 19, 35] },
      { name: 'Darwin, which rounds the length, a buffer 2 beyond', in: ['darwin', 0x7002, 16], out: [0, 16, 32] },
      { name: 'AIX, which rounds nothing, a buffer 1 beyond', in: ['aix', 0x7001, 14], out: [0, 14, 28] },
      {
        name: 'illumos on x86, a header that fits until its address is rounded',
        in: ['illumos-x86', 0x7001, 36],
        out: [0],
      },
      { name: 'illumos on sparc, the same', in: ['illumos-sparc', 0x7001, 32], out: [0] },
      { name: 'FreeBSD, a buffer 4 beyond', in: ['freebsd', 0x7004, 12], out: [0, 16, 32] },
    ].map((row) => ({ ...row, in: [...row.in, ...row.out] })) as {
      name: string;
      in: [string, number, number, ...number[]];
      out: number[];
    }[],
    ([dialect, address, length, ...offsets]) => {
      const control = new Uint8Array(48);
      for (const at of offsets) control[at] = length;
      return walkControl(codec, 'x86_64-freebsd', control, { dialect, address }).headers.map(({ offset }) => offset);
    },
  );

  t.table(
    [
      { name: 'an address of 0', in: ['x86_64-glibc', 0], err: /^address must be an integer from 1 to / },
      { name: 'one below', in: ['x86_64-glibc', -1], err: /^address must be/ },
      { name: 'a text', in: ['x86_64-glibc', '7'], err: /^address must be/ },
      { name: 'one so high that the buffer would end at 2^32', in: ['i386-glibc', 2 ** 32 - 48], err: /below 2\^32/ },
      { name: 'the same with 64-bit pointers', in: ['x86_64-glibc', 2 ** 32 - 48], out: 0 },
    ] as { name: string; in: [string, number]; out: number }[],
    ([abi, address]) => walkControl(codec, abi, new Uint8Array(48), { address }).headers.length - 1,
  );

  // A 12-byte header whose data begins at 16, as on the Hurd, where glibc asks for the 12.
  t.table(
    [
      { name: 'glibc asks for a next header without its gap', in: 'glibc-ge-2.37', out: [0, 16] },
      { name: 'glibc before 2.37 too, if the message has room', in: 'glibc-le-2.36', out: [0, 16] },
      { name: 'musl asks for one byte more', in: 'musl-1.2', out: [0] },
      { name: 'bionic asks for a next header without its gap', in: 'bionic', out: [0, 16] },
      { name: 'FreeBSD asks for the gap as well', in: 'freebsd', out: [0] },
    ],
    (dialect) => {
      const control = new Uint8Array(28);
      new DataView(control.buffer).setUint32(0, 16, true);
      new DataView(control.buffer).setUint32(16, 5, true);
      return walkControl(codec, 'x86_64-freebsd', control, { dialect }).headers.map(({ offset }) => offset);
    },
  );

  t.table(
    [
      ...[11, 12, 13, 14, 15, 25].map((length) => ({
        name: `FreeBSD: a length of ${length} is malformed, as CMSG_LEN(0) is 16`,
        in: length,
        out: [[], 24, `the message at 0 claims ${length} bytes; 16 to 24 are possible`],
      })),
      { name: 'FreeBSD: a length of 16 is an empty message', in: 16, out: [[0], 8] },
      { name: 'FreeBSD: a length of 17 is a message of one byte', in: 17, out: [[1], 0] },
      { name: 'FreeBSD: a length of 24 is a message of all that is left', in: 24, out: [[8], 0] },
    ] as { name: string; in: number; out: unknown[] }[],
    (length) => {
      const control = new Uint8Array(24);
      new DataView(control.buffer).setUint32(0, length, true);
      const { messages, trailing, problem } = parseControl(codec, 'x86_64-freebsd', control);
      return [messages.map(({ data }) => data.length), trailing, ...(problem === undefined ? [] : [problem])];
    },
  );

  t.run();
}
