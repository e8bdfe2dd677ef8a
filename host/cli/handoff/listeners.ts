import { listenFds } from '../../adapters/notify.js';
import type { AncillaryError } from '../../errors/error.js';
import { numberOf } from '../../fd/owned-fd.js';
import { AF_INET6, F_SETFL, IPPROTO_IPV6, IPV6_V6ONLY, SO_REUSEADDR, SOCK_STREAM } from '../../libc/constants.js';
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { withAddress } from '../../socket/address/address.js';
import {
  checkInetAddress,
  decodeInetAddress,
  encodeInetAddress,
  type InetTarget,
  labelOf,
} from '../../socket/address/inet-address.js';
import { readNameBytes } from '../../socket/name.js';
import { makeSocket } from '../../socket/opening/make-socket.js';
import { setOption } from '../../socket/options/socket-options.js';
import { UnixListener } from '../../socket/unix-listener.js';
import type { ListenPlace } from './listen-address.js';

/** A listening socket that every run of the program gets. Like those of a service manager it blocks. */
export interface Held {
  readonly name: string;
  /** Where it is, with the port that the kernel chose. */
  readonly label: string;
  readonly fd: number;
  /** Closes it, and removes its socket file. */
  close(): void;
}

/** Connections that may wait, as Node's servers have it; the kernel takes no more than net.core.somaxconn. */
const BACKLOG = 511;

/** Those that a service manager has passed to this process, as they are. */
export function inheritedListeners(): Held[] {
  return listenFds().map(({ fd, name }) => ({
    name,
    label: `descriptor ${numberOf(fd)} of the service manager`,
    fd: numberOf(fd),
    close: () => fd[Symbol.dispose](),
  }));
}

/** Opens all of them or, throwing what is wrong with one, none. */
export function openListeners(places: readonly ListenPlace[], mode: number | undefined): Held[] {
  const held: Held[] = [];
  try {
    for (const { name, at } of places) {
      if ('unix' in at) held.push(unixListener(name, UnixListener.listenSync(at.unix, modes(at.unix, mode))));
      else held.push('inet' in at ? inetListener(name, at.inet) : anyListener(name, at.port));
    }
    return held;
  } catch (error) {
    closeListeners(held);
    throw error;
  }
}

/** Closes all, whatever becomes of one. */
export function closeListeners(held: readonly Held[]): void {
  for (const each of held) each.close();
}

function modes(address: unknown, mode: number | undefined) {
  return { backlog: BACKLOG, ...(mode !== undefined && typeof address === 'string' && { mode }) };
}

function unixListener(name: string, listener: UnixListener): Held {
  // Nothing is accepted here: it need not keep the command alive.
  listener.unref();
  const { fd, path, address } = listener;
  block(fd);
  const label = path || (typeof address === 'object' && 'abstract' in address ? `@${address.abstract}` : '');
  return { name, label, fd, close: () => listener[Symbol.dispose]() };
}

/** Waiting is what a program expects that knows nothing of O_NONBLOCK; the others set it. */
function block(fd: number): void {
  const { libc } = native();
  if (libc.fcntl(fd, F_SETFL, 0) < 0) throw systemError('fcntl', libc.errno(), 'F_SETFL');
}

/** At all addresses of the machine: with one socket of IPv6, which takes IPv4 too; of IPv4 where there is no IPv6. */
function anyListener(name: string, port: number): Held {
  try {
    return inetListener(name, { address: '::', port });
  } catch (error) {
    const code = (error as AncillaryError).code;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return inetListener(name, { address: '0.0.0.0', port });
  }
}

function inetListener(name: string, target: InetTarget): Held {
  const address = checkInetAddress(target, '--listen', 0);
  const { libc } = native();
  const socket = makeSocket(`listening at ${address.label}`, SOCK_STREAM, address.domain);
  try {
    const fd = numberOf(socket);
    setOption(fd, SO_REUSEADDR, 1, 'SO_REUSEADDR');
    if (address.domain === AF_INET6) setOption(fd, IPV6_V6ONLY, 0, 'IPV6_V6ONLY', IPPROTO_IPV6);
    block(fd);
    const errno = withAddress(encodeInetAddress(address, address.domain), (at, size) =>
      libc.bind(fd, at, size) < 0 || libc.listen(fd, BACKLOG) < 0 ? libc.errno() : 0,
    );
    if (errno !== 0) throw systemError('bind', errno, `to ${address.label}`, ADVICE[errno]);
    const bound = decodeInetAddress(readNameBytes(fd));
    return { name, label: bound ? labelOf(bound) : address.label, fd, close: () => socket[Symbol.dispose]() };
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

const ADVICE: Partial<Record<number, string>> = {
  [EADDRINUSE]: 'another process listens there: end it, or choose another port',
  [EADDRNOTAVAIL]: 'this machine has no such address',
  [EACCES]: 'a port below 1024 takes CAP_NET_BIND_SERVICE; choose another one',
};
