import { isWorker } from '../fd/worker-descriptors.js';
import { watchByKoffi } from './watch-by-koffi.js';
import { watchByLibuv } from './watch-by-libuv.js';
import { watchByPool } from './watch-by-pool.js';
import { watchInWorker } from './watch-in-worker.js';
import type { Watch } from './watch-type.js';

export type { Watch };

const isBun = 'bun' in process.versions;
const isPlainNode = !isBun && !('electron' in process.versions) && !('Deno' in globalThis);

/** Calls `onReady`, which must not throw, in the event loop while the epoll instance `epoll` has events. */
export function watchEpoll(epoll: number, onReady: () => void): Watch {
  // The default loop is the main thread's only, and another one in Electron and Deno; koffi.node.poll crashes the
  // process when a worker ends with it open (koffi 3.3.4, also on terminate()), and aborts it on Bun.
  if (isWorker && isPlainNode) return watchInWorker(epoll, onReady);
  if (isWorker || isBun) return watchByPool(epoll, onReady);
  return (isPlainNode && watchByLibuv(epoll, onReady)) || watchByKoffi(epoll, onReady);
}
