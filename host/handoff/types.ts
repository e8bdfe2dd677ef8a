import type { AncillaryError, FdHolder, OwnedFd, RequiredPeer } from './base.js';

/**
 * What a peer must be: the uid, gid or pid that is said, or `any`. Without it the same effective uid as this process.
 */
export type PeerRule = RequiredPeer | 'any';

/** How far a hand-off has come, in descriptors. */
export interface HandoffProgress {
  /** How many have changed hands. */
  readonly moved: number;
  /** How many there are, as far as that is known. */
  readonly total: number | undefined;
}

/** What both sides can say. */
export interface HandoffOptions {
  /** Who the other side must be (SO_PEERCRED); default the same uid, `any` for anybody. */
  requirePeer?: PeerRule | undefined;
  /**
   * How long each step may take, in milliseconds, default 10,000: the greeting, each answer, each next record. The other
   * side says by itself that it lives while it prepares or waits for connections, so that these may take longer.
   */
  timeout?: number | undefined;
  /** Ends the hand-off where it stands: what has changed hands has, and the rest stays where it was. */
  signal?: AbortSignal | undefined;
  /** Most bytes of names, states and bytes read, in all; default 64 MiB. */
  maxState?: number | undefined;
  /** Called after each batch. */
  onProgress?: ((progress: HandoffProgress) => void) | undefined;
}

/** A connection, or a UDP socket, that is offered. From its offer to its outcome nobody may read or write it. */
export interface OfferedConnection {
  /**
   * What owns its descriptor: an OwnedFd (`fromNetSocket(socket).fd`), or a socket of this library. It is closed once the
   * connection has moved, without shutdown(2), and stays open and the caller's when it is kept.
   */
  readonly fd: FdHolder;
  /** What it is called, for the taker and in errors; 255 bytes at most, and it need not be unique. */
  readonly name?: string | undefined;
  /** Of the application: a Uint8Array travels as it is, anything else as JSON. */
  readonly state?: unknown;
  /** What has been read of it and not been consumed (`fromNetSocket(socket).unread`): it comes first at the taker. */
  readonly unread?: Uint8Array | undefined;
}

/** Descriptors by name, each 1 to 255 bytes. */
export type Named = Readonly<Record<string, FdHolder>> | ReadonlyMap<string, FdHolder>;

/** Connections, one after the other: an array, or what makes each when there is room for it in a batch. */
export type OfferedConnections = Iterable<OfferedConnection> | AsyncIterable<OfferedConnection>;

/** What `offer` hands over, and how. */
export interface OfferOptions extends HandoffOptions {
  /** Sockets that listen, and UDP sockets that are bound, by name; with the files 252 at most. */
  listeners?: Named | undefined;
  /** Whatever else is open, by name: files, pipes, memfds, terminals. */
  files?: Named | undefined;
  /**
   * Connections. A function is called once the taker is ready and accepts at the listeners: from that call on the caller
   * accepts nothing more, and yields each connection once it has stopped reading it.
   */
  connections?: OfferedConnections | (() => OfferedConnections) | undefined;
  /**
   * How many connections there will be in all, where `connections` does not say it by itself; for progress, for `lost`, and
   * for a taker that has no room. A function says it anew for each batch.
   */
  total?: number | (() => number) | undefined;
  /**
   * Of the application as a whole: a Uint8Array travels as it is, anything else as JSON. A function is called once a taker
   * has come, and makes it.
   */
  state?: unknown;
  /** Where an address is given: how long a taker is waited for, in milliseconds; default for ever. */
  waitFor?: number | undefined;
  /** Where a path is given: permissions of the socket file; default 0o600. */
  mode?: number | undefined;
  /** The connection is the taker's: its descriptor has been closed here. */
  onMoved?: ((connection: OfferedConnection) => void) | undefined;
  /** The connection stays: nobody else has read or written it, and it can be served again. */
  onKept?: ((connection: OfferedConnection, reason: AncillaryError) => void) | undefined;
  /** Called for each that came to the address and was turned away; the next one is waited for. */
  onTurnedAway?: ((reason: AncillaryError) => void) | undefined;
}

/** How a hand-off has ended in the process that offered. */
export interface OfferResult {
  /** How many descriptors are the taker's now: listeners, files and connections. */
  readonly moved: number;
  /** How many have stayed. */
  readonly kept: number;
  /** Names of listeners that have stayed: accept on them again. */
  readonly keptListeners: readonly string[];
  /** Names of files that have stayed. */
  readonly keptFiles: readonly string[];
  /** Why the hand-off ended before its end, if it did. */
  readonly error: AncillaryError | undefined;
}

/** What is taken over. */
export interface Taken {
  readonly kind: 'listener' | 'connection' | 'file';
  /** The descriptor, the caller's from now on: `toNetSocket`, `toNetServer`, `UnixStream.adopt`, ... take it. */
  readonly fd: OwnedFd;
  readonly name: string;
  /** A Buffer where the other side had bytes, else what its JSON says; undefined where there is none. */
  readonly state: unknown;
  /** What had been read of it there: it comes before whatever is read from the descriptor. */
  readonly unread: Buffer;
  /** AF_*, of a socket; else 0. */
  readonly domain: number;
  /** SOCK_*, of a socket; of anything else what it is by S_IFMT, shifted right by 12. */
  readonly type: number;
}

/** What is known before anything has changed hands. */
export interface Preparation {
  /** The state of the application. */
  readonly state: unknown;
  /** Names of the listeners that are offered. */
  readonly listeners: readonly string[];
  /** Names of the files that are offered. */
  readonly files: readonly string[];
  /** How many descriptors there are in all, as far as that is known. */
  readonly total: number | undefined;
}

/** How `takeOver` takes. */
export interface TakeOverOptions extends HandoffOptions {
  /** How long the offer at the address is waited for while nobody listens there or another takes over, in milliseconds; default 0. */
  waitFor?: number | undefined;
  /**
   * Called before anything is taken; the other side serves everything meanwhile. What it throws refuses the hand-off.
   */
  prepare?: ((preparation: Preparation) => void | PromiseLike<void>) | undefined;
  /**
   * Called for each descriptor before it is taken: `false`, or a text that says why, leaves it where it is. It must
   * neither read nor write it.
   */
  accept?: ((item: Taken) => boolean | string | undefined | PromiseLike<boolean | string | undefined>) | undefined;
  /** Called for each descriptor right when it has been taken: the moment to serve it. It is in the result as well. */
  onTaken?: ((item: Taken) => void) | undefined;
}

/** How a hand-off has ended in the process that took over. */
export interface TakeOverResult {
  /** The state of the application. */
  readonly state: unknown;
  readonly listeners: ReadonlyMap<string, Taken>;
  readonly files: ReadonlyMap<string, Taken>;
  readonly connections: readonly Taken[];
  /** How many descriptors were taken. */
  readonly moved: number;
  /** How many were refused here, and have stayed where they were. */
  readonly refused: number;
  /** Of those that were announced: how many are gone with the other side, which ended in the middle. */
  readonly lost: number;
  /** Why the hand-off ended before its end, if it did. */
  readonly error: AncillaryError | undefined;
}
