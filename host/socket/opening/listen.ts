import { checkOptions, optionNames } from '../../check/options.js';
import { checkBoolean, checkInteger, INT_MAX } from '../../check/values.js';
import { invalidArgument } from '../../errors/error.js';
import { originOf } from '../../fd/origin.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { reactor } from '../../reactor/reactor.js';
import { reserveStack } from '../../runtime/stack.js';
import { type Address, type BindAddress, checkAddress, checkBindAddress, decodeAddress } from '../address/address.js';
import type { Listener, Listening } from '../listener.js';
import { readNameBytes } from '../name.js';
import type { Nature } from '../options/nature.js';
import { inheritSettings, SOCKET_OPTIONS, type SocketOptions, settingsOf } from '../options/socket-options.js';
import { type Adoptable, adoptSocket, makeListenerNonblocking } from './adopt.js';
import { bindSocket } from './bind.js';
import type { SocketMaker } from './connect.js';
import { absolutePath } from './file.js';
import { makeSocket } from './make-socket.js';
import { checkMode, narrowMode } from './mode.js';
import { SocketFile } from './socket-file.js';

export interface ListenOptions extends SocketOptions {
  /** Connections that may wait to be accepted; default 128. */
  backlog?: number | undefined;
  /** Permissions of the socket file, such as 0o600; default what the umask leaves of 0o777. */
  mode?: number | undefined;
}

const LISTEN_OPTIONS = optionNames<ListenOptions>({ ...SOCKET_OPTIONS, backlog: true, mode: true });
export interface AdoptListenerOptions extends SocketOptions {
  /** Sets O_NONBLOCK where it is not set, which everybody else who holds the listener will see. */
  nonblocking?: boolean | undefined;
}

const ADOPT_OPTIONS = optionNames<AdoptListenerOptions>({ ...SOCKET_OPTIONS, nonblocking: true });
/** What can throw comes before bind, which makes a file appear; whatever fails after it takes that away again. */
export function listen<A, L extends Listener<A>>(
  given: BindAddress,
  options: ListenOptions | undefined,
  nature: Nature,
  make: SocketMaker<A>,
  makeListener: (listening: Listening<A>) => L,
  caller: (...args: never[]) => unknown,
): L {
  const address = checkBindAddress(given);
  const checked = checkOptions(options, LISTEN_OPTIONS, caller.name);
  const { backlog = 128 } = checked;
  checkInteger(backlog, 'backlog', 0, INT_MAX);
  const mode = checkMode(checked.mode);
  if (mode !== undefined && address.kind !== 'path') throw invalidArgument('mode: only a socket file has permissions');
  const settings = settingsOf(checked, nature);
  const origin = originOf(`listening at ${address.label}`, caller);
  const { libc } = native();
  const absolute = address.path === undefined ? undefined : absolutePath(address.path);
  reactor();
  reserveStack('plenty');
  const fd = makeSocket(origin, nature.type);
  let file: SocketFile | undefined;
  try {
    // On the listener: connections inherit it, so that not even a message sent before the accept goes without.
    inheritSettings(numberOf(fd), settings);
    narrowMode(fd, mode);
    file = absolute === undefined ? undefined : new SocketFile(absolute, fd, nature.type);
    const listener = makeListener({ fd, nature, address, file, settings, make });
    bindSocket(fd, address);
    const begin = () => {
      if (libc.listen(numberOf(fd), backlog) < 0) throw systemError('listen', libc.errno(), `at ${address.label}`);
    };
    if (file) file.appear(mode, begin);
    else begin();
    listener.ref();
    return listener;
  } catch (error) {
    file?.undo();
    fd[Symbol.dispose]();
    throw error;
  }
}

/** A listener over a socket that listens already. */
export function adoptListener<A, L extends Listener<A>>(
  given: Adoptable,
  options: AdoptListenerOptions | undefined,
  nature: Nature,
  make: SocketMaker<A>,
  makeListener: (listening: Listening<A>) => L,
  caller: (...args: never[]) => unknown,
): L {
  const checked = checkOptions(options, ADOPT_OPTIONS, 'adopt');
  const settings = settingsOf(checked, nature);
  const isTold = checkBoolean(checked.nonblocking, 'nonblocking');
  reactor();
  const prepare = (fd: number) => {
    makeListenerNonblocking(fd, isTold);
    inheritSettings(fd, settings);
  };
  const begin = (fd: OwnedFd, label: string) => {
    const address: Address = { ...UNNAMED, ...addressOf(numberOf(fd)), label };
    const listener = makeListener({ fd, nature, address, file: undefined, settings, make });
    listener.ref();
    return listener;
  };
  return adoptSocket(given, nature, true, prepare, begin, caller);
}

const UNNAMED: Address = { kind: 'abstract', name: new Uint8Array(0), path: undefined, label: '' };

/** Where a socket listens, as far as it can be said. */
function addressOf(fd: number): Address | undefined {
  const name = decodeAddress(readNameBytes(fd));
  return name === undefined ? undefined : checkAddress(name);
}
