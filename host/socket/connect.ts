import { escapeControls } from '../check/escape.js';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean } from '../check/values.js';
import { type Origin, originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { EACCES, EAGAIN, ECONNREFUSED, ENOENT, EPROTOTYPE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import type { WaitOptions } from '../reactor/limit.js';
import { fail, NOT_YET, retry } from '../reactor/wait.js';
import { checkPath, hintAbstract, withAddress } from './address.js';
import { ownerOf } from './file.js';
import { makeBlocking, makeSocket, type StreamOptions } from './make-socket.js';
import { type Standing, standingAt } from './probe.js';
import { reserveStack } from './stack.js';

/** Makes what the caller gets of a socket, before it is connected; owns the socket once it has returned. */
export type StreamMaker<T> = (socket: OwnedFd, label: string, options: StreamOptions) => T;

type Caller = (...args: never[]) => unknown;

const OPTIONS = optionNames<StreamOptions & WaitOptions>({ credentials: true, signal: true, timeout: true });
const SYNC_OPTIONS = optionNames<StreamOptions>({ credentials: true });

/** Connects to the listener at `path`; waits while its backlog is full. `caller` is the public function. */
export function connectStream<T>(
  path: string,
  options: (StreamOptions & WaitOptions) | undefined,
  make: StreamMaker<T>,
  caller: Caller,
): Promise<T> {
  try {
    checkPath(path);
    const { credentials, signal, timeout } = checkOptions(options, OPTIONS, 'connect');
    const connecting = new Connecting(path, credentials, make, caller);
    // No event tells of room in a backlog.
    const stream = retry(() => connecting.attempt(), { signal, timeout }, `connecting to ${escapeControls(path)}`);
    return stream.catch((error: unknown) => {
      connecting.end();
      throw error;
    });
  } catch (error) {
    return fail(error);
  }
}

/** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
export function connectStreamSync<T>(
  path: string,
  options: StreamOptions | undefined,
  make: StreamMaker<T>,
  caller: Caller,
): T {
  checkPath(path);
  const { credentials } = checkOptions(options, SYNC_OPTIONS, 'connectSync');
  const connecting = new Connecting(path, credentials, make, caller);
  const stream = connecting.attempt();
  if (stream !== NOT_YET) return stream;
  connecting.end();
  throw systemError('connect', EAGAIN, `to ${escapeControls(path)}`, 'its backlog is full: try again');
}

/** A socket that is to be connected: the same one, however often that is tried. */
class Connecting<T> {
  readonly #path: string;
  readonly #options: StreamOptions;
  readonly #make: StreamMaker<T>;
  readonly #origin: Origin;
  #made: { socket: OwnedFd; stream: T } | undefined;

  constructor(path: string, credentials: unknown, make: StreamMaker<T>, caller: Caller) {
    this.#path = path;
    this.#options = { credentials: checkBoolean(credentials, 'credentials') };
    this.#make = make;
    this.#origin = originOf(`connected to ${escapeControls(path)}`, caller);
  }

  attempt(): T | typeof NOT_YET {
    const { libc } = native();
    reserveStack();
    try {
      this.#made ??= this.#makeBoth();
      const { socket, stream } = this.#made;
      const result = withAddress(this.#path, (address, size) => libc.connect(numberOf(socket), address, size));
      if (result === 0) {
        makeBlocking(socket);
        return stream;
      }
      const errno = libc.errno();
      if (errno === EAGAIN) return NOT_YET;
      this.end();
      throw systemError('connect', errno, `to ${escapeControls(this.#path)}`, explain(errno, this.#path));
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Closes the socket of what did not succeed. */
  end(): void {
    this.#made?.socket[Symbol.dispose]();
  }

  /** Credentials are asked for before connecting, so that the very first message of the peer has them too. */
  #makeBoth(): { socket: OwnedFd; stream: T } {
    const socket = makeSocket(this.#origin);
    try {
      return { socket, stream: this.#make(socket, escapeControls(this.#path), this.#options) };
    } catch (error) {
      socket[Symbol.dispose]();
      throw error;
    }
  }
}

/** What is so, where the errno alone says too little. */
function explain(errno: number, path: string): string {
  switch (errno) {
    case ENOENT:
      return `nobody listens there, there is no such socket file${hintAbstract(path)}`;
    case ECONNREFUSED:
      return tellStanding(path) === 'no socket'
        ? 'nobody listens there, what is there is no socket'
        : 'nobody listens there';
    case EACCES:
      return ownerOf(path) === ''
        ? 'this user may not go through the folders on its way'
        : `this user may not connect to the socket file there${ownerOf(path)}`;
    case EPROTOTYPE:
      return `a socket of type ${tellStanding(path) ?? 'unknown'} is bound there, where a stream socket is needed`;
    default:
      return '';
  }
}

/** For a message only: what went wrong before matters more than that it cannot be told. */
function tellStanding(path: string): Standing | undefined {
  try {
    return standingAt(path);
  } catch {
    return undefined;
  }
}
