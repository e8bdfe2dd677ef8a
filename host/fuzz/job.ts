/** The command's side of one job: its process, watched for its end and for an input that does not end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { clearTimeout, now, setTimeout } from '../runtime/globals.js';
import { Guard } from '../runtime/guard.js';
import { BlackBox, BoxState } from './black-box.js';
import { describeEnding, type Ending, judgeEnding, judgeLeft } from './death.js';
import type { FromJob, StartMessage, ToJob } from './job/messages.js';
import { findJobFile } from './job-file.js';
import { lookIntoLoop, type ModuleLoop } from './module-loop.js';
import { findTarget } from './name.js';
import { patienceOf } from './patience.js';
import { endMarked, markedEnvironment, markPattern, temporaryFolder } from './stragglers.js';
import type { Verdict } from './target.js';

/** How often a job is looked at, in milliseconds. */
const LOOK = 100;
/** So long a job may take to come up besides the time of one input, on a slow and loaded machine. */
const OPENING = 20_000;
/** After its end so long is waited for what it wrote: what it left running may hold its output open. */
const LAST_WORDS = 500;
/** So much of it is kept. */
const MOST_WORDS = 8192;
/** Of JavaScript's own memory, in MiB; and of all that the process uses, in GiB: a machine has more jobs than one. */
const MOST_HEAP = 2048;
const MOST_GIB = 3;
const PAGE = 4096;
const STDERR = 2;
/** So long it may take to be gone once it has said its last word, in milliseconds: its target may keep it. */
const LEAVING = 3000;
/** So many times as long is waited for a target that watches by itself how long an input takes. */
const WATCHED = 4;

/** How a job came to its end. */
export type JobEnd =
  | { kind: 'done' }
  /** It was told to stop and did not, or was ended without a reason of its own. */
  | { kind: 'stopped' }
  | { kind: 'input'; verdict: Verdict; input: Uint8Array }
  /** It ended while it tried nothing; `how` says it in words. */
  | { kind: 'died'; isOpen: boolean; how: string }
  | { kind: 'problem'; error: Error };

export class Job {
  readonly ended: Promise<JobEnd>;
  readonly #child: ChildProcess;
  readonly #box: BlackBox | undefined;
  readonly #mark: string = randomUUID();
  /**
   * Ends it, and what its target has started, should this process be killed. It is this process's and not the job's: what
   * a target forks keeps open whatever tells that the job has ended.
   */
  readonly #guard: Guard | undefined;
  readonly #target: string;
  readonly #timeout: number;
  /** Whether its target runs within its process, and may end that. */
  readonly #isWithin: boolean;
  readonly #heard: (message: FromJob) => void;
  #words = '';
  #isOpen = false;
  #isDone = false;
  #isStopping = false;
  #problem: Error | undefined;
  /** Why it was killed. */
  #verdict: Verdict | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Where its loop is in the module, and the input that this did not come to an end with. */
  #loop: ModuleLoop | undefined;
  #endless: Uint8Array | undefined;
  #sequence = -1;
  #moved = now();
  #looked = now();

  /** `heard` gets what it says. With `isShown` what its target writes goes to standard error. */
  private constructor(
    start: StartMessage,
    heard: (message: FromJob) => void,
    isShown: boolean,
    words: readonly string[],
  ) {
    this.#heard = heard;
    const { row } = findTarget(start.target);
    this.#target = start.target;
    this.#timeout = row.isWatching ? start.options.timeout * WATCHED : patienceOf(start);
    this.#isWithin = row.isRisky && !row.isWatching;
    this.#box = row.isRisky ? new BlackBox() : undefined;
    this.#guard = row.isRisky && process.platform === 'linux' ? new Guard(markPattern(this.#mark)) : undefined;
    this.#guard?.prepare();
    this.#child = this.#spawn(isShown, words);
    if (this.#child.pid !== undefined) this.#guard?.watch([this.#child.pid]);
    this.ended = this.#awaitEnd();
    this.send(start);
    this.#timer = setTimeout(() => this.#look(), LOOK);
  }

  /** Starts it as its target wants to be started; throws what keeps that from being told. */
  static async start(start: StartMessage, heard: (message: FromJob) => void, isShown = false): Promise<Job> {
    const { words = [], note } = (await findTarget(start.target).row.launch?.()) ?? {};
    if (note !== undefined) heard({ type: 'note', text: note });
    return new Job(start, heard, isShown, words);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** How many inputs it had begun to try when it ended, where that can be seen from outside. */
  lastSequence = 0;

  send(message: ToJob): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Has it come to its end; one that has not after `grace` milliseconds is killed. */
  stop(grace: number): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.send({ type: 'stop' });
    const timer = setTimeout(() => this.kill(), grace);
    void this.ended.then(() => clearTimeout(timer));
  }

  kill(): void {
    this.#isStopping = true;
    this.signal('SIGKILL');
  }

  /** Signals it and whatever it has started. */
  signal(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // It has ended this moment.
    }
  }

  #spawn(isShown: boolean, words: readonly string[]): ChildProcess {
    const own = process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
    const isBounded = [...own, process.env.NODE_OPTIONS ?? ''].some((flag) => flag.includes('max-old-space-size'));
    const flags = isBounded ? own : [...own, `--max-old-space-size=${MOST_HEAP}`];
    const [program = '', ...argv] = [...words, process.execPath, ...flags, findJobFile()];
    const child = spawn(program, argv, {
      // A group of its own: what a target starts can be ended with it, and keys at the terminal are the command's.
      detached: true,
      env: markedEnvironment(this.#mark),
      serialization: 'advanced',
      stdio: ['ignore', isShown ? STDERR : 'ignore', 'pipe', this.#box?.fd ?? 'ignore', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MOST_WORDS);
      if (isShown) process.stderr.write(text);
    });
    child.on('message', (message: FromJob) => this.#hear(message));
    return child;
  }

  #hear(message: FromJob): void {
    if (message.type === 'opened') {
      this.#isOpen = true;
      this.#loop = message.loop;
    }
    if (message.type === 'done') this.#isDone = true;
    if (message.type === 'done' || message.type === 'problem') this.#awaitLeaving();
    if (message.type === 'problem') {
      const { code, message: text } = message;
      this.#problem = code === undefined ? new Error(text) : new AncillaryError(code, text);
    }
    // Without a box, what it says is the sign that it goes on.
    if (!this.#box) this.#moved = now();
    this.#heard(message);
  }

  #awaitLeaving(): void {
    const timer = setTimeout(() => this.signal('SIGKILL'), LEAVING);
    void this.ended.then(() => clearTimeout(timer));
  }

  /** Looks whether it still goes on. */
  #look(): void {
    const time = now();
    // Whoever was stopped or suspended himself has seen nothing.
    if (time - this.#looked > LOOK * 20) this.#moved = time;
    this.#looked = time;
    const { sequence, state } = this.#box?.read() ?? { sequence: 0, state: BoxState.running };
    if (sequence !== this.#sequence || (this.#isOpen && state === BoxState.waiting)) this.#moved = time;
    this.#sequence = sequence;
    const patience = this.#isOpen ? this.#timeout : this.#timeout + OPENING;
    if (time - this.#moved >= patience && !this.#isOpen) {
      const said = `${this.#target} never finished loading: it was not there within ${patience / 1000} s`;
      this.#problem = new AncillaryError('ETIMEDOUT', said);
      this.signal('SIGKILL');
    } else if (time - this.#moved >= patience) {
      const held = this.#loop && lookIntoLoop(this.pid, this.#loop);
      this.#endless = held?.input;
      const cause = `the target did not end within ${patience / 1000} s`;
      this.#verdict = { class: 'hang', cause, ...(held && { details: held.details }) };
      this.signal('SIGKILL');
    } else if (this.#resident() > MOST_GIB * 2 ** 30) {
      this.#verdict = {
        class: 'out-of-memory',
        cause: `the target used more than ${MOST_GIB} GiB of memory`,
      };
      this.signal('SIGKILL');
    } else this.#timer = setTimeout(() => this.#look(), LOOK);
  }

  /** Bytes of memory that it has (proc(5), statm). */
  #resident(): number {
    try {
      return Number(readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')[1]) * PAGE;
    } catch {
      return 0;
    }
  }

  async #awaitEnd(): Promise<JobEnd> {
    const failure = await new Promise<Error | undefined>((resolve) => {
      this.#child.on('error', resolve);
      this.#child.on('exit', () => resolve(undefined));
    });
    clearTimeout(this.#timer);
    if (failure) {
      this.kill();
      await this.#guard?.close();
      this.#box?.close();
      return { kind: 'problem', error: new AncillaryError('EAGAIN', `cannot start a job: ${failure.message}`) };
    }
    this.#endGroup();
    await this.#guard?.close();
    await this.#lastWords();
    try {
      this.lastSequence = this.#box?.read().sequence ?? 0;
      return this.#judgeEnd();
    } finally {
      this.#box?.close();
    }
  }

  /** Ends what the job has started and left, and removes what it has not come to remove. */
  #endGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // There is nothing, as there should be.
    }
    endMarked(this.#mark);
    rmSync(temporaryFolder(this.#mark), { recursive: true, force: true });
  }

  async #lastWords(): Promise<void> {
    const { stderr } = this.#child;
    if (!stderr || stderr.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LAST_WORDS);
      stderr.on('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    stderr.destroy();
  }

  /** Whether its target ended it between two inputs, by what it had begun or left; what somebody else kills is nobody's finding. */
  #isLeftBehind({ signal }: Ending): boolean {
    return (
      this.#isOpen &&
      this.#isWithin &&
      (this.#box?.read().sequence ?? 0) > 0 &&
      signal !== 'SIGKILL' &&
      signal !== 'SIGTERM'
    );
  }

  #judgeEnd(): JobEnd {
    const ending: Ending = { code: this.#child.exitCode, signal: this.#child.signalCode, stderr: this.#words };
    if (this.#problem) return { kind: 'problem', error: this.#problem };
    if (this.#isDone) return { kind: 'done' };
    const isTrying = this.#box?.read().state === BoxState.running;
    if (this.#verdict && this.#box && isTrying) {
      return { kind: 'input', verdict: this.#verdict, input: this.#box.readInput() };
    }
    if (this.#verdict && this.#endless) return { kind: 'input', verdict: this.#verdict, input: this.#endless };
    if (this.#verdict) return { kind: 'died', isOpen: this.#isOpen, how: this.#verdict.cause };
    if (this.#isStopping) return { kind: 'stopped' };
    if (this.#box && !isTrying && this.#isLeftBehind(ending)) {
      return { kind: 'input', verdict: judgeLeft(ending), input: this.#box.readInput() };
    }
    if (this.#box && isTrying) return { kind: 'input', verdict: judgeEnding(ending), input: this.#box.readInput() };
    return { kind: 'died', isOpen: this.#isOpen, how: describeEnding(ending) };
  }
}
