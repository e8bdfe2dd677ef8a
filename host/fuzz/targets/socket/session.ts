/** What is said to a peer in one connection, and what it does then; what it does with a harmless one is what is expected. */
import { EAGAIN, EBADF, EINVAL, EMSGSIZE, ENOBUFS, EPERM, ESRCH, ETOOMANYREFS } from '../../../libc/errno.js';
import type { SocketType } from '../../options.js';
import type { Connection, Seen } from './connection.js';
import type { MessageMemory } from './memory.js';
import type { Message, MessageMaker } from './message.js';

/** What the kernel answers to control bytes that it does not take: no doing of the peer. */
const REFUSALS: readonly number[] = [EINVAL, EBADF, EMSGSIZE, ENOBUFS, EPERM, ESRCH, ETOOMANYREFS];

/** What shows that the peer is done with a message: it closes the connection, it answers, it has read all. */
export type Sign = 'closed' | 'answered' | 'read';

export const SIGNS: Readonly<Record<Sign, (seen: Seen) => boolean>> = {
  closed: ({ isClosed }) => isClosed,
  answered: ({ isAnswered, isClosed }) => isAnswered || isClosed,
  read: ({ isRead, isAnswered, isClosed }) => isRead || isAnswered || isClosed,
};

/** `refused`: by the kernel, so that the peer got nothing of it; `late`: the sign did not come. */
export type Course = 'done' | 'refused' | 'late';

export class Session {
  readonly #memory: MessageMemory;
  readonly #before: Uint8Array;
  readonly #maker: MessageMaker;
  readonly #type: SocketType;
  /** What the peer did after a harmless message. */
  sign: Sign = 'closed';
  /** How many inputs the kernel did not take. */
  refused = 0;

  constructor(memory: MessageMemory, before: Uint8Array, maker: MessageMaker, type: SocketType) {
    this.#memory = memory;
    this.#before = before;
    this.#maker = maker;
    this.#type = type;
  }

  /** Whether there is an opening: what is harmless is more than one byte then. */
  get hasOpening(): boolean {
    return this.#before.length > 0;
  }

  /** The opening, and an input. */
  async tell(connection: Connection, input: Uint8Array, deadline: number): Promise<Course> {
    if (this.#before.length > 0 && !this.#open(connection, deadline)) return this.#end(connection, deadline);
    const errno = connection.send(this.#maker.make(input, connection.fd, this.#type !== 'stream'), deadline);
    if (REFUSALS.includes(errno)) {
      this.refused += 1;
      return 'refused';
    }
    return errno === EAGAIN ? this.#await(connection, deadline) : this.#end(connection, deadline);
  }

  /** The opening alone, or one byte: what nobody has reason to choke on. */
  async tellNothing(connection: Connection, deadline: number, sign = this.sign): Promise<Course> {
    if (this.#before.length > 0) this.#open(connection, deadline);
    else connection.send(this.#putData(new Uint8Array(1)), deadline);
    return this.#end(connection, deadline, sign);
  }

  /** Whether it could be sent. */
  #open(connection: Connection, deadline: number): boolean {
    return connection.send(this.#putData(this.#before), deadline) === 0;
  }

  #putData(bytes: Uint8Array): Message {
    this.#memory.bytes.set(bytes, this.#memory.data);
    return { control: 0, data: bytes.length };
  }

  #end(connection: Connection, deadline: number, sign = this.sign): Promise<Course> {
    if (sign === 'closed') connection.finish();
    return this.#await(connection, deadline, sign);
  }

  async #await(connection: Connection, deadline: number, sign = this.sign): Promise<Course> {
    return (await connection.wait(SIGNS[sign], deadline)) ? 'done' : 'late';
  }
}

/** Learns what shows that the peer is done: tries, each with a connection of its own, from the surest sign on. */
export async function learnSign(
  session: Session,
  tell: (sign: Sign) => Promise<Course | 'unreached'>,
  type: SocketType,
): Promise<boolean> {
  const signs: readonly Sign[] = type === 'dgram' ? ['answered', 'read'] : ['closed', 'answered', 'read'];
  for (const sign of signs) {
    if ((await tell(sign)) !== 'done') continue;
    session.sign = sign;
    return true;
  }
  return false;
}
