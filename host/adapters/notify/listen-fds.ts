import {
  AncillaryError,
  checkBoolean,
  checkOptions,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  INT_MAX,
  isWorker,
  native,
  type OwnedFd,
  optionNames,
  originOf,
  ownFd,
  refuseOwned,
  show,
  systemError,
} from '../base.js';
import { takeVariable } from './address.js';

/** A descriptor that the service manager has opened for this process. */
export interface ListenFd {
  /** The descriptor, now the caller's to close. */
  fd: OwnedFd;
  /** What it is called (FileDescriptorName= of the socket unit, or FDNAME of what was kept); `unknown` without a name. */
  name: string;
}

/** What becomes of the variables. */
export interface ListenFdsOptions {
  /** Removes LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PIDFDID, whatever they say, so that no child heeds them; default true. */
  unsetEnvironment?: boolean | undefined;
}

const OPTIONS = optionNames<ListenFdsOptions>({ unsetEnvironment: true });

/** SD_LISTEN_FDS_START */
const FIRST = 3;

/** Those that have been handed out: a number has one owner, however often it is asked for. */
const handedOut = new Map<number, OwnedFd>();

/**
 * The descriptors that the service manager passed (sd_listen_fds_with_names(3)), in their order; none where the variables
 * are not there, or name another process. Close-on-exec is set on each. A second call, where the variables still stand,
 * gives the same objects.
 *
 * Throws `ERR_INVALID_ARGUMENT` for variables that cannot be meant: then nothing is owned, and no descriptor changed.
 */
export function listenFds(options?: ListenFdsOptions): ListenFd[] {
  const checked = checkOptions(options, OPTIONS, 'listenFds');
  const isUnset = checked.unsetEnvironment === undefined || checkBoolean(checked.unsetEnvironment, 'unsetEnvironment');
  const [pid, fds, names] = ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES', 'LISTEN_PIDFDID'].map((name) =>
    takeVariable(name, isUnset),
  );
  if (pid === undefined || fds === undefined) return [];
  if (checkNumber(pid, 'LISTEN_PID') !== process.pid) return [];
  const count = checkNumber(fds, 'LISTEN_FDS');
  if (count === 0) return [];
  if (isWorker)
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      'the descriptors are those of the process: call listenFds in its main thread',
    );
  const list = namesOf(names, count);
  for (let fd = FIRST; fd < FIRST + count; fd++) if (!handedOut.has(fd)) checkFree(fd, count);
  return list.map((name, i) => ({ fd: handOut(FIRST + i), name }));
}

function checkNumber(text: string, name: string): number {
  const value = /^(0|[1-9][0-9]*)$/.test(text) ? Number(text) : -1;
  if (value >= 0 && value <= INT_MAX - FIRST) return value;
  throw new AncillaryError('ERR_INVALID_ARGUMENT', `${name} must be a number, not ${show(text)}`);
}

function namesOf(text: string | undefined, count: number): string[] {
  // A count that cannot be meant must not take memory for as many names.
  if (text === undefined) {
    checkOpen(FIRST + count - 1, count);
    return new Array<string>(count).fill('unknown');
  }
  const names = text.split(':');
  if (names.length === count) return names;
  throw new AncillaryError(
    'ERR_INVALID_ARGUMENT',
    `LISTEN_FDNAMES has ${names.length} names, and LISTEN_FDS says ${count} descriptors: ${show(text)}`,
  );
}

function checkOpen(fd: number, count: number): void {
  if (handedOut.has(fd) || native().libc.fcntl(fd, F_GETFD, 0) >= 0) return;
  throw new AncillaryError(
    'ERR_INVALID_ARGUMENT',
    `LISTEN_FDS says ${count} descriptors from ${FIRST} on, but descriptor ${fd} is not open`,
  );
}

/** Open, and not taken by somebody of this process who adopted the number himself. */
function checkFree(fd: number, count: number): void {
  checkOpen(fd, count);
  refuseOwned(fd);
}

function handOut(fd: number): OwnedFd {
  const known = handedOut.get(fd);
  if (known) return known;
  const { libc } = native();
  if (libc.fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) throw systemError('fcntl', libc.errno(), `F_SETFD on descriptor ${fd}`);
  const owned = ownFd(fd, originOf('passed by the service manager', listenFds));
  handedOut.set(fd, owned);
  return owned;
}
