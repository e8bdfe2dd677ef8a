import { checkOptions, hasOnly, optionNames } from '../check/options.js';
import { checkInteger, INT_MAX } from '../check/values.js';
import { AncillaryError } from '../errors/error.js';
import { closeLater, closeWaiting } from '../fd/close-aside.js';
import { type Origin, originOf } from '../fd/origin.js';
import { type OwnedFd, ownFd, takeFd } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC, MSG_CTRUNC, SCM_MAX_FD } from '../libc/constants.js';
import { EAGAIN, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { RawMessage } from '../model/encode.js';
import type { WaitOptions } from '../reactor/limit.js';
import { NOT_YET } from '../reactor/wait.js';
import type { Credentials } from './frame.js';
import { type IncomingFrame, incomingFrame, NO_MESSAGES, publishReceived } from './incoming-frame.js';
import { isNobody } from './nobody.js';

export interface ReceiveSyncOptions {
  /** Most bytes of data to take; default 65536, and never more than 262144 at once. */
  maxData?: number | undefined;
  /** Most descriptors to accept in one message, up to 253; default 0. More than that is an error. */
  maxFds?: number | undefined;
}

export interface ReceiveOptions extends ReceiveSyncOptions, WaitOptions {}

const RECEIVE_SYNC_OPTIONS = optionNames<ReceiveSyncOptions>({ maxData: true, maxFds: true });
const RECEIVE_OPTIONS = optionNames<ReceiveOptions>({ maxData: true, maxFds: true, signal: true, timeout: true });

/** A message as it came. */
export interface Message {
  /** The data; empty when the peer has closed. */
  data: Buffer;
  /** The descriptors that came with it, now the caller's to close. Close-on-exec is set on each. */
  fds: OwnedFd[];
  /** Who sent it; only on sockets made with `credentials: true`. */
  credentials?: Credentials;
  /** Further control messages, by their bytes: those that socket options bring (SO_INQ, SO_PASSSEC, ...). */
  messages: readonly RawMessage[];
  /** msg_flags as the kernel returned them. */
  flags: number;
}

/** Checked options. */
export interface Room {
  maxData: number;
  maxFds: number;
}

const ANY_ROOM: Room & WaitOptions = { maxData: 65536, maxFds: 0 };

/** The checked options of `api`: receive, receiveSync or forEachMessage. */
export function roomOf(options: ReceiveOptions | undefined, api: string): Room & WaitOptions {
  if (options === undefined) return ANY_ROOM;
  const usual = usualRoom(options);
  if (usual) return usual;
  const names = api === 'receiveSync' ? RECEIVE_SYNC_OPTIONS : RECEIVE_OPTIONS;
  const { maxData = 65536, maxFds = 0, signal, timeout } = checkOptions(options, names, api);
  checkInteger(maxData, 'maxData', 1, Number.MAX_SAFE_INTEGER);
  // SCM_MAX_FD is the most that Linux passes at once.
  checkInteger(maxFds, 'maxFds', 0, SCM_MAX_FD);
  return { maxData, maxFds, signal, timeout };
}

/** The room, when the options are right at first sight: numbers and nothing else. Each is asked for once. */
function usualRoom(options: ReceiveOptions | null): Room | undefined {
  if (options === null || typeof options !== 'object' || !hasOnly(options, 'maxData', 'maxFds')) return undefined;
  const { maxData = 65536, maxFds = 0 } = options;
  return isIn(maxData, 1, INT_MAX) && isIn(maxFds, 0, SCM_MAX_FD) ? { maxData, maxFds } : undefined;
}

function isIn(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && value >= least && value <= most && (value | 0) === value;
}

/**
 * One recvmsg: a message, or NOT_YET when there is none. `origin` says where its descriptors come from; a sentence is
 * given the stack of whoever called `api`.
 *
 * There is room for 253 descriptors in every call, and those that nobody wants are closed aside: what finds no room the
 * kernel closes within recvmsg, which a peer can make last as long as it likes (a socket with SO_LINGER).
 */
export function attemptReceive(
  fd: number,
  { maxData, maxFds }: Room,
  wantsCredentials: boolean,
  origin: Origin,
  api?: (...args: never[]) => unknown,
): Message | typeof NOT_YET {
  const frame = incomingFrame();
  const bytes = frame.receive(fd, maxData);
  if (bytes < 0) {
    if (bytes === -EAGAIN) return NOT_YET;
    throw systemError('recvmsg', -bytes, `on descriptor ${fd}`);
  }
  // Owned before anything else can be thrown.
  const { count } = frame;
  const fds =
    count === 0 ? [] : frame.ownAll(ownFd, api && typeof origin === 'string' ? originOf(origin, api) : origin);
  const trace = frame.traceOf(fd, bytes);
  try {
    const { isPlain, flags } = frame;
    // At the end of a stream the kernel states pid 0, uid 0, gid 0 (net/unix/af_unix.c): nobody said that.
    const stated = wantsCredentials && bytes > 0 ? statedIn(frame) : undefined;
    if (!isPlain) frame.dropPidfd();
    if (count > maxFds || (!isPlain && isCut(frame))) throw refusal(fd, frame, bytes, maxFds, stated);
    const messages = isPlain ? NO_MESSAGES : frame.furtherMessages();
    const message: Message = { data: frame.copyData(bytes), fds, messages, flags };
    if (stated) message.credentials = stated;
    frame.settle();
    if (trace) publishReceived(trace);
    return message;
  } catch (error) {
    for (const owned of fds) closeLater(takeFd(owned));
    frame.settle();
    closeWaiting();
    if (trace) publishReceived(trace);
    throw error;
  }
}

/** The credentials that came, if somebody stated them. */
function statedIn({ credentials }: IncomingFrame): Credentials | undefined {
  return credentials && !isNobody(credentials) ? credentials : undefined;
}

/** Whether not all of a message came. */
function isCut({ flags, isMalformed }: IncomingFrame): boolean {
  return (flags & MSG_CTRUNC) !== 0 || isMalformed;
}

/** The error for a message that is not whole; says what was lost, and why. */
function refusal(
  fd: number,
  frame: IncomingFrame,
  bytes: number,
  maxFds: number,
  credentials: Credentials | undefined,
): AncillaryError {
  const { flags } = frame;
  // Asked while what came is still open.
  const isFull = (flags & MSG_CTRUNC) !== 0 && isAtLimit(fd);
  return new AncillaryError('ERR_TRUNCATED', `${whatWasLost(frame)}: ${whyLost(frame, maxFds, isFull)}`, {
    syscall: 'recvmsg',
    data: frame.copyData(bytes),
    flags,
    messages: frame.furtherMessages(),
    ...(credentials && { credentials }),
  });
}

function whatWasLost({ count, cut }: IncomingFrame): string {
  const closed = count === 0 ? 'none came through' : `the ${count} that came ${count === 1 ? 'is' : 'are'} closed`;
  if (cut === undefined) return `descriptors were lost, ${closed}`;
  const what = cut === 'next' ? 'a control message was lost' : `the control message ${cut.level}/${cut.type} was cut`;
  return count === 0 ? what : `${what}, ${closed}`;
}

function whyLost({ count, flags, cut, isMalformed }: IncomingFrame, maxFds: number, isFull: boolean): string {
  if (isMalformed) return 'the control data was malformed';
  if (isFull && count < maxFds)
    return 'this process is at its limit of open files (RLIMIT_NOFILE); close some, or raise it with ulimit -n';
  if (cut !== undefined) return 'the control messages of one receive are longer than there is room for';
  if (flags & MSG_CTRUNC && count < maxFds)
    return 'the kernel withheld them; a security module may forbid to receive them';
  return `the peer sent more than the ${maxFds} asked for; raise maxFds`;
}

/** Whether no further descriptor can be had. */
function isAtLimit(fd: number): boolean {
  const { libc } = native();
  const copy = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) libc.close(copy);
  return copy < 0 && libc.errno() === EMFILE;
}
