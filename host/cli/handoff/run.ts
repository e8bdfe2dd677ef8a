/** One run of the program, from its start until nothing of it is left. */
import { constants } from 'node:os';
import { numberOf } from '../../fd/owned-fd.js';
import { pidfd } from '../../fd/pidfd.js';
import { untilEvent } from '../../reactor/wait.js';
import { now } from '../../runtime/globals.js';
import type { Teller } from './events.js';
import { isGroupAlive, isOfProgram } from './family.js';
import type { FdStore } from './fd-store.js';
import { type Ending, type Given, type Launched, launch, type Program } from './launch.js';
import { type Notice, NotifySocket } from './notify-socket.js';

/** Between two looks whether something of the group is left, in milliseconds. */
const LOOK_MS = 20;
/** So many messages that are ignored are told of. */
const MOST_TOLD = 10;

/** What every run of a supervisor shares. */
export interface Surroundings {
  readonly program: Program;
  readonly teller: Teller;
  readonly store: FdStore;
  /** Within how many milliseconds WATCHDOG=1 must come again; undefined for no watchdog. */
  readonly watchdog: number | undefined;
  /** How a program is asked to end, and how long it may take, in milliseconds. */
  readonly stopSignal: NodeJS.Signals;
  readonly drain: number;
  /** The groups that are to be killed with this process have changed. */
  guard(run: Run, isThere: boolean): void;
}

export class Run {
  readonly pid: number;
  readonly since = now();
  /** Resolves when the program has said READY=1. */
  readonly saidReady: Promise<void>;
  /** Resolves when its main process has ended. */
  readonly ended: Promise<Ending>;
  /** Once it has ended. */
  ending: Ending | undefined;
  readonly #around: Surroundings;
  readonly #notify: NotifySocket;
  readonly #launched: Launched;
  #main: number;
  #mainGone: Promise<void> | undefined;
  #isReady: () => void = () => undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #interval: number | undefined;
  #cleared: Promise<void> | undefined;
  #ignored = 0;

  /** Starts it; throws when no process can be made. */
  constructor(around: Surroundings, listeners: readonly Given[]) {
    this.#around = around;
    this.#interval = around.watchdog;
    this.saidReady = new Promise((resolve) => {
      this.#isReady = resolve;
    });
    this.#notify = new NotifySocket({
      isKnown: (pid) => isOfProgram(pid, this.pid, this.#main),
      take: (notice) => this.#take(notice),
      ignore: (why) => this.#ignore(why),
    });
    try {
      this.#launched = launch(around.program, [...listeners, ...around.store.given()], {
        NOTIFY_SOCKET: this.#notify.name,
        ...(around.watchdog !== undefined && { WATCHDOG_USEC: String(1000 * around.watchdog) }),
      });
    } catch (error) {
      this.#notify.close();
      throw error;
    }
    this.pid = this.#launched.pid;
    this.#main = this.pid;
    around.guard(this, true);
    this.ended = this.#untilEnded();
  }

  /** Has the program run; rejects when it cannot. */
  async go(): Promise<void> {
    await this.#launched.go();
    this.#around.teller.tell('started', { pid: this.pid });
  }

  /** Whether this process is one of the program. */
  owns(pid: number): boolean {
    return isOfProgram(pid, this.pid, this.#main);
  }

  /** From now on WATCHDOG=1 is waited for. */
  watch(): void {
    clearTimeout(this.#watchdog);
    if (this.#interval === undefined || this.ending) return;
    this.#watchdog = setTimeout(() => this.#bark(`no WATCHDOG=1 within ${this.#interval} ms`), this.#interval);
  }

  /** Sends a signal to the main process. */
  signal(signal: NodeJS.Signals): void {
    if (!this.ending) send(this.#main, signal);
  }

  /**
   * Has it end: a signal, and SIGKILL for all that is left when the time is over. Resolves when nothing of it runs.
   */
  async stop(signal = this.#around.stopSignal): Promise<void> {
    const { teller, drain } = this.#around;
    const begun = now();
    teller.tell('draining', { pid: this.pid, signal, ms: drain });
    clearTimeout(this.#watchdog);
    this.#interval = undefined;
    this.signal(signal);
    const timer = setTimeout(() => this.kill(`it has not ended within ${drain} ms`), drain);
    const ending = await this.ended;
    await this.clear(Math.max(0, drain - (now() - begun)));
    clearTimeout(timer);
    teller.tell('drained', { pid: this.pid, ms: Math.round(now() - begun), how: describeEnding(ending) });
  }

  /** Ends all of it at once. */
  kill(why?: string): void {
    if (why !== undefined) this.#around.teller.tell('killed', { pid: this.pid, why });
    send(-this.pid, 'SIGKILL');
    if (this.#main !== this.pid) send(this.#main, 'SIGKILL');
  }

  /**
   * Once the main process has ended: has the rest of its group end, with SIGKILL when the time is over. Resolves when
   * nothing of it runs.
   */
  clear(drain = this.#around.drain): Promise<void> {
    this.#cleared ??= this.#clear(drain);
    return this.#cleared;
  }

  async #clear(drain: number): Promise<void> {
    await this.ended;
    if (isGroupAlive(this.pid)) send(-this.pid, this.#around.stopSignal);
    const end = now() + drain;
    while (isGroupAlive(this.pid)) {
      if (now() >= end) send(-this.pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#notify.close();
    this.#around.guard(this, false);
  }

  async #untilEnded(): Promise<Ending> {
    const ending = await this.#launched.ended;
    // Of a process that is not ours nobody tells the status.
    await this.#mainGone;
    clearTimeout(this.#watchdog);
    this.ending = ending;
    return ending;
  }

  #take(notice: Notice): void {
    const { teller, store } = this.#around;
    const { pid } = this;
    const { values } = notice;
    const change = store.take(notice);
    if (change && 'refused' in change) this.#ignore(change.refused);
    else if (change && 'kept' in change) teller.tell('stored', { pid, name: change.name, count: change.kept });
    else if (change) teller.tell('removed', { pid, name: change.name, count: change.removed });
    const status = values.get('STATUS');
    if (status) teller.tell('status', { pid, text: status });
    if (values.get('RELOADING') === '1') teller.tell('reloading', { pid });
    if (values.get('STOPPING') === '1') teller.tell('stopping', { pid });
    if (values.has('MAINPID')) this.#follow(Number(values.get('MAINPID')));
    if (values.get('READY') === '1') this.#isReady();
    this.#takeWatchdog(values.get('WATCHDOG'), values.get('WATCHDOG_USEC'));
  }

  /** Whoever sends again and again must not fill somebody's log. */
  #ignore(why: string): void {
    this.#ignored++;
    if (this.#ignored > MOST_TOLD) return;
    const last = this.#ignored === MOST_TOLD ? '; no further one is told of' : '';
    this.#around.teller.tell('ignored', { pid: this.pid, why: `${why}${last}` });
  }

  /** Another process is the main one from now on, if it is one of the program. */
  #follow(main: number): void {
    if (main === this.#main) return;
    const { teller } = this.#around;
    if (!Number.isSafeInteger(main) || main < 2 || !this.owns(main)) {
      this.#ignore('MAINPID is no process of the program');
      return;
    }
    try {
      const owned = pidfd(main);
      this.#main = main;
      // A pidfd can be read once its process has ended.
      const gone = untilEvent(numberOf(owned), 'read', `waiting for process ${main}`).catch(() => undefined);
      this.#mainGone = gone.then(() => owned.close());
      teller.tell('main', { pid: this.pid, main });
    } catch {
      // It has just ended.
    }
  }

  #takeWatchdog(said: string | undefined, interval: string | undefined): void {
    if (this.#interval === undefined) return;
    if (said === 'trigger') this.#bark('WATCHDOG=trigger');
    if (interval !== undefined && /^[1-9][0-9]{3,12}$/.test(interval)) this.#interval = Number(interval) / 1000;
    if (said === '1' && this.#watchdog) this.watch();
  }

  /** As systemd does: what hangs may leave a core to look at. */
  #bark(why: string): void {
    this.#around.teller.tell('killed', { pid: this.pid, why });
    send(this.#main, 'SIGABRT');
    clearTimeout(this.#watchdog);
    this.#interval = undefined;
    this.#watchdog = setTimeout(() => this.kill(), this.#around.drain);
  }
}

/** As a shell has it: the status, or 128 and the number of the signal. */
export function statusOf({ code, signal }: Ending): number {
  return signal === null ? (code ?? 1) : 128 + constants.signals[signal];
}

/** In words. */
export function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `status ${code}` : signal;
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended, or is another user's: SIGKILL of its group says the same.
  }
}
