import type { CheckId, RoomName } from './names.js';
import type { Bytes, Scene } from './scene.js';

export type { Bytes } from './scene.js';

/** What a program takes to be true, a line for each fact. No line: the bytes are not of the kind that it is about. */
export type Belief = readonly string[];

interface Shown {
  /** What the bug shows itself with. */
  readonly trigger: Bytes;
  /** Close to it, and well formed: here the program is right. */
  readonly neighbours: readonly Bytes[];
}

/** How a walk goes wrong, where not every difference from the right one is this bug. */
export type Symptom = 'loop' | 'missed' | 'extra';

/** The rows of assembly/rows/walks.json: the walk with the bug beside the one without. */
export interface WalkSimulation extends Shown {
  readonly kind: 'walk';
  readonly buggy: string;
  readonly right: string;
  readonly symptom?: Symptom;
}

/** The row of assembly/rows/abis.json that a program went by, though its machine's was the ABI of the exhibit. */
export interface LayoutSimulation extends Shown {
  readonly kind: 'layout';
  readonly believed: string;
}

/** What a program makes of bytes (reader), or what the kernel makes of the bytes that it built (builder). */
export interface CodeSimulation extends Shown {
  readonly kind: 'reader' | 'builder';
  /** The input is what memory held before, and no control buffer. */
  readonly isMemory?: boolean;
  /** The control bytes that the program builds. */
  builds?: (input: Uint8Array, scene: Scene) => Uint8Array;
  buggy(input: Uint8Array, scene: Scene): Belief;
  right(input: Uint8Array, scene: Scene): Belief;
}

export type Simulation = WalkSimulation | LayoutSimulation | CodeSimulation;

/** What is done on this machine's kernel, and what it must answer, line for line. */
export interface ReplayStory {
  readonly calls: string;
  readonly expected: readonly string[];
}

/** One documented bug. */
export interface Exhibit {
  /** The letter of its room and a number. */
  readonly id: string;
  readonly title: string;
  readonly project: string;
  /** When it was found or mended, where that is known. */
  readonly year?: number;
  readonly link: string;
  /** In one sentence. */
  readonly cause: string;
  /** The ABI that it is shown on. */
  readonly abi: string;
  /** What finds it, the surest first. */
  readonly checks: readonly CheckId[];
  readonly simulation?: Simulation;
  readonly replay?: ReplayStory;
}

/** Exhibits of one class. */
export interface Room extends RoomName {
  readonly exhibits: readonly Exhibit[];
}
