/** The bytes of a message of a queue, on every ABI that has queues. */
import { encodeQueueMessage as encode, parseQueueMessage as parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import {
  putQueueMessage as encodeQueueMessage,
  readQueueMessage as parseQueueMessage,
} from '../../host/model/queue-message.js';
import { listAbis } from '../../host/model/rows.js';
import { codecInstance, readText } from '../../host/wasm/instance.js';
import { suite, thrownBy } from '../support/suite.js';
import { abiVectors } from '../support/vectors.js';

const t = suite('queue message');
const codec = codecInstance();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const TEXT = Uint8Array.of(0x61, 0x62);

t.table(
  [
    { name: 'x86_64', in: 'x86_64-glibc', out: '08070605040302016162' },
    { name: 'x32, whose kernel has longs of 64 bits', in: 'x32-glibc', out: '08070605040302016162' },
    { name: 'big-endian of 64 bits', in: 'powerpc64-musl', out: '01020304050607086162' },
    {
      name: 'of 32 bits a type of 64 is refused',
      in: 'i386-glibc',
      err: /i386-glibc has 32 bits: 72623859790382856n is too large/,
    },
    { name: 'an ABI without queues', in: 'win64-mingw', err: 'ERR_UNSUPPORTED' },
    { name: 'an ABI that is none', in: 'x86_64-glib', err: /did you mean 'x86_64-glibc'/ },
  ],
  (abi: string) => hex(encodeQueueMessage(codec, abi, 0x0102030405060708n, TEXT)),
);

t.table(
  [
    { name: 'i386', in: 'i386-glibc', out: '040302016162' },
    { name: 'powerpc', in: 'powerpc-glibc', out: '010203046162' },
  ],
  (abi: string) => hex(encodeQueueMessage(codec, abi, 0x01020304n, TEXT)),
);

/** POSIX: of a libc whose headers have no struct, as those of FreeBSD, the type is a long. */
const widthOf = ({ types, structs }: ReturnType<typeof abiVectors>[number]) =>
  structs.msgbuf?.members.mtype?.[1] ?? types.long?.[0];

t.test('the type is as wide as a compiler says of every ABI with queues, and comes back', () => {
  const bigOnes = new Set(
    listAbis(codec)
      .filter(({ endian }) => endian === 'big')
      .map(({ id }) => id),
  );
  let seen = 0;
  for (const vector of abiVectors()) {
    const { abi, structs } = vector;
    if (!structs.msqid_ds && !structs.msgbuf) continue;
    const size = widthOf(vector) ?? 0;
    const bits = BigInt(8 * size);
    for (const type of [0n, 1n, -1n, 2n ** (bits - 1n) - 1n, -(2n ** (bits - 1n))]) {
      for (const text of [TEXT, new Uint8Array(0)]) {
        const bytes = encodeQueueMessage(codec, abi, type, text);
        assert.is(bytes.length, size + text.length, abi);
        const long = [...bytes.subarray(0, size)];
        const digits = Buffer.from(bigOnes.has(abi) ? long : long.reverse()).toString('hex');
        assert.is(BigInt.asIntN(8 * size, BigInt(`0x${digits}`)), type, abi);
        const exact = Number.isSafeInteger(Number(type)) ? Number(type) : type;
        assert.equal(parseQueueMessage(codec, abi, bytes), { type: exact, text });
      }
    }
    assert.throws(() => encodeQueueMessage(codec, abi, 2n ** (bits - 1n), TEXT), /is too large/);
    assert.throws(() => encodeQueueMessage(codec, abi, -(2n ** (bits - 1n)) - 1n, TEXT), /is too large/);
    assert.throws(() => parseQueueMessage(codec, abi, new Uint8Array(size - 1)), `at least ${size} bytes`);
    seen++;
  }
  assert.is(seen, listAbis(codec).length - 6);
});

t.test('a row goes by its other names too, with the byte order of its own', () => {
  const { aliasCount, aliasText, aliasAbi, abiBig } = codec.exports;
  for (let alias = 0; alias < aliasCount(); alias++) {
    const id = readText(codec, aliasText(alias));
    const bytes = encode(id, 1, new Uint8Array(0));
    assert.is(bytes.indexOf(1), abiBig(aliasAbi(alias)) === 1 ? bytes.length - 1 : 0, id);
  }
  assert.ok(aliasCount() > 0);
});

t.table(
  [
    { name: 'a number', in: 5, out: '05000000000000006162' },
    { name: 'a negative one, which no kernel takes', in: -1, out: 'ffffffffffffffff6162' },
    { name: '2^63', in: 2n ** 63n, err: /has 64 bits: 9223372036854775808n is too large/ },
    { name: 'a fraction', in: 0.5, err: /must be an integer, not 0.5/ },
    { name: 'a number that is not exact', in: 2 ** 53, err: /must be an integer, not 9007199254740992/ },
    { name: 'NaN', in: Number.NaN, err: /must be an integer, not NaN/ },
    { name: 'a text', in: '1', err: /must be an integer, not '1'/ },
    { name: 'nothing', in: undefined, err: 'ERR_INVALID_ARGUMENT' },
    { name: 'an object', in: { valueOf: () => 1n }, err: 'ERR_INVALID_ARGUMENT' },
  ] as { name: string; in: never; out: string }[],
  (type) => hex(encode('x86_64-glibc', type, TEXT)),
);

t.test('what is no bytes is refused, of a text and of a message', async () => {
  const lost = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  structuredClone(lost, { transfer: [lost.buffer] });
  for (const bytes of [null, 'ab', [1, 2], new Uint16Array(8), lost] as never[]) {
    assert.is((await thrownBy(() => encode('x86_64-glibc', 1, bytes))).code, 'ERR_INVALID_ARGUMENT');
    assert.is((await thrownBy(() => parse('x86_64-glibc', bytes))).code, 'ERR_INVALID_ARGUMENT');
  }
});

t.test('a message at an odd address of a longer buffer is read, and its text shares the memory', () => {
  const whole = new Uint8Array(19);
  whole.set(encode('mips-glibc', 0x01020304, TEXT), 3);
  const { type, text } = parse('mips-glibc', whole.subarray(3, 9));
  assert.equal([type, text], [0x01020304, TEXT]);
  whole[7] = 0x7a;
  assert.is(text[0], 0x7a);
});

t.table(
  [1, 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n].map((type) => ({
    name: `a type is a number, and a bigint only where that is not exact: ${type}`,
    in: type,
    out: type,
  })),
  (type: number | bigint) => parse('x86_64-glibc', encode('x86_64-glibc', type, TEXT)).type,
);

t.test('bytes that are too few are refused', () =>
  assert.throws(() => parseQueueMessage(codec, 'x86_64-glibc', new Uint8Array(7)), /at least 8 bytes, and these are 7/),
);

t.run();
