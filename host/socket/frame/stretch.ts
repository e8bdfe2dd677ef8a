import { Buffer } from 'node:buffer';
import { closeLater, closeWaiting } from '../../fd/close-aside.js';
import { type OwnedFd, takeFd } from '../../fd/owned-fd.js';
import { SO_INQ, SOL_SOCKET } from '../../libc/constants.js';
import type { Credentials } from './frame.js';
import type { MessageHead, ReceivedControl } from './message.js';
import { isSameProcess } from './same-process.js';

/** Who sent bytes, as far as the kernel was asked. */
export interface Sender {
  readonly credentials: Credentials | undefined;
  pidfd: OwnedFd | undefined;
}

/** What is known of the bytes up to `end`, a place in the stream: who sent them, and what came with the last of them. */
export interface Stretch {
  end: number;
  fds: OwnedFd[];
  messages: readonly ReceivedControl[];
  flags: number;
  /** The same object for bytes one behind the other that one process sent. */
  readonly sender: Sender;
}

/** The stretch of a message that ends at `end`; who sent the bytes before is taken for its sender if that is so. */
export function stretchOf(message: MessageHead, end: number, before: Sender | undefined): Stretch {
  const { fds, messages, flags, credentials, pidfd } = message;
  const sender = { credentials, pidfd };
  if (!before || !isSame(before, sender)) return { end, fds, messages, flags, sender };
  discard([pidfd]);
  return { end, fds, messages, flags, sender: before };
}

/** Makes `first` longer by the one behind it, when nothing tells their bytes apart. */
export function extend(first: Stretch, next: Stretch): boolean {
  if (first.fds.length > 0 || first.sender !== next.sender) return false;
  Object.assign(first, next, { messages: mergeMessages(first.messages, next.messages) });
  return true;
}

function isSame(a: Sender, b: Sender): boolean {
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

/** Closes what a peer sent, where that can keep nobody. */
export function discard(fds: readonly (OwnedFd | undefined)[]): void {
  const open = fds.filter((owned) => owned !== undefined && !owned.closed);
  for (const owned of open) closeLater(takeFd(owned as OwnedFd));
  if (open.length > 0) closeWaiting();
}
