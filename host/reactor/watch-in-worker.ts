import { type handleOf, watchByDgram } from './watch-by-dgram.js';
import { watchByPool } from './watch-by-pool.js';
import type { Watch } from './watch-type.js';

/** In a worker thread: without a thread of the pool where that works, which shows in the first turns of the loop. */
export function watchInWorker(epoll: number, onReady: () => void, findHandle?: typeof handleOf): Watch {
  let isWanted = false;
  const fallBack = () => {
    watch = watchByPool(epoll, onReady);
    if (isWanted) watch.start();
  };
  let watch = watchByDgram(epoll, onReady, fallBack, findHandle) ?? watchByPool(epoll, onReady);
  return {
    start() {
      isWanted = true;
      watch.start();
    },
    stop() {
      isWanted = false;
      watch.stop();
    },
  };
}
