/**
 * `ancillary/unix-dgram`: what the package `unix-dgram` offers, over this library, and with nothing to compile. As there,
 * events and callbacks come within the call, errors have `code` and `errno` as negative numbers, and a socket file stays
 * where it is when its socket is closed.
 *
 * @module ancillary/unix-dgram
 */
import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram';
import { type MessageInfo, Socket } from './unix-dgram/socket.js';

export { type MessageInfo, Socket };

/** A datagram socket, bound to nothing. Throws where the system has none to give. `udp4` and `udp6` are Node's own. */
export function createSocket(type: 'unix_dgram', listener?: (message: Buffer, info: MessageInfo) => void): Socket;
export function createSocket(type: 'udp4' | 'udp6', listener?: (message: Buffer, info: RemoteInfo) => void): UdpSocket;
export function createSocket(
  type: 'unix_dgram' | 'udp4' | 'udp6',
  listener?: (message: Buffer, info: never) => void,
): Socket | UdpSocket {
  if (type === 'udp4' || type === 'udp6') {
    // Only now: whoever sends to Unix sockets needs none of it.
    const { createSocket: create } = process.getBuiltinModule('node:dgram');
    return create(type, listener as ((message: Buffer, info: RemoteInfo) => void) | undefined);
  }
  return new Socket(type, listener as ((message: Buffer, info: MessageInfo) => void) | undefined);
}
