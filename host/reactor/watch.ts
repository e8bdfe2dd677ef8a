import { isMainThread } from 'node:worker_threads';
import type { Koffi } from '../libc/load.js';
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
  // it on Bun. The default loop is the main thread's only, and another one in Electron and Deno.
  if (!isMainThread || process.versions.bun) return watchByThread(epoll, onReady);
  const isPlainNode = !process.versions.electron && !('Deno' in globalThis);
  return (isPlainNode && watchByLibuv(epoll, onReady)) || watchByKoffi(epoll, onReady);
}

/**
 * Through libuv itself, whose functions Node exports for addons (docs.libuv.org, poll). koffi.node.poll does the same,
 * but makes an object for every event, which costs about a tenth of an echo. Undefined where the loop is not reached so.
 */
export function watchByLibuv(epoll: number, onReady: () => void): Watch | undefined {
  const { koffi } = native();
  const program = koffi.load(null);
  let calls: ReturnType<typeof bindPoll>;
  try {
    calls = bindPoll(program, koffi);
  } catch {
    return undefined;
  }
  const onEvent = () => {
    onReady();
    nudge();
  };
  // Never freed: the loop may look at it as long as the process lives.
  const handle = calls.calloc(1, calls.handleSize(UV_POLL));
  if (calls.init(calls.defaultLoop(), handle, epoll) !== 0) return undefined;
  calls.start(handle, UV_READABLE, koffi.register(onEvent, koffi.pointer(calls.callback)));
  calls.unref(handle);
  // An event that comes while Node tears its environment down must not reach JavaScript any more.
  process.once('exit', () => calls.stop(handle));
  return { start: () => calls.ref(handle), stop: () => calls.unref(handle) };
}

// uv_handle_type and uv_poll_event of uv.h; part of libuv's stable ABI.
const UV_POLL = 8;
const UV_READABLE = 1;

function bindPoll(program: ReturnType<Koffi['load']>, koffi: Koffi) {
  const callback = koffi.proto('void', ['uintptr_t', 'int', 'int']);
  return {
    callback,
    calloc: program.func('uintptr_t calloc(size_t, size_t)') as (count: number, size: number) => number,
    defaultLoop: program.func('uintptr_t uv_default_loop()') as () => number,
    handleSize: program.func('size_t uv_handle_size(int)') as (type: number) => number,
    init: program.func('int uv_poll_init(uintptr_t, uintptr_t, int)'),
    start: program.func('uv_poll_start', 'int', ['uintptr_t', 'int', koffi.pointer(callback)]),
    stop: program.func('int uv_poll_stop(uintptr_t)'),
    ref: program.func('void uv_ref(uintptr_t)'),
    unref: program.func('void uv_unref(uintptr_t)'),
  };
}

/** Through koffi.node.poll. */
export function watchByKoffi(epoll: number, onReady: () => void): Watch {
  const options = { readable: true };
  const onEvent = () => {
    // Deno delivers one event for each start; elsewhere starting again is not needed.
    if ('Deno' in globalThis) poll.start(options, onEvent);
    onReady();
    nudge();
  };
  const poll = native().koffi.node.poll(epoll, options, onEvent);
  poll.unref();
  // An event that comes while Node tears its environment down would abort the process inside koffi.
  process.once('exit', () => poll.stop());
  return { start: () => poll.ref(), stop: () => poll.unref() };
}

const NEEDS_NUDGE = Number.parseInt(process.versions.node, 10) > 24;

/** From Node 26 on promises are not served after a callback of koffi's, but only after the next one of Node's own. */
function nudge(): void {
  if (NEEDS_NUDGE) setImmediate(() => undefined);
}

/** How long the thread waits at a time: as long may the end of a worker be held up. */
const SLICE_MS = 50;

/** Through a thread of the pool that blocks in epoll_wait: tens of microseconds, but safe to be ended at any time. */
export function watchByThread(epoll: number, onReady: () => void): Watch {
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
