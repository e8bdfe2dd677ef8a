/**
 * The servers and the load of `ancillary demo handoff`, one by one: the proof and the comparison play other pieces with
 * them.
 */
import { fork } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../build/cli-main.js', import.meta.url));

/** How long a message may take, on a machine however busy, in milliseconds. */
const PATIENCE = 60_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();

/** Whatever is still there. */
export function killAll() {
  for (const child of alive) child.kill('SIGKILL');
}

/**
 * A process that tells what it does, in messages that have a `kind`.
 *
 * @typedef {{ kind: string, at?: number, [name: string]: any }} Message
 * @typedef {{ code: number | null, signal: string | null }} Ending
 */
export class Actor {
  /** @type {Message[]} */
  heard = [];
  /** @type {Set<() => void>} */
  #looks = new Set();
  /** @type {Ending | undefined} */
  #ending;

  /** @param {string} file @param {string[]} args @param {number[]} [more] descriptors for it, from 4 on */
  constructor(file, args, more = []) {
    this.child = fork(file, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc', ...more] });
    const { child } = this;
    alive.add(child);
    let exit = /** @type {Ending | undefined} */ (undefined);
    let isHeard = false;
    const settle = () => {
      if (!exit || !isHeard) return;
      this.#ending = exit;
      this.#look();
    };
    child.once('exit', (code, signal) => {
      alive.delete(child);
      exit = { code, signal };
      settle();
    });
    child.once('disconnect', () => {
      isHeard = true;
      settle();
    });
    child.on('message', (message) => {
      this.heard.push(/** @type {Message} */ (message));
      this.#look();
    });
  }

  get pid() {
    return /** @type {number} */ (this.child.pid);
  }

  #look() {
    for (const look of this.#looks) look();
  }

  /**
   * A message of that kind, the first or the one behind `index` others, also when it has come already.
   * @param {string} kind @returns {Promise<Message>}
   */
  next(kind, index = 0) {
    return this.#await(`say '${kind}'`, () => this.all(kind)[index]);
  }

  /** How it ended; an error where it does not. */
  end() {
    return this.#await('end', () => this.#ending);
  }

  /** @template T @param {string} what it is to do @param {() => T | undefined} find @returns {Promise<T>} */
  #await(what, find) {
    return new Promise((resolve, reject) => {
      const settle = (/** @type {() => void} */ end) => {
        clearTimeout(timer);
        this.#looks.delete(look);
        end();
      };
      const complain = () => {
        const heard = this.heard.filter(({ kind }) => kind !== 'served' && kind !== 'load');
        const does = this.#ending ? 'ended and did not' : 'does not';
        settle(() => reject(new Error(`process ${this.pid} ${does} ${what}, after ${JSON.stringify(heard)}`)));
      };
      const look = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#ending) complain();
      };
      const timer = setTimeout(complain, PATIENCE);
      this.#looks.add(look);
      look();
    });
  }

  /** @param {string} kind */
  all(kind) {
    return this.heard.filter((each) => each.kind === kind);
  }

  /** Numbers of requests that it says have come. @returns {number[]} */
  get served() {
    return this.all('served').flatMap(({ numbers }) => numbers);
  }

  /** Has it end in order. */
  stop() {
    if (this.child.connected) this.child.send('stop');
    return this.end();
  }

  get openFds() {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }
}

/** What a server is there for. @typedef {'first' | 'dies-moving' | 'taker' | 'dies-prepared' | 'dies-holding'} Role */

/** @param {string} path @param {Role} role */
export const startServer = (path, role) => new Actor(CLI, ['demo-handoff-server', path, role]);

/** @param {{ port: number, busy: number, fresh: number, rate: number, idle: number }} orders */
export const startLoad = (orders) => new Actor(CLI, ['demo-handoff-load', JSON.stringify(orders)]);

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));

/** The clock of the messages: milliseconds, the same for all processes of a machine. */
export function now() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** @param {number[]} values @param {number} part 0 to 1 */
export function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
