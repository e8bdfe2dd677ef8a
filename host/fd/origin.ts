/** Where a descriptor came from: a sentence, perhaps with the stack of whoever asked for it. */
export type Origin = string | { readonly sentence: string; readonly stack?: unknown };

const { captureStackTrace } = Error;

/**
 * How many origins are caught with their stack: a stack costs as much as a whole receive, and what leaks leaks early.
 * After that only the socket is named.
 */
let stacksLeft = 100;

/** The origin `sentence`, with the stack of the caller of `api` for the first hundred. Never throws. */
export function originOf(sentence: string, api: (...args: never[]) => unknown): Origin {
  if (stacksLeft === 0) return sentence;
  stacksLeft--;
  const origin = { sentence };
  try {
    captureStackTrace(origin, api);
  } catch {
    // Somebody's Error.prepareStackTrace throws.
  }
  return origin;
}

/** The sentence, and the line of code if it is known. Never throws. */
export function describeOrigin(origin: Origin): string {
  if (typeof origin === 'string') return origin;
  return `${origin.sentence}${lineOf(origin)}`;
}

/** What a stack is depends on Error.prepareStackTrace, which anybody may replace. */
function lineOf(origin: { readonly stack?: unknown }): string {
  try {
    const line = typeof origin.stack === 'string' ? origin.stack.split('\n')[1]?.trim() : undefined;
    return line ? ` (${line})` : '';
  } catch {
    return '';
  }
}
