import { closeAll } from '../fd/close-all.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { UnixDatagram } from '../socket/datagram.js';
import { UnixStream } from '../socket/stream.js';
import { Strangers, waitOf } from './callers.js';
import type { Socket, Trust } from './place.js';
import type { Received } from './received.js';
import { isTrusted } from './trust.js';

/** No record that Linux sends is longer, as it comes (net.core.wmem_max). */
const RECORD_MOST = 16 * 1024 * 1024;
/** What a stream gives at once does not matter: a pipe's capacity. */
const STREAM_MOST = 65536;

/** The most data of one message, where nobody says it: all of a record. */
export function mostData(socket: Socket): number {
  return socket instanceof UnixStream ? STREAM_MOST : RECORD_MOST;
}

/** What is received. */
export interface Receiving extends Trust {
  maxData: number;
  maxFds: number;
  /** Longest wait for each message, in milliseconds. */
  timeout: number | undefined;
}

/** What is kept of a message for a program. */
export type Kept = Pick<Received, 'fds'> & { pidfd: OwnedFd | undefined };

/** The descriptors of a message, of which a process may be one. */
export function descriptorsOf({ fds, pidfd }: Pick<Received, 'fds' | 'pidfd'> | Kept): OwnedFd[] {
  return pidfd ? [...fds, pidfd] : fds;
}

/**
 * The messages, until the peer has closed; their descriptors are the caller's to close. A datagram of somebody who is
 * not trusted is dropped, with its descriptors, and the wait goes on: its credentials must have been asked for.
 */
export async function* receiveTrusted(socket: Socket, receiving: Receiving): AsyncGenerator<Received, void, undefined> {
  const { maxData, maxFds, trusted, option, timeout } = receiving;
  const isAsked = socket instanceof UnixDatagram && trusted !== 'any';
  const strangers = new Strangers(trusted, option);
  for (let wait = waitOf(timeout); ; ) {
    const message: Received | null = await socket.receive({ maxData, maxFds, ...wait() });
    if (message === null) return;
    const uid = message.credentials?.uid;
    if (isAsked && (uid === undefined || !isTrusted(uid, trusted))) {
      closeAll(descriptorsOf(message));
      await strangers.turnAway(uid);
      continue;
    }
    yield message;
    wait = waitOf(timeout);
  }
}
