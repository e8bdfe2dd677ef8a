// The same work many times in one call, for the bench: what the module itself costs, without its host.

import { isPlain, rightsTypeOf, rowOf, solSocketOf } from '../abi/row';
import { putCredentials, putPlainCredentials } from '../payload/credentials';
import { putPlainRights, putRights } from '../payload/rights';

/**
 * Encodes three descriptors and credentials `count` times at `control`, in `room` bytes; the descriptors are the ints at
 * `fds`, of which the first is changed each time. Returns the bytes of the last one, or a status below 0, behind which
 * nothing has room.
 */
export function encodeRepeatedly(abi: i32, fds: usize, control: usize, room: u32, count: u32): i32 {
  const row = rowOf(abi);
  const level = solSocketOf(row);
  const type = rightsTypeOf(row);
  const plain = isPlain(row);
  let used: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    store<u32>(fds, i & 1023);
    used = plain
      ? putPlainRights(control, room, 0, level, type, fds, 3)
      : putRights(abi, control, room, 0, fds, 3);
    used = plain
      ? putPlainCredentials(control, room, used, level, 1000, 1001, 1002)
      : putCredentials(abi, control, room, used, 1000, 1001, 1002);
  }
  return used;
}
