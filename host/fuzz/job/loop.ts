/** The loop of a job: inputs are made, tried, kept where they did something new. */
import { NativePromise, now } from '../../runtime/globals.js';
import type { Verdict } from '../target.js';
import { attempt, verdictOver } from './attempt.js';
import type { JobStatistics } from './messages.js';
import type { Session } from './session.js';
import { Tally } from './tally.js';
import { Pace, turn } from './turn.js';

/** How often the command hears how far the job is, in milliseconds. */
const REPORT = 200;
/**
 * So many inputs are tried in one call where the loop is in the module: a few milliseconds. Always the same number, so
 * that a run does not depend on how fast the machine is.
 */
const CHUNK = 16384;
const PLANTED = 64;
const NOTHING = NativePromise.resolve();

/** Fuzzes until it is stopped or all runs are done. */
export async function fuzz(session: Session): Promise<void> {
  const loop = new Loop(session);
  await loop.takeCorpus();
  loop.report();
  await loop.run();
  loop.report();
}

class Loop {
  readonly #session: Session;
  readonly #tally: Tally;
  #executions = 0;
  /** So many are all, those of the corpus that it begins with among them. */
  #most = Number.POSITIVE_INFINITY;
  /** How many inputs of the engine's corpus the command has. */
  #sent = 0;
  #reported = now();

  constructor(session: Session) {
    this.#session = session;
    this.#tally = new Tally(session.start.known);
  }

  /** Tries the inputs of the corpus, up to the message that it is all. */
  async takeCorpus(): Promise<void> {
    const { channel } = this.#session;
    for (;;) {
      const message = await channel.receive();
      if (!message || message.type === 'go') return;
      if (message.type === 'inputs') await this.#takeInputs(message.inputs);
    }
  }

  async run(): Promise<void> {
    const { target, channel, start } = this.#session;
    this.#plant();
    if (start.runs !== undefined) this.#most = this.#executions + start.runs;
    const pace = new Pace();
    while (!channel.isStopped && this.#executions < this.#most && !target.isOver?.()) {
      if (target.runMany) this.#runMany(Math.min(CHUNK, this.#most - this.#executions));
      else {
        const pending = this.#runOne();
        // To wait for what is there already takes longer than a fast target does.
        if (pending) await pending;
      }
      if (!pace.isOver()) continue;
      await this.#turn();
    }
    await this.#turn();
    if (target.leavesWork) await this.#session.pending.settle((verdict) => this.#judge(verdict));
  }

  /** Where nothing tells what an input covers, inputs to be changed are taken as they come. */
  #plant(): void {
    const { target, engine } = this.#session;
    if (target.runMany || target.counters?.()) return;
    for (let i = 0; i < PLANTED; i++) {
      engine.generate();
      engine.keep();
    }
    this.#sent = engine.statistics().corpusInputs;
  }

  #runMany(count: number): void {
    const { target, engine } = this.#session;
    const before = engine.statistics().executions;
    try {
      this.#judge(target.runMany?.(count), engine.input);
    } catch (error) {
      this.#judge(verdictOver(error), engine.input);
    }
    // What trapped at once has been tried all the same.
    this.#executions += Math.max(1, engine.statistics().executions - before);
  }

  /** Tries an input of the engine's making; what has to be waited for until the next one, if anything. */
  #runOne(): Promise<unknown> | undefined {
    const { target, engine } = this.#session;
    const tried = this.#try(engine.next());
    this.#executions += 1;
    if (tried instanceof NativePromise) return tried;
    return target.leavesWork ? NOTHING : undefined;
  }

  /** Tries an input that is the engine's current one; how much it covered that was new. */
  #try(input: Uint8Array): number | Promise<number> {
    const { target, box } = this.#session;
    const tried = attempt(target, box, input);
    return tried instanceof NativePromise ? tried.then((verdict) => this.#finish(verdict)) : this.#finish(tried);
  }

  #finish(verdict: Verdict | undefined): number {
    const { target, engine } = this.#session;
    this.#judge(verdict);
    const comparisons = target.comparisons?.();
    if (comparisons?.length) engine.compare(comparisons);
    const counters = target.counters?.();
    if (!counters) return 0;
    const news = engine.cover(counters);
    counters.fill(0);
    return news;
  }

  /** Inputs of the corpus or of another job: of them those are kept that show something new, if that can be told. */
  async #takeInputs(inputs: readonly Uint8Array[]): Promise<void> {
    const { target, engine } = this.#session;
    for (const input of inputs) {
      if (this.#executions >= this.#most) break;
      if (target.runMany) {
        if (this.#isNews(input)) engine.keep();
        continue;
      }
      engine.set(input);
      await this.#try(engine.input);
      this.#executions += 1;
      if (!target.counters) engine.keep();
    }
    // They are no news to the command.
    this.#sent = engine.statistics().corpusInputs;
  }

  /** Whether an input covers something new of a target whose loop is in the module; it is the current one then. */
  #isNews(input: Uint8Array): boolean {
    const { target, engine } = this.#session;
    engine.set(input);
    if (!target.cover) return true;
    this.#executions += 1;
    try {
      return target.cover(input) > 0;
    } catch (error) {
      this.#judge(verdictOver(error), input);
      return false;
    }
  }

  #judge(verdict: Verdict | undefined, input?: Uint8Array): void {
    if (!verdict || !this.#tally.count(verdict)) return;
    const { target, box, channel } = this.#session;
    const { input: own, ...rest } = verdict;
    const held = own ?? (input ? input.slice() : box.input());
    channel.send({ type: 'finding', verdict: rest, input: target.pin?.(held) ?? held });
  }

  /** Lets errors and messages come in, and says how far the job is. */
  async #turn(): Promise<void> {
    const { channel, late } = this.#session;
    await turn();
    this.#judge(late.take());
    for (let message = channel.take(); message; message = channel.take()) {
      if (message.type === 'inputs') {
        this.report();
        await this.#takeInputs(message.inputs);
      }
    }
    if (now() - this.#reported >= REPORT) this.report();
  }

  /** Tells the command what is new. */
  report(): void {
    const { channel, engine, target } = this.#session;
    const { edges, corpusInputs, corpusBytes } = engine.statistics();
    if (corpusInputs > this.#sent) {
      channel.send({ type: 'corpus', inputs: engine.corpus().slice(this.#sent) });
      this.#sent = corpusInputs;
    }
    const statistics: JobStatistics = {
      executions: this.#executions,
      edges,
      allEdges: target.edgeCount ?? 0,
      corpus: corpusInputs,
      corpusBytes,
      classes: this.#tally.counts(target.classes?.()),
    };
    channel.send({ type: 'statistics', statistics });
    this.#reported = now();
  }
}
