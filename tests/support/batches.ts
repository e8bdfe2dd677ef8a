/** Pairs of sockets of each type for messages that are sent and received many at a time, and what came over them. */
import {
  type AncillaryError,
  closeAll,
  type Message,
  type OwnedFd,
  type PairType,
  socketpair,
  type UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { targetOf, withFds, withPair } from './sockets.js';

/** What all kinds of sockets have of what is tested here. */
export type Socket = UnixStream;

export const TYPES: PairType[] = ['stream', 'seqpacket', 'dgram'];
export const RECORDS = TYPES.slice(1);

export async function withSockets<T>(
  type: PairType,
  fn: (a: Socket, b: Socket) => T | Promise<T>,
  options = {},
): Promise<T> {
  const [a, b] = socketpair({ ...options, type } as never) as unknown as [Socket, Socket];
  try {
    return await fn(a, b);
  } finally {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
  }
}

/** What came, and closes its descriptors. */
export function tell(messages: readonly Message[] | null) {
  return (messages ?? []).map(({ data, size, fds, credentials }) => {
    const targets = fds.map(({ fd }) => targetOf(fd));
    closeAll(fds);
    return { data: data.toString('latin1'), size, targets, ...(credentials && { credentials }) };
  });
}

export const texts = (messages: readonly Message[] | null) => tell(messages).map(({ data }) => data);

/** Everything that there is, by receives of one. */
export function drain(socket: Socket, options = {}): Message[] {
  const messages: Message[] = [];
  for (;;) {
    try {
      const message = socket.receiveSync({ maxFds: 253, ...options });
      if (!message) return messages;
      messages.push(message);
    } catch (error) {
      if ((error as AncillaryError).code !== 'EAGAIN') throw error;
      return messages;
    }
  }
}

/** Sends records until there is no room. */
export function fillRecords(socket: { sendSync: (data: string) => unknown }): number {
  for (let sent = 0; ; sent++) {
    try {
      socket.sendSync('filling');
    } catch (error) {
      assert.is((error as AncillaryError).code, 'EAGAIN');
      return sent;
    }
  }
}

/** An OwnedFd that has been closed. */
export function closedFd(): OwnedFd {
  const [a, b] = socketpair();
  a.sendSync('x', { fds: [0] });
  const [fd] = b.receiveSync({ maxFds: 1 })?.fds ?? [];
  for (const each of [a, b, fd]) each?.[Symbol.dispose]();
  return fd as OwnedFd;
}

/** Descriptors of /dev/null that belong to nobody else. */
export async function receivedFds(count: number): Promise<OwnedFd[]> {
  return withFds(1, ([fd = -1]) =>
    withPair((a, b) => {
      a.sendSync('x', { fds: new Array(count).fill(fd) });
      return b.receiveSync({ maxFds: count })?.fds ?? [];
    }),
  );
}

export function targetOpen(fd: number): boolean {
  try {
    return targetOf(fd) !== '';
  } catch {
    return false;
  }
}
