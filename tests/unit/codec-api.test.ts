/** `ancillary/codec` as its users call it. */
import {
  AncillaryError,
  abis,
  type ControlMessage,
  type EncodedControl,
  encode,
  layout,
  parse,
  walk,
} from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { bytesOfHex, hexOfBytes } from '../../host/model/hex.js';
import { exactLength } from '../../host/model/length.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('codec API');
const ABI = 'x86_64-glibc';

t.table(
  [
    { name: 'no message is an empty buffer', in: [], out: '' },
    { name: 'descriptors by name', in: [{ fds: [3, 4] }], out: '180000000000000001000000010000000300000004000000' },
    { name: 'no descriptor is an empty payload', in: [{ fds: [] }], out: '10000000000000000100000001000000' },
    {
      name: 'credentials by name, ids above 2^31 too',
      in: [{ credentials: { pid: 1, uid: 4294967295, gid: 2 } }],
      out: '1c000000000000000100000002000000' + '01000000ffffffff0200000000000000',
    },
    {
      name: 'level and type may be given signed or unsigned',
      in: [{ level: 0xffffffff, type: -1, data: new Uint8Array(0) }],
      out: '1000000000000000ffffffffffffffff',
    },
    { name: 'a list is wanted', in: 7 as never, err: /messages must be a list/ },
    { name: 'a message is an object', in: [null as never], err: /messages\[0\] must be an object/ },
    { name: 'a list is no message', in: [[1] as never], err: /^messages\[0\] must be an object/ },
    { name: 'data is bytes', in: [{ level: 1, type: 1, data: 'ff' as never }], err: /messages\[0\] must be one of/ },
    { name: 'a level fits 32 bits', in: [{ level: 2 ** 32, type: 1, data: new Uint8Array(0) }], err: /level must be/ },
    {
      name: 'a descriptor is a whole number',
      in: [{ fds: [1.5] }],
      err: /^messages\[0\]\.fds\[0\] must be a 32-bit integer, not 1.5/,
    },
    { name: 'descriptors are a list', in: [{ fds: 3 as never }], err: /^messages\[0\].fds must be a list of integers/ },
    {
      name: 'credentials are complete',
      in: [{ credentials: { pid: 1 } as never }],
      err: /^messages\[0\].credentials.uid must be a 32-bit integer/,
    },
    {
      name: 'two names in one message are told',
      in: [{ fds: [1], credentials: { pid: 1, uid: 1, gid: 1 } } as never],
      err: /messages\[0\].*(fds.*credentials|credentials.*fds)/,
    },
    { name: 'more than the memory holds', in: [{ fds: Array(2 ** 20).fill(1) }], err: 'ERR_TOO_LARGE' },
  ] as { name: string; in: ControlMessage[]; out: string }[],
  (messages) => hexOfBytes(encode(ABI, messages).control),
);

t.table(
  [
    { name: 'fill below 0', in: { fill: -1 }, err: /fill must be an integer from 0 to 255/ },
    { name: 'fill above 255', in: { fill: 256 }, err: /fill must be an integer from 0 to 255/ },
    { name: 'fill 0xaa', in: { fill: 0xaa }, out: '110000000000000001000000010000000baaaaaaaaaaaaaa' },
    { name: 'tight', in: { tight: true }, out: '110000000000000001000000010000000b' },
  ],
  (options) => hexOfBytes(encode(ABI, [{ level: 1, type: 1, data: Uint8Array.of(11) }], options).control),
);

t.table(
  [
    {
      name: 'a length below CMSG_LEN(0) is malformed',
      in: '0f000000000000000100000001000000',
      out: { count: 0, trailing: 16, problem: 'the message at 0 claims 15 bytes; 16 to 16 are possible' },
    },
    {
      name: 'a length beyond the buffer is malformed, and told exactly',
      in: 'ffffffffffffffff0100000001000000',
      out: {
        count: 0,
        trailing: 16,
        problem: 'the message at 0 claims 0xffffffffffffffff bytes; 16 to 16 are possible',
      },
    },
    {
      name: 'what stands before a malformed message is read',
      in: '10000000000000000100000001000000' + '11000000000000000100000001000000',
      out: { count: 1, trailing: 16, problem: 'the message at 16 claims 17 bytes; 16 to 16 are possible' },
    },
    { name: 'fewer bytes than a header', in: 'ffffffffffffffffffffffffffffff', out: { count: 0, trailing: 15 } },
    { name: 'nothing', in: '', out: { count: 0, trailing: 0 } },
    {
      name: 'odd bytes of descriptors do not count, as in the kernel',
      in: '17000000000000000100000001000000' + '03000000ffffff',
      out: { count: 1, trailing: 0, fds: [3] },
    },
  ],
  (control) => {
    const { messages, trailing, problem } = parse(ABI, bytesOfHex(control, 'control'));
    const fds = messages[0]?.fds;
    return {
      count: messages.length,
      trailing,
      ...(problem === undefined ? {} : { problem }),
      ...(fds && fds.length > 0 ? { fds } : {}),
    };
  },
);

t.table(
  [
    {
      name: 'an unknown ABI is named with the known ones',
      in: () => layout('vax-bsd'),
      err: /'vax-bsd'; known: x86_64-/,
    },
    {
      name: 'an unknown walk too',
      in: () => walk(ABI, new Uint8Array(0), { dialect: 'x' }),
      err: /'x'; known: glibc-/,
    },
    { name: 'a string is no control buffer', in: () => parse(ABI, 'ff' as never), err: /control must be a Uint8Array/ },
    {
      name: 'controllen beyond the bytes',
      in: () => walk(ABI, new Uint8Array(8), { controllen: 9 }),
      err: /0 to the 8/,
    },
    { name: 'controllen below 0', in: () => walk(ABI, new Uint8Array(8), { controllen: -1 }), err: /0 to the 8/ },
    {
      name: 'controllen no number',
      in: () => walk(ABI, new Uint8Array(8), { controllen: '8' as never }),
      err: /0 to the 8/,
    },
    {
      name: 'FreeBSD has no SCM_CREDENTIALS',
      in: () => encode('x86_64-freebsd', [{ credentials: { pid: 1, uid: 1, gid: 1 } }]),
      err: /has no credentials/,
    },
  ],
  (call: () => unknown) => call() as never,
);

t.table(
  [
    { name: '2^53 is a number', in: 2n ** 53n, out: 2 ** 53 },
    { name: 'beyond it is text', in: 2n ** 53n + 1n, out: '0x20000000000001' },
    { name: 'all ones', in: 2n ** 64n - 1n, out: '0xffffffffffffffff' },
    { name: 'negative', in: -8n, out: -8 },
    { name: 'far negative', in: -(2n ** 60n), out: '-0x1000000000000000' },
  ] as { name: string; in: bigint; out: number | string }[],
  (value) => exactLength(value) as number | string,
);

t.test('a security label is parsed to its bytes, each by itself', () => {
  const { control } = encode(ABI, [{ label: [0x73, 0x79, 0x73, 0, 0xff] }]);
  assert.is(hexOfBytes(control), '15000000000000000100000003000000' + '73797300ff000000');
  assert.equal(parse(ABI, control).messages[0]?.label, [0x73, 0x79, 0x73, 0, 0xff]);
});

t.test('a type that equals a status code names no payload', () => {
  const { control } = encode('x86_64-freebsd', [{ level: 0xffff, type: -3, data: new Uint8Array(12) }]);
  assert.equal(Object.keys(parse('x86_64-freebsd', control).messages[0] ?? {}), ['offset', 'level', 'type', 'data']);
});

t.table(
  [
    { name: '12 bytes of SCM_CREDENTIALS are credentials', in: [2, 12], out: ['credentials'] },
    { name: '16 bytes are none', in: [2, 16], out: [] },
    { name: '8 bytes are none', in: [2, 8], out: [] },
    { name: '4 bytes of SCM_PIDFD are a pidfd', in: [4, 4], out: ['pidfd'] },
    { name: '8 bytes are no pidfd', in: [4, 8], out: [] },
  ] as { name: string; in: [number, number]; out: string[] }[],
  ([type, size]) => {
    const { control } = encode(ABI, [{ level: 1, type, data: new Uint8Array(size) }]);
    return Object.keys(parse(ABI, control).messages[0] ?? {}).slice(4);
  },
);

t.test('an address that wraps below a 32-bit buffer has escaped, though the walk looks at the next length', () => {
  const control = bytesOfHex('f8ffffbf0100000001000000000000000000000000000000', 'control');
  const { headers, end } = walk('i386-glibc', control, { dialect: 'glibc-le-2.36' });
  assert.equal([headers.map(({ offset }) => offset), end], [[0], 'escape']);
});

/** Bytes that are never touched, so that the system need not have them; undefined where it refuses nevertheless. */
function hugeBytes(size: number): Uint8Array | undefined {
  try {
    return new Uint8Array(size);
  } catch {
    return undefined;
  }
}

for (const [size, count] of [
  [2 ** 31, 1],
  [2 ** 31, 2],
  [2 ** 32 - 8, 1],
  [2 ** 32 - 32, 1],
] as const) {
  const name = `${count} times ${size} bytes of data are refused`;
  if (!hugeBytes(size)) t.skip(name, 'this system gives no array of that size');
  else {
    t.test(name, async () => {
      // Not kept from above: so much of it makes the whole process slow.
      const data = hugeBytes(size);
      const messages = Array.from({ length: count }, () => ({ level: 1, type: 1, data: data as Uint8Array }));
      assert.instance(await thrownBy(() => encode(ABI, messages)), AncillaryError);
    });
  }
}

t.test('a memory used again keeps nothing of what was there', () => {
  encode(ABI, [{ level: 1, type: 1, data: new Uint8Array(64).fill(0xff) }]);
  assert.is(hexOfBytes(encode(ABI, [{ fds: [1] }]).control), '140000000000000001000000010000000100000000000000');
});

const from = seed();
for (const { id } of abis()) {
  t.test(
    `${id}: descriptors and credentials have the same bytes, alone or beside another message (seed ${from})`,
    () => {
      const dice = random(from);
      const raw = { level: 3, type: 4, data: new Uint8Array(1) };
      const int = () => dice.below(2 ** 32) - dice.below(2) * 2 ** 31;
      for (let i = 0; i < 50; i++) {
        const messages = Array.from({ length: dice.below(4) }, () =>
          dice.below(2) === 0
            ? { fds: Array.from({ length: dice.below(5) }, int) }
            : { credentials: { pid: int(), uid: int(), gid: int() } },
        );
        const alone = encodeOrError(id, messages);
        const beside = encodeOrError(id, [...messages, raw]);
        if (typeof alone === 'string') {
          assert.is(alone, beside);
          continue;
        }
        assert.ok(typeof beside !== 'string');
        assert.equal(alone.offsets, beside.offsets.slice(0, -1));
        assert.equal(alone.control, beside.control.slice(0, alone.control.length));
      }
    },
  );
}

function encodeOrError(abi: string, messages: ControlMessage[]): EncodedControl | string {
  try {
    return encode(abi, messages);
  } catch (error) {
    return (error as Error).message;
  }
}

t.run();
