/** The values of structs: where layout says a field is, there it is read, in the byte order of the ABI. */
import { abis, layout, readStruct } from 'ancillary/codec';
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
