import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { decodeAddress, type UnixAddress } from './address/address.js';
import { NAME_ROOM } from './frame/frame.js';
import { type AnySocket, numberOfSocket } from './message-socket.js';

/** What a Unix socket is bound to (getsockname(2)). */
export function readName(socket: AnySocket): UnixAddress | undefined {
  return decodeAddress(readNameBytes(numberOfSocket(socket)));
}

/** The bytes of the address that a socket is bound to, or connected to. */
export function readNameBytes(fd: number, call: 'getsockname' | 'getpeername' = 'getsockname'): Uint8Array {
  const { libc, codec, base } = native();
  return codec.arena.lend(NAME_ROOM + 4, (at) => {
    codec.view.setUint32(at + NAME_ROOM, NAME_ROOM, true);
    if (libc[call](fd, base + at, base + at + NAME_ROOM) < 0) throw systemError(call, libc.errno());
    return codec.bytes.slice(at, at + Math.min(codec.view.getUint32(at + NAME_ROOM, true), NAME_ROOM));
  });
}
