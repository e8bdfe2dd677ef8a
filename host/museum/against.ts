/** Looking for a bug of the museum without its trigger: what a search asks of each input that it makes. */
import type { Verdict } from '../generate/finding.js';
import type { LabInstance } from '../wasm/lab.js';
import type { Belief, Exhibit } from './exhibit.js';
import { simulate } from './simulate.js';
import { findWalk } from './walk-rows.js';

export interface Against {
  /** The ABI that inputs are made for. */
  readonly abi: string;
  /** Numbers of the two walks, where the bug is one of a walk and the search can stay within the module. */
  readonly walks?: readonly [buggy: number, right: number];
  /** What is wrong with an input, if it shows the bug. */
  run(input: Uint8Array): Verdict | undefined;
  /**
   * What the last input made the two programs believe, as counters: numbers left out, so that a belief of a new kind is
   * news and one about other numbers is not.
   */
  counters(): Uint8Array;
}

/** Of a power of two. */
const COUNTERS = 4096;

/** How to look for an exhibit; undefined where it has no simulation. `lab` is not the search's own. */
export function findAgainst(lab: LabInstance, exhibit: Exhibit): Against | undefined {
  const simulated = simulate(lab, exhibit);
  if (!simulated) return undefined;
  const { simulation } = exhibit;
  const verdict: Verdict = { class: `museum:${exhibit.id}`, cause: `${exhibit.project}: ${exhibit.cause}` };
  const counters = new Uint8Array(COUNTERS);
  return {
    abi: simulated.abi,
    ...(simulation?.kind === 'walk' && {
      walks: [findWalk(lab, simulation.buggy), findWalk(lab, simulation.right)] as const,
    }),
    run(input) {
      counters.fill(0);
      count(counters, 'buggy', simulated.buggy(input));
      count(counters, 'right', simulated.right(input));
      return simulated.isShown(input) ? verdict : undefined;
    },
    counters: () => counters,
  };
}

/** A counter for each kind of line, as often as it is there, and one for how many lines there are. */
function count(counters: Uint8Array, side: string, belief: Belief): void {
  const lines = [`${Math.min(belief.length, 16)} lines`, ...belief.slice(0, 64)];
  for (const line of lines) {
    const at = hash(`${side} ${line.replace(/[0-9a-f]*\d[0-9a-f]*/g, '#').replace(/(# ?)+/g, '#')}`) & (COUNTERS - 1);
    counters[at] = Math.min((counters[at] as number) + 1, 255);
  }
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
