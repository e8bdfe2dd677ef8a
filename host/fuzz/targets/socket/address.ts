import { type Stats, statSync } from 'node:fs';
import { invalidArgument } from '../../../errors/error.js';
import {
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import type { SocketType } from '../../options.js';
import { IS_LITTLE, type MessageMemory } from './memory.js';

export const TYPE_NUMBERS: Readonly<Record<SocketType, number>> = {
  stream: SOCK_STREAM,
  seqpacket: SOCK_SEQPACKET,
  dgram: SOCK_DGRAM,
};
/** sizeof sun_path; sun_family is before it. */
const PATH_ROOM = 108;
const FAMILY = 2;
/** What else there may be. */
const KINDS = [
  ['isFile', 'a regular file'],
  ['isDirectory', 'a folder'],
  ['isFIFO', 'a FIFO'],
] as const;

/** Throws one line for a path at which there is something else than a socket; what cannot be looked at is left to the errno. */
export function checkSocket(path: string): void {
  if (path.startsWith('@')) return;
  let stat: Stats;
  try {
    stat = statSync(path);
  } catch {
    return;
  }
  if (stat.isSocket()) return;
  const [, what = 'a device'] = KINDS.find(([is]) => stat[is]()) ?? [];
  throw invalidArgument(`cannot fuzz ${path}: it is ${what}, and no socket`);
}

/** Connects a new socket to `name`, a path or @ and an abstract name, without waiting. The descriptor, or minus an errno. */
export function connectTo(
  name: string,
  type: SocketType,
  { view, bytes, socketAddress, address }: MessageMemory,
): number {
  const { libc } = native();
  const path = Buffer.from(name.startsWith('@') ? `\0${name.slice(1)}` : `${name}\0`);
  if (path.length > PATH_ROOM) throw invalidArgument(`${name} is too long for a socket: 107 bytes are the most`);
  const fd = libc.socket(AF_UNIX, TYPE_NUMBERS[type] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw systemError('socket', libc.errno());
  view.setUint16(socketAddress, AF_UNIX, IS_LITTLE);
  // An address of its own, so that datagrams can be answered: of the family alone, the kernel chooses one.
  if (type === 'dgram') libc.bind(fd, address(socketAddress), FAMILY);
  bytes.set(path, socketAddress + FAMILY);
  if (libc.connect(fd, address(socketAddress), FAMILY + path.length) === 0) return fd;
  const errno = libc.errno();
  libc.close(fd);
  return -errno;
}
