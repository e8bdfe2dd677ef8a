/** Connected pairs of a USocket and a plain stream, and what they are seen to do. */
import type { EventEmitter } from 'node:events';
import { socketpair, type UnixStream } from 'ancillary';
import { USocket } from 'ancillary/usocket';

/** Runs `fn` with a USocket and the other end of its connection. */
export async function withUSocket<T>(fn: (socket: USocket, peer: UnixStream) => T | Promise<T>): Promise<T> {
  const [mine, peer] = socketpair({ maxFds: Infinity });
  const socket = new USocket({ fd: mine.release() });
  try {
    return await fn(socket, peer);
  } finally {
    socket.destroy();
    peer[Symbol.dispose]();
  }
}

/** The next event of that name; fails with an `error` that comes before it. */
export function next<T = unknown>(emitter: EventEmitter, name: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown) => {
      emitter.removeListener(name, onEvent);
      reject(error);
    };
    const onEvent = (value: T) => {
      emitter.removeListener('error', onError);
      resolve(value);
    };
    emitter.once(name, onEvent);
    if (name !== 'error') emitter.once('error', onError);
  });
}

/** Notes every event of these names, in their order. */
export function noteEvents(emitter: EventEmitter, ...names: string[]): string[] {
  const noted: string[] = [];
  for (const name of names) emitter.on(name, () => noted.push(name));
  return noted;
}

/** What `read` gives once it gives something: tried at once, and for each `readable`. */
export function readWhenThere<T>(socket: USocket, read: () => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      const result = read();
      if (result === null) return;
      socket.removeListener('readable', attempt);
      socket.removeListener('error', reject);
      resolve(result);
    };
    // One listener all along: each new one is called at once while bytes are there.
    socket.on('readable', attempt);
    socket.on('error', reject);
    attempt();
  });
}
