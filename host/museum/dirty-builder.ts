/** Programs that find the place of each message with CMSG_NXTHDR, over a buffer that holds something already. */
import { walkControl } from '../model/walk.js';
import { NOTHING } from './beliefs.js';
import { asRaw } from './building.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import type { Scene } from './scene.js';

/** What finds the place behind the message at `at`, in a buffer of which only the messages up to there are written. */
type Find = (buffer: Uint8Array, at: number, scene: Scene) => number | undefined;

interface DirtyBuilder {
  /** What the buffer holds. */
  fill: number;
  find: Find;
  rightFind: Find;
  /** What the one that is right has in it. */
  rightFill: number;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

export function dirtyBuilder({ fill, find, rightFill, rightFind, ...shown }: DirtyBuilder): CodeSimulation {
  return {
    kind: 'builder',
    ...shown,
    buggy: (input, scene) => build(input, scene, fill, find),
    right: (input, scene) => build(input, scene, rightFill, rightFind),
  };
}

function build(input: Uint8Array, scene: Scene, fill: number, find: Find): Belief {
  const messages = scene.messages(input);
  if (!messages || messages.length === 0) return NOTHING;
  const whole = scene.encode(asRaw(messages));
  const buffer = new Uint8Array(whole.length).fill(fill);
  const lines: string[] = [];
  for (let at: number | undefined = 0, i = 0; i < messages.length; i++) {
    if (at === undefined) return [...lines, `no place for message ${i}: NULL`];
    const end = messages[i + 1] ? at + scene.space((messages[i] as { data: Uint8Array }).data.length) : whole.length;
    buffer.set(whole.subarray(at, end), at);
    lines.push(`message ${i} at ${at}`);
    at = find(buffer, at, scene);
  }
  return lines;
}

/** By one of the walks. */
export function findBy(dialect: string): Find {
  return (buffer, at, { codec, abi }) => {
    const { headers } = walkControl(codec, abi, buffer, { dialect });
    return headers.find(({ offset }) => offset > at)?.offset;
  };
}

/** By one of the walks, which takes a next header of length zero for the end. */
export function findUnlessZero(dialect: string): Find {
  return (buffer, at, scene) => {
    const next = findBy(dialect)(buffer, at, scene);
    return next === undefined || buffer.subarray(next, next + scene.word).every((byte) => byte === 0)
      ? undefined
      : next;
  };
}
