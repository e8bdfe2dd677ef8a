import { native } from '../libc/native.js';

/** Something that holds a descriptor and may be dropped without closing it. */
export interface Holder {
  readonly closed: boolean;
  /** What to say and close if it is; asked for once. */
  leak(): Leak;
}

export interface Leak {
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

let forget: (fd: number) => void = () => undefined;

/** Has `callback` called before a collected descriptor is closed; by the reactor, which may know its number. */
export function beforeLeakCloses(callback: (fd: number) => void): void {
  forget = callback;
}

const registry = new FinalizationRegistry<Leak>(({ fd, origin }) => {
  forget(fd);
  native().libc.close(fd);
  const sentence = typeof origin === 'string' ? origin : origin.message;
  const line = typeof origin === 'string' ? '' : ` (${origin.stack?.split('\n')[1]?.trim() ?? 'no stack'})`;
  process.emitWarning(`descriptor ${fd}, ${sentence}${line}, was never closed; it was collected and has been closed`, {
    type: 'AncillaryWarning',
    code: 'ANCILLARY_LEAK',
  });
});

/**
 * Telling the collector of a holder costs more than the rest of receiving it, and most are closed within the turn they
 * came in. So the young are only listed; those still open at the turn's end are told of.
 */
let young: Holder[] = [];
/** The list is swept of closed holders when it is this long. */
let limit = 1024;

/** From now on `holder` is warned about, and its descriptor closed, when it is collected before it was closed. */
export function watch(holder: Holder): void {
  if (young.length === 0) setImmediate(tellAll).unref();
  if (young.push(holder) >= limit) sweep();
}

/** Ends that, for a holder that gives its descriptor up and has been told of: `watch` alone needs no undoing. */
export function unwatch(holder: Holder): void {
  registry.unregister(holder);
}

function sweep(): void {
  young = young.filter((holder) => !holder.closed);
  limit = Math.max(1024, 2 * young.length);
}

function tellAll(): void {
  for (const holder of young) if (!holder.closed) registry.register(holder, holder.leak(), holder);
  young = [];
}
