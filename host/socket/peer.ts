import { checkOptions, optionNames } from '../check/options.js';
import { checkInteger, ID_MAX, INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { SO_PEERCRED, SO_PEERPIDFD, SO_PEERSEC, SOL_SOCKET } from '../libc/constants.js';
import { EMFILE, ENODATA, ENOPROTOOPT, ESRCH, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { reserveStack } from '../runtime/stack.js';
import type { Credentials } from './frame/frame.js';

/** sizeof(struct ucred) */
const UCRED = 12;
/** A label is a page at most. */
const LABEL_MOST = 4096;

/** Whom a peer must be: each that is said must be so, of a list one. */
export interface RequiredPeer {
  uid?: number | readonly number[] | undefined;
  gid?: number | readonly number[] | undefined;
  pid?: number | readonly number[] | undefined;
}

const REQUIRED = optionNames<RequiredPeer>({ uid: true, gid: true, pid: true });

/** Who is at the other end of a connected Unix socket (SO_PEERCRED, unix(7)), with the ids it had then. */
export function readPeerCredentials(fd: number): Credentials {
  const { libc, codec, base, scratch } = native();
  codec.view.setUint32(scratch + UCRED, UCRED, true);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, base + scratch, base + scratch + UCRED) < 0) {
    throw systemError('getsockopt', libc.errno(), 'SO_PEERCRED');
  }
  const { view } = codec;
  return {
    pid: view.getInt32(scratch, true),
    uid: view.getUint32(scratch + 4, true),
    gid: view.getUint32(scratch + 8, true),
  };
}

/** One of the rules that a peer must keep. */
interface Rule {
  readonly name: 'uid' | 'gid' | 'pid';
  readonly allowed: readonly number[];
}

/** What is required, checked; throws `ERR_INVALID_ARGUMENT` for what cannot be meant. */
export function checkRequired(required: RequiredPeer): Rule[] {
  const checked = checkOptions(required, REQUIRED, 'requirePeer');
  const rules = (['uid', 'gid', 'pid'] as const).flatMap((name) => {
    const given = checked[name];
    if (given === undefined) return [];
    const allowed = Array.isArray(given) ? [...given] : [given];
    if (allowed.length === 0) throw invalidArgument(`${name} is an empty list: nobody could be the peer`);
    for (const id of allowed) checkInteger(id, name, 0, name === 'pid' ? INT_MAX : ID_MAX);
    return [{ name, allowed }];
  });
  if (rules.length === 0) throw invalidArgument('requirePeer needs a uid, a gid or a pid: it would let everybody pass');
  return rules;
}

/** Throws ERR_PEER unless the peer is the one that is required; returns who it is. */
export function checkPeer(fd: number, required: RequiredPeer): Credentials {
  const rules = checkRequired(required);
  const peer = readPeerCredentials(fd);
  for (const { name, allowed } of rules) {
    if (allowed.includes(peer[name])) continue;
    const what = `the peer has ${name} ${peer[name]}, where ${allowed.join(' or ')} is required`;
    throw new AncillaryError('ERR_PEER', what, { credentials: peer });
  }
  return peer;
}

/** A descriptor of the process at the other end (SO_PEERPIDFD, Linux 6.5). */
export function openPeerPidfd(fd: number, caller: (...args: never[]) => unknown): OwnedFd {
  const { libc, codec, base, scratch } = native();
  const origin = originOf('the process of a peer', caller);
  reserveStack();
  codec.view.setUint32(scratch + 8, 4, true);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, base + scratch, base + scratch + 8) === 0) {
    return ownFd(codec.view.getInt32(scratch, true), origin);
  }
  const errno = libc.errno();
  if (errno === ENOPROTOOPT) {
    throw new AncillaryError('ERR_UNSUPPORTED', 'this kernel has no SO_PEERPIDFD, which came with Linux 6.5', {
      errno,
      syscall: 'getsockopt',
    });
  }
  throw systemError('getsockopt', errno, 'SO_PEERPIDFD', PIDFD_ADVICE[errno] ?? '');
}

const PIDFD_ADVICE: Record<number, string> = {
  [ESRCH]: 'the process that made the connection is gone',
  [ENODATA]: 'the kernel has noted no process',
  [EMFILE]: 'close some descriptors, or raise ulimit -n',
};

/** The security label of the process at the other end (SO_PEERSEC); undefined where no security module states one. */
export function readPeerSecurity(fd: number): string | undefined {
  const { libc, codec, base } = native();
  return codec.arena.lend(LABEL_MOST + 4, (at) => {
    codec.view.setUint32(at + LABEL_MOST, LABEL_MOST, true);
    if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERSEC, base + at, base + at + LABEL_MOST) < 0) {
      const errno = libc.errno();
      if (errno === ENOPROTOOPT) return undefined;
      throw systemError('getsockopt', errno, 'SO_PEERSEC');
    }
    const size = codec.view.getUint32(at + LABEL_MOST, true);
    // Some modules count the NUL behind it.
    return Buffer.from(codec.bytes.subarray(at, at + size))
      .toString()
      .replace(/\0+$/, '');
  });
}
