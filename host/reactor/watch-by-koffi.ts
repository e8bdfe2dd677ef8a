import { native } from '../libc/native.js';
import { nudge } from './nudge.js';
import type { Watch } from './watch-type.js';

const isDeno = 'Deno' in globalThis;

/** Through koffi.node.poll. */
export function watchByKoffi(epoll: number, onReady: () => void): Watch {
  const options = { readable: true };
  const onEvent = () => {
    // Deno delivers one event for each start; elsewhere starting again is not needed.
    if (isDeno) poll.start(options, onEvent);
    onReady();
    nudge();
  };
  const poll = native().koffi.node.poll(epoll, options, onEvent);
  poll.unref();
  // An event that comes while Node tears its environment down would abort the process inside koffi.
  process.once('exit', () => poll.stop());
  return { start: () => poll.ref(), stop: () => poll.unref() };
}
