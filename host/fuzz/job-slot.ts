/** One of the jobs of a run: whenever its process ends with an input, another one takes its place. */
import { openingError } from './asked.js';
import type { FromJob, JobStatistics, StartMessage } from './job/messages.js';
import { Job, type JobEnd } from './job.js';
import { describeAfterHang } from './patience.js';
import { deriveSeed } from './seed.js';
import type { Verdict } from './target.js';

/** So often a process is started; a target that ends it with every input is better mended first. */
const MOST_STARTS = 200;
/** So often it may end for no input's sake. */
const MOST_DEATHS = 3;
/** So many inputs go in one message. */
const PARCEL = 512;

/** What the slot asks and tells the run. */
export interface SlotEvents {
  /** The corpus as it is now. */
  inputs(): Uint8Array[];
  /** The classes of which an input is known. */
  known(): string[];
  kept(inputs: readonly Uint8Array[]): void;
  /** The process ended with this input: the next one is not given it. */
  spoilt(input: Uint8Array): void;
  found(verdict: Verdict, input: Uint8Array): void;
  note(text: string): void;
}

export interface SlotStatistics {
  executions: number;
  edges: number;
  allEdges: number;
  classes: Map<string, number>;
}

type SlotStart = Pick<StartMessage, 'target' | 'options' | 'seed' | 'words' | 'runs'>;

const NOTHING: JobStatistics = { executions: 0, edges: 0, allEdges: 0, corpus: 0, corpusBytes: 0, classes: {} };

export class JobSlot {
  ended: Promise<void> = Promise.resolve();
  readonly #start: SlotStart;
  readonly #events: SlotEvents;
  #job: Job | undefined;
  #isStopped = false;
  /** What processes that have ended did, and what the one that runs has said. */
  readonly #past = { executions: 0, runs: 0, edges: 0, classes: new Map<string, number>() };
  #present = NOTHING;
  /** How many inputs the one that runs was given, which are no runs. */
  #given = 0;

  constructor(start: SlotStart, events: SlotEvents) {
    this.#start = start;
    this.#events = events;
  }

  run(): Promise<void> {
    this.ended = this.#run();
    return this.ended;
  }

  stop(grace: number): void {
    this.#isStopped = true;
    this.#job?.stop(grace);
  }

  kill(): void {
    this.#isStopped = true;
    this.#job?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    this.#job?.signal(signal);
  }

  /** Inputs that another job has kept. */
  give(inputs: readonly Uint8Array[]): void {
    if (!this.#job) return;
    this.#given += inputs.length;
    this.#job.send({ type: 'inputs', inputs });
  }

  get statistics(): SlotStatistics {
    const classes = new Map(this.#past.classes);
    for (const [name, count] of Object.entries(this.#present.classes)) add(classes, name, count);
    return {
      executions: this.#past.executions + this.#present.executions,
      edges: Math.max(this.#past.edges, this.#present.edges),
      allEdges: this.#present.allEdges,
      classes,
    };
  }

  async #run(): Promise<void> {
    let deaths = 0;
    for (let starts = 0; !this.#isStopped && this.#runsLeft() !== 0; starts++) {
      if (starts === MOST_STARTS) {
        this.#events.note(`the target has ended its process ${starts} times: no more are started`);
        return;
      }
      const end = await this.#runJob(starts);
      if (end.kind === 'done' || end.kind === 'stopped') return;
      if (end.kind === 'problem') throw end.error;
      if (end.kind === 'died') {
        deaths += 1;
        if (deaths === MOST_DEATHS) throw openingError(end.how);
        this.#events.note(`a job ended and is started anew: ${end.how}`);
      } else deaths = 0;
    }
  }

  /** Inputs that are left to be tried; undefined without an end. */
  #runsLeft(): number | undefined {
    const { runs } = this.#start;
    return runs === undefined ? undefined : Math.max(0, runs - this.#past.runs);
  }

  async #runJob(starts: number): Promise<JobEnd> {
    const { options, seed } = this.#start;
    const known = this.#events.known();
    const hurried = known.includes('hang') ? describeAfterHang(options.timeout) : undefined;
    if (hurried !== undefined) this.#events.note(hurried);
    const job = await Job.start(
      {
        ...this.#start,
        type: 'start',
        seed: deriveSeed(seed, options.lane, starts),
        runs: this.#runsLeft(),
        known,
        isAsked: false,
      },
      (message) => this.#hear(message),
    );
    this.#job = job;
    // It may have been stopped meanwhile.
    if (this.#isStopped) job.kill();
    const inputs = this.#events.inputs();
    this.#given = inputs.length;
    for (let at = 0; at < inputs.length; at += PARCEL) {
      job.send({ type: 'inputs', inputs: inputs.slice(at, at + PARCEL) });
    }
    job.send({ type: 'go' });
    const end = await job.ended;
    this.#job = undefined;
    this.#settle(end, job.lastSequence);
    return end;
  }

  #hear(message: FromJob): void {
    if (message.type === 'statistics') this.#present = message.statistics;
    else if (message.type === 'corpus') this.#events.kept(message.inputs);
    else if (message.type === 'finding') this.#events.found(message.verdict, message.input);
    else if (message.type === 'note') this.#events.note(message.text);
  }

  /** Adds up what the process that ended has done. */
  #settle(end: JobEnd, sequence: number): void {
    const { edges, executions, classes } = this.#present;
    const done = Math.max(executions, sequence);
    this.#past.executions += done;
    this.#past.runs += Math.max(0, done - this.#given);
    this.#past.edges = Math.max(this.#past.edges, edges);
    for (const [name, count] of Object.entries(classes)) add(this.#past.classes, name, count);
    this.#present = { ...NOTHING, allEdges: this.#present.allEdges };
    if (end.kind !== 'input') return;
    add(this.#past.classes, end.verdict.class, 1);
    this.#events.spoilt(end.input);
    this.#events.found(end.verdict, end.input);
  }
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
