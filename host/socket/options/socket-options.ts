import { checkBoolean, checkInteger } from '../../check/values.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import {
  SCM_MAX_FD,
  SO_INQ,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_PASSRIGHTS,
  SO_PASSSEC,
  SO_TIMESTAMPNS_NEW,
  SOL_SOCKET,
} from '../../libc/constants.js';
import { EINVAL, ENOPROTOOPT, EOPNOTSUPP, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import type { Nature } from './nature.js';

/** What a socket is asked to bring with every message, and the most it takes. */
export interface SocketOptions {
  /** The sender's pid, uid and gid with every message (SO_PASSCRED): `message.credentials`. */
  credentials?: boolean | undefined;
  /** A descriptor of the sender's process with every message (SO_PASSPIDFD, Linux 6.5): `message.pidfd`. */
  pidfd?: boolean | undefined;
  /** The sender's security label with every message (SO_PASSSEC), where a security module has one: in `messages`. */
  security?: boolean | undefined;
  /** When a message came, in nanoseconds (SO_TIMESTAMPNS): in `messages`. A Unix stream has none. */
  timestamps?: boolean | undefined;
  /** How many bytes are left to be read behind a message (SO_INQ, Linux 6.17): in `messages`. A Unix stream alone has it. */
  inq?: boolean | undefined;
  /**
   * Most descriptors to accept in one message, for every receive that does not say so itself: up to 253, or Infinity for
   * as many as Linux passes. Said to be 0, the kernel refuses them to the sender already (SO_PASSRIGHTS, Linux 6.16).
   */
  maxFds?: number | undefined;
}

/** For `optionNames`. */
export const SOCKET_OPTIONS: Record<keyof SocketOptions, true> = {
  credentials: true,
  pidfd: true,
  security: true,
  timestamps: true,
  inq: true,
  maxFds: true,
};

/** Options of a socket that have been checked. */
export interface Settings {
  readonly credentials: boolean;
  readonly pidfd: boolean;
  readonly security: boolean;
  readonly timestamps: boolean;
  readonly inq: boolean;
  /** Most descriptors of one message; undefined where nothing was said, which means none. */
  readonly maxFds: number | undefined;
}

export const NO_SETTINGS: Settings = Object.freeze({
  credentials: false,
  pidfd: false,
  security: false,
  timestamps: false,
  inq: false,
  maxFds: undefined,
});

/** The settings that options say, which have been checked for unknown names. */
export function settingsOf(options: SocketOptions, { isRecord, noun }: Nature): Settings {
  const { credentials, pidfd, security, timestamps, inq, maxFds } = options;
  const settings = {
    credentials: checkBoolean(credentials, 'credentials'),
    pidfd: checkBoolean(pidfd, 'pidfd'),
    security: checkBoolean(security, 'security'),
    timestamps: checkBoolean(timestamps, 'timestamps'),
    inq: checkBoolean(inq, 'inq'),
    maxFds: maxFds === undefined ? undefined : checkMaxFds(maxFds),
  };
  if (settings.timestamps && !isRecord) throw invalidArgument(`the kernel states no timestamps on a ${noun} socket`);
  if (settings.inq && isRecord) throw invalidArgument(`the kernel states no SO_INQ on a ${noun} socket`);
  return settings;
}

/** `maxFds`, if it can be meant; Infinity stands for SCM_MAX_FD, the most that Linux passes at once. */
export function checkMaxFds(maxFds: unknown): number {
  return maxFds === Infinity ? SCM_MAX_FD : checkInteger(maxFds, 'maxFds', 0, SCM_MAX_FD);
}

/** Asks the kernel for what the settings want, as far as connections inherit it from the socket that listens. */
export function inheritSettings(fd: number, settings: Settings): void {
  if (settings.credentials) setOption(fd, SO_PASSCRED, 1, 'SO_PASSCRED');
  if (settings.pidfd) setOption(fd, SO_PASSPIDFD, 1, 'SO_PASSPIDFD');
  if (settings.security) setOption(fd, SO_PASSSEC, 1, 'SO_PASSSEC');
  if (settings.maxFds === 0) refuseRights(fd);
}

/** Asks the kernel for what the settings want. */
export function applySettings(fd: number, settings: Settings, { isUnix, isRecord }: Nature): void {
  if (isUnix) inheritSettings(fd, settings);
  if (isUnix && !isRecord) keepOutOfBand(fd);
  if (settings.timestamps) setOption(fd, SO_TIMESTAMPNS_NEW, 1, 'SO_TIMESTAMPNS');
  if (settings.inq) setOption(fd, SO_INQ, 1, 'SO_INQ');
}

/** Has the kernel refuse descriptors to whoever sends them; whether it can. */
export function refuseRights(fd: number): boolean {
  return trySetOption(fd, SO_PASSRIGHTS, 0) === 0;
}

/**
 * Has out-of-band bytes (MSG_OOB, since Linux 5.15) stand in line with the others. Otherwise the kernel would drop them
 * within recvmsg, and close there what came with them, however long that takes.
 */
export function keepOutOfBand(fd: number): void {
  setOption(fd, SO_OOBINLINE, 1, 'SO_OOBINLINE');
}

/** An int option, of the socket level unless another is said. */
export function setOption(fd: number, option: number, value: number, name: string, level = SOL_SOCKET): void {
  const errno = trySetOption(fd, option, value, level);
  if (errno === 0) return;
  if (errno === ENOPROTOOPT || errno === EOPNOTSUPP || errno === EINVAL) {
    throw new AncillaryError('ERR_UNSUPPORTED', `this kernel has no ${name} for such a socket`, {
      errno,
      syscall: 'setsockopt',
    });
  }
  throw systemError('setsockopt', errno, name);
}

/** The same, but returns the errno. */
export function trySetOption(fd: number, option: number, value: number, level = SOL_SOCKET): number {
  const { libc, codec, base, scratch } = native();
  codec.view.setInt32(scratch, value, true);
  return libc.setsockopt(fd, level, option, base + scratch, 4) < 0 ? libc.errno() : 0;
}

/** An int option of the socket level, as it stands; undefined where the descriptor has no such option. */
export function getOption(fd: number, option: number): number | undefined {
  const { libc, codec, base, scratch } = native();
  codec.view.setInt32(scratch, 0, true);
  codec.view.setInt32(scratch + 8, 4, true);
  if (libc.getsockopt(fd, SOL_SOCKET, option, base + scratch, base + scratch + 8) < 0) return undefined;
  return codec.view.getInt32(scratch, true);
}
