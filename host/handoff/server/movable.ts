import type { Socket } from 'node:net';
import { clearTimeout, now, setImmediate, setTimeout } from '../base.js';
import type { OfferedConnection } from '../types.js';
import type { Connections } from './connections.js';
import { insideOf } from './inside.js';
import type { Standing } from './standing.js';
import { Transit } from './transit.js';
import type { HandOffServerOptions, Staying } from './types.js';

/** How often those that are busy are looked at besides when something happens to them, in milliseconds. */
const LOOK_EVERY = 25;

/**
 * How many are stopped before those that are stopped are sent: all of a batch wait until the last one of it is served, and
 * so does everybody else.
 */
const TOGETHER = 32;

/** A connection that is offered, and where it comes from. */
export interface MovableConnection extends OfferedConnection {
  readonly transit: Transit;
}

export interface MovableOptions extends Pick<HandOffServerOptions, 'prepare' | 'stateOf'> {
  readonly drain: number;
}

type Step = IteratorResult<MovableConnection, undefined>;
type Free = Extract<Standing, { is: 'free' }>;

/**
 * The connections of a server, each as soon as it can move: those that are idle as they are asked for, those that are busy
 * at the moment when they are not. It ends when none is left that could move, or when `drain` is over.
 */
export class Movable implements AsyncIterableIterator<MovableConnection> {
  readonly #connections: Connections;
  readonly #options: MovableOptions;
  readonly #end: number;
  /** Not looked at yet. */
  readonly #unseen: Set<Socket>;
  /** Waited for, with what ends the waiting. */
  readonly #busy = new Map<Socket, () => void>();
  /** Stopped already. */
  readonly #ready: MovableConnection[] = [];
  readonly #prepared = new Map<Socket, 'pending' | 'yes' | 'no'>();
  readonly #bound = new Map<Socket, keyof Staying>();
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #asked = 0;
  /** What went wrong while nobody asked: it ends the hand-off. */
  #failure: { readonly error: unknown } | undefined;
  readonly #heard = new WeakSet<object>();

  constructor(connections: Connections, options: MovableOptions) {
    this.#connections = connections;
    this.#options = options;
    this.#end = now() + options.drain;
    this.#unseen = new Set(connections.sockets);
    connections.onAdded = (socket) => {
      this.#unseen.add(socket);
      this.#wake?.();
    };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** What is there at once comes at once, without a promise: there are thousands. */
  next(): Promise<Step> {
    const isPause = ++this.#asked % TOGETHER === 0;
    return (isPause ? this.#later(pause) : (this.#step() ?? this.#later(() => this.#change()))) as Promise<Step>;
  }

  async #later(wait: () => Promise<void>): Promise<Step> {
    await wait();
    for (;;) {
      const step = this.#step();
      if (step) return step;
      await this.#change();
    }
  }

  /** The next one, or the end; undefined where it has to be waited for. */
  #step(): Step | undefined {
    if (this.#failure) throw this.#failure.error;
    const value = this.#isOver ? undefined : (this.#ready.shift() ?? this.#nextUnseen());
    if (value) return { done: false, value };
    const isIdle = this.#busy.size === 0 && this.#unseen.size === 0;
    if (!this.#isOver && !isIdle && now() < this.#end) return undefined;
    this.#stop();
    return { done: true, value: undefined };
  }

  /** Those that have been stopped go on. */
  async return(): Promise<Step> {
    this.#stop();
    return { done: true, value: undefined };
  }

  /** How many stay whatever happens. */
  get bound(): number {
    return this.#bound.size;
  }

  /** How many stay, and why. */
  get staying(): Omit<Staying, 'refused'> {
    const count = { busy: this.#busy.size, unprepared: 0, upgraded: 0, tls: 0, http2: 0, refused: 0 };
    for (const why of this.#bound.values()) count[why]++;
    return count;
  }

  #stop(): void {
    this.#isOver = true;
    this.#connections.onAdded = undefined;
    clearTimeout(this.#timer);
    for (const stopWaiting of this.#busy.values()) stopWaiting();
    for (const { transit } of this.#ready.splice(0)) transit.resume();
    this.#wake?.();
  }

  #nextUnseen(): MovableConnection | undefined {
    for (const socket of this.#unseen) {
      this.#unseen.delete(socket);
      const movable = this.#look(socket);
      if (movable) return movable;
    }
    return undefined;
  }

  /** Stops the connection if it can move now; otherwise notes why not. */
  #look(socket: Socket): MovableConnection | undefined {
    const standing = this.#connections.standingOf(socket);
    if (standing.is === 'busy') {
      this.#waitFor(socket);
      return undefined;
    }
    if (standing.is === 'free') {
      const answer = this.#prepare(socket);
      if (answer === 'pending') {
        this.#waitFor(socket);
        return undefined;
      }
      this.#forget(socket);
      if (answer === 'yes') return this.#suspend(socket, standing);
      this.#bind(socket, 'unprepared');
      return undefined;
    }
    this.#forget(socket);
    if (standing.is === 'bound') this.#bind(socket, standing.by);
    return undefined;
  }

  #bind(socket: Socket, why: keyof Staying): void {
    this.#bound.set(socket, why);
    socket.once('close', () => this.#bound.delete(socket));
  }

  #suspend(socket: Socket, { begun, phase }: Free): MovableConnection {
    const transit = new Transit(socket, begun);
    try {
      const state = this.#options.stateOf?.(socket);
      return { transit, fd: transit.fd, unread: transit.unread, name: phase, state };
    } catch (error) {
      transit.resume();
      throw error;
    }
  }

  /** Whether the application lets it move. It is asked once. */
  #prepare(socket: Socket): 'pending' | 'yes' | 'no' {
    const known = this.#prepared.get(socket);
    if (known) return known;
    const { prepare } = this.#options;
    const note = (answer: 'pending' | 'yes' | 'no') => {
      this.#prepared.set(socket, answer);
      return answer;
    };
    if (!prepare) return 'yes';
    const answer = prepare(socket);
    if (!isPromise(answer)) return note(answer === false ? 'no' : 'yes');
    Promise.resolve(answer)
      .then(
        (value) => note(value === false ? 'no' : 'yes'),
        () => note('no'),
      )
      .then(() => this.#lookAgain(socket));
    return note('pending');
  }

  /** Looks again whenever something happens that may have it move. */
  #waitFor(socket: Socket): void {
    this.#hearResponse(socket);
    if (this.#busy.has(socket) || this.#isOver) return;
    const look = () => this.#lookAgain(socket);
    const events = ['close', 'drain', 'finish'] as const;
    for (const event of events) socket.on(event, look);
    this.#connections.watch(socket, look);
    this.#busy.set(socket, () => {
      for (const event of events) socket.removeListener(event, look);
      this.#connections.watch(socket, undefined);
    });
  }

  /** The end of a response is the moment to move: the next request must not come first. */
  #hearResponse(socket: Socket): void {
    const { _httpMessage: response } = insideOf(socket);
    if (!response || this.#heard.has(response)) return;
    this.#heard.add(response);
    response.once('finish', () => this.#lookAgain(socket));
  }

  /** In the next tick: the parser may be in the middle of what it has read. Nothing more is read until then. */
  #lookAgain(socket: Socket): void {
    process.nextTick(() => {
      if (this.#isOver || !this.#busy.has(socket)) return;
      try {
        const movable = this.#look(socket);
        if (movable) this.#ready.push(movable);
        if (!this.#busy.has(socket)) this.#wake?.();
      } catch (error) {
        this.#failure ??= { error };
        this.#stop();
      }
    });
  }

  #forget(socket: Socket): void {
    this.#busy.get(socket)?.();
    this.#busy.delete(socket);
  }

  /** Resolves when there may be another one, and when it is time to look at all of them. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(this.#timer);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      this.#timer = setTimeout(() => {
        for (const socket of this.#busy.keys()) this.#lookAgain(socket);
        wake();
      }, LOOK_EVERY);
    });
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

/** Long enough for what has gathered to be sent: it does not wait for one that is not there when the loop comes round. */
function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
