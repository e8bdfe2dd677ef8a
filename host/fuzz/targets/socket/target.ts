import { AncillaryError, invalidArgument } from '../../../errors/error.js';
import { EACCES, EAGAIN, ECONNREFUSED, ENOENT, EPROTOTYPE, errnoName, systemError } from '../../../libc/errno.js';
import { now, setTimeout } from '../../../runtime/globals.js';
import type { FuzzOptions, SocketType } from '../../options.js';
import { SOCKET_TYPES } from '../../options.js';
import type { Target, Verdict } from '../../target.js';
import { checkSocket, connectTo } from './address.js';
import { Connection } from './connection.js';
import { OddDescriptors } from './descriptors.js';
import { Leaks } from './leaks.js';
import { type MessageMemory, makeMemory } from './memory.js';
import { MessageMaker } from './message.js';
import { checkOwnAbi, readOpening } from './opening.js';
import { type Credentials, holderOf, Peer, peerCredentials } from './peer.js';
import { Rate } from './rate.js';
import { type Course, learnSign, Session, type Sign } from './session.js';

const DATA_ROOM = 65536;
const DEFAULT_RATE = 1000;
/** Of the time that an input may take: for the answer to it, and to the harmless one behind it. */
const HALF = 0.5;
/** So long a server that answers or closes at all may take for it while it is got to know, in milliseconds. */
const LEARNING = 500;
/** A process that has closed everything ends soon; while it writes a core file it does not. */
const ENDING = 2000;

/** A live server of the user's own, from outside. One connection at a time. */
export class SocketTarget implements Target {
  readonly name: string;
  readonly abi: string;
  readonly isDeterministic = false;
  readonly #path: string;
  readonly #timeout: number;
  readonly #memory: MessageMemory = makeMemory(DATA_ROOM);
  readonly #odd = new OddDescriptors();
  readonly #rate: Rate;
  readonly #note: (text: string) => void;
  readonly #type: SocketType;
  readonly #peer: Peer;
  readonly #session: Session;
  #leaks!: Leaks;
  /** Why there is nothing left to try. */
  #over: string | undefined;
  /** Whether the input before left it in a state in which it may serve nobody. */
  #isDoubtful = false;

  /** Connects once, to learn who serves there. Throws one line for what cannot be fuzzed, or is another user's. */
  constructor(path: string, options: FuzzOptions, note: (text: string) => void) {
    checkOwnAbi(options, 'a server');
    if (options.lanes > 1) {
      throw invalidArgument(
        `socket:${path} is one server, which is given one connection at a time: leave out --jobs and --shard`,
      );
    }
    this.name = `socket:${path}`;
    this.abi = options.abi;
    this.#path = path;
    this.#note = note;
    this.#timeout = options.timeout;
    this.#rate = new Rate(options.rate ?? DEFAULT_RATE);
    const opening = readOpening(options);
    try {
      const { fd, type } = this.#find(options.type);
      this.#type = type;
      try {
        this.#peer = new Peer(this.#checkOwner(fd), this.#memory);
      } finally {
        new Connection(fd, type, this.#memory).close();
      }
      this.#session = new Session(this.#memory, opening, new MessageMaker(this.#memory, this.#odd.numbers), type);
    } catch (error) {
      this.#odd.close();
      throw error;
    }
  }

  /** Learns what the server does with a harmless session. */
  async learn(): Promise<void> {
    const tell = async (sign: Sign) => {
      const patience = sign === 'read' ? this.#timeout : Math.min(LEARNING, this.#timeout);
      return this.#tellNothing(now() + patience, sign);
    };
    if (!(await learnSign(this.#session, tell, this.#type))) {
      throw new AncillaryError(
        'ETIMEDOUT',
        `the server at ${this.#path} does not read what it is sent: is it stopped?`,
      );
    }
    // A second one: what it opens once, for its first session, is open then.
    await this.#tellNothing(now() + this.#timeout);
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
    this.#leaks = new Leaks(this.#peer);
  }

  isOver(): boolean {
    return this.#over !== undefined;
  }

  async run(input: Uint8Array): Promise<Verdict | undefined> {
    if (this.#over !== undefined) return undefined;
    await this.#rate.wait();
    if (this.#isDoubtful && !(await this.#recover())) return undefined;
    const course = await this.#tell(input);
    const verdict = await this.#judge(course, input);
    if (verdict) this.#isDoubtful = verdict.class !== 'leak';
    if (this.#leaks.isFull) this.#end(`has ${this.#leaks.describeFullness()} open, and would soon serve nobody`);
    return verdict;
  }

  close(): void {
    const { refused } = this.#session;
    if (refused > 0) this.#note(`the kernel refused ${refused} inputs: the server never saw them`);
    this.#peer.close();
    this.#odd.close();
  }

  async #judge(course: Course | 'unreached', input: Uint8Array): Promise<Verdict | undefined> {
    if (this.#peer.isEnding() && this.#peer.hasEnded(ENDING)) {
      return { class: 'crash', cause: `the server ended: process ${this.#peer.pid} is no more` };
    }
    if (course === 'unreached') {
      return {
        class: 'reset',
        cause: `the server takes no connections any more, though process ${this.#peer.pid} runs`,
      };
    }
    if (course === 'late' || this.#session.sign !== 'closed') {
      const next = await this.#tellNothing(now() + this.#timeout * HALF);
      if (this.#peer.isEnding() && this.#peer.hasEnded(ENDING)) {
        return { class: 'crash', cause: `the server ended: process ${this.#peer.pid} is no more` };
      }
      if (next !== 'done') return { class: 'hang', cause: 'the server serves no further connection' };
      if (course === 'late') {
        const what = { closed: 'close', answered: 'answer', read: 'read' }[this.#session.sign];
        return {
          class: 'hang',
          cause: `the server does not ${what} the connection, as it does after a harmless message`,
        };
      }
    }
    if (course === 'refused') return undefined;
    return this.#leaks.look(
      async () => (await this.#tell(input)) === 'done',
      async () => (await this.#tellNothing(now() + this.#timeout)) === 'done',
    );
  }

  async #tell(input: Uint8Array): Promise<Course | 'unreached'> {
    const deadline = now() + this.#timeout * HALF;
    return this.#connected(deadline, (connection) => this.#session.tell(connection, input, deadline));
  }

  async #tellNothing(deadline: number, sign?: Sign): Promise<Course | 'unreached'> {
    return this.#connected(deadline, (connection) => this.#session.tellNothing(connection, deadline, sign));
  }

  async #connected(deadline: number, work: (connection: Connection) => Promise<Course>): Promise<Course | 'unreached'> {
    let fd = connectTo(this.#path, this.#type, this.#memory);
    // EAGAIN: others wait to be accepted.
    for (; fd === -EAGAIN && now() < deadline; fd = connectTo(this.#path, this.#type, this.#memory)) {
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
    }
    if (fd < 0) return fd === -EAGAIN ? 'late' : 'unreached';
    const connection = new Connection(fd, this.#type, this.#memory);
    try {
      return await work(connection);
    } finally {
      connection.close();
    }
  }

  /** Gives a server that choked the time to serve again; where it does not, there is nothing left to try. */
  async #recover(): Promise<boolean> {
    const course = this.#peer.hasEnded() ? 'unreached' : await this.#tellNothing(now() + this.#timeout * HALF);
    this.#isDoubtful = course !== 'done';
    if (this.#isDoubtful) this.#end(course === 'late' ? 'serves nobody any more' : 'is no more');
    return !this.#isDoubtful;
  }

  #end(why: string): void {
    this.#over = why;
    this.#note(`the server at ${this.#path} ${why}: start it anew to go on`);
  }

  /** A connected socket, of the type that was asked for or the first one that connects. */
  #find(wanted: SocketType | undefined): { fd: number; type: SocketType } {
    let errno = 0;
    for (const type of wanted === undefined ? SOCKET_TYPES : [wanted]) {
      const fd = connectTo(this.#path, type, this.#memory);
      if (fd >= 0) return { fd, type };
      errno = -fd;
      // Abstract names are one for each type.
      if (errno !== (this.#path.startsWith('@') ? ECONNREFUSED : EPROTOTYPE)) break;
    }
    const advice =
      errno === EPROTOTYPE
        ? 'its type is another: leave out --type'
        : errno === ENOENT || errno === ECONNREFUSED
          ? 'start the server first'
          : errno === EACCES
            ? 'you may not write to it, or not look into its folder: fuzz a server of your own'
            : '';
    checkSocket(this.#path);
    throw systemError('connect', errno, this.#path, advice, { cause: errnoName(errno) });
  }

  /** Its process; throws where it is not of our own user. */
  #checkOwner(fd: number): number {
    const owner: Credentials | undefined =
      this.#type === 'dgram' ? holderOf(this.#path) : peerCredentials(fd, this.#memory);
    if (!owner || owner.pid <= 0) {
      throw new AncillaryError('ESRCH', `no process of yours is known to serve ${this.#path}: it cannot be watched`);
    }
    const own = process.getuid?.();
    if (owner.uid !== own) {
      throw new AncillaryError(
        'EPERM',
        `the server at ${this.#path} is of user ${owner.uid}, and you are ${own}: fuzz your own`,
      );
    }
    return owner.pid;
  }
}
