// msgget (ipc/util.c ipcget, ipc/msg.c newque) and msgctl (ipc/msg.c ksys_msgctl, msgctl_down, msgctl_stat). The caller
// owns every queue, and has neither CAP_IPC_OWNER nor CAP_SYS_RESOURCE.

import * as Call from './call';
import { EACCES, EEXIST, EFAULT, EINVAL, ENOENT, ENOSPC, EPERM, IPC_CREAT, IPC_EXCL, READ } from './numbers';
import { IS_THERE, KEY, MODE, QBYTES, SLOTS, call, countQueues, isGranted, msgmnb, msgmni, queueAt } from './state';

const PERMISSIONS: u32 = 0o777;

/** What the call returns: 0 and RESULT_SLOT, or an errno. Where there would be more queues than slots it is left out. */
export function get(): i32 {
  const key = load<u32>(call, Call.KEY);
  const flags = load<u32>(call, Call.FLAGS);
  const found = key == 0 ? -1 : findKey(key);
  if (found < 0) {
    if (key != 0 && !(flags & IPC_CREAT)) return -ENOENT;
    return create(key, flags);
  }
  if (flags & IPC_CREAT && flags & IPC_EXCL) return -EEXIST;
  // Whatever bits are asked for, for whomever, count as asked for by the caller.
  const asked = ((flags >> 6) | (flags >> 3) | flags) & 7;
  if (!isGranted(queueAt(found), asked)) return -EACCES;
  store<i32>(call, found, Call.RESULT_SLOT);
  return 0;
}

function findKey(key: u32): i32 {
  for (let slot: u32 = 0; slot < SLOTS; slot++) {
    const queue = queueAt(slot);
    if (load<u32>(queue, IS_THERE) && load<u32>(queue, KEY) == key) return slot;
  }
  return -1;
}

function create(key: u32, flags: u32): i32 {
  const count = countQueues();
  if (count >= msgmni) return -ENOSPC;
  if (count == SLOTS) {
    store<u32>(call, Call.NOTHING, Call.KIND);
    return 0;
  }
  let slot: u32 = 0;
  while (load<u32>(queueAt(slot), IS_THERE)) slot++;
  const queue = queueAt(slot);
  memory.fill(queue, 0, 32);
  store<u32>(queue, 1, IS_THERE);
  store<u32>(queue, msgmnb, QBYTES);
  store<u32>(queue, flags & PERMISSIONS, MODE);
  store<u32>(queue, key, KEY);
  store<i32>(call, slot, Call.RESULT_SLOT);
  return 0;
}

/** IPC_SET of msg_qbytes and the mode. */
export function set(queue: usize): i32 {
  if (load<u32>(call, Call.ID) == Call.NEGATIVE_ID) return -EINVAL;
  if (load<u32>(call, Call.POINTER) != Call.BUFFER) return -EFAULT;
  if (queue == 0) return -EINVAL;
  // msgctl_down() takes it as an int: the upper half of an unsigned long is lost.
  const qbytes = load<u32>(call, Call.SIZE);
  if (qbytes > msgmnb) return -EPERM;
  if (load<u32>(call, Call.NO_USER)) return -EINVAL;
  store<u32>(queue, qbytes, QBYTES);
  store<u32>(queue, load<u32>(call, Call.FLAGS) & PERMISSIONS, MODE);
  return 0;
}

export function remove(queue: usize): i32 {
  if (queue == 0) return -EINVAL;
  store<u32>(queue, 0, IS_THERE);
  return 0;
}

/** IPC_STAT, and MSG_STAT and MSG_STAT_ANY, which take an index and return an id. */
export function stat(queue: usize, kind: u32): i32 {
  if (queue == 0) return -EINVAL;
  if (kind != Call.MSG_STAT_ANY && !isGranted(queue, READ)) return -EACCES;
  if (load<u32>(call, Call.POINTER) != Call.BUFFER) return -EFAULT;
  if (kind != Call.IPC_STAT) store<i32>(call, load<i32>(call, Call.SLOT), Call.RESULT_SLOT);
  return 0;
}
