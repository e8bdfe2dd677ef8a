/** Looking for a bug of the museum without its trigger: what a search asks of each input that it makes. */
import type { Comparison } from '../generate/engine.js';
import type { Verdict } from '../generate/finding.js';
import type { LabInstance } from '../wasm/lab.js';
import type { Belief, Exhibit } from './exhibit.js';
import type { Asked, Scene } from './scene.js';
import { sceneOf } from './scenes.js';
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
  /** What the two programs compared, as it stands in memory on the ABI. */
  comparisons(): Comparison[];
}

/** Of a power of two. */
const COUNTERS = 4096;
/** More of the same is no news. */
const MOST = 3;

/** How to look for an exhibit; undefined where it has no simulation. `lab` is not the search's own. */
export function findAgainst(lab: LabInstance, exhibit: Exhibit): Against | undefined {
  const simulated = simulate(lab, exhibit);
  if (!simulated) return undefined;
  const { simulation } = exhibit;
  const verdict: Verdict = { class: `museum:${exhibit.id}`, cause: `${exhibit.project}: ${exhibit.cause}` };
  const scene = sceneOf(lab, exhibit.abi);
  const counters = new Uint8Array(COUNTERS);
  let asked: Asked[] = [];
  return {
    abi: simulated.abi,
    ...(simulation?.kind === 'walk' && {
      walks: [findWalk(lab, simulation.buggy), findWalk(lab, simulation.right)] as const,
    }),
    run(input) {
      counters.fill(0);
      scene.takeAsked();
      count(counters, 'buggy', simulated.buggy(input));
      count(counters, 'right', simulated.right(input));
      asked = scene.takeAsked();
      for (const { value, wanted } of asked) bump(counters, `${wanted} ${value === wanted}`);
      return simulated.isShown(input) ? verdict : undefined;
    },
    counters: () => counters,
    comparisons: () =>
      asked
        .filter(({ value, wanted }) => value !== wanted)
        .map(({ value, wanted }) => ({ a: inMemory(value, scene), b: inMemory(wanted, scene), size: 4 })),
  };
}

/** The number whose bytes, the least significant first, are those of `value` on the ABI. */
function inMemory(value: number, { isLittle }: Scene): bigint {
  const bytes = new DataView(new ArrayBuffer(4));
  bytes.setUint32(0, value >>> 0, isLittle);
  return BigInt(bytes.getUint32(0, true));
}

/** A counter for each kind of line, as often as it is there, and one for how many lines there are. */
function count(counters: Uint8Array, side: string, belief: Belief): void {
  bump(counters, `${side} ${Math.min(belief.length, 16)} lines`);
  for (const line of belief.slice(0, 64)) {
    bump(counters, `${side} ${line.replace(/[0-9a-f]*\d[0-9a-f]*/g, '#').replace(/(# ?)+/g, '#')}`);
  }
}

function bump(counters: Uint8Array, text: string): void {
  const at = hash(text) & (COUNTERS - 1);
  counters[at] = Math.min((counters[at] as number) + 1, MOST);
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
