import type { Socket } from 'node:dgram';
import { closeInWorker, isWorker, keepInWorker } from '../fd/worker-descriptors.js';
import {
  AF_INET,
  AF_UNIX,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLLOUT,
  O_CLOEXEC,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
} from '../libc/constants.js';
import { ENOTSOCK } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { setImmediate } from '../runtime/globals.js';
import { controlEpoll } from './epoll.js';
import type { Watch } from './watch-type.js';

// The main thread has no use for it.
const createSocket = isWorker ? process.getBuiltinModule?.('node:dgram').createSocket : undefined;

/** What is used of Node's own UDP handle. */
interface Handle {
  open(fd: number): number;
  recvStart(): number;
  onmessage: (count: number) => void;
}

/** The handle within a datagram socket, undefined where it is kept elsewhere. */
export function handleOf(socket: Socket): Handle | undefined {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol');
  const state = key && (socket as unknown as Record<symbol, { handle?: Partial<Handle> }>)[key];
  const handle = state?.handle;
  return typeof handle?.open === 'function' && typeof handle.recvStart === 'function' ? (handle as Handle) : undefined;
}

/**
 * Through a datagram socket of Node's own, on the loop of this very thread, whose descriptor is replaced by a duplicate
 * of the epoll instance before the loop has seen it. Whenever epoll has something ready, libuv calls recvmsg, which
 * fails with ENOTSOCK, and the socket is told so: no thread, no callback of koffi's, and Node closes it however the
 * worker ends.
 *
 * Whether that works here the loop's first turns prove. `onFailed` is called, once, when it does not, or when later on
 * events come without anything being ready; undefined is returned where it is plain that it cannot.
 */
export function watchByDgram(
  epoll: number,
  onReady: () => void,
  onFailed: () => void,
  findHandle = handleOf,
): Watch | undefined {
  let isOver = false;
  const fail = () => {
    if (isOver) return;
    isOver = true;
    endProof();
    if (socket) close(socket);
    onFailed();
  };
  const isUseless = idleCheck(epoll);
  const onEvent = (count: number | undefined) => {
    if (isOver) return;
    endProof();
    if (isUseless(count)) fail();
    else onReady();
  };
  const socket = openSocket(epoll, onEvent, findHandle);
  if (!socket) return undefined;
  const endProof = beginProof(epoll, fail);
  return { start: () => socket.ref(), stop: () => socket.unref() };
}

/** A datagram socket that is told of the events of `epoll`; undefined where it is refused. */
function openSocket(
  epoll: number,
  onEvent: (count: number | undefined) => void,
  findHandle: typeof handleOf,
): Socket | undefined {
  const { libc } = native();
  let socket: Socket | undefined;
  let fd = -1;
  try {
    socket = createSocket?.('udp4');
    if (!socket) return undefined;
    // A sandbox may refuse AF_INET; but Node's public way takes nothing else.
    const handle = findHandle(socket);
    fd = libc.socket(handle ? AF_UNIX : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) throw undefined;
    if (handle) {
      if (handle.open(fd) !== 0) throw undefined;
    } else {
      socket.bind({ fd, exclusive: true });
    }
    const number = fd;
    fd = -1;
    if (libc.dup3(epoll, number, O_CLOEXEC) < 0) throw undefined;
    if (handle) {
      handle.onmessage = onEvent;
      if (handle.recvStart() !== 0) throw undefined;
    } else {
      socket.on('error', (error: NodeJS.ErrnoException) => onEvent(error.errno));
    }
    socket.unref();
    return socket;
  } catch {
    // Refused, as `--permission` without `--allow-net` does on Node 26; or out of descriptors.
    if (fd >= 0) libc.close(fd);
    if (socket) close(socket);
    return undefined;
  }
}

function close(socket: Socket): void {
  try {
    socket.close();
  } catch {
    // Closed already.
  }
}

/**
 * Makes something ready that always is, a socket with room to write: an event must come of that when the loop has
 * polled, which lies between the next two turns of immediates. Calls `onFailed` if by then nobody has ended the proof.
 */
function beginProof(epoll: number, onFailed: () => void): () => void {
  const { libc } = native();
  const made = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  let ready = made < 0 ? made : keepInWorker(made);
  const end = () => {
    if (ready < 0) return;
    controlEpoll(epoll, EPOLL_CTL_DEL, ready, 0);
    closeInWorker(ready);
    ready = -1;
  };
  if (ready < 0 || controlEpoll(epoll, EPOLL_CTL_ADD, ready, EPOLLOUT) !== 0) {
    end();
    setImmediate(onFailed);
    return end;
  }
  setImmediate(() =>
    setImmediate(() => {
      if (ready >= 0) onFailed();
    }),
  );
  return end;
}

/** One event in so many is looked into. */
const SAMPLE = 64;
/** So many in a row that came for nothing are no accident: something else may have served an event meanwhile. */
const PATIENCE = 16;

/** Whether events have begun to come for nothing, which would keep the loop spinning; asked at every event. */
function idleCheck(epoll: number): (count: number | undefined) => boolean {
  const { libc, codec, base } = native();
  const event = base + codec.arena.reserve(16);
  let events = 0;
  let idle = 0;
  return (count) => {
    if (++events % SAMPLE !== 0 && count === -ENOTSOCK) return false;
    idle = libc.epoll_wait(epoll, event, 1, 0) === 0 ? idle + 1 : 0;
    return idle >= PATIENCE;
  };
}
