import { isMainThread } from 'node:worker_threads';
import { native } from '../libc/native.js';

/** How the event loop learns that the epoll instance has something ready. */
export interface Watch {
  /** Keeps the loop alive, and watches, from now on. */
  start(): void;
  /** Lets the loop end. */
  stop(): void;
}

/** Calls `onReady` in the event loop while the epoll instance `epoll` has events. */
export function watchEpoll(epoll: number, onReady: () => void): Watch {
  // koffi.node.poll crashes the process when a worker ends with it open (koffi 3.3.4, also on terminate()), and aborts
  // it on Bun.
  return isMainThread && !process.versions.bun ? watchByLoop(epoll, onReady) : watchByThread(epoll, onReady);
}

const mustNudge = Number.parseInt(process.versions.node, 10) > 24;

/** Through libuv: no thread, a few microseconds. */
function watchByLoop(epoll: number, onReady: () => void): Watch {
  const options = { readable: true };
  const onEvent = () => {
    // Deno delivers one event for each start; elsewhere starting again is not needed.
    if ('Deno' in globalThis) poll.start(options, onEvent);
    onReady();
    // From Node 26 on promises are not served after koffi's callback, but only after the next one of Node's own.
    if (mustNudge) setImmediate(() => undefined);
  };
  const poll = native().koffi.node.poll(epoll, options, onEvent);
  poll.unref();
  // An event that comes while Node tears its environment down would abort the process inside koffi.
  process.once('exit', () => poll.stop());
  return { start: () => poll.ref(), stop: () => poll.unref() };
}

/** How long the thread waits at a time: as long may the end of a worker be held up. */
const SLICE_MS = 50;

/** Through a thread of the pool that blocks in epoll_wait: tens of microseconds, but safe to be ended at any time. */
function watchByThread(epoll: number, onReady: () => void): Watch {
  const { libc, base, codec } = native();
  const event = base + codec.arena.reserve(16);
  let isWanted = false;
  let isRunning = false;
  const run = () => {
    isRunning = true;
    libc.epollWaitAsync(epoll, event, 1, SLICE_MS, (_error, count) => {
      isRunning = false;
      if (!isWanted) return;
      if (count > 0) onReady();
      if (isWanted && !isRunning) run();
    });
  };
  return {
    start() {
      isWanted = true;
      if (!isRunning) run();
    },
    stop() {
      isWanted = false;
    },
  };
}
