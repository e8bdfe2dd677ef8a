/** The two sides of a hand-off, one of them played step by step. */
import { type OwnedFd, socketpair, type UnixSeqpacket, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { encodeConfirm } from '../../host/handoff/wire/answers.js';
import { type BatchHead, decodeBatch, encodeBatch, type Item } from '../../host/handoff/wire/batch.js';
import { OFFERER, TAKER } from '../../host/handoff/wire/constants.js';
import { decodeHello, encodeHello, type Hello } from '../../host/handoff/wire/hello.js';
import { arrived } from './arrived.js';
import { settledFds, untilOpen } from './descriptors.js';
import type { Suite } from './suite.js';
import { openWhatStays } from './warm.js';

const PATIENCE = 30_000;

/** The hand-off socket. */
export const channel = (): [UnixSeqpacket, UnixSeqpacket] => socketpair({ type: 'seqpacket' });

/** Tests in which a descriptor that is left open is a failure. */
export function leakTests(t: Suite): (title: string, fn: () => unknown) => void {
  t.before(openWhatStays);
  return (title, fn) =>
    t.test(title, async () => {
      const open = await settledFds();
      await fn();
      await untilOpen(open);
    });
}

/** A taker that does what a test tells it. */
export class PlayedTaker {
  readonly socket: UnixSeqpacket;
  readonly fds: OwnedFd[] = [];

  constructor(socket: UnixSeqpacket) {
    this.socket = socket;
  }

  async greet(hello: Partial<Hello> = {}): Promise<Hello> {
    await this.socket.send(encodeHello({ role: TAKER, ...hello }));
    return decodeHello(await this.next(), OFFERER);
  }

  /** The next record; its descriptors are kept in `fds`. */
  async next(): Promise<Buffer> {
    const { data, fds } = arrived(await this.socket.receive({ maxFds: 253, timeout: PATIENCE }));
    this.fds.push(...fds);
    return data;
  }

  async batch(): Promise<BatchHead> {
    return decodeBatch(await this.next());
  }

  /** Greets, takes the first batch, and returns the second, unconfirmed. */
  async untilConnections(): Promise<BatchHead> {
    await this.greet();
    await this.confirm(await this.batch());
    return this.batch();
  }

  async confirm({ number, items }: BatchHead, taken = items.map(() => true), reason = ''): Promise<void> {
    await this.socket.send(encodeConfirm(number, taken, reason));
  }

  close(): void {
    for (const fd of this.fds) fd[Symbol.dispose]();
    if (!this.socket.closed) this.socket.closeSync();
  }
}

/** One that offers what a test tells it. */
export class PlayedOfferer {
  readonly socket: UnixSeqpacket;

  constructor(socket: UnixSeqpacket) {
    this.socket = socket;
  }

  async greet(hello: Partial<Hello> = {}): Promise<void> {
    decodeHello(await this.next(), TAKER);
    await this.socket.send(encodeHello({ role: OFFERER, ...hello }));
  }

  async next(): Promise<Buffer> {
    return arrived(await this.socket.receive({ timeout: PATIENCE })).data;
  }

  /** Sends a batch of Unix stream connections; the descriptors stay here. */
  async offer(number: number, firstId: number, fds: UnixStream[], total = 0): Promise<void> {
    const items = fds.map((_, i) => connectionItem(firstId + i));
    await this.socket.send(encodeBatch(number, total, items, 0, []), { fds });
  }

  /** Greets, and has an empty first batch confirmed. */
  async untilReady(total = 0): Promise<void> {
    await this.greet({ total });
    await this.offer(1, 1, [], total);
    assert.is((await this.next())[0], 3);
  }

  close(): void {
    if (!this.socket.closed) this.socket.closeSync();
  }
}

/** The entry of a Unix stream connection. */
export function connectionItem(id: number, changes: Partial<Item> = {}): Item {
  return { id, kind: 3, flags: 1, domain: 1, type: 1, nameLength: 0, unreadLength: 0, stateLength: 0, ...changes };
}

/** Whether both ends of a connection speak with each other. */
export async function isAlive(one: UnixStream, other: UnixStream): Promise<boolean> {
  await one.send('ping');
  const heard = await other.receive({ timeout: PATIENCE });
  return heard?.data.toString() === 'ping';
}
