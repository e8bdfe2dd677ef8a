import { checkOptions, optionNames } from '../../check/options.js';
import { type Origin, originOf } from '../../fd/origin.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { EACCES, EAGAIN, ECONNREFUSED, ENOENT, EPROTOTYPE, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import type { WaitOptions } from '../../reactor/limit.js';
import { fail, NOT_YET, retry } from '../../reactor/wait.js';
import { reserveStack } from '../../runtime/stack.js';
import {
  type Address,
  checkAddress,
  encodeAddress,
  hintAbstract,
  type UnixAddress,
  withAddress,
} from '../address/address.js';
import type { Nature } from '../options/nature.js';
import { type Settings, SOCKET_OPTIONS, type SocketOptions, settingsOf } from '../options/socket-options.js';
import { ownerOf } from './file.js';
import { makeBlocking, makeSocket } from './make-socket.js';
import { type Standing, standingAt } from './probe.js';

/** Makes what the caller gets of a socket, before it is connected; owns the socket once it has returned. */
export type SocketMaker<T> = (socket: OwnedFd, label: string, settings: Settings) => T;

type Caller = (...args: never[]) => unknown;

const OPTIONS = optionNames<SocketOptions & WaitOptions>({ ...SOCKET_OPTIONS, signal: true, timeout: true });
const SYNC_OPTIONS = optionNames<SocketOptions>(SOCKET_OPTIONS);

/** Connects to what listens, or is bound, at an address; waits while a backlog is full. `caller` is the public function. */
export function connectSocket<T>(
  given: UnixAddress,
  options: (SocketOptions & WaitOptions) | undefined,
  nature: Nature,
  make: SocketMaker<T>,
  caller: Caller,
): Promise<T> {
  try {
    const address = checkAddress(given);
    const checked = checkOptions(options, OPTIONS, 'connect');
    const { signal, timeout } = checked;
    const connecting = new Connecting(address, settingsOf(checked, nature), nature, make, caller);
    // No event tells of room in a backlog.
    const socket = retry(() => connecting.attempt(), { signal, timeout }, `connecting to ${address.label}`);
    return socket.catch((error: unknown) => {
      connecting.end();
      throw error;
    });
  } catch (error) {
    return fail(error);
  }
}

/** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
export function connectSocketSync<T>(
  given: UnixAddress,
  options: SocketOptions | undefined,
  nature: Nature,
  make: SocketMaker<T>,
  caller: Caller,
): T {
  const address = checkAddress(given);
  const checked = checkOptions(options, SYNC_OPTIONS, 'connectSync');
  const connecting = new Connecting(address, settingsOf(checked, nature), nature, make, caller);
  const socket = connecting.attempt();
  if (socket !== NOT_YET) return socket;
  connecting.end();
  throw systemError('connect', EAGAIN, `to ${address.label}`, 'its backlog is full: try again');
}

/** A socket that is to be connected: the same one, however often that is tried. */
class Connecting<T> {
  readonly #address: Address;
  readonly #bytes: Uint8Array;
  readonly #settings: Settings;
  readonly #nature: Nature;
  readonly #make: SocketMaker<T>;
  readonly #origin: Origin;
  #made: { fd: OwnedFd; socket: T } | undefined;

  constructor(address: Address, settings: Settings, nature: Nature, make: SocketMaker<T>, caller: Caller) {
    this.#address = address;
    this.#bytes = encodeAddress(address);
    this.#settings = settings;
    this.#nature = nature;
    this.#make = make;
    this.#origin = originOf(`connected to ${address.label}`, caller);
  }

  attempt(): T | typeof NOT_YET {
    const { libc } = native();
    reserveStack();
    try {
      this.#made ??= this.#makeBoth();
      const { fd, socket } = this.#made;
      const result = withAddress(this.#bytes, (address, size) => libc.connect(numberOf(fd), address, size));
      if (result === 0) {
        makeBlocking(fd);
        return socket;
      }
      const errno = libc.errno();
      if (errno === EAGAIN) return NOT_YET;
      this.end();
      throw systemError('connect', errno, `to ${this.#address.label}`, explain(errno, this.#address, this.#nature));
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Closes the socket of what did not succeed. */
  end(): void {
    this.#made?.fd[Symbol.dispose]();
  }

  /** What is asked for is asked for before connecting, so that the very first message of the peer has it too. */
  #makeBoth(): { fd: OwnedFd; socket: T } {
    const fd = makeSocket(this.#origin, this.#nature.type);
    try {
      return { fd, socket: this.#make(fd, this.#address.label, this.#settings) };
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
  }
}

/** What is so, where the errno alone says too little. */
function explain(errno: number, { kind, path }: Address, { noun, hasEnd }: Nature): string {
  const nobody = hasEnd ? 'nobody listens there' : 'nobody is bound there';
  if (kind !== 'path' || path === undefined) return errno === ECONNREFUSED ? nobody : '';
  switch (errno) {
    case ENOENT:
      return `${nobody}, there is no such socket file${hintAbstract(path)}`;
    case ECONNREFUSED:
      return tellStanding(path) === 'no socket' ? `${nobody}, what is there is no socket` : nobody;
    case EACCES:
      return ownerOf(path) === ''
        ? 'this user may not go through the folders on its way'
        : `this user may not connect to the socket file there${ownerOf(path)}`;
    case EPROTOTYPE:
      return `a socket of type ${typeOf(tellStanding(path))} is bound there, where a ${noun} socket is needed`;
    default:
      return '';
  }
}

/** The type of what stands there. */
function typeOf(standing: Standing | undefined): string {
  return standing === 'bound' || standing === 'listening' ? 'stream' : (standing ?? 'unknown');
}

/** For a message only: what went wrong before matters more than that it cannot be told. */
function tellStanding(path: string): Standing | undefined {
  try {
    return standingAt(path);
  } catch {
    return undefined;
  }
}
