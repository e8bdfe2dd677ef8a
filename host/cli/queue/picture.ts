/** What `ancillary queue show` finds of a queue; it takes nothing. */
import { AncillaryError } from '../../errors/error.js';
import { planStorage, readStorageSizes, slabOf } from '../../oracle/kernel/message-storage.js';
import { readQueueStructs } from '../../oracle/kernel/queue-structs.js';
import { setImmediate } from '../../runtime/globals.js';
import { readLimits } from '../../sysv/limits.js';
import type { QueueMessage } from '../../sysv/message.js';
import type { MessageQueue } from '../../sysv/queue.js';
import type { WholeStatus } from '../../sysv/status.js';
import type { DrawnQueue } from '../../view/queue-chain.js';

/** How often a queue that changes while it is looked at is looked at again. */
const ATTEMPTS = 5;
/** So many messages are copied in one turn: of what is asked for by its place the kernel counts from the start. */
const MANY = 64;
/** Whoever cannot look into the queue can still be told of it. */
const SHUT = ['EACCES', 'ENOSYS'];
/** Of a message that is longer than others may be by now; those beside it can be shown. */
const TOO_LONG = 'ERR_TOO_LARGE';

export interface Picture extends DrawnQueue {
  /** Why its messages cannot be shown. */
  error: AncillaryError | undefined;
}

interface Looked {
  status: WholeStatus;
  messages: (QueueMessage & { index: number })[];
  error?: AncillaryError;
}

/** The queue with its oldest messages, `most` at most. */
export async function readPicture(queue: MessageQueue, most: number): Promise<Picture> {
  let changed = false;
  let found: Looked;
  for (let attempt = 1; ; attempt++) {
    found = await look(queue, most);
    changed = isOther(found.status, queue.stat());
    if (!changed || attempt === ATTEMPTS) break;
  }
  const { status, messages, error } = found;
  const structs = readQueueStructs();
  const sizes = readStorageSizes(structs);
  return {
    status,
    limits: readLimits(),
    structs,
    slabName: slabOf(structs.msg_queue.size, 'kmalloc-cg').slabName,
    messages: messages.map((message) => ({ ...message, parts: planStorage(message.data.length, sizes) })),
    left: error && SHUT.includes(error.code) ? 0 : status.qnum - messages.length,
    changed,
    problem: error?.message,
    error,
  };
}

async function look(queue: MessageQueue, most: number): Promise<Looked> {
  const status = queue.stat();
  const messages: Looked['messages'] = [];
  let tooLong: AncillaryError | undefined;
  const tryPeek = (index: number) => {
    try {
      return queue.peek(index);
    } catch (error) {
      if (!(error instanceof AncillaryError) || error.code !== TOO_LONG) throw error;
      tooLong = error;
      return TOO_LONG;
    }
  };
  try {
    for (let index = 0; index < Math.min(most, status.qnum); index++) {
      const message = tryPeek(index);
      if (!message) break;
      if (message !== TOO_LONG) messages.push({ index, ...message });
      if (index % MANY === MANY - 1) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    // A queue that is empty may be shut as well.
    if (status.qnum === 0) queue.peek(0);
  } catch (error) {
    if (error instanceof AncillaryError && SHUT.includes(error.code)) return { status, messages: [], error };
    throw error;
  }
  return { status, messages, ...(tooLong && { error: tooLong }) };
}

/** Whether something was sent or taken between two looks, as far as the status tells. */
function isOther(before: WholeStatus, after: WholeStatus): boolean {
  const tell = ({ cbytes, qnum, lspid, lrpid, stime, rtime }: WholeStatus) =>
    JSON.stringify([cbytes, qnum, lspid, lrpid, stime, rtime]);
  return tell(before) !== tell(after);
}
