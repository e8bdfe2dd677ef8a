import type { Server, Socket } from 'node:net';
import { expectRequest } from './expect-request.js';
import { idleParsersOf, insideOf, socketsOf } from './inside.js';
import type { ServerKind } from './kind.js';
import { type Phase, RequestWatch } from './request-watch.js';
import { type Standing, standingOf } from './standing.js';

/** Where a connection stands that is about to come, and what is about to be read of it. */
export interface Arrival {
  readonly phase: Phase;
  readonly unread: Buffer;
}

const FRESH: Arrival = { phase: 'new', unread: Buffer.alloc(0) };

/** All connections of a server, as long as they last, and where each stands in its requests. */
export class Connections {
  readonly #server: Server;
  readonly #kind: ServerKind;
  readonly #watches = new Map<Socket, RequestWatch | undefined>();
  readonly #arrivals = new WeakMap<Socket, Arrival>();
  /** Called for each that comes. */
  onAdded: ((socket: Socket) => void) | undefined;

  constructor(server: Server, kind: ServerKind) {
    this.#server = server;
    this.#kind = kind;
    server.on('connection', (socket: Socket) => this.#add(socket, this.#arrivals.get(socket) ?? FRESH));
    this.#addPresent();
  }

  get sockets(): Iterable<Socket> {
    return this.#watches.keys();
  }

  /** How many are open. */
  get size(): number {
    let count = 0;
    for (const { destroyed } of this.#watches.keys()) if (!destroyed) count++;
    return count;
  }

  /** How many are open and can move, now or later. */
  countMovable(): number {
    let count = 0;
    for (const socket of this.#watches.keys()) {
      const { is } = this.standingOf(socket);
      if (is === 'free' || is === 'busy') count++;
    }
    return count;
  }

  standingOf(socket: Socket): Standing {
    return standingOf(socket, this.#kind, this.#watches.get(socket));
  }

  /** Calls `onRead` whenever something of the connection has been read; without it nobody is called any more. */
  watch(socket: Socket, onRead: (() => void) | undefined): void {
    const watch = this.#watches.get(socket);
    if (watch) watch.onRead = onRead;
  }

  /** Has the server serve a connection that stands somewhere already. */
  arrive(socket: Socket, arrival: Arrival): void {
    this.#arrivals.set(socket, arrival);
    this.#server.emit('connection', socket);
  }

  /** Those that came before anybody looked. */
  #addPresent(): void {
    const idle = new Set(idleParsersOf(this.#server));
    for (const socket of socketsOf(this.#server)) {
      const { parser, bytesRead } = insideOf(socket);
      const phase = bytesRead === 0 ? 'new' : parser && idle.has(parser) ? 'between' : 'unknown';
      this.#add(socket, { ...FRESH, phase });
    }
  }

  #add(socket: Socket, { phase, unread }: Arrival): void {
    // Whatever is given to an HTTP server, a net.Server's connection too, has a parser.
    const { parser } = insideOf(socket);
    const hasParser = parser !== undefined && parser !== null && typeof parser.getCurrentBuffer === 'function';
    const isArrival = this.#arrivals.delete(socket);
    if (hasParser && isArrival && phase === 'between') expectRequest(this.#server, socket, parser);
    this.#watches.set(socket, hasParser ? new RequestWatch(parser, phase, unread) : undefined);
    socket.once('close', () => this.#watches.delete(socket));
    this.onAdded?.(socket);
  }
}

const all = new WeakMap<Server, Connections>();

/** The connections of `server`, followed from the first call on. */
export function connectionsOf(server: Server, kind: ServerKind): Connections {
  const known = all.get(server) ?? new Connections(server, kind);
  all.set(server, known);
  return known;
}
