/** A run of the fuzzer: its jobs, started anew as needed, and what they find, each class once. */
import { clearTimeout, now, setTimeout } from '../runtime/globals.js';
import { AskedTarget } from './asked.js';
import { CorpusFolder, nameOfInput } from './corpus-folder.js';
import type { Finding } from './finding.js';
import { JobSlot } from './job-slot.js';
import type { NamedTarget } from './name.js';
import type { FuzzOptions } from './options.js';
import { type Saved, Shelf } from './shelf.js';
import { makeSmaller } from './smaller.js';
import type { Verdict } from './target.js';

/** What is to be done. */
export interface RunOrders {
  readonly target: NamedTarget;
  readonly options: Omit<FuzzOptions, 'lane' | 'lanes'>;
  readonly seed: bigint;
  readonly jobs: number;
  /** Which of how many machines or processes that share the work, from 0 on. */
  readonly shard: readonly [index: number, count: number];
  /** When it ends: after so many milliseconds, or inputs. */
  readonly time?: number | undefined;
  readonly runs?: number | undefined;
  readonly corpus?: string | undefined;
  /** Where findings are saved; undefined saves none. */
  readonly artifacts?: string | undefined;
  readonly words: readonly Uint8Array[];
  /** Of the package, kept with each finding. */
  readonly version: string;
}

/** Who is told what. */
export interface RunEvents {
  found(finding: Finding, saved: Saved): void | Promise<void>;
  note(text: string): void;
}

/** How far a run is. */
export interface RunStatistics {
  /** Milliseconds. */
  readonly elapsed: number;
  readonly executions: number;
  /** Coverage: what has been seen, and all that there is; 0 where the target has none. */
  readonly edges: number;
  readonly allEdges: number;
  readonly corpus: number;
  readonly corpusBytes: number;
  /** How many inputs showed each class. */
  readonly classes: ReadonlyMap<string, number>;
}

/** How often a corpus that others may write to is read, in milliseconds. */
const RELOAD = 5000;
/** So long a job may take to end: when its time is over, and when somebody waits. */
const GRACE = 3000;
const SHORT_GRACE = 1000;

export class Run {
  readonly #orders: RunOrders;
  readonly #events: RunEvents;
  readonly #slots: JobSlot[] = [];
  readonly #asked: AskedTarget;
  readonly #shelf: Shelf;
  readonly #corpus: CorpusFolder | undefined;
  /** All inputs that are kept, by their names, for jobs that are started anew. */
  readonly #inputs = new Map<string, Uint8Array>();
  #corpusBytes = 0;
  readonly #classes = new Set<string>();
  readonly #said = new Set<string>();
  #findings: Promise<void> = Promise.resolve();
  #begun = now();
  #isHurried = false;
  #problem: unknown;
  /** Whether something could not be saved. */
  isIncomplete = false;

  /** Throws one line for folders that cannot be used. */
  constructor(orders: RunOrders, events: RunEvents) {
    this.#orders = orders;
    this.#events = events;
    const { target, options, seed, words, artifacts, version, corpus } = orders;
    this.#shelf = new Shelf(artifacts, version);
    this.#corpus = corpus === undefined ? undefined : new CorpusFolder(corpus);
    const asked = { ...options, lane: 0, lanes: 1 };
    this.#asked = new AskedTarget({ type: 'start', target: target.name, options: asked, seed, words });
    // Now, so that a run which is stopped before it begins has something to stop.
    this.#makeSlots();
  }

  /** Runs to its end; throws what kept it from going on. */
  async run(): Promise<void> {
    this.#begun = now();
    this.#readCorpus();
    const timers: NodeJS.Timeout[] = [];
    const { time, runs } = this.#orders;
    if (time !== undefined) timers.push(setTimeout(() => this.#stop(GRACE), time));
    const reload = () => {
      this.#exchange(this.#readCorpus());
      timers.push(setTimeout(reload, RELOAD));
    };
    // What others write would make a run of a number of inputs another each time.
    if (this.#corpus && runs === undefined) timers.push(setTimeout(reload, RELOAD));
    try {
      await Promise.all(this.#slots.map((slot) => slot.run()));
      await this.#findings;
    } catch (error) {
      this.#fail(error);
      await Promise.allSettled(this.#slots.map((slot) => slot.ended));
      await this.#findings.catch(() => undefined);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      await this.#asked.close();
    }
    if (this.#problem) throw this.#problem;
  }

  /** Comes to its end at once: what has been found is saved as it is. */
  stop(): void {
    this.#isHurried = true;
    this.#asked.kill();
    this.#stop(SHORT_GRACE);
  }

  /** Ends all processes, without another look. */
  kill(): void {
    this.#asked.kill();
    for (const slot of this.#slots) slot.kill();
  }

  /** Signals all processes of jobs. */
  signal(signal: NodeJS.Signals): void {
    this.#asked.signal(signal);
    for (const slot of this.#slots) slot.signal(signal);
  }

  get statistics(): RunStatistics {
    const classes = new Map<string, number>();
    let [executions, edges, allEdges] = [0, 0, 0];
    for (const { statistics } of this.#slots) {
      executions += statistics.executions;
      edges = Math.max(edges, statistics.edges);
      allEdges = Math.max(allEdges, statistics.allEdges);
      for (const [name, count] of statistics.classes) classes.set(name, (classes.get(name) ?? 0) + count);
    }
    // In the order in which they were found.
    const ordered = new Map([...this.#classes].map((name) => [name, classes.get(name) ?? 1]));
    return {
      elapsed: now() - this.#begun,
      executions,
      edges,
      allEdges,
      corpus: this.#inputs.size,
      corpusBytes: this.#corpusBytes,
      classes: ordered,
    };
  }

  #makeSlots(): void {
    const { jobs, runs, shard, target, options, seed, words } = this.#orders;
    const [shardIndex, shards] = shard;
    for (let job = 0; job < jobs; job++) {
      const share = runs === undefined ? undefined : Math.floor(runs / jobs) + (job < runs % jobs ? 1 : 0);
      if (share === 0) continue;
      const lane = shardIndex * jobs + job;
      const slot = new JobSlot(
        { target: target.name, options: { ...options, lane, lanes: shards * jobs }, seed, words, runs: share },
        {
          inputs: () => [...this.#inputs.values()],
          known: () => [...this.#classes],
          kept: (inputs) => this.#exchange(this.#keep(inputs), slot),
          spoilt: (input) => this.#inputs.delete(nameOfInput(input)),
          found: (verdict, input) => this.#find(verdict, input),
          note: (text) => this.#note(text),
        },
      );
      this.#slots.push(slot);
    }
  }

  /** What each of its processes says is told once. */
  #note(text: string): void {
    if (this.#said.has(text)) return;
    this.#said.add(text);
    this.#events.note(text);
  }

  #stop(grace: number): void {
    for (const slot of this.#slots) slot.stop(grace);
  }

  #fail(problem: unknown): void {
    this.#problem ??= problem;
    this.#isHurried = true;
    this.#stop(SHORT_GRACE);
  }

  /** Reads what is new in the folder; returns it. */
  #readCorpus(): Uint8Array[] {
    const { inputs = [], cut = 0, unread = 0 } = this.#corpus?.readNew() ?? {};
    const { corpus } = this.#orders;
    if (cut > 0)
      this.#events.note(`${cut} files in ${corpus} are longer than an input may be: their beginnings are used`);
    if (unread > 0) this.#events.note(`${unread} files in ${corpus} cannot be read: they are left out`);
    return inputs.filter((input) => this.#know(input));
  }

  /** Whether an input is new. */
  #know(input: Uint8Array): boolean {
    const name = nameOfInput(input);
    if (this.#inputs.has(name)) return false;
    this.#inputs.set(name, input);
    this.#corpusBytes += input.length;
    return true;
  }

  /** Keeps what a job has kept; returns what is new of it. */
  #keep(inputs: readonly Uint8Array[]): Uint8Array[] {
    const fresh = inputs.filter((input) => this.#know(input));
    for (const input of this.isIncomplete ? [] : fresh) {
      try {
        this.#corpus?.add(input);
      } catch (error) {
        this.isIncomplete = true;
        this.#events.note(`cannot save inputs in ${this.#orders.corpus}, no more are: ${(error as Error).message}`);
        break;
      }
    }
    return fresh;
  }

  #exchange(inputs: readonly Uint8Array[], from?: JobSlot): void {
    if (inputs.length === 0) return;
    for (const slot of this.#slots) if (slot !== from) slot.give(inputs);
  }

  #find(verdict: Verdict, input: Uint8Array): void {
    if (this.#classes.has(verdict.class)) return;
    this.#classes.add(verdict.class);
    this.#findings = this.#findings.then(() => this.#look(verdict, input)).catch((error) => this.#fail(error));
  }

  /** Saves a finding, tries it again, makes it smaller, saves that instead, and tells of it. */
  async #look(verdict: Verdict, input: Uint8Array): Promise<void> {
    const { target, options, seed } = this.#orders;
    const first: Finding = { ...verdict, target: target.name, input, options, seed };
    const saved = this.#shelf.save(first);
    const finding = await this.#settle(first);
    const last = finding === first ? saved : this.#shelf.replace(saved, finding);
    if (last.error) this.isIncomplete = true;
    await this.#events.found(finding, last);
  }

  async #settle(finding: Finding): Promise<Finding> {
    if (this.#isHurried || finding.class === 'hang' || this.#orders.target.row.isLive) return finding;
    const verdict = await this.#asked.try(finding.input, finding.details);
    if (this.#isHurried) return finding;
    if (verdict?.class !== finding.class) return { ...finding, isReproduced: false };
    const input = await makeSmaller(this.#asked, finding.input, finding);
    if (this.#isHurried) return finding;
    const again = await this.#asked.try(input, finding.details);
    if (this.#isHurried || again?.class !== finding.class) return { ...finding, isReproduced: true };
    // What is said of the smaller input is true of it: causes may name offsets.
    return { ...finding, ...again, input, isReproduced: true };
  }
}
