/** A target that inputs are tried with, one by one: what it crashes or hangs with is an answer as well. */
import { AncillaryError } from '../errors/error.js';
import type { Answer, FromJob, Question, StartMessage } from './job/messages.js';
import { Job, type JobEnd } from './job.js';
import type { Verdict } from './target.js';

/** So long a job that is asked may take to end, in milliseconds. */
const GRACE = 1000;

/** What came of a question: the answer, or how the job ended with it. */
type Outcome = { answer: Answer } | { end: JobEnd };

/** How much may be tried, and for how many milliseconds. */
export interface Bound {
  tries: number;
  time: number;
}

export interface AskedOptions {
  /** Gets what the target says to whoever watches. */
  note?: (text: string) => void;
  /** Whether what it writes goes to standard error. */
  isShown?: boolean;
}

export class AskedTarget {
  readonly #start: Omit<StartMessage, 'isAsked' | 'runs' | 'known'>;
  readonly #note: (text: string) => void;
  readonly #isShown: boolean;
  #job: Job | undefined;
  #answered: ((outcome: Outcome) => void) | undefined;
  #isClosed = false;

  /** The job is started with the first question, and anew after each that ended it. */
  constructor(start: Omit<StartMessage, 'isAsked' | 'runs' | 'known'>, { note, isShown = false }: AskedOptions = {}) {
    this.#start = start;
    this.#note = note ?? (() => undefined);
    this.#isShown = isShown;
  }

  get options(): StartMessage['options'] {
    return this.#start.options;
  }

  /** The target's verdict over an input, or over its own end; `details` of the finding that it is of. Throws what keeps the target from being opened. */
  async try(input: Uint8Array, details?: Verdict['details']): Promise<Verdict | undefined> {
    const outcome = await this.#ask({ type: 'try', input, details });
    return 'answer' in outcome ? outcome.answer.verdict : verdictOfEnd(outcome.end);
  }

  /** A smaller input of the same class, found without leaving the job; undefined where that ended it. */
  async minimize(
    input: Uint8Array,
    { class: name, details }: Pick<Verdict, 'class' | 'details'>,
    { tries, time }: Bound,
  ): Promise<Uint8Array | undefined> {
    const outcome = await this.#ask({ type: 'minimize', input, class: name, details, tries, time });
    if ('answer' in outcome) return outcome.answer.input;
    verdictOfEnd(outcome.end);
    return undefined;
  }

  /** How much the input covers that none before it did; undefined where it ended the job. */
  async cover(input: Uint8Array): Promise<number | undefined> {
    const outcome = await this.#ask({ type: 'cover', input });
    if ('answer' in outcome) return outcome.answer.news ?? 0;
    verdictOfEnd(outcome.end);
    return undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#job?.stop(GRACE);
    await this.#job?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#job?.signal(signal);
  }

  /** Ends it at once, whatever it does. */
  kill(): void {
    this.#isClosed = true;
    this.#job?.kill();
  }

  async #ask(question: Question): Promise<Outcome> {
    if (this.#isClosed) return { end: { kind: 'stopped' } };
    this.#job ??= await this.#open();
    const job = this.#job;
    // It may have been closed meanwhile.
    if (this.#isClosed) job.kill();
    const answered = new Promise<Outcome>((resolve) => {
      this.#answered = resolve;
    });
    job.send(question);
    const outcome = await Promise.race([answered, job.ended.then((end): Outcome => ({ end }))]);
    if ('end' in outcome) this.#job = undefined;
    return outcome;
  }

  #open(): Promise<Job> {
    const hear = (message: FromJob) => {
      if (message.type === 'answer') this.#answered?.({ answer: message.answer });
      if (message.type === 'note') this.#note(message.text);
    };
    return Job.start({ ...this.#start, known: [], isAsked: true }, hear, this.#isShown);
  }
}

/** The error for a target that ended its process before it could be tried. */
export function openingError(how: string): AncillaryError {
  return new AncillaryError('ERR_UNSUPPORTED', `the target ended while it was opened: ${how}`);
}

function verdictOfEnd(end: JobEnd): Verdict | undefined {
  switch (end.kind) {
    case 'input':
      return end.verdict;
    case 'died':
      if (end.isOpen) return { class: 'died', cause: `the target ended: ${end.how}` };
      throw openingError(end.how);
    case 'problem':
      throw end.error;
    default:
      return undefined;
  }
}
