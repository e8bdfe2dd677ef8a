import { closeSync, openSync } from 'node:fs';
import { escapeControls } from '../../../check/escape.js';
import { AncillaryError } from '../../../errors/error.js';
import { native } from '../../../libc/native.js';
import { now, setImmediate, setTimeout } from '../../../runtime/globals.js';
import { Guard } from '../../../runtime/guard.js';
import type { FuzzOptions, SocketType } from '../../options.js';
import { afterHang, describeAfterHang } from '../../patience.js';
import { markPattern } from '../../stragglers.js';
import type { Target, Verdict } from '../../target.js';
import { TYPE_NUMBERS } from '../socket/address.js';
import { Connection } from '../socket/connection.js';
import { OddDescriptors, socketPair } from '../socket/descriptors.js';
import { type MessageMemory, makeMemory } from '../socket/memory.js';
import { MessageMaker } from '../socket/message.js';
import { checkOwnAbi, readOpening } from '../socket/opening.js';
import { type Course, learnSign, Session, type Sign } from '../socket/session.js';
import { LastWords } from './last-words.js';
import { Spawner, type Status } from './spawn.js';
import { judgeProgram } from './verdict.js';
import { findProgram, splitWords } from './words.js';

/** The descriptor that a program finds its connection at: the first of those that sd_listen_fds(3) speaks of. */
const FD = 3;
/**
 * Nobody but a shell knows the pid of a program before it runs. A job may not have as much memory as AddressSanitizer
 * reserves.
 */
const SCRIPT = 'ulimit -S -d unlimited 2>/dev/null; export LISTEN_PID=$$; exec "$@"';
const SHELL = '/bin/sh';
/** With these that shell ends where it cannot run the program (POSIX, 2.8.2). */
const NOT_RUN: readonly (number | null)[] = [126, 127];
const DATA_ROOM = 65536;
/** So long a program that ends with its connection at all may take for it while it is got to know, in milliseconds. */
const LEARNING = 2000;
/** And so long, of the time for an input, one that does not is looked at once it has shown its sign. */
const GLANCE = 2;
/** So many looks are made without a pause: most programs end at once. */
const SPINS = 64;
/** So often a program that did not read is run again before it is refused. */
const READINGS = 3;

/** What came of one program: how it ended by itself, if it did. */
interface Outcome {
  readonly course: Course;
  readonly status: Status | undefined;
  readonly stderr: string;
  /** Whether it closed the connection with bytes unread, as far as the type of the socket tells. */
  readonly isUnread: boolean;
}

/** A program that is started for each input, with one end of a connection. */
export class ExecTarget implements Target {
  readonly name: string;
  readonly abi: string;
  readonly isDeterministic = false;
  #timeout: number;
  readonly #type: SocketType;
  readonly #memory: MessageMemory = makeMemory(DATA_ROOM);
  readonly #odd = new OddDescriptors();
  readonly #nothing = openSync('/dev/null', 'r+');
  readonly #guard = new Guard(markPattern());
  readonly #words = new LastWords();
  readonly #session: Session;
  readonly #spawner: Spawner;
  readonly #note: (text: string) => void;
  #isHurried = false;
  /** How often it was run with an input, and ended before it had read all of it. */
  #runs = 0;
  #unread = 0;
  /** Whether the program ends when its connection does. */
  #ends = true;

  /** Throws one line for a command that cannot be run. */
  constructor(command: string, options: FuzzOptions, note: (text: string) => void) {
    const words = splitWords(command, FD);
    const program = findProgram(words[0] as string);
    checkOwnAbi(options, 'a program');
    const opening = readOpening(options);
    this.name = `exec:${command}`;
    this.abi = options.abi;
    this.#timeout = options.timeout;
    this.#type = options.type ?? 'stream';
    this.#note = note;
    this.#session = new Session(this.#memory, opening, new MessageMaker(this.#memory, this.#odd.numbers), this.#type);
    this.#spawner = new Spawner(SHELL, [SHELL, '-c', SCRIPT, SHELL, program, ...words.slice(1)], {
      // A program that is killed has leaked all it had.
      ASAN_OPTIONS: 'detect_leaks=0',
      ...process.env,
      // They are this job's own.
      NODE_CHANNEL_FD: undefined,
      NODE_CHANNEL_SERIALIZATION_MODE: undefined,
      ANCILLARY_FD: String(FD),
      LISTEN_FDS: '1',
    });
  }

  /** Learns what the program does with a harmless session. */
  async learn(): Promise<void> {
    let last: Outcome | undefined;
    const tell = async (sign: Sign) => {
      last = await this.#run(Math.min(LEARNING, this.#timeout), (connection, deadline) =>
        this.#session.tellNothing(connection, deadline, sign),
      );
      return last.course;
    };
    const isKnown = await learnSign(this.#session, tell, this.#type);
    const { status, stderr } = last as unknown as Outcome;
    if (status && NOT_RUN.includes(status.code)) {
      const [said = `it ended with ${status.code}`] = stderr.split('\n').filter((line) => line.trim() !== '');
      throw new AncillaryError('ENOEXEC', `cannot run ${this.name}: ${escapeControls(said)}`);
    }
    const verdict = status && judgeProgram(status, stderr);
    if (verdict) {
      throw new AncillaryError(
        'ERR_INVALID_ARGUMENT',
        `${this.name} fails with a harmless message already: ${verdict.cause}`,
      );
    }
    if (!isKnown)
      throw new AncillaryError('ETIMEDOUT', `${this.name} does not read what it is sent on descriptor ${FD}`);
    this.#ends = status !== undefined;
    if (last?.isUnread && !this.#session.hasOpening) await this.#checkReading();
  }

  /** One that reads only at times does so in one of a few runs. */
  async #checkReading(): Promise<void> {
    const time = Math.min(LEARNING, this.#timeout);
    for (let i = 0; i < READINGS; i++) {
      const { isUnread } = await this.#run(time, (connection, deadline) =>
        this.#session.tellNothing(connection, deadline),
      );
      if (!isUnread) return;
    }
    throw new AncillaryError(
      'ERR_INVALID_ARGUMENT',
      `${this.name} ends without reading what it is sent on descriptor ${FD}: nothing would be tested`,
    );
  }

  async run(input: Uint8Array): Promise<Verdict | undefined> {
    const { course, status, stderr, isUnread } = await this.#run(this.#timeout, (connection, deadline) =>
      this.#session.tell(connection, input, deadline),
    );
    this.#runs += 1;
    if (isUnread) this.#unread += 1;
    const verdict = status && judgeProgram(status, stderr);
    if (verdict || course === 'refused') return verdict;
    if (course === 'done' && (status || !this.#ends)) return undefined;
    if (!this.#isHurried) this.#hurry();
    const what = course === 'done' ? 'end when its connection does' : 'come to the end of its message';
    return { class: 'hang', cause: `the program does not ${what}, as it does with a harmless one` };
  }

  /** One hang is known: all further ones cost less. */
  #hurry(): void {
    this.#isHurried = true;
    const said = describeAfterHang(this.#timeout);
    if (said !== undefined) this.#note(said);
    this.#timeout = afterHang(this.#timeout);
  }

  async close(): Promise<void> {
    if (this.#unread > 0) {
      this.#note(`in ${this.#unread} of ${this.#runs} runs the program ended, and had not read all that it was sent`);
    }
    const { refused } = this.#session;
    if (refused > 0) this.#note(`the kernel refused ${refused} inputs: the program never saw them`);
    await this.#guard.close();
    this.#words.close();
    this.#odd.close();
    closeSync(this.#nothing);
  }

  /** Starts a program, does `work` with the connection to it, and ends it and all it has started. */
  async #run(time: number, work: (connection: Connection, deadline: number) => Promise<Course>): Promise<Outcome> {
    const deadline = now() + time;
    const [ours, theirs] = socketPair(TYPE_NUMBERS[this.#type]);
    const connection = new Connection(ours, this.#type, this.#memory);
    const { libc } = native();
    let pid: number;
    this.#guard.prepare();
    try {
      pid = this.#spawner.spawn([this.#nothing, this.#nothing, this.#words.fd, theirs]);
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      libc.close(theirs);
    }
    this.#guard.watch([pid]);
    try {
      const course = await work(connection, deadline);
      connection.close();
      // One that is late may have ended all the same.
      const isLate = course === 'late';
      const patience = isLate ? 0 : this.#ends ? deadline - now() : GLANCE;
      const hasEnded = await this.#awaitEnd(pid, now() + patience);
      // All of its group, also what it has left behind, while its number is its own.
      endGroup(pid);
      const status = this.#spawner.collect(pid);
      return {
        course,
        status: hasEnded ? status : undefined,
        stderr: this.#words.take(),
        isUnread: connection.seen.isReset,
      };
    } catch (error) {
      endGroup(pid);
      this.#spawner.collect(pid);
      throw error;
    } finally {
      connection.close();
      this.#guard.watch([]);
    }
  }

  async #awaitEnd(pid: number, deadline: number): Promise<boolean> {
    for (let looks = 0; ; looks++) {
      if (this.#spawner.hasEnded(pid)) return true;
      if (now() >= deadline) return false;
      this.#words.drain();
      if (looks < SPINS) await new Promise((resolve) => setImmediate(resolve));
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // There is nobody left.
  }
}
