import { attemptPeek, attemptReceive, attemptSend } from './attempts.js';
import {
  AncillaryError,
  byteLengthOf,
  checkInteger,
  EAGAIN,
  EIDRM,
  EINVAL,
  ENOMSG,
  fail,
  INT_MAX,
  invalidArgument,
} from './base.js';
import { controlError, type Named, neverFits, receiveError, sendError } from './errors.js';
import { getQueue, removeQueue } from './identifier.js';
import { checkKey } from './key.js';
import { Lines, NOT_YET } from './lines.js';
import {
  checkData,
  checkReceive,
  checkReceiveSync,
  checkSend,
  checkSendSync,
  type QueueMessage,
  type QueueMessageHead,
  type QueueReceiveOptions,
  type QueueReceiveSyncOptions,
  type QueueSendOptions,
  type Wanted,
} from './message.js';
import {
  type CreateQueueOptions,
  checkCreate,
  checkOpen,
  checkPrivate,
  type PrivateQueueOptions,
  type QueueOptions,
} from './opening.js';
import { checkSettings, type QueueSettings } from './settings.js';
import { readStatus, type WholeStatus, writeSettings } from './status.js';
import { checkType } from './type.js';

/** The line of those that send: a message that is sent later comes later, whatever its type. */
const SENDERS = 'send';

/** Only who has it can make a MessageQueue. */
const KEY = Symbol('a MessageQueue is made by the library');

/**
 * A System V message queue (msgget(2), msgop(2), msgctl(2)): messages with a type, kept by the kernel until somebody
 * takes them or removes the queue. It is found by a key or its id, and outlives every process.
 *
 * Descriptors cannot travel in one: send the path of a Unix socket in the queue, and pass them over that socket.
 *
 * No event tells of a queue, so who waits asks again after pauses, each a quarter of the time that nothing has come, 20 ms
 * at most. Whoever waits on one MessageQueue for messages of the same type is served in order. Cancelling a receive never
 * takes a message: there is a message, or an error.
 *
 * A key is no proof of who made the queue: another user may have made one with that key before. Ask `stat().cuid`.
 */
export class MessageQueue {
  /** The kernel's number of the queue, one in the IPC namespace. */
  readonly id: number;
  /** The key that it was found by; undefined for a private queue, and one that was found by its id. */
  readonly key: number | undefined;
  #removeOnDispose: boolean;
  readonly #lines = new Lines();
  readonly #named: Named;
  #isClosed = false;

  private constructor(token: symbol, id: number, key: number | undefined, removes: boolean, wasThere: boolean) {
    if (token !== KEY) {
      throw invalidArgument('a MessageQueue cannot be made with new: use MessageQueue.create, open, private or ofId');
    }
    this.id = id;
    this.key = key;
    this.#removeOnDispose = removes;
    this.#named = { id, wasThere };
  }

  /**
   * Makes the queue of `key` (a number; see ftok), or opens it if it is there. Throws `EEXIST` with `exclusive`, `EACCES`
   * where it is there and does not grant `mode`, `ENOSPC` at kernel.msgmni.
   */
  static create(key: number, options?: CreateQueueOptions): MessageQueue {
    const { flags, removes } = checkCreate(options, 'MessageQueue.create');
    const number = checkKey(key);
    return new MessageQueue(KEY, getQueue(number, flags), number, removes, true);
  }

  /** The queue of `key`, whatever its mode lets this process do with it. Throws `ENOENT` where there is none. */
  static open(key: number, options?: QueueOptions): MessageQueue {
    const { flags, removes } = checkOpen(options, 'MessageQueue.open');
    const number = checkKey(key);
    return new MessageQueue(KEY, getQueue(number, flags), number, removes, true);
  }

  /** A new queue without a key: others find it by its id alone. */
  static private(options?: PrivateQueueOptions): MessageQueue {
    const { flags, removes } = checkPrivate(options, 'MessageQueue.private');
    return new MessageQueue(KEY, getQueue(undefined, flags), undefined, removes, true);
  }

  /** The queue `id`; whether there is one shows when it is used (`EINVAL`). */
  static ofId(id: number, options?: QueueOptions): MessageQueue {
    const { removes } = checkOpen(options, 'MessageQueue.ofId');
    return new MessageQueue(KEY, checkInteger(id, 'the id of a queue', 0, INT_MAX), undefined, removes, false);
  }

  /** Whether it was closed here; the queue itself may be there. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Sends `data` (bytes, or a string as UTF-8) as a message of `type`, an integer from 1 to 2^63 - 1 (a bigint where a
   * number is not exact); resolves when the kernel has it. Waits while the queue is full, unless `wait` is false.
   *
   * Rejects with `EAGAIN` (full, without wait), `ERR_TOO_LARGE` (longer than kernel.msgmax, or than the queue ever holds),
   * `EACCES`, `EIDRM` (removed), `EINVAL` (no such id), `ETIMEDOUT`, `ABORT_ERR`; the message was not sent then.
   */
  send(type: number | bigint, data: Uint8Array | string, options?: QueueSendOptions): Promise<void> {
    try {
      const what = `sending to queue ${this.id}`;
      const patience = checkSend(options, what);
      const bytes = checkData(type, data);
      const long = checkType(type);
      const size = byteLengthOf(bytes);
      // A copy as soon as it waits: the caller's memory is his own again.
      let held: Uint8Array | undefined;
      const attempt = () => {
        if (this.#trySend(long, held ?? bytes, size) !== NOT_YET) return undefined;
        // Asked each time: somebody may have lowered qbytes.
        const never = neverFits(size, this.#named);
        if (never) throw never;
        if (!patience.wait) throw sendError(EAGAIN, this.#named, size);
        held ??= new Uint8Array(bytes);
        return NOT_YET;
      };
      if (this.#lines.isBusy(SENDERS)) {
        const never = neverFits(size, this.#named);
        if (never) throw never;
        if (!patience.wait) throw this.#busyError();
        held = new Uint8Array(bytes);
      }
      return this.#lines.wait(SENDERS, attempt, patience, what);
    } catch (error) {
      return fail(error);
    }
  }

  /** Sends at once, or throws: `EAGAIN` when the queue is full, `ERR_BUSY` while a send waits; the others are as of send. */
  sendSync(type: number | bigint, data: Uint8Array | string, options?: Record<string, never>): void {
    checkSendSync(options);
    const bytes = checkData(type, data);
    const long = checkType(type);
    const size = byteLengthOf(bytes);
    if (this.#lines.isBusy(SENDERS)) throw neverFits(size, this.#named) ?? this.#busyError();
    if (this.#trySend(long, bytes, size) !== NOT_YET) return;
    throw neverFits(size, this.#named) ?? sendError(EAGAIN, this.#named, size);
  }

  /**
   * Takes a message out of the queue, the oldest that is wanted; waits for one, unless `wait` is false.
   *
   * Rejects with `ENOMSG` (none, without wait), `E2BIG` (longer than `maxSize` or `into`; it stays), `EACCES`, `EIDRM`
   * (removed), `EINVAL` (no such id), `ETIMEDOUT`, `ABORT_ERR`; no message was taken then.
   */
  receive(options: QueueReceiveOptions & { into: Uint8Array }): Promise<QueueMessageHead>;
  /** Takes a message out of the queue. */
  receive(options?: QueueReceiveOptions & { into?: undefined }): Promise<QueueMessage>;
  receive(options?: QueueReceiveOptions): Promise<QueueMessage | QueueMessageHead> {
    try {
      const what = `receiving from queue ${this.id}`;
      const wanted = checkReceive(options, what);
      const attempt = () => {
        const message = this.#tryReceive(wanted);
        if (message !== NOT_YET || wanted.wait) return message;
        throw receiveError(ENOMSG, this.#named, 0);
      };
      // Who does not wait stands in no line.
      const line = wanted.wait ? `${wanted.except ? '!' : ''}${wanted.type}` : 'now';
      return this.#lines.wait(line, attempt, wanted, what);
    } catch (error) {
      return fail(error);
    }
  }

  /** Takes a message at once, or throws: `ENOMSG` when there is none that is wanted; the others are as of receive. */
  receiveSync(options: QueueReceiveSyncOptions & { into: Uint8Array }): QueueMessageHead;
  /** Takes a message at once. */
  receiveSync(options?: QueueReceiveSyncOptions & { into?: undefined }): QueueMessage;
  receiveSync(options?: QueueReceiveSyncOptions): QueueMessage | QueueMessageHead {
    const message = this.#tryReceive(checkReceiveSync(options));
    if (message === NOT_YET) throw receiveError(ENOMSG, this.#named, 0);
    return message;
  }

  /**
   * A copy of the message at `index`, 0 for the oldest, which stays in the queue; undefined where there are not so many.
   * Throws `ENOSYS` where the kernel was built without CONFIG_CHECKPOINT_RESTORE, `ERR_TOO_LARGE` for a message longer than
   * kernel.msgmax, which was lowered then, `EACCES`, `EIDRM`, `EINVAL`.
   */
  peek(index = 0): QueueMessage | undefined {
    this.#admit();
    const checked = checkInteger(index, 'index', 0, INT_MAX);
    const message = attemptPeek(this.#named, checked);
    this.#named.wasThere = true;
    return message;
  }

  /** What the kernel says of the queue. Throws `EIDRM` when it was removed, `EINVAL` where there is none of that id. */
  stat(): WholeStatus {
    this.#admit();
    const status = readStatus(this.id);
    if (typeof status === 'number') throw controlError(status, this.#named, 'stat');
    this.#named.wasThere = true;
    return status;
  }

  /**
   * Changes what is given of limit, mode and owner, and leaves the rest. Throws `EPERM` for those who are not its owner,
   * and for a qbytes above kernel.msgmnb without CAP_SYS_RESOURCE; `EINVAL` for an owner whom the user namespace lacks.
   */
  set(settings: QueueSettings): void {
    const checked = checkSettings(settings);
    const failure = writeSettings(this.stat(), checked);
    if (failure !== 0) throw controlError(failure, this.#named, 'set');
    this.#lines.nudge();
  }

  /** Removes the queue from the kernel with all that is in it: whoever waits on it, in every process, gets `EIDRM`. */
  remove(): void {
    this.#admit();
    const failure = removeQueue(this.id);
    if (failure !== 0) throw controlError(failure, this.#named, 'remove');
    this.#named.wasThere = true;
    this.#lines.nudge();
  }

  /** Ends what waits here, with `ERR_CLOSED`, and refuses whatever comes; the queue stays as it is. */
  close(): void {
    this.#isClosed = true;
    this.#lines.dismiss();
  }

  /** Closes it and, with `removeOnDispose`, removes the queue unless somebody has. */
  [Symbol.dispose](): void {
    this.close();
    if (!this.#removeOnDispose) return;
    this.#removeOnDispose = false;
    const failure = removeQueue(this.id);
    if (failure !== 0 && failure !== EINVAL && failure !== EIDRM) throw controlError(failure, this.#named, 'remove');
  }

  /** What console.log shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `MessageQueue { ${this.#isClosed ? 'closed' : `id: ${this.id}`} }`;
  }

  #trySend(type: number | bigint, bytes: Uint8Array, size: number): undefined | typeof NOT_YET {
    this.#admit();
    const result = attemptSend(this.#named, type, bytes, size);
    this.#named.wasThere = true;
    return result;
  }

  #tryReceive(wanted: Wanted): QueueMessage | QueueMessageHead | typeof NOT_YET {
    this.#admit();
    const result = attemptReceive(this.#named, wanted);
    this.#named.wasThere = true;
    return result;
  }

  #admit(): void {
    if (this.#isClosed) throw this.#closedError();
  }

  #closedError(): AncillaryError {
    return new AncillaryError('ERR_CLOSED', `queue ${this.id} has been closed here`);
  }

  #busyError(): AncillaryError {
    return new AncillaryError('ERR_BUSY', `a send is waiting on queue ${this.id}, and comes first: await it`);
  }
}
