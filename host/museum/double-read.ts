/** A kernel that reads a program's lengths twice, and another thread of the program between the two. */
import { NOTHING } from './beliefs.js';
import type { Belief, CodeSimulation } from './exhibit.js';
import type { Scene } from './scene.js';
import { headerAt } from './stepping.js';

/**
 * The last word of 4 bytes of the input is what the other thread stores over the first cmsg_len, after all of the input
 * before it was found to be sound and room was made for it.
 */
export function doubleRead(shown: Pick<CodeSimulation, 'trigger' | 'neighbours'>): CodeSimulation {
  return {
    kind: 'reader',
    ...shown,
    buggy: (input, scene) => copy(input, scene, true),
    right: (input, scene) => copy(input, scene, false),
  };
}

const WORD = 4;

function copy(input: Uint8Array, scene: Scene, readsAgain: boolean): Belief {
  if (input.length < WORD) return NOTHING;
  const control = input.subarray(0, input.length - WORD);
  const messages = scene.messages(control);
  const [first] = messages ?? [];
  if (!first) return NOTHING;
  const stored = new DataView(input.buffer, input.byteOffset + control.length, WORD).getUint32(0, scene.isLittle);
  const { len } = headerAt(control, 0, scene);
  const copied = readsAgain ? stored : len;
  const room = scene.space(first.data.length);
  return [copied > room ? `${copied - room} bytes behind the room` : 'all that is copied has room'];
}
