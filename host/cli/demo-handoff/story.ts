import { now } from '../../runtime/globals.js';
import type { End } from './child.js';
import type { Answer, LoadCounts, LoadMessage, ServerMessage } from './messages.js';

/** One server of the demo, as it is known from what it told. Times are milliseconds since the demo began. */
export interface Process {
  readonly number: number;
  readonly pid: number;
  readonly started: number;
  /** It is going to be killed before it has confirmed a connection. */
  readonly isDoomed: boolean;
  acceptingAt?: number;
  firstAnswerAt?: number;
  /** When all connections had come, and how many. */
  takenAt?: number;
  moved?: number;
  /** How long that took, from when nothing was decided yet. */
  took?: number;
  /** How many connections have gone from it to another process. */
  handed?: number;
  handedAt?: number;
  endedAt?: number;
  end?: End;
}

/** What happened, in one line of JSON or of text. */
export interface StoryEvent {
  readonly event: 'started' | 'serves' | 'took-over' | 'kept' | 'ended';
  /** Seconds since the demo began. */
  readonly time: number;
  readonly pid: number;
  readonly [name: string]: unknown;
}

/** Answers of one span of time. */
export interface Span {
  count: number;
  /** The slowest, in milliseconds. */
  slowest: number;
  /** Connections that changed hands. */
  moved: number;
}

/** How long a span is, in milliseconds. */
export const SPAN = 50;

/** All that happens in the demo. */
export class Story {
  readonly processes: Process[] = [];
  readonly spans: Span[] = [];
  counts: LoadCounts = { requests: 0, failed: 0, reset: 0, closed: 0 };
  /** Connections that have changed hands, each time that they did. */
  moved = 0;
  /** Connections that a process which was killed was offered, and that go on where they were. */
  kept = 0;
  slowest = 0;
  answers = 0;
  /** Numbers of requests that servers have told twice. */
  twice = 0;
  /** What was not as it should be, in words. */
  readonly faults: string[] = [];
  readonly #begin = now();
  readonly #served = new Set<number>();
  readonly #tell: (event: StoryEvent) => void;

  constructor(tell: (event: StoryEvent) => void) {
    this.#tell = tell;
  }

  /** Milliseconds since the demo began. */
  get time(): number {
    return now() - this.#begin;
  }

  /** How many requests the servers say have come. */
  get served(): number {
    return this.#served.size;
  }

  start(pid: number, isDoomed: boolean): Process {
    const process = { number: this.processes.length + 1, pid, started: this.time, isDoomed };
    this.processes.push(process);
    this.#event('started', process, {});
    return process;
  }

  /** Takes in what a server has told. */
  hear(process: Process, message: ServerMessage): void {
    const at = 'at' in message ? message.at - this.#begin : 0;
    switch (message.kind) {
      case 'accepting':
        process.acceptingAt = at;
        if (process.number === 1) this.#event('serves', process, { port: message.port });
        break;
      case 'first-answer':
        process.firstAnswerAt = at;
        this.#tellTaken(process);
        break;
      case 'moved':
        this.#spanOf(at).moved += Math.max(0, message.count - (process.handed ?? 0));
        process.handed = message.count;
        break;
      case 'taken':
        this.#take(process, message, at);
        break;
      case 'kept':
        this.kept += message.count;
        this.#event('kept', process, { connections: message.count, reason: message.reason });
        break;
      case 'handed':
        process.handedAt = at;
        break;
      case 'served':
        for (const number of message.numbers) {
          if (this.#served.has(number)) this.twice++;
          this.#served.add(number);
        }
        break;
      case 'offering':
        break;
    }
  }

  hearLoad({ answers, counts }: LoadMessage): void {
    this.counts = counts;
    for (const answer of answers) this.#answer(answer);
  }

  end(process: Process, end: End): void {
    process.endedAt = this.time;
    process.end = end;
    this.#event('ended', process, { ...end });
    const isRight = process.isDoomed ? end.signal === 'SIGKILL' : end.code === 0;
    if (!isRight) this.faults.push(`process ${process.pid} ended with ${end.signal ?? end.code}`);
  }

  #take(process: Process, { moved, failed, lost, since }: Extract<ServerMessage, { kind: 'taken' }>, at: number): void {
    process.takenAt = at;
    process.moved = moved;
    process.took = at - (since - this.#begin);
    this.moved += moved;
    if (failed + lost > 0) this.faults.push(`process ${process.pid} could not serve ${failed + lost} connections`);
    this.#tellTaken(process);
  }

  /** Once both is known: that all has come, and when it has answered first. */
  #tellTaken(process: Process): void {
    const { takenAt, moved, took = 0, acceptingAt = 0, firstAnswerAt } = process;
    if (takenAt === undefined || firstAnswerAt === undefined) return;
    const firstAnswerMs = tenth(firstAnswerAt - acceptingAt);
    this.#event('took-over', process, { connections: moved, ms: tenth(took), firstAnswerMs });
  }

  #answer([end, milliseconds]: Answer): void {
    this.answers++;
    this.slowest = Math.max(this.slowest, milliseconds);
    const span = this.#spanOf(end - this.#begin);
    span.count++;
    span.slowest = Math.max(span.slowest, milliseconds);
  }

  #spanOf(time: number): Span {
    const index = Math.max(0, Math.floor(time / SPAN));
    while (this.spans.length <= index) this.spans.push({ count: 0, slowest: 0, moved: 0 });
    return this.spans[index] as Span;
  }

  #event(event: StoryEvent['event'], { pid }: Process, more: Record<string, unknown>): void {
    this.#tell({ event, time: Math.round(this.time) / 1000, pid, ...more });
  }
}

/** Milliseconds as they are told. */
export function tenth(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

/** What it all came to. */
export function totalsOf(story: Story) {
  const { counts, answers, twice, moved, kept, slowest, served, faults } = story;
  const { requests, failed, reset, closed } = counts;
  return {
    ...{ requests, answered: answers, failed, reset, closed, twice, moved, kept },
    slowestMs: tenth(slowest),
    isGood:
      failed + reset + closed + twice + faults.length === 0 &&
      requests > 0 &&
      answers === requests &&
      served === requests,
  };
}
