/** Addresses and socket pairs on the loopback interface, where everything of this oracle stays. */
import { readFileSync } from 'node:fs';
import { Difference, Unavailable } from '../answer.js';
import { EMPTY, LE } from './bytes.js';
import * as n from './numbers.js';
import { type Kernel, Refused } from './socket.js';

export const LOOPBACK_4 = [127, 0, 0, 1];
export const LOOPBACK_6 = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/** struct sockaddr_in; port 0 lets the kernel choose. */
export function ipv4(address: readonly number[], port = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, n.AF_INET, LE);
  view.setUint16(2, port);
  bytes.set(address, 4);
  return bytes;
}

/** struct sockaddr_in6 */
export function ipv6(address: readonly number[], port = 0): Uint8Array {
  const bytes = new Uint8Array(28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, n.AF_INET6, LE);
  view.setUint16(2, port);
  bytes.set(address, 8);
  return bytes;
}

/** The port in either. */
export function portOf(address: Uint8Array): number {
  return new DataView(address.buffer, address.byteOffset).getUint16(2);
}

export interface Lane {
  sender: number;
  receiver: number;
  /** The receiver's address. */
  to: Uint8Array;
}

/** A UDP socket that receives at the loopback interface and one that sends there; says so where that carries nothing. */
export function openLane(kernel: Kernel, family: number): Lane {
  const receiver = kernel.socket(family, n.SOCK_DGRAM);
  const to = kernel.bind(receiver, family === n.AF_INET ? ipv4(LOOPBACK_4) : ipv6(LOOPBACK_6));
  const sender = kernel.socket(family, n.SOCK_DGRAM);
  const errno = kernel.trySend(sender, EMPTY, PROBE, to);
  if (errno !== 0) throw new Unavailable(`the loopback interface carries nothing (${new Refused(errno).code})`);
  kernel.receive(receiver);
  return { sender, receiver, to };
}

const PROBE = new Uint8Array([0x70]);

/** An address at the loopback interface where nobody receives. */
export function closedPort(kernel: Kernel, family: number): Uint8Array {
  const fd = kernel.socket(family, n.SOCK_DGRAM);
  const address = kernel.bind(fd, family === n.AF_INET ? ipv4(LOOPBACK_4) : ipv6(LOOPBACK_6));
  kernel.close(fd);
  return address;
}

/** The number of the loopback interface. */
export function loopbackIndex(): number {
  try {
    return Number(readFileSync('/sys/class/net/lo/ifindex', 'latin1'));
  } catch {
    throw new Unavailable('the number of the loopback interface is not told (/sys/class/net/lo/ifindex)');
  }
}

/** What the kernel refused for want of a permission is not known; anything else that it refuses is a difference. */
export function judgeRefusal(name: string, error: unknown): unknown {
  if (!(error instanceof Refused)) return error;
  if (error.code === 'EPERM' || error.code === 'EACCES') return new Unavailable(`not permitted (${error.code})`);
  return new Difference(`${name}: ${error.message}`);
}
