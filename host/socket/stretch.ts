import { closeLater, closeWaiting } from '../fd/close-aside.js';
import { numberOf, type OwnedFd, ownFd, takeFd } from '../fd/owned-fd.js';
import { F_DUPFD_CLOEXEC, SO_INQ, SOL_SOCKET } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { Credentials } from './frame.js';
import type { MessageHead, ReceivedControl } from './message.js';
import { isSameProcess } from './same-process.js';

/** What is known of the bytes up to `end`, a place in the stream: who sent them, and what came with the last of them. */
export interface Stretch {
  end: number;
  fds: OwnedFd[];
  credentials: Credentials | undefined;
  pidfd: OwnedFd | undefined;
  messages: readonly ReceivedControl[];
  flags: number;
}

/** The stretch of a message whose last byte is in front of `end`. */
export function stretchOf({ fds, credentials, pidfd, messages, flags }: MessageHead, end: number): Stretch {
  return { end, fds, credentials, pidfd, messages, flags };
}

/** Makes `first` longer by the one behind it, when nothing tells them apart; a pidfd more of the same process is closed. */
export function extend(first: Stretch, next: Stretch): boolean {
  if (first.fds.length > 0 || !isSameSender(first, next)) return false;
  next.pidfd?.[Symbol.dispose]();
  Object.assign(first, { ...next, pidfd: first.pidfd, messages: mergeMessages(first.messages, next.messages) });
  return true;
}

/** Whether the same process sent both, as far as the kernel was asked. */
export function isSameSender(a: Pick<Stretch, 'credentials' | 'pidfd'>, b: Pick<Stretch, 'credentials' | 'pidfd'>) {
  if (a.credentials?.pid !== b.credentials?.pid || a.credentials?.uid !== b.credentials?.uid) return false;
  if (a.credentials?.gid !== b.credentials?.gid) return false;
  if (a.pidfd === undefined || b.pidfd === undefined) return a.pidfd === b.pidfd;
  return isSameProcess(a.pidfd, b.pidfd);
}

/** The messages of both, each once; how many bytes were left (SO_INQ) is as the later says. */
export function mergeMessages(first: readonly ReceivedControl[], next: readonly ReceivedControl[]) {
  if (next.length === 0) return first;
  if (first.length === 0) return next;
  const isReplaced = (old: ReceivedControl) => next.some((message) => isSameKind(old, message));
  return [...first.filter((old) => !isReplaced(old)), ...next];
}

function isSameKind(a: ReceivedControl, b: ReceivedControl): boolean {
  if (a.level !== b.level || a.type !== b.type) return false;
  return (a.level === SOL_SOCKET && a.type === SO_INQ) || Buffer.compare(a.data, b.data) === 0;
}

/** Another descriptor of the same. */
export function duplicateOwned(owned: OwnedFd, origin: string): OwnedFd {
  const { libc } = native();
  const copy = libc.fcntl(numberOf(owned), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) throw systemError('fcntl', libc.errno(), 'F_DUPFD_CLOEXEC');
  return ownFd(copy, origin);
}

/** Closes what a peer sent, where that can keep nobody. */
export function discard(fds: readonly (OwnedFd | undefined)[]): void {
  for (const owned of fds) if (owned && !owned.closed) closeLater(takeFd(owned));
  closeWaiting();
}
