import { NOTHING } from './beliefs.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import type { Sent } from './kernel.js';
import type { Scene } from './scene.js';

type Side = (input: Uint8Array, scene: Scene) => Belief;

interface Sides {
  kind?: 'reader' | 'builder';
  buggy: Side;
  right: Side;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/** Two programs that are given bytes with which nothing is wrong; of others they are not asked. */
export function onSound({ kind = 'reader', buggy, right, ...shown }: Sides): CodeSimulation {
  const only = (side: Side) => (input: Uint8Array, scene: Scene) =>
    scene.messages(input) ? side(input, scene) : NOTHING;
  return { kind, ...shown, buggy: only(buggy), right: only(right) };
}

interface MessageSides {
  buggy: (message: Sent, scene: Scene) => Belief;
  right: (message: Sent, scene: Scene) => Belief;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/** Two programs that look at one message after the other. */
export function onMessages({ buggy, right, ...shown }: MessageSides): CodeSimulation {
  const each = (side: MessageSides['buggy']) => (input: Uint8Array, scene: Scene) =>
    (scene.messages(input) ?? []).flatMap((message) => side(message, scene));
  return onSound({ ...shown, buggy: each(buggy), right: each(right) });
}
