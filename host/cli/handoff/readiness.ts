import { AncillaryError } from '../../errors/error.js';
import { untilAnswered } from './ready-url.js';
import { describeEnding, type Run } from './run.js';

/** What tells that a program serves, besides READY=1, and how long it may take, in milliseconds. */
export interface ReadyOptions {
  readonly url?: URL | undefined;
  readonly after?: number | undefined;
  readonly timeout: number;
}

/**
 * Resolves with what told that the run is ready. Rejects with why it will not be: it could not be run, it ended, it took
 * too long, or `signal` was aborted.
 */
export async function untilReady(run: Run, options: ReadyOptions, signal: AbortSignal): Promise<string> {
  const { url, after, timeout } = options;
  const over = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const later = (ms: number) => new Promise<void>((resolve) => timers.push(setTimeout(resolve, ms)));
  let problem = '';
  const failing = (error: Promise<string>) =>
    error.then((why) => Promise.reject(new AncillaryError('ERR_NOT_READY', why)));
  const ran = run.go();
  const ways = [
    run.saidReady.then(() => 'READY=1'),
    // When it cannot be run, that says why, and not how the process ended.
    failing(ran.then(() => run.ended).then((ending) => `ended before it was ready: ${describeEnding(ending)}`)),
    failing(
      later(timeout).then(() => `was not ready within ${timeout} ms${problem ? `: ${problem}` : advice(options)}`),
    ),
    failing(new Promise((resolve) => signal.addEventListener('abort', () => resolve(String(signal.reason))))),
  ];
  if (after !== undefined) ways.push(ran.then(() => later(after)).then(() => `it has run for ${after} ms`));
  if (url) {
    const isNew = (pid: number) => run.owns(pid);
    const tell = (why: string) => {
      problem = why;
    };
    const answered = ran.then(() => untilAnswered(url, isNew, over.signal, tell));
    // Given up is not answered.
    ways.push(answered.then(() => (over.signal.aborted ? new Promise<never>(() => undefined) : `${url.href} answers`)));
  }
  for (const way of ways) way.catch(() => undefined);
  try {
    return await Promise.race(ways);
  } finally {
    over.abort();
    for (const timer of timers) clearTimeout(timer);
  }
}

function advice({ url, after }: ReadyOptions): string {
  if (url || after !== undefined) return '';
  return ', having not said READY=1; for a program that does not say it give --ready-after or --ready-url';
}
