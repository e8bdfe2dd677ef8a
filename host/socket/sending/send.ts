import { byteLengthOf } from '../../check/bytes.js';
import { checkOptions, hasOnly, optionNames } from '../../check/options.js';
import { show } from '../../check/show.js';
import { checkBoolean, checkInteger, ID_MAX, INT_MAX } from '../../check/values.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { OwnedFd, refuseOwned } from '../../fd/owned-fd.js';
import type { Sendable } from '../../fd/sendable.js';
import { SCM_MAX_FD } from '../../libc/constants.js';
import type { ControlMessage } from '../../model/encode.js';
import type { WaitOptions } from '../../reactor/limit.js';
import { encodeFurther } from '../frame/control.js';
import { checkPiece, type Data, gather, type Outgoing } from '../frame/data.js';
import type { Credentials } from '../frame/frame.js';
import type { Nature } from '../options/nature.js';

/** What goes with the data. */
export interface SendSyncOptions {
  /** Descriptors to pass, 253 at most. They stay open here, unless given away: the receiver gets duplicates. */
  fds?: readonly Sendable[] | undefined;
  /**
   * Gives the descriptors away, numbers and OwnedFds: they are closed here once the kernel has them. A number that has an
   * owner in this thread is refused.
   */
  transfer?: boolean | undefined;
  /** Credentials to state: `true` for this process's own; others need capabilities. */
  credentials?: boolean | Credentials | undefined;
  /** Further control messages, as `encode` of ancillary/codec takes them; descriptors go as `fds`. */
  control?: readonly ControlMessage[] | undefined;
  /** Of a stream: goes on where a send was interrupted: `data` is the rest of what that one had. */
  resume?: boolean | undefined;
}

export interface SendOptions extends SendSyncOptions, WaitOptions {}

/** A message of several that are sent at once. */
export interface MessageToSend extends Omit<SendSyncOptions, 'resume'> {
  /** What it carries; on a stream at least one byte. */
  data: Data;
}

/** Options of a send that may name whom it goes to. */
export type Addressed<Options, Address> = Options & {
  /** Whom it goes to; where the socket is connected, its peer when nothing is said. */
  to?: Address | undefined;
};

const SYNC = { fds: true, transfer: true, credentials: true, control: true, resume: true } as const;
const WAIT = { signal: true, timeout: true } as const;
type All = Addressed<SendOptions, unknown>;
const NAMES = {
  send: optionNames<SendOptions>({ ...SYNC, ...WAIT }),
  sendSync: optionNames<SendSyncOptions>(SYNC),
  sendTo: optionNames<All>({ ...SYNC, ...WAIT, to: true }),
  sendToSync: optionNames<Addressed<SendSyncOptions, unknown>>({ ...SYNC, to: true }),
};
const { resume: _resume, ...EACH } = SYNC;
/** Of one message of several. */
const EACH_NAMES = {
  plain: optionNames<MessageToSend>({ ...EACH, data: true }),
  addressed: optionNames<Addressed<MessageToSend, unknown>>({ ...EACH, data: true, to: true }),
};

const CREDENTIALS = optionNames<Credentials>({ pid: true, uid: true, gid: true });

const NO_FDS: readonly Sendable[] = [];
const NO_OPTIONS: All = {};

/** What a socket's sends may be. */
export interface Sender {
  readonly nature: Nature;
  /** The bytes of an address that was given; undefined where a send names none. */
  readonly encodeTo: ((address: unknown) => { bytes: Uint8Array; label: string }) | undefined;
}

/** Checks a message; refuses what Linux would lose in silence, and what cannot be meant. `api`: send or sendSync. */
export function checkMessage(
  data: Data,
  options: All | undefined,
  { nature, encodeTo }: Sender,
  api: 'send' | 'sendSync',
): Outgoing {
  if (options !== undefined && !isOnly(options, 'fds', 'fds'))
    checkOptions(options, namesOf(api, encodeTo !== undefined), api);
  return checkParts(data, options, nature, encodeTo);
}

/** Checks the messages of a batch, all before any of them is sent; an error says which it is about. */
export function checkMessages(
  messages: readonly Addressed<MessageToSend, unknown>[],
  { nature, encodeTo }: Sender,
  api: 'sendMany' | 'sendManySync',
): Outgoing[] {
  if (!Array.isArray(messages)) throw invalidArgument(`${api} takes a list of messages, not ${show(messages)}`);
  const names = encodeTo ? EACH_NAMES.addressed : EACH_NAMES.plain;
  const checked: Outgoing[] = [];
  // No holes are passed over.
  for (let i = 0; i < messages.length; i++) {
    try {
      const message = messages[i];
      if (message === undefined) throw invalidArgument(`a message must be an object like { data, fds }, not undefined`);
      if (!isOnly(message, 'data', 'fds')) checkOptions(message, names, 'a message');
      checked.push(checkParts(message.data, message, nature, encodeTo));
    } catch (error) {
      if (!(error instanceof AncillaryError)) throw error;
      throw new AncillaryError(error.code, `messages[${i}]: ${error.message}`);
    }
  }
  return checked;
}

function checkParts(data: Data, options: All | undefined, nature: Nature, encodeTo: Sender['encodeTo']): Outgoing {
  // Each is asked for once.
  const { fds = NO_FDS, transfer, credentials, control, resume, to } = options ?? NO_OPTIONS;
  const list = Array.isArray(data) ? gather(data) : undefined;
  const bytes = list ? list.bytes : checkPiece(data);
  if (fds !== NO_FDS) checkFds(fds);
  const size = list ? list.size : byteLengthOf(bytes);
  if (!nature.isUnix) refuseUnixParts(fds, credentials, nature);
  if (size === 0 && !nature.isRecord) {
    throw invalidArgument(
      fds.length > 0
        ? 'descriptors with no data: on a stream Linux would drop them unseen; send at least one byte with them'
        : 'no data: a stream carries no empty message; send at least one byte',
    );
  }
  const isResume = checkBoolean(resume, 'resume');
  if (isResume && nature.isRecord) {
    throw invalidArgument(`resume: a record of a ${nature.noun} socket goes whole or not at all`);
  }
  if (isResume && fds.length > 0) {
    throw invalidArgument('the descriptors of an interrupted send went with its first byte: resume without fds');
  }
  const isTransfer = checkBoolean(transfer, 'transfer');
  if (isTransfer) checkTransfer(fds);
  return {
    bytes,
    parts: list?.parts,
    start: 0,
    size,
    fds,
    credentials: checkCredentials(credentials),
    control: control === undefined ? undefined : encodeFurther(control),
    to: to === undefined ? undefined : encodeTo?.(to),
    transfer: isTransfer,
    resume: isResume,
    isRecord: nature.isRecord,
    isUnix: nature.isUnix,
  };
}

/** Such a socket takes them and drops them, without a word (net/core/sock.c, __sock_cmsg_send). */
function refuseUnixParts(fds: readonly Sendable[], credentials: unknown, { noun }: Nature): void {
  const what = fds.length > 0 ? 'descriptors' : credentials ? 'credentials' : undefined;
  if (what) throw invalidArgument(`a ${noun} socket carries no ${what}: only Unix sockets do`);
}

function namesOf(api: 'send' | 'sendSync', isAddressed: boolean) {
  if (!isAddressed) return NAMES[api];
  return api === 'send' ? NAMES.sendTo : NAMES.sendToSync;
}

/** Whether it is an object that has nothing but these: right at first sight. */
function isOnly(options: object | null, one: string, other: string): boolean {
  return options !== null && typeof options === 'object' && hasOnly(options, one, other);
}

/** Throws unless it is a list of what Linux passes at once; what is in it is looked at when it is sent. */
export function checkFds(fds: readonly Sendable[]): void {
  if (!Array.isArray(fds)) throw invalidArgument(`fds must be an array of descriptors, not ${show(fds)}`);
  if (fds.length > SCM_MAX_FD) {
    throw invalidArgument(
      `${fds.length} descriptors; Linux passes at most ${SCM_MAX_FD} in one message: use several messages`,
    );
  }
}

function checkTransfer(fds: readonly Sendable[]): void {
  for (const fd of fds) {
    // Closed here, the number would be closed by its owner as well, when it stands for something else.
    if (typeof fd === 'number') refuseOwned(fd, 'give that OwnedFd itself away, or what its release() returns');
    else if (!OwnedFd.isOwnedFd(fd)) {
      throw invalidArgument(
        `only numbers and OwnedFds can be given away, not ${show(fd)}: close that itself once it is sent`,
      );
    }
  }
}

function checkCredentials(credentials: SendOptions['credentials']): Credentials | undefined {
  if (credentials === undefined || credentials === false) return undefined;
  if (credentials === true) return ownCredentials();
  if (typeof credentials !== 'object' || credentials === null) {
    throw invalidArgument(`credentials must be true, or pid, uid and gid, not ${show(credentials)}`);
  }
  const { pid, uid, gid } = checkOptions(credentials, CREDENTIALS, 'credentials');
  checkInteger(pid, 'credentials.pid', 0, INT_MAX);
  checkInteger(uid, 'credentials.uid', 0, ID_MAX);
  checkInteger(gid, 'credentials.gid', 0, ID_MAX);
  return { pid, uid, gid };
}

function ownCredentials(): Credentials {
  return { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
