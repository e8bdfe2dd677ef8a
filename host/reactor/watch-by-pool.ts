import { native } from '../libc/native.js';
import type { Watch } from './watch-type.js';

/** How long the thread waits at a time: as long may the end of a worker be held up. */
const SLICE_MS = 50;

/**
 * Through a thread of libuv's pool that blocks in epoll_wait. It works everywhere and may be ended at any time, but of
 * the pool's four threads it takes one for as long as somebody waits: the way where no other is known to work.
 */
export function watchByPool(epoll: number, onReady: () => void): Watch {
  const { libc, base, codec } = native();
  const event = base + codec.arena.reserve(16);
  let isWanted = false;
  let isRunning = false;
  const run = () => {
    isRunning = true;
    libc.epollWaitAsync(epoll, event, 1, SLICE_MS, (_error, count) => {
      isRunning = false;
      if (!isWanted) return;
      // A failure too: whoever is told asks epoll again, and learns what it is.
      if (count !== 0) onReady();
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
