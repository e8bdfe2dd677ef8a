// One operation after the other.

import * as Call from './call';
import { get, remove, set, stat } from './control';
import { decodeOperation } from './decode';
import { receive } from './receive';
import { send } from './send';
import { IS_THERE, call, queueAt } from './state';

/** Bytes of an operation. */
const OPERATION: u32 = 4;

export function queueOperationSize(): u32 {
  return OPERATION;
}

/**
 * Does the operation at `at` in the model. At queueCall() stands which call it is and what is expected of it (call.ts);
 * for a msgsnd the msgbuf stands at queueSent(). Returns which call it is, 0 for none.
 */
export function queueStep(at: usize): u32 {
  decodeOperation(at);
  store<i32>(call, perform(load<u32>(call, Call.KIND)), Call.RESULT);
  return load<u32>(call, Call.KIND);
}

function perform(kind: u32): i32 {
  if (kind == Call.MSGGET) return get();
  const queue = queueOf(kind);
  if (kind == Call.MSGSND) return send(queue);
  if (kind == Call.MSGRCV) return receive(queue);
  if (kind == Call.IPC_SET) return set(queue);
  if (kind == Call.IPC_RMID) return remove(queue);
  return stat(queue, kind);
}

/** The queue that is meant, 0 where there is none. MSG_STAT looks at the index alone. */
function queueOf(kind: u32): usize {
  const id = load<u32>(call, Call.ID);
  const queue = queueAt(load<u32>(call, Call.SLOT));
  if (id == Call.NEGATIVE_ID || load<u32>(queue, IS_THERE) == 0) return 0;
  return id == Call.OWN_ID || kind == Call.MSG_STAT || kind == Call.MSG_STAT_ANY ? queue : 0;
}
