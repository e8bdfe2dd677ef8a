import { AncillaryError } from '../../errors/error.js';
import { now } from '../../runtime/globals.js';
import { NOT_RUN } from '../programs.js';
import { BackOff } from './back-off.js';
import type { Given } from './launch.js';
import { type ReadyOptions, untilReady } from './readiness.js';
import { describeEnding, Run, type Surroundings, statusOf } from './run.js';
import type { Wishes } from './wishes.js';

export interface SupervisorOptions {
  readonly listeners: readonly Given[];
  readonly ready: ReadyOptions;
  /** The old one is stopped before the new one starts. */
  readonly isAlone: boolean;
  /** What ends by itself is started again. */
  readonly isRestarted: boolean;
  /** Called whenever a run is ready. */
  onReady(run: Run): void;
}

/** Exit status when the program never became ready and is not to be started again. */
const NEVER_READY = 1;

/** Keeps one run of a program going, and puts the next in its place. */
export class Supervisor {
  readonly #around: Surroundings;
  readonly #options: SupervisorOptions;
  readonly #wishes: Wishes;
  readonly #backOff = new BackOff();
  /** Whatever has not been cleared away. */
  readonly #runs = new Map<Run, Promise<void>>();
  /** How the run that ended last did. */
  #last = NEVER_READY;
  #wasReady = false;

  constructor(around: Surroundings, options: SupervisorOptions, wishes: Wishes) {
    this.#around = around;
    this.#options = options;
    this.#wishes = wishes;
  }

  /** Resolves with the exit status when it is over: a signal has come, or the program has ended for good. Nothing is left. */
  async supervise(): Promise<number> {
    try {
      for (;;) {
        const run = await this.#startAlone();
        const status = typeof run === 'number' ? run : await this.#keep(run);
        if (status !== undefined) return status;
      }
    } finally {
      await Promise.all(this.#runs.values());
    }
  }

  /** Ends everything at once. */
  killAll(): void {
    for (const run of this.#runs.keys()) run.kill('a second signal came');
  }

  /** Starts the program where it does not run, again and again until it is ready; or the status to end with. */
  async #startAlone(): Promise<Run | number> {
    for (;;) {
      const status = await this.#pause();
      if (status !== undefined) return status;
      const started = this.#start();
      if (started instanceof Run) {
        const problem = await this.#untilReady(started);
        if (problem === undefined) return started;
        if (this.#wishes.stop) return this.#end([started]);
        this.#last = problem.isUnfit ? NOT_RUN : started.ending ? statusOf(started.ending) : NEVER_READY;
        this.#endUnready(started);
        await started.ended;
        if (this.#wishes.restart !== undefined) continue;
        this.#around.teller.tell('not-ready', { pid: started.pid, why: problem.why });
        // What is done is done, and what cannot be run at first is wrong usage.
        if (this.#last === 0 || (problem.isUnfit && !this.#wasReady)) return this.#last;
      } else {
        this.#last = NEVER_READY;
        this.#around.teller.tell('not-ready', { pid: 0, why: started.message });
      }
      if (!this.#options.isRestarted) return this.#last;
      this.#backOff.note();
    }
  }

  /** Waits as long as crashes make it; a status when a signal ends the supervisor meanwhile. */
  async #pause(): Promise<number | undefined> {
    const ms = this.#backOff.pause;
    if (ms > 0 && this.#wishes.restart === undefined && !this.#wishes.stop) {
      this.#around.teller.tell('waiting', { ms });
      let timer: NodeJS.Timeout | undefined;
      const over = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([over, this.#wishes.any()]);
      clearTimeout(timer);
    }
    if (this.#wishes.stop) return this.#end([]);
    const reason = this.#wishes.takeRestart();
    if (reason !== undefined) this.#around.teller.tell('restart', { reason });
    return undefined;
  }

  /** Keeps the program, which is ready, going; undefined when it must be started anew, else the status to end with. */
  async #keep(first: Run): Promise<number | undefined> {
    let current = first;
    for (;;) {
      await Promise.race([current.ended, this.#wishes.any()]);
      if (this.#wishes.stop) return this.#end([current]);
      if (current.ending) return this.#afterEnd(current);
      if (this.#options.isAlone) {
        await this.#settle(current, current.stop());
        return undefined;
      }
      const next = await this.#replace(current);
      if (typeof next === 'number') return next;
      current = next;
    }
  }

  /** Puts a new run in the place of the current one; the current one where that fails, or the status to end with. */
  async #replace(current: Run): Promise<Run | number> {
    this.#around.teller.tell('restart', { reason: this.#wishes.takeRestart() ?? '' });
    const next = this.#start();
    if (next instanceof AncillaryError) {
      this.#around.teller.tell('rolled-back', { pid: 0, why: next.message, goesOn: current.pid });
      return current;
    }
    const problem = await this.#untilReady(next);
    if (problem === undefined) {
      if (current.ending) this.#settle(current, current.clear());
      else this.#settle(current, current.stop());
      return next;
    }
    if (this.#wishes.stop) return this.#end([current, next]);
    this.#endUnready(next);
    if (current.ending) this.#around.teller.tell('not-ready', { pid: next.pid, why: problem.why });
    else this.#around.teller.tell('rolled-back', { pid: next.pid, why: problem.why, goesOn: current.pid });
    return current;
  }

  #start(): Run | AncillaryError {
    try {
      const run = new Run(this.#around, this.#options.listeners);
      this.#runs.set(
        run,
        run.ended.then(() => undefined),
      );
      return run;
    } catch (error) {
      if (error instanceof AncillaryError) return error;
      throw error;
    }
  }

  /** Why it is not ready, and will not be; undefined when it is. */
  async #untilReady(run: Run): Promise<{ why: string; isUnfit: boolean } | undefined> {
    const given = new AbortController();
    let isOver = false;
    const wish = () => given.abort('is not waited for any longer, as another restart is wanted');
    this.#wishes.any().then(() => isOver || wish());
    try {
      const by = await untilReady(run, this.#options.ready, given.signal);
      this.#around.teller.tell('ready', { pid: run.pid, ms: Math.round(now() - run.since), by });
      run.watch();
      this.#wasReady = true;
      this.#options.onReady(run);
      return undefined;
    } catch (error) {
      const { message, code } = error as AncillaryError;
      return { why: code === 'ERR_NOT_RUN' ? `cannot be run: ${message}` : message, isUnfit: code === 'ERR_NOT_RUN' };
    } finally {
      isOver = true;
    }
  }

  #endUnready(run: Run): void {
    if (!run.ending) run.kill();
    this.#settle(run, run.clear(0));
  }

  /** The program has ended by itself. */
  async #afterEnd(run: Run): Promise<number | undefined> {
    const ending = await run.ended;
    this.#last = statusOf(ending);
    this.#around.teller.tell('ended', { pid: run.pid, how: describeEnding(ending) });
    this.#settle(run, run.clear());
    if (this.#last === 0 || !this.#options.isRestarted) return this.#last;
    this.#backOff.note(now() - run.since);
    return undefined;
  }

  /** Passes the signal on to these, and waits until nothing is left; the status is that of the first. */
  async #end(runs: readonly Run[]): Promise<number> {
    const signal = this.#wishes.stop ?? 'SIGTERM';
    this.#around.teller.tell('signal', { signal });
    const [first] = runs;
    await Promise.all(runs.map((run) => this.#settle(run, run.stop(signal))));
    await Promise.all(this.#runs.values());
    return first?.ending ? statusOf(first.ending) : statusOf({ code: null, signal });
  }

  /** Forgets the run once nothing of it is left. */
  #settle(run: Run, work: Promise<void>): Promise<void> {
    const settled = work.then(() => {
      this.#runs.delete(run);
    });
    this.#runs.set(run, settled);
    return settled;
  }
}
