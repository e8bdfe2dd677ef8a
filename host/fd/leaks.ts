import { native } from '../libc/native.js';

/** Something that holds a descriptor and may be dropped without closing it. */
export interface Holder {
  readonly closed: boolean;
  /** Set once the collector has been told of it. */
  tracked: boolean;
}

interface Leak {
  fd: number;
  origin: Origin;
}

/** Where a descriptor came from: a sentence, or an error made there for its stack. */
export type Origin = string | Error;

/**
 * How many origins are caught with their stack: a stack costs as much as a whole receive, and what leaks leaks early.
 * After that only the socket is named.
 */
let stacksLeft = 100;

/** The origin `sentence`, with the stack of the caller of `api` for the first hundred. */
export function originOf(sentence: string, api: (...args: never[]) => unknown): Origin {
  if (stacksLeft === 0) return sentence;
  stacksLeft--;
  const origin = new Error(sentence);
  Error.captureStackTrace(origin, api);
  return origin;
}

const registry = new FinalizationRegistry<Leak>(({ fd, origin }) => {
  native().libc.close(fd);
  const sentence = typeof origin === 'string' ? origin : origin.message;
  const line = typeof origin === 'string' ? '' : ` (${origin.stack?.split('\n')[1]?.trim() ?? 'no stack'})`;
  process.emitWarning(`descriptor ${fd}, ${sentence}${line}, was never closed; it was collected and has been closed`, {
    type: 'AncillaryWarning',
    code: 'ANCILLARY_LEAK',
  });
});

/**
 * Telling the collector of a holder costs more than the rest of receiving it. Most are closed within the turn they
 * came in, so the young are only listed, and those still open at the turn's end (or of a full list) are told of.
 */
let young: { holder: Holder; fd: number; origin: Origin }[] = [];
const YOUNG = 1024;

/** From now on `holder` is warned about, and its descriptor closed, when it is collected before it was closed. */
export function watch(holder: Holder, fd: number, origin: Origin): void {
  if (young.length === 0) setImmediate(promote).unref();
  if (young.push({ holder, fd, origin }) >= YOUNG) promote();
}

/** Ends that; for a holder that gives its descriptor up. */
export function unwatch(holder: Holder): void {
  if (holder.tracked) registry.unregister(holder);
}

function promote(): void {
  for (const { holder, fd, origin } of young) {
    if (holder.closed || holder.tracked) continue;
    holder.tracked = true;
    registry.register(holder, { fd, origin }, holder);
  }
  young = [];
}
