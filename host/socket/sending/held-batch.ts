import type { ErrorDetails } from '../../errors/error.js';
import type { Outgoing } from '../frame/data.js';
import { attemptSendMany } from './attempt-send-many.js';
import { type Cut, type Held, HeldMessage, type IsFree } from './held-message.js';

/** Messages that are sent one behind the other, on their way: none of another's comes between them. */
export class HeldBatch implements Held {
  readonly #messages: readonly HeldMessage[];
  /** How many the kernel has whole. */
  #sent = 0;

  readonly #isAddressed: boolean;

  constructor(messages: readonly Outgoing[]) {
    this.#isAddressed = messages.some(({ to }) => to !== undefined);
    this.#messages = messages.map((message) => new HeldMessage(message));
  }

  get isSent(): boolean {
    return this.#sent === this.#messages.length;
  }

  /** Whether any of them says whom it goes to. */
  get isAddressed(): boolean {
    return this.#isAddressed;
  }

  /** How many have been sent. */
  get result(): number {
    return this.#sent;
  }

  get cut(): Cut | undefined {
    return this.#messages[this.#sent]?.cut;
  }

  get progress(): ErrorDetails {
    return { messagesSent: this.#sent, ...this.#messages[this.#sent]?.progress };
  }

  send(fd: number, isFree?: IsFree): boolean {
    const first = this.#sent;
    const messages = this.#messages;
    let most = isFree ? 0 : messages.length - first;
    while (isFree && first + most < messages.length && isFree((messages[first + most] as HeldMessage).to)) most++;
    try {
      return most > 0 && attemptSendMany(fd, messages, first, most);
    } finally {
      while (messages[this.#sent]?.isSent) this.#sent++;
    }
  }

  hold(): void {
    try {
      for (let i = this.#sent; i < this.#messages.length; i++) (this.#messages[i] as HeldMessage).hold();
    } catch (error) {
      this.drop();
      throw error;
    }
  }

  drop(): void {
    for (let i = this.#sent; i < this.#messages.length; i++) (this.#messages[i] as HeldMessage).drop();
  }
}
