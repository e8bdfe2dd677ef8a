/** The values of structs: where layout says a field is, there it is read, in the byte order of the ABI. */
import { abis, layout, readStruct, writeStruct } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { findAbi } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('struct-values');
const from = seed();

for (const { id, endian } of abis()) {
  t.test(`${id}: every number of every struct (seed ${from})`, () => {
    const dice = random(from);
    let read = 0;
    for (const [name, struct] of Object.entries(layout(id).structs)) {
      if (struct === 'absent' || struct.size === 0) continue;
      const bytes = dice.bytes(struct.size);
      const values = readStruct(id, name, bytes);
      assert.equal(Object.keys(values), Object.keys(struct.fields), name);
      for (const [field, { offset, size }] of Object.entries(struct.fields)) {
        const value = values[field];
        if (typeof value !== 'number' && typeof value !== 'bigint') continue;
        const raw = bytes.slice(offset, offset + size);
        const isSwapped = endian === 'little';
        const digits = Buffer.from(isSwapped ? raw.reverse() : raw).toString('hex');
        const network = Buffer.from(bytes.slice(offset, offset + size)).toString('hex');
        const own = BigInt.asUintN(8 * size, BigInt(value));
        // What is in network order on every ABI: ports, and what stands beside them.
        assert.ok([BigInt(`0x${digits}`), BigInt(`0x${network}`)].includes(own), `${name}.${field}`);
        if (/^(msg|iov|cmsg)_/.test(field)) assert.is(own, BigInt(`0x${digits}`), `${name}.${field}`);
        read++;
      }
    }
    assert.ok(read > 0 || layout(id).structs.msghdr === 'absent', 'nothing was read');
  });
}

for (const { id } of abis()) {
  t.test(`${id}: every struct is written as it was read, and what lies between its fields is 0 (seed ${from})`, () => {
    const dice = random(from);
    for (const [name, struct] of Object.entries(layout(id).structs)) {
      if (struct === 'absent' || struct.size === 0) continue;
      const bytes = dice.bytes(struct.size);
      const values = readStruct(id, name, bytes);
      const written = writeStruct(id, name, values);
      assert.is(written.length, struct.size, name);
      assert.equal(readStruct(id, name, written), values, name);
      for (const { offset, size } of struct.pads) bytes.fill(0, offset, offset + size);
      // Within a struct inside there may be pads too.
      for (let at = 0; at < struct.size; at++)
        assert.ok(written[at] === bytes[at] || written[at] === 0, `${name}: ${at}`);
      assert.equal(
        writeStruct(id, name, readStruct(id, name, new Uint8Array(struct.size))),
        new Uint8Array(struct.size),
      );
    }
  });
}

const IOVEC = { iov_base: 2n ** 64n - 1n, iov_len: 1 };
t.table(
  [
    { name: 'all of 64 bits', in: ['x86_64-glibc', 'iovec', IOVEC], out: `${'ff'.repeat(8)}0100000000000000` },
    {
      name: 'big-endian',
      in: ['powerpc64-glibc', 'iovec', { ...IOVEC, iov_base: 2 }],
      out: '00000000000000020000000000000001',
    },
    {
      name: 'a pad is 0',
      in: ['x86_64-musl', 'cmsghdr', { cmsg_len: 16, cmsg_level: 1, cmsg_type: -1 }],
      out: '100000000000000001000000ffffffff',
    },
    {
      name: 'the text that JSON has for a bigint',
      in: ['x86_64-glibc', 'iovec', { iov_base: '0xff', iov_len: 0 }],
      out: `ff${'00'.repeat(15)}`,
    },
    {
      name: 'a number too wide',
      in: ['i386-glibc', 'iovec', { iov_base: 2 ** 32, iov_len: 0 }],
      err: /iovec\.iov_base must be a 32-bit integer, not 4294967296/,
    },
    {
      name: 'a bigint too wide',
      in: ['x86_64-glibc', 'iovec', { ...IOVEC, iov_base: 2n ** 64n }],
      err: /iovec\.iov_base must be a 64-bit integer/,
    },
    {
      name: 'a number that is not exact',
      in: ['x86_64-glibc', 'iovec', { ...IOVEC, iov_base: 2 ** 60 }],
      err: /beyond 2\^53 a bigint/,
    },
    { name: 'a fraction', in: ['x86_64-glibc', 'iovec', { ...IOVEC, iov_len: 1.5 }], err: /iovec\.iov_len must be/ },
    {
      name: 'a field that is left out',
      in: ['x86_64-glibc', 'iovec', { iov_base: 0 }],
      err: /iovec\.iov_len must be a 64-bit integer/,
    },
    {
      name: 'a field that there is not',
      in: ['x86_64-glibc', 'iovec', { ...IOVEC, iov_ln: 0 }],
      err: /iov_ln.*iov_len/,
    },
    {
      name: 'a pad',
      in: ['x86_64-musl', 'cmsghdr', { cmsg_len: 1, cmsg_level: 1, cmsg_type: 1, __pad1: 0 }],
      err: /__pad1/,
    },
    {
      name: 'too short a list',
      in: ['x86_64-glibc', 'msgbuf', { mtype: 1, mtext: [] }],
      err: /msgbuf\.mtext must be a list of 1/,
    },
    { name: 'no list', in: ['x86_64-glibc', 'msgbuf', { mtype: 1, mtext: 'a' }], err: /msgbuf\.mtext must be a list/ },
    {
      name: 'within a struct',
      in: ['x86_64-glibc', 'mmsghdr', { msg_hdr: { msg_name: 0 }, msg_len: 0 }],
      err: /mmsghdr\.msg_hdr\.msg_namelen must be/,
    },
    { name: 'no object', in: ['x86_64-glibc', 'iovec', null], err: /iovec must be an object with iov_base, iov_len/ },
    { name: 'a list for an object', in: ['x86_64-glibc', 'iovec', []], err: /iovec must be an object/ },
    { name: 'a struct that there is not', in: ['x86_64-glibc', 'iovc', {}], err: /no struct 'iovc'.*iovec/ },
    { name: 'one that the ABI has not', in: ['win64-mingw', 'msginfo', {}], err: /win64-mingw has no struct msginfo/ },
    { name: 'an ABI that there is not', in: ['x86_64-glbc', 'iovec', IOVEC], err: /x86_64-glibc/ },
  ] as { name: string; in: [string, string, never]; out: string }[],
  ([abi, name, values]) => Buffer.from(writeStruct(abi, name, values)).toString('hex'),
);

t.test('values that throw, or write another struct meanwhile, harm nothing', () => {
  const iovec = (iov_len: number) => writeStruct('x86_64-glibc', 'iovec', { iov_base: 1, iov_len });
  const expected = iovec(3);
  const within = {
    iov_base: 1,
    get iov_len() {
      return iovec(7)[8] === 7 ? 3 : 0;
    },
  };
  assert.equal(writeStruct('x86_64-glibc', 'iovec', within), expected);
  const failing = {
    iov_base: 1,
    get iov_len(): number {
      throw new RangeError('mine');
    },
  };
  for (let i = 0; i < 1000; i++) assert.throws(() => writeStruct('x86_64-glibc', 'iovec', failing), /mine/);
  assert.equal(iovec(3), expected);
});

t.test('a msghdr and an iovec are read as they were written, beyond 2^53 too', () => {
  const codec = codecInstance();
  const abi = findAbi(codec, 'x86_64-glibc');
  const bytes = codec.arena.lend(128, (at) => {
    codec.exports.putMsghdr(abi, at, 1n, 2, 3n, 4n, 2n ** 63n, 6n, -7);
    codec.exports.putIovec(abi, at + 64, 2n ** 53n + 1n, 9n);
    return codec.bytes.slice(at, at + 128);
  });
  assert.equal(readStruct('x86_64-glibc', 'msghdr', bytes), {
    msg_name: 1,
    msg_namelen: 2,
    msg_iov: 3,
    msg_iovlen: 4,
    msg_control: 2n ** 63n,
    msg_controllen: 6,
    msg_flags: -7,
  });
  assert.equal(readStruct('x86_64-glibc', 'iovec', bytes.subarray(64)), { iov_base: 2n ** 53n + 1n, iov_len: 9 });
});

t.table(
  [
    { name: 'a struct that there is not', in: ['x86_64-glibc', 'msgdr', 56], err: /no struct 'msgdr'.*msghdr/ },
    {
      name: 'one that the ABI has not',
      in: ['win64-mingw', 'msqid_ds', 500],
      err: /win64-mingw has no struct msqid_ds/,
    },
    { name: 'too few bytes', in: ['x86_64-glibc', 'msghdr', 55], err: /56 bytes, and these are 55/ },
    { name: 'an ABI that there is not', in: ['x86_64-glbc', 'msghdr', 56], err: /x86_64-glibc/ },
  ] as { name: string; in: [string, string, number]; err: RegExp }[],
  ([abi, name, size]) => readStruct(abi, name, new Uint8Array(size)),
);

t.test('what is no bytes is refused', async () => {
  for (const bytes of [null, 'x', [1]]) {
    assert.is((await thrownBy(() => readStruct('x86_64-glibc', 'iovec', bytes as never))).code, 'ERR_INVALID_ARGUMENT');
  }
});

t.run();
