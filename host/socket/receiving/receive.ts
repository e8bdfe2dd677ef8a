import { byteLengthOf, isBytes } from '../../check/bytes.js';
import { checkOptions, hasOnly, optionNames } from '../../check/options.js';
import { show } from '../../check/show.js';
import { checkBoolean, checkInteger, INT_MAX } from '../../check/values.js';
import { invalidArgument } from '../../errors/error.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import type { WaitOptions } from '../../reactor/limit.js';
import { IOVECS } from '../frame/frame.js';
import { checkMaxFds } from '../options/socket-options.js';

/** What a receive may bring, and where to. */
export interface ReceiveSyncOptions {
  /** Most bytes of data to take; default 65536, and of a stream never more than 262144 at once. */
  maxData?: number | undefined;
  /** Most descriptors to accept in one message, up to 253, or Infinity; default what the socket was made with, or 0. More is an error. */
  maxFds?: number | undefined;
  /** Where to put the data, instead of a Buffer of its own: one array, or several that are filled one after the other. */
  into?: Uint8Array | readonly Uint8Array[] | undefined;
  /** Whether the control bytes are wanted as the kernel wrote them: `message.control`. */
  control?: boolean | undefined;
  /**
   * Looks only: the message stays, also when it is refused (MSG_PEEK). Its descriptors come as duplicates each time, to be
   * closed each time.
   */
  peek?: boolean | undefined;
}

export interface ReceiveOptions extends ReceiveSyncOptions, WaitOptions {}

/** Of a socket that has a queue of errors. */
export interface ErrorQueueOption {
  /**
   * Takes the next of the errors that came for what was sent, instead of a message (MSG_ERRQUEUE; the socket is one made
   * with `recverr: true`): `data` is what was sent, `from` whom it was sent to, and `messages` has what was the matter and
   * who said so, `recverr` or `recverr6`. A receive or send that comes first fails with the same error, and leaves it in
   * the queue; once it is taken from there, none fails with it any more. No event tells of one, so that an asynchronous receive looks again and again,
   * every 50 ms at last.
   */
  errorQueue?: boolean | undefined;
}

const SYNC = { maxData: true, maxFds: true, into: true, control: true, peek: true } as const;
const RECEIVE_SYNC_OPTIONS = optionNames<ReceiveSyncOptions>(SYNC);
const RECEIVE_OPTIONS = optionNames<ReceiveOptions>({ ...SYNC, signal: true, timeout: true });
const WITH_QUEUE_SYNC = optionNames<ReceiveSyncOptions & ErrorQueueOption>({ ...SYNC, errorQueue: true });
const WITH_QUEUE = optionNames<ReceiveOptions & ErrorQueueOption>({
  ...SYNC,
  signal: true,
  timeout: true,
  errorQueue: true,
});

/** Checked options of a receive. */
export interface Room {
  readonly maxData: number;
  readonly maxFds: number;
  readonly into: readonly Uint8Array[] | undefined;
  readonly control: boolean;
  readonly peek: boolean;
  /** Whether an error is wanted; undefined on a socket that has no queue of them. */
  readonly errorQueue: boolean | undefined;
}

export const MAX_DATA = 65536;

/** The room of a receive that says nothing of it. */
export function roomWith(maxFds: number, hasErrorQueue: boolean): Room & WaitOptions {
  const errorQueue = hasErrorQueue ? false : undefined;
  return { maxData: MAX_DATA, maxFds, into: undefined, control: false, peek: false, errorQueue };
}

/** The checked options of `api`: receive, receiveSync or forEachMessage; `usual` is what is so when nothing is said. */
export function roomOf(
  options: (ReceiveOptions & ErrorQueueOption) | undefined,
  usual: Room,
  api: string,
): Room & WaitOptions {
  if (options === undefined) return usual;
  const first = usualRoom(options, usual);
  if (first) return first;
  const { maxData, maxFds, into, control, peek, errorQueue, signal, timeout } = checkOptions(
    options,
    namesOf(api, usual),
    api,
  );
  if (maxData !== undefined) checkInteger(maxData, 'maxData', 1, Number.MAX_SAFE_INTEGER);
  if (into !== undefined && maxData !== undefined) throw invalidArgument('maxData and into: the room is that of into');
  if (peek && api === 'forEachMessage')
    throw invalidArgument('forEachMessage cannot peek: it would see one message for ever');
  return {
    maxData: maxData ?? MAX_DATA,
    maxFds: maxFds === undefined ? usual.maxFds : checkMaxFds(maxFds),
    into: into === undefined ? undefined : checkInto(into),
    control: checkBoolean(control, 'control'),
    peek: checkBoolean(peek, 'peek'),
    errorQueue: usual.errorQueue === undefined ? undefined : checkBoolean(errorQueue, 'errorQueue'),
    signal,
    timeout,
  };
}

function namesOf(api: string, { errorQueue }: Room) {
  if (errorQueue === undefined || api === 'forEachMessage') {
    return api === 'receiveSync' ? RECEIVE_SYNC_OPTIONS : RECEIVE_OPTIONS;
  }
  return api === 'receiveSync' ? WITH_QUEUE_SYNC : WITH_QUEUE;
}

/** The room, when the options are right at first sight: numbers, or one array and a number. Each is asked for once then. */
function usualRoom(options: ReceiveOptions | null, usual: Room): Room | undefined {
  if (options === null || typeof options !== 'object') return undefined;
  const { errorQueue } = usual;
  if (hasOnly(options, 'maxData', 'maxFds')) {
    const { maxData = MAX_DATA, maxFds = usual.maxFds } = options;
    if (!isIn(maxData, 1, INT_MAX) || !isIn(maxFds, 0, SCM_MAX_FD)) return undefined;
    return { maxData, maxFds, into: undefined, control: false, peek: false, errorQueue };
  }
  if (hasOnly(options, 'into', 'maxFds')) {
    const { into, maxFds = usual.maxFds } = options;
    if (!isBytes(into) || byteLengthOf(into) === 0 || !isIn(maxFds, 0, SCM_MAX_FD)) return undefined;
    return { maxData: MAX_DATA, maxFds, into: [into], control: false, peek: false, errorQueue };
  }
  return undefined;
}

function isIn(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most && (value | 0) === value;
}

function checkInto(into: unknown): readonly Uint8Array[] {
  const parts = isBytes(into) ? [into] : into;
  if (!Array.isArray(parts)) throw invalidArgument(`into must be a Uint8Array or a list of them, not ${show(into)}`);
  if (parts.length > IOVECS) throw invalidArgument(`into has ${parts.length} parts; Linux takes at most ${IOVECS}`);
  const other = parts.findIndex((part) => !isBytes(part));
  if (other >= 0) throw invalidArgument(`into[${other}] must be a Uint8Array, not ${show(parts[other])}`);
  if (!parts.some((part) => byteLengthOf(part) > 0)) throw invalidArgument('into has no room: not one byte');
  // A list of one's own: the caller may use it for something else while this waits.
  return [...parts];
}
