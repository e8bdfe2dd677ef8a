/** What the supervisor does, as lines on standard error: for people, or as JSON. */
import { escapeControls } from '../../check/escape.js';
import { terminalOptions } from '../drawing.js';
import { jsonOf, print, STDERR } from '../output.js';

/** Each kind of event, with what is said of it. Times are in milliseconds. */
export interface Events {
  listening: { name: string; address: string };
  started: { pid: number };
  ready: { pid: number; ms: number; by: string };
  restart: { reason: string };
  draining: { pid: number; signal: string; ms: number };
  drained: { pid: number; ms: number; how: string };
  killed: { pid: number; why: string };
  'rolled-back': { pid: number; why: string; goesOn: number };
  ended: { pid: number; how: string };
  'not-ready': { pid: number; why: string };
  waiting: { ms: number };
  status: { pid: number; text: string };
  reloading: { pid: number };
  stopping: { pid: number };
  main: { pid: number; main: number };
  stored: { pid: number; name: string; count: number };
  removed: { pid: number; name: string; count: number };
  ignored: { pid: number; why: string };
  signal: { signal: string };
}

type Texts = { [Name in keyof Events]: (event: Events[Name]) => string };

const TEXTS: Texts = {
  listening: ({ name, address }) => `listens at ${address}${name === 'unknown' ? '' : ` (${name})`}`,
  started: ({ pid }) => `pid ${pid} started`,
  ready: ({ pid, ms, by }) => `pid ${pid} is ready after ${ms} ms: ${by}`,
  restart: ({ reason }) => `restart: ${reason}`,
  draining: ({ pid, signal, ms }) => `pid ${pid} is draining: ${signal}, and SIGKILL after ${ms} ms`,
  drained: ({ pid, ms, how }) => `pid ${pid} drained after ${ms} ms: ${how}`,
  killed: ({ pid, why }) => `pid ${pid} is killed: ${why}`,
  'rolled-back': ({ pid, why, goesOn }) => `rolled back, pid ${goesOn} goes on: pid ${pid} ${why}`,
  ended: ({ pid, how }) => `pid ${pid} ended: ${how}`,
  'not-ready': ({ pid, why }) => `pid ${pid} ${why}`,
  waiting: ({ ms }) => `starts again in ${ms} ms`,
  status: ({ pid, text }) => `pid ${pid} says: ${text}`,
  reloading: ({ pid }) => `pid ${pid} is reloading`,
  stopping: ({ pid }) => `pid ${pid} is stopping`,
  main: ({ pid, main }) => `pid ${pid} is followed by its process ${main}`,
  stored: ({ pid, name, count }) => `pid ${pid} stored ${count} as '${name}'`,
  removed: ({ pid, name, count }) => `pid ${pid} removed ${count} stored as '${name}'`,
  ignored: ({ pid, why }) => `ignored at the socket of pid ${pid}: ${why}`,
  signal: ({ signal }) => `${signal}: ending`,
};

/** Select Graphic Rendition, ECMA-48 8.3.117: what went wrong, what went well, and the time. */
const RED = '31';
const GREEN = '32';
const FAINT = '2';
const COLOURS: Partial<Record<keyof Events, string>> = {
  'rolled-back': RED,
  'not-ready': RED,
  ended: RED,
  killed: RED,
  ignored: RED,
  ready: GREEN,
  drained: GREEN,
};
/** What is told although nothing else is. */
const PROBLEMS: readonly (keyof Events)[] = ['rolled-back', 'not-ready', 'ended', 'killed'];

export interface TellOptions {
  readonly json?: boolean | undefined;
  /** Problems are told all the same. */
  readonly quiet?: boolean | undefined;
}

/** Tells events in their order. Not with process.stderr, which would make the program's standard error non-blocking. */
export class Teller {
  readonly #options: TellOptions;
  readonly #colour = terminalOptions(STDERR).colour;
  #written: Promise<void> = Promise.resolve();

  constructor(options: TellOptions) {
    this.#options = options;
  }

  tell<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    if (this.#options.quiet && !PROBLEMS.includes(name)) return;
    const time = new Date();
    const line = this.#options.json
      ? jsonOf({ time: time.toISOString(), event: name, ...event })
      : `${this.#paint(clock(time), FAINT)} ${this.#paint(escapeControls(TEXTS[name](event)), COLOURS[name])}`;
    // Where nobody reads any more, the program still runs.
    this.#written = this.#written.then(() => print(`${line}\n`, STDERR)).catch(() => undefined);
  }

  /** Resolves once all has been written. */
  flush(): Promise<void> {
    return this.#written;
  }

  #paint(text: string, colour: string | undefined): string {
    return this.#colour && colour ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }
}

/** The time of day, of this machine's zone. */
function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}
