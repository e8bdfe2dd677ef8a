import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { clearTimeout, queueMicrotask, setTimeout } from '../runtime/globals.js';

/** How long to wait: until the signal aborts, or for `timeout` milliseconds; default for ever. */
export interface WaitOptions {
  /** Ends the wait with `ABORT_ERR` when it aborts. */
  signal?: AbortSignal | undefined;
  /** Ends the wait with `ETIMEDOUT`, in milliseconds; what a timer cannot count, from 2^31 on, is for ever. */
  timeout?: number | undefined;
}

/** What ends no limit. */
const NOTHING = () => undefined;

/** Calls `stop`, once, when the signal aborts or the time is up; the result ends that, and never throws. */
export function limit({ signal, timeout }: WaitOptions, what: string, stop: (error: unknown) => void): () => void {
  // What a timer cannot count is as good as for ever.
  const isTimed = timeout !== undefined && timeout < 2 ** 31;
  if (signal === undefined && !isTimed) return NOTHING;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  let forget = NOTHING;
  const finish = () => {
    isOver = true;
    clearTimeout(timer);
    forget();
  };
  const end = (error: unknown) => {
    if (isOver) return;
    finish();
    stop(error);
  };
  // Never within the call that adds it, whatever kind of signal it is: what is to be stopped has not begun then.
  const onAbort = () => queueMicrotask(() => end(abortError(signal, what)));
  try {
    if (signal) forget = listen(signal, onAbort);
    if (isAborted(signal)) onAbort();
  } catch (error) {
    queueMicrotask(() => end(brokenSignal(error)));
  }
  if (isTimed) {
    const late = () => end(new AncillaryError('ETIMEDOUT', `${what} took longer than ${Math.round(timeout)} ms`));
    timer = setTimeout(late, timeout);
  }
  return finish;
}

/** What is called when a signal aborts, and the one listener that does so. */
interface Listening {
  readonly calls: Set<() => void>;
  readonly tellAll: () => void;
}

const listenings = new WeakMap<AbortSignal, Listening>();

/**
 * Calls `onAbort` when the signal aborts; the result takes that back, and never throws. One listener does for all: many
 * waits may have one signal, and Node takes more than ten listeners for a leak.
 */
function listen(signal: AbortSignal, onAbort: () => void): () => undefined {
  const listening = listenings.get(signal) ?? begin(signal, onAbort);
  listening.calls.add(onAbort);
  return () => {
    listening.calls.delete(onAbort);
    if (listening.calls.size > 0 || listenings.get(signal) !== listening) return;
    listenings.delete(signal);
    try {
      signal.removeEventListener('abort', listening.tellAll);
    } catch {
      // A signal of somebody's own making: nothing is called any more.
    }
  };
}

function begin(signal: AbortSignal, onAbort: () => void): Listening {
  // The first is there before a signal of somebody's own making calls at once.
  const calls = new Set([onAbort]);
  const tellAll = () => {
    for (const call of [...calls]) call();
  };
  signal.addEventListener('abort', tellAll);
  const listening = { calls, tellAll };
  listenings.set(signal, listening);
  return listening;
}

/** The options that are one of a wait, checked; throws at once when the signal has aborted. */
export function checkWait({ timeout, signal }: WaitOptions, what: string): WaitOptions {
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0)) {
    throw invalidArgument(`timeout must be a number of milliseconds of at least 0, not ${show(timeout)}`);
  }
  // Any that behaves like one: there are several classes of them in one process.
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function') {
    throw invalidArgument(`signal must be an AbortSignal, not ${show(signal)}`);
  }
  throwIfAborted(signal, what);
  return { timeout, signal };
}

/** Throws when the signal has aborted, as it may have done within an attempt. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal !== undefined && isAborted(signal)) throw abortError(signal, what);
}

function isAborted(signal: AbortSignal | undefined): boolean {
  try {
    return signal?.aborted === true;
  } catch (error) {
    throw brokenSignal(error);
  }
}

function brokenSignal(cause: unknown): AncillaryError {
  return new AncillaryError('ERR_INVALID_ARGUMENT', 'signal must be an AbortSignal; this one throws', { cause });
}

function abortError(signal: AbortSignal | undefined, what: string): AncillaryError {
  let cause: unknown;
  try {
    cause = signal?.reason;
  } catch {
    // It has none, then.
  }
  return new AncillaryError('ABORT_ERR', `${what} was aborted`, { cause });
}
