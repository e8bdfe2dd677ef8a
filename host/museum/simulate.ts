import { parseControl } from '../model/parse.js';
import type { Walk } from '../model/walk.js';
import { describeWalk } from '../view/walks.js';
import type { LabInstance } from '../wasm/lab.js';
import { isSame, NOTHING, tellMessages } from './beliefs.js';
import type { Belief, Exhibit, LayoutSimulation, Symptom, WalkSimulation } from './exhibit.js';
import type { Scene } from './scene.js';
import { sceneOf } from './scenes.js';
import { findWalk, walkAsRow } from './walk-rows.js';

/** An exhibit that can be tried on any bytes. */
export interface Simulated {
  readonly abi: string;
  readonly trigger: Uint8Array;
  readonly neighbours: readonly Uint8Array[];
  /** What the program with the bug takes to be true. */
  buggy(input: Uint8Array): Belief;
  /** What is. */
  right(input: Uint8Array): Belief;
  /** Whether these bytes show this bug. */
  isShown(input: Uint8Array): boolean;
}

/** The simulation of an exhibit; undefined where it has none. Whatever the bytes, it ends and does not throw. */
export function simulate(lab: LabInstance, exhibit: Exhibit): Simulated | undefined {
  const { simulation, abi } = exhibit;
  if (!simulation) return undefined;
  const scene = sceneOf(lab, abi);
  const trigger = scene.bytes(simulation.trigger);
  const neighbours = simulation.neighbours.map((bytes) => scene.bytes(bytes));
  return { abi, trigger, neighbours, ...sidesOf(lab, scene, simulation) };
}

function sidesOf(
  lab: LabInstance,
  scene: Scene,
  simulation: NonNullable<Exhibit['simulation']>,
): Omit<Simulated, 'abi' | 'trigger' | 'neighbours'> {
  switch (simulation.kind) {
    case 'walk':
      return walkSides(lab, scene, simulation);
    case 'layout':
      return differing(layoutSides(scene, simulation));
    default:
      return differing({
        buggy: (input) => simulation.buggy(input, scene),
        right: (input) => simulation.right(input, scene),
      });
  }
}

function differing(sides: Pick<Simulated, 'buggy' | 'right'>) {
  return { ...sides, isShown: (input: Uint8Array) => !isSame(sides.buggy(input), sides.right(input)) };
}

function walkSides(lab: LabInstance, scene: Scene, { buggy, right, symptom }: WalkSimulation) {
  const walkBy = (id: string) => {
    const walk = findWalk(lab, id);
    return (input: Uint8Array) => walkAsRow(lab, scene.abi, walk, input);
  };
  const [wrong, good] = [walkBy(buggy), walkBy(right)];
  const tell = (walk: Walk) => [describeWalk({ ...walk, offsets: walk.headers.map(({ offset }) => offset) })];
  return {
    buggy: (input: Uint8Array) => tell(wrong(input)),
    right: (input: Uint8Array) => tell(good(input)),
    isShown: (input: Uint8Array) => {
      const [bad, fine] = [wrong(input), good(input)];
      return symptom === undefined ? !isSame(tell(bad), tell(fine)) : SYMPTOMS[symptom](bad, fine);
    },
  };
}

const SYMPTOMS: Record<Symptom, (buggy: Walk, right: Walk) => boolean> = {
  loop: (buggy, right) => buggy.end === 'loop' && right.end !== 'loop',
  missed: (buggy, right) => buggy.end === 'end' && buggy.headers.length < right.headers.length,
  extra: (buggy, right) => buggy.headers.length > right.headers.length,
};

/** Both read the same bytes strictly, each by its layout; names are those of the exhibit's ABI. */
function layoutSides(scene: Scene, { believed }: LayoutSimulation) {
  const readBy = (abi: string) => (input: Uint8Array) => {
    if (!scene.messages(input)) return NOTHING;
    const { messages, problem } = parseControl(scene.codec, abi, input);
    return [...tellMessages(scene, messages), ...(problem === undefined ? [] : [problem])];
  };
  return { buggy: readBy(believed), right: readBy(scene.abi) };
}
