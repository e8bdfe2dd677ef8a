/** strace, as `ancillary watch` runs it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { AncillaryError } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import { numberOf } from '../fd/owned-fd.js';
import { type TraceEvent, TraceJoiner } from '../model/trace/lines.js';
import { contentsOf } from './contents.js';
import { atEnd } from './lifetime.js';
import { LONGEST, linesOf } from './lines.js';
import { makePipe } from './open.js';
import { print, STDERR } from './output.js';
import { NOT_FOUND, NOT_RUN } from './programs.js';

const CALLS = 'sendmsg,recvmsg,sendmmsg,recvmmsg,?recvmmsg_time32,?recvmmsg_time64';
/**
 * All threads and children; of a descriptor what it is; every string as the escapes of its bytes, so that none can be
 * taken for what strace says itself; numbers, of which every ABI knows what they are; and execve, to know the program.
 */
const OPTIONS = [
  ...['-f', '-q', '-yy', '-xx', '-X', 'raw', '-v', '-s', '65536'],
  ...['-e', `trace=${CALLS},execve`, '-e', 'verbose=!execve'],
];
/** The name of each process, since strace 5.15. */
const NAMES = '-Y';

/** What is watched: a command that strace runs, or a process that it is attached to. */
export type Subject = { command: readonly string[] } | { pid: number };

/**
 * The options that the strace of this machine takes. Throws where there is none, or where it may not trace: it is asked
 * with a program that does nothing, as what it says of a real one could not be told from what that one says itself.
 */
export function straceOptions(): string[] {
  let said = '';
  for (const options of [[...OPTIONS, NAMES], OPTIONS]) {
    const { error, status, stderr } = spawnSync('strace', [...options, '-o', '/dev/null', '--', 'strace', '-V'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') {
      throw new AncillaryError(
        'ENOENT',
        'strace is not there, and it is what watches: install it (apt install strace)',
      );
    }
    if (status === 0) return options;
    said = error?.message ?? stderr;
    if (!/invalid option/.test(said)) break;
  }
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `strace cannot trace here: ${firstLine(said)}; it needs ptrace(2): in a container --cap-add=SYS_PTRACE, elsewhere ` +
      'kernel.yama.ptrace_scope below 3 and no other tracer',
  );
}

/** A running strace. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #exit: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
  readonly #pipe = makePipe();
  readonly #isAttached: boolean;
  #said = '';
  /** The program, once it has begun. */
  #program: number | undefined;
  #isOver = false;
  #ending: { code?: number; signal?: string } | undefined;
  /** Why the program could not begin; strace has said it. */
  #failure: string | undefined;
  #signals: NodeJS.Signals[] = [];

  constructor(options: readonly string[], subject: Subject) {
    this.#isAttached = 'pid' in subject;
    const what = 'pid' in subject ? ['-p', String(subject.pid)] : ['--', ...subject.command];
    // By a name that only strace opens: nothing is inherited, and nothing left in a folder.
    const output = `/proc/${process.pid}/fd/${numberOf(this.#pipe[1])}`;
    this.#child = spawn('strace', [...options, '-o', output, ...what], {
      stdio: this.#isAttached ? ['ignore', 'inherit', 'pipe'] : 'inherit',
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
    });
    this.#exit = once(this.#child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
    // Also what it says has come then. Nobody writes any more, and reading comes to an end.
    this.#exit.catch(() => undefined).finally(() => this.#pipe[1].close());
    atEnd(() => this.#isOver || this.#child.kill('SIGKILL'));
  }

  /** What is told of the processes, as it happens: as much at a time as there is. */
  async *events(): AsyncGenerator<TraceEvent[]> {
    const joiner = new TraceJoiner();
    try {
      for await (const lines of linesOf(copiesOf(contentsOf(this.#pipe[0])))) {
        const events: TraceEvent[] = [];
        for (const line of lines) {
          // Not through process.stderr, which would make the program's own standard error non-blocking.
          if (line === undefined) await print(`ancillary: a call of more than ${LONGEST} bytes is left out\n`, STDERR);
          const event = line === undefined ? undefined : joiner.take(line);
          if (!event) continue;
          this.#note(event);
          events.push(event);
        }
        yield events;
      }
    } finally {
      closeAll([this.#pipe[0]]);
    }
  }

  /** The exit status of the program, 128 and the number of the signal that ended it; for a process, 0 when it ended. */
  async status(): Promise<number> {
    const [code, signal] = await this.#exit;
    this.#isOver = true;
    if (this.#isAttached && code === 1 && this.#said !== '') {
      throw new AncillaryError('ERR_STRACE', `nothing is watched: ${firstLine(this.#said)}`);
    }
    if (this.#failure !== undefined) return this.#failure === 'ENOENT' ? NOT_FOUND : NOT_RUN;
    const { code: own, signal: ownSignal } = this.#ending ?? {};
    if (ownSignal !== undefined) return 128 + signalNumber(ownSignal);
    return own ?? (signal === null ? (code ?? 1) : 128 + signalNumber(signal));
  }

  /** Passes a signal on: to the program, or to strace, which leaves the process that it is attached to. */
  pass(signal: NodeJS.Signals): void {
    if (this.#isAttached) this.#child.kill(signal);
    else if (this.#program === undefined) this.#signals.push(signal);
    else if (!this.#ending) {
      try {
        process.kill(this.#program, signal);
      } catch {
        // It has just ended, or has become another user's.
      }
    }
  }

  #note(event: TraceEvent): void {
    if (this.#isAttached) return;
    if (this.#program === undefined) {
      this.#program = event.pid;
      if (event.kind === 'call') this.#failure = /^execve\(.*\) += -1 (E\w+)/.exec(event.text)?.[1];
      for (const signal of this.#signals.splice(0)) this.pass(signal);
    }
    if (event.kind === 'end' && event.pid === this.#program) this.#ending = event;
  }
}

function firstLine(said: string): string {
  return (said.trim().split('\n')[0] ?? '').replace(/^\S*strace: /, '') || 'it says nothing';
}

/** Chunks that stay what they are when the next one comes: a line may go on in it. */
async function* copiesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Uint8Array.from(chunk);
}

/** Names are strace's, those of real time SIGRTMIN, SIGRT_1, ... to SIGRTMAX, from 32 to 64. */
function signalNumber(name: string): number {
  const known = constants.signals[name as NodeJS.Signals];
  const realtime = /^SIGRT_(\d+)$/.exec(name)?.[1];
  if (realtime !== undefined) return 32 + Number(realtime);
  return known ?? { SIGRTMIN: 32, SIGRTMAX: 64 }[name] ?? 0;
}
