/** Walks that no switch of assembly/rows/walks.json says: each is what it makes of one header. */
import { describeWalk } from '../view/walks.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import type { Scene } from './scene.js';
import { viewOf } from './scene.js';

export interface Header {
  /** Where it begins, and cmsg_len. */
  at: number;
  len: number;
  level: number;
  type: number;
}

/** The next header's offset, or undefined for the end. */
export type Step = (header: Header, control: Uint8Array, scene: Scene) => number | undefined;

/** No walk that goes on takes more steps over an input. */
const MOST_STEPS = 4096;

/** How a walk by `step` goes, from the first header, in words. */
export function describeSteps(control: Uint8Array, scene: Scene, step: Step): Belief {
  const offsets: number[] = [];
  for (let at = 0; offsets.length < MOST_STEPS; ) {
    if (at < 0 || at + scene.header > control.length) {
      return [describeWalk({ offsets, ...(offsets.length === 0 ? { end: 'end', at: 0 } : { end: 'escape', at }) })];
    }
    offsets.push(at);
    const next = step(headerAt(control, at, scene), control, scene);
    if (next === undefined) return [describeWalk({ offsets, end: 'end', at })];
    if (next <= at) return [describeWalk({ offsets, end: next === at ? 'loop' : 'back', at: next })];
    at = next;
  }
  return [describeWalk({ offsets, end: 'end', at: 0 })];
}

/** Of an ABI whose cmsg_len comes first. */
export function headerAt(control: Uint8Array, at: number, { word, isLittle, header }: Scene): Header {
  const view = viewOf(control);
  const size = word === 8 && header === 16 ? 8 : 4;
  const len = size === 8 ? Number(view.getBigUint64(at, isLittle)) : view.getUint32(at, isLittle);
  return { at, len, level: view.getInt32(at + size, isLittle), type: view.getInt32(at + size + 4, isLittle) };
}

/** cmsg_len of the header at `at`, which is inside. */
export function lengthAt(control: Uint8Array, at: number, scene: Scene): number {
  return headerAt(control, at, scene).len;
}

/** What glibc has since 2.37. */
export const stepRightly: Step = ({ at, len }, control, scene) => {
  if (len < scene.header) return undefined;
  const next = at + alignUp(len, scene);
  return next + scene.header > control.length ? undefined : next;
};

export function alignUp(len: number, { word }: Scene): number {
  return Math.ceil(len / word) * word;
}

interface Stepping {
  buggy: Step;
  right?: Step;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/** A walk with a step of its own beside one of glibc. */
export function stepping({ buggy, right = stepRightly, ...shown }: Stepping): CodeSimulation {
  return {
    kind: 'reader',
    ...shown,
    buggy: (input, scene) => describeSteps(input, scene, buggy),
    right: (input, scene) => describeSteps(input, scene, right),
  };
}
