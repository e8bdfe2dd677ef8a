import type { Socket as DatagramSocket } from 'node:dgram';
import type { ReadStream, WriteStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { show } from '../check/show.js';
import { INT_MAX } from '../check/values.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { numberOf, OwnedFd } from './owned-fd.js';

/** Anything that has a descriptor. TLS sockets are refused: what their peer understands is not in the descriptor. */
export type Sendable =
  | number
  | OwnedFd
  | FileHandle
  | Socket
  | Server
  | DatagramSocket
  | ReadStream
  | WriteStream
  | { readonly fd: number };

/** What is looked at of an object of Node's. All of them by their shape: one of another realm is no instance here. */
interface Shape {
  readonly fd?: unknown;
  readonly _handle?: { readonly fd?: unknown } | null;
  readonly encrypted?: unknown;
  readonly getCipher?: unknown;
  readonly listen?: unknown;
  readonly connecting?: unknown;
  readonly destroyed?: unknown;
}

/** What is in a datagram socket of Node's. */
export interface DatagramState {
  readonly handle: { readonly fd: number; recvStop?(): void } | null;
  /** 0 while it is not bound, 2 when it is. */
  readonly bindState: number;
  /** 0 while it is not connected, 2 when it is. */
  connectState: number;
  readonly queue?: unknown[] | undefined;
}

/**
 * The number of the descriptor within `value`, asked for at the last moment: one that has been closed meanwhile throws
 * instead of naming a stranger. Throws `ERR_CLOSED` for what has no descriptor (any more), `ERR_UNSUPPORTED` for what
 * has one that is of no use alone, `ERR_INVALID_ARGUMENT` for anything else.
 */
export function numberOfSendable(value: unknown): number {
  if (typeof value === 'number') return checkNumber(value, value);
  if (OwnedFd.isOwnedFd(value)) return numberOf(value);
  if (typeof value !== 'object' || value === null) throw noDescriptor(value);
  const state = datagramState(value);
  if (state) return numberOfDatagram(state);
  const shape = value as Shape;
  if ('_handle' in shape) return numberOfHandle(shape);
  const fd = shape.fd;
  // A stream of node:fs before it is open, a FileHandle after it was closed.
  if (fd === null || fd === -1)
    throw closedError('this file', fd === -1 || shape.destroyed ? 'closed' : 'not open yet');
  return checkNumber(fd, fd === undefined ? value : fd);
}

/** What a datagram socket of node:dgram keeps, found by the name of the symbol; undefined for anything else. */
export function datagramState(value: object): DatagramState | undefined {
  const key = Object.getOwnPropertySymbols(value).find(({ description }) => description === 'state symbol');
  const state = key && (value as Record<symbol, Partial<DatagramState> | null | undefined>)[key];
  return state && 'bindState' in state && 'handle' in state ? (state as DatagramState) : undefined;
}

/** Refuses what is encrypted: the keys, and where the records stand, are in this process alone. */
export function refuseTls(value: object): void {
  const { encrypted, getCipher } = value as Shape;
  if (encrypted !== true && typeof getCipher !== 'function') return;
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    "a TLS socket: its descriptor is of no use without its session's keys, which stay here; " +
      'pass the connection before it is encrypted',
  );
}

function numberOfDatagram({ handle }: DatagramState): number {
  if (handle === null) throw closedError('this datagram socket', 'closed');
  if (!(handle.fd >= 0)) throw closedError('this datagram socket', 'not bound yet');
  return handle.fd;
}

/** A socket, a server or a terminal of Node's. */
function numberOfHandle(shape: Shape): number {
  refuseTls(shape);
  const name = typeof shape.listen === 'function' ? 'this server' : 'this socket';
  const { _handle: handle } = shape;
  if (handle === null || handle === undefined) throw closedError(name, stateOf(shape, name));
  const { fd } = handle;
  if (typeof fd !== 'number') {
    throw new AncillaryError('ERR_UNSUPPORTED', `${name} has no descriptor of its own in this process`);
  }
  if (fd < 0) throw closedError(name, shape.connecting ? 'not connected yet' : 'closed');
  return fd;
}

function stateOf({ destroyed, connecting }: Shape, name: string): string {
  if (name === 'this server') return 'not listening';
  if (destroyed) return 'closed';
  return connecting ? 'not connected yet' : 'not connected';
}

function closedError(name: string, state: string): AncillaryError {
  return new AncillaryError('ERR_CLOSED', `${name} is ${state}: it has no descriptor to pass`);
}

function checkNumber(fd: unknown, value: unknown): number {
  if (Number.isInteger(fd) && (fd as number) >= 0 && (fd as number) <= INT_MAX) return fd as number;
  throw noDescriptor(value);
}

function noDescriptor(value: unknown): AncillaryError {
  return invalidArgument(`${show(value)} is no descriptor that can be passed`);
}
