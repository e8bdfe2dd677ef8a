/** What writing descriptors and credentials touches, and what it does not; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { findAbi } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

/** As in assembly/base/status.ts. */
const E_ROOM = -1;
const ABIS = ['x86_64-glibc', 'i386-glibc', 'powerpc64-glibc'];

export function rightsSuite(build: string, codec: CodecInstance): void {
  const t = suite(`rights, ${build}`);

  // What is plain (64-bit little-endian Linux) goes another way than the rest.
  t.table(
    ABIS.flatMap((abi) =>
      [0, 1, 2, 3, 4, 253].map((count) => ({
        name: `${abi}: ${count} descriptors, padded with zeros, write that and no byte more`,
        in: [abi, count] as const,
        out: [] as number[],
      })),
    ),
    ([id, count]) =>
      codec.arena.lend(4096, (at) => {
        const [control, guard] = [at + 2048, 0xa5];
        // The ints behind the last one are no guards: a copy of those would not be seen.
        codec.bytes.fill(3, at, control).fill(guard, control, at + 4096);
        const used = codec.exports.putRights(findAbi(codec, id), control, 2048, 0, at, count);
        const [header, unit] = id.startsWith('i386') ? [12, 4] : [16, 8];
        const length = header + 4 * count;
        assert.is(used, Math.ceil(length / unit) * unit, 'bytes');
        const padding = codec.bytes.slice(control + length, control + used);
        assert.equal(padding, new Uint8Array(used - length), 'padding');
        return [...codec.bytes.subarray(control + used, at + 4096)].filter((byte) => byte !== guard);
      }),
  );

  /** Of which the bytes are 2^20, 2^32 and 2^34 - 4. */
  const many = [2 ** 18, 2 ** 30, 2 ** 32 - 1];
  t.table(
    ABIS.flatMap((abi) =>
      [1, 3, 253, ...many, ...many.map((count) => count - 1)].map((count) => ({
        name: `${abi}: ${count} descriptors that have no room are not written, nor credentials`,
        in: [abi, count] as const,
        out: [E_ROOM, E_ROOM, 0],
      })),
    ),
    ([id, count]) =>
      codec.arena.lend(4096, (at) => {
        const [abi, control, guard] = [findAbi(codec, id), at + 2048, 0xa5];
        codec.bytes.fill(guard, at, at + 4096);
        const { putRights, putCredentials } = codec.exports;
        // Of the many, what 32 bits keep of their bytes would have room.
        const rights = putRights(abi, control, count < 1000 ? 12 : 2048, 0, at, count);
        const credentials = putCredentials(abi, control, 23, 0, 1, 2, 3);
        const written = codec.bytes.subarray(control, at + 4096).filter((byte) => byte !== guard);
        return [rights, credentials, written.length];
      }),
  );

  t.run();
}
