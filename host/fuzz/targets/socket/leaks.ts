/** Whether a peer keeps descriptors that it has been sent: more are open when all connections are closed. */
import { now, setTimeout } from '../../../runtime/globals.js';
import type { Verdict } from '../../target.js';

/** So long a peer may take to close what it has, in milliseconds: between inputs, at the end, and when in doubt. */
const SHORT = 40;
const LONG = 300;
const LONGEST = 2000;
/** So often the input is sent again: what grows each time is no cache, no log file. Once it is known that there are leaks, once. */
const REPEATS = 3;
/** With so many at once there is no other reason. */
const MANY = 16;
/** Of its descriptors this part must be free, or the next inputs find other things. */
const SPARE = 0.3;
/** Room for what the peer opens to take a connection at all. */
const FEW = 8;

export interface Watched {
  countDescriptors(): number | undefined;
  mostDescriptors(): number;
}

export class Leaks {
  readonly #peer: Watched;
  /** How many were open when all was well. */
  #usual: number | undefined;
  /** Whether one has been found: further ones are looked at less closely. */
  #isKnown = false;

  constructor(peer: Watched) {
    this.#peer = peer;
    this.#usual = peer.countDescriptors();
  }

  /** Whether so many are open that the peer will soon be able to open none. */
  get isFull(): boolean {
    const count = this.#peer.countDescriptors() ?? 0;
    const most = this.#peer.mostDescriptors();
    return count > most * (1 - SPARE);
  }

  describeFullness(): string {
    return `${this.#peer.countDescriptors()} of ${this.#peer.mostDescriptors()} descriptors`;
  }

  /**
   * Looks after an input, with all connections closed. Where there are more than usual: `repeat` sends the input again,
   * `rest` something harmless; only what grows with the one each time, and not with the other, is a leak.
   */
  async look(repeat: () => Promise<boolean>, rest: () => Promise<boolean>): Promise<Verdict | undefined> {
    const usual = this.#usual;
    if (usual === undefined) return undefined;
    const first = (await this.#settle(usual, this.#isKnown ? SHORT : LONG)) - usual;
    // What was open only because somebody was slow is no measure.
    if (first <= 0) {
      this.#usual = usual + first;
      return undefined;
    }
    const repeats = this.#isKnown ? 1 : REPEATS;
    const { growth, times, isSteady } = await this.#repeat(repeat, usual, first, repeats);
    await rest();
    const isOwn = isSteady && (await this.#stays(usual, growth)) && (times === repeats || first >= MANY);
    this.#usual = this.#peer.countDescriptors() ?? usual;
    if (!isOwn) return undefined;
    this.#isKnown = true;
    const what = first === 1 ? 'a descriptor' : `${first} descriptors`;
    return {
      class: 'leak',
      cause: `the server keeps ${what} of each such message, also when the connection is closed`,
    };
  }

  /** How many more are open, after how many times, and whether there were more after each. */
  async #repeat(repeat: () => Promise<boolean>, usual: number, first: number, most: number) {
    let growth = first;
    let times = 0;
    const room = this.#peer.mostDescriptors() - usual - first - FEW;
    while (times < most && growth < room && (await repeat())) {
      const grown = (await this.#settle(usual + growth, SHORT)) - usual - growth;
      if (grown <= 0) return { growth, times, isSteady: false };
      growth += grown;
      times += 1;
    }
    return { growth, times, isSteady: true };
  }

  /** Whether so many more stay open. Where a harmless message adds to them, all may be given back later. */
  async #stays(usual: number, growth: number): Promise<boolean> {
    const last = await this.#settle(usual + growth - 1, this.#isKnown ? SHORT : LONG);
    if (last <= usual + growth) return last === usual + growth;
    return (await this.#settle(usual + growth - 1, LONGEST)) >= usual + growth;
  }

  /** Waits until no more than `most` are open, for a while; how many are. */
  async #settle(most: number, time: number): Promise<number> {
    for (const end = now() + time; ; await new Promise((resolve) => setTimeout(resolve, 1))) {
      const count = this.#peer.countDescriptors() ?? most;
      if (count <= most || now() >= end) return count;
    }
  }
}
