import type { Koffi } from '../libc/load.js';
import { native } from '../libc/native.js';
import { nudge } from './nudge.js';
import type { Watch } from './watch-type.js';

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
