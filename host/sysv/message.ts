import { Buffer } from 'node:buffer';
import {
  checkBoolean,
  checkHeld,
  checkInteger,
  checkOptions,
  checkWait,
  hasOnly,
  INT_MAX,
  invalidArgument,
  isBytes,
  optionNames,
  show,
  type WaitOptions,
} from './base.js';
import { checkWantedType } from './type.js';

/** A message that was received, or looked at. */
export interface QueueMessage {
  /** Above 0; a bigint from 2^53 on, where a number is not exact. */
  type: number | bigint;
  data: Buffer;
}

/** A message whose data was put where `into` says. */
export interface QueueMessageHead {
  type: number | bigint;
  /** How many bytes came. */
  size: number;
}

/** How a message is sent. */
export interface QueueSendOptions extends WaitOptions {
  /** Whether to wait for room, true by default; without it a full queue is `EAGAIN`. */
  wait?: boolean | undefined;
}

/** Which message is received, and where to. */
export interface QueueReceiveSyncOptions {
  /**
   * 0, the default: the oldest message. Above 0: the oldest of that type. Below 0: the oldest of the smallest type that is
   * not above its absolute value.
   */
  type?: number | bigint | undefined;
  /** With a type above 0: the oldest message of any other type (MSG_EXCEPT). */
  except?: boolean | undefined;
  /** Cuts a message that is longer than the room, and loses the rest (MSG_NOERROR); without it such one is `E2BIG`. */
  noError?: boolean | undefined;
  /** The most bytes of a message; by default it may have any length. */
  maxSize?: number | undefined;
  /** Where to put the data, instead of a Buffer of its own; its length is the most. */
  into?: Uint8Array | undefined;
}

/** The same, and how long to wait. */
export interface QueueReceiveOptions extends QueueReceiveSyncOptions, WaitOptions {
  /** Whether to wait for such a message, true by default; without it none is `ENOMSG`. */
  wait?: boolean | undefined;
}

/** What is to be received, checked. */
export interface Wanted {
  readonly type: number | bigint;
  readonly except: boolean;
  readonly noError: boolean;
  readonly maxSize: number | undefined;
  readonly into: Uint8Array | undefined;
}

/** Whether and how long to wait, checked. */
export interface Patience extends WaitOptions {
  readonly wait: boolean;
}

const SEND = optionNames<QueueSendOptions>({ wait: true, signal: true, timeout: true });
const SYNC = { type: true, except: true, noError: true, maxSize: true, into: true } as const;
const RECEIVE_SYNC = optionNames<QueueReceiveSyncOptions>(SYNC);
const RECEIVE = optionNames<QueueReceiveOptions>({ ...SYNC, wait: true, signal: true, timeout: true });

const ANY: Wanted = { type: 0, except: false, noError: false, maxSize: undefined, into: undefined };

/** The bytes of a message of `type`, checked. */
export function checkData(type: unknown, data: unknown): Uint8Array {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  if (isBytes(bytes)) return checkHeld(bytes, 'data');
  if (data === undefined && (isBytes(type) || typeof type === 'string')) {
    throw invalidArgument('send takes the type of the message first, an integer above 0, and then its data');
  }
  throw invalidArgument(`data must be a string or a Uint8Array, not ${show(data)}`);
}

/** The options of sendSync: none, but descriptors are refused with what to do instead. */
export function checkSendSync(options: object | undefined): void {
  if (options === undefined) return;
  refuseFds(options);
  if (typeof options === 'object') {
    for (const name in options) {
      if (name in Object.prototype) continue;
      if (SEND.has(name)) throw invalidArgument(`sendSync never waits and takes no option ${show(name)}: use send`);
      throw invalidArgument(`sendSync takes no option ${show(name)}`);
    }
  }
  checkOptions(options, SEND, 'sendSync');
}

/** The options of send, checked. */
export function checkSend(options: QueueSendOptions | undefined, what: string): Patience {
  refuseFds(options);
  return checkPatience(checkOptions(options, SEND, 'send'), what);
}

/** Refuses what is no option with better words than those for a slip. */
function refuseFds(options: object | undefined): void {
  if (typeof options !== 'object' || options === null || !('fds' in options)) return;
  throw invalidArgument(
    'descriptors cannot travel in a System V queue: send the path of a Unix socket, and pass them there (UnixListener)',
  );
}

/** The options of receiveSync, checked. */
export function checkReceiveSync(options: QueueReceiveSyncOptions | undefined): Wanted {
  if (options === undefined) return ANY;
  return checkWanted(
    // What is called a hundred thousand times a second.
    hasOnly(options, 'into', 'type') ? options : checkOptions(options, RECEIVE_SYNC, 'receiveSync'),
  );
}

/** The options of receive, checked. */
export function checkReceive(options: QueueReceiveOptions | undefined, what: string): Wanted & Patience {
  const checked = checkOptions(options, RECEIVE, 'receive');
  return { ...checkWanted(checked), ...checkPatience(checked, what) };
}

function checkPatience({ wait, ...options }: QueueSendOptions, what: string): Patience {
  const { signal, timeout } = checkWait(options, what);
  const waits = wait === undefined || checkBoolean(wait, 'wait');
  if (!waits && timeout !== undefined) throw invalidArgument('wait: false waits for nothing: leave out timeout');
  return { wait: waits, signal, timeout };
}

function checkWanted({ type, except, noError, maxSize, into }: QueueReceiveSyncOptions): Wanted {
  if (into !== undefined) {
    if (maxSize !== undefined) throw invalidArgument('maxSize and into: the room is that of into');
    if (!isBytes(into)) throw invalidArgument(`into must be a Uint8Array, not ${show(into)}`);
    checkHeld(into, 'into');
  }
  const wanted = {
    type: checkWantedType(type),
    except: checkBoolean(except, 'except'),
    noError: checkBoolean(noError, 'noError'),
    maxSize: maxSize === undefined ? undefined : checkInteger(maxSize, 'maxSize', 0, INT_MAX),
    into,
  };
  if (wanted.except && wanted.type <= 0) throw invalidArgument('except needs a type above 0: all but that one');
  if (wanted.noError && into === undefined && maxSize === undefined) {
    throw invalidArgument('noError cuts what has no room: say with maxSize, or into, how much there is');
  }
  return wanted;
}
