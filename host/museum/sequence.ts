/** Programs that receive one message after another: each SCM_RIGHTS message of the input is one send. */
import { NOTHING } from './beliefs.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import { DIRT, deliver, type Received } from './kernel.js';
import type { Scene } from './scene.js';

interface Program {
  /** Whether it leaves the descriptors of a message open when it has done with it. */
  keeps: boolean;
  tell(received: Received, scene: Scene): string;
}

interface Sequence {
  /** Descriptors that the process may still open at the beginning. */
  free: number;
  /** msg_controllen of each receive; the buffer is the same one, as it was left. */
  room(scene: Scene): number;
  buggy: Program;
  right: Program;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/** Lines for each receive, in turn. */
export function inTurn({ free, room, buggy, right, ...shown }: Sequence): CodeSimulation {
  const run =
    ({ keeps, tell }: Program) =>
    (input: Uint8Array, scene: Scene): Belief => {
      const sends = scene.messages(input)?.filter((message) => scene.isRights(message) && message.data.length >= 4);
      if (!sends || sends.length === 0) return NOTHING;
      const buffer = new Uint8Array(room(scene)).fill(DIRT);
      let left = free;
      return sends.map((message, i) => {
        const received = deliver(scene, [message], { room: buffer.length, free: left, buffer });
        if (keeps) left -= received.installed.length;
        return `message ${i}: ${tell(received, scene)}`;
      });
    };
  return { kind: 'reader', ...shown, buggy: run(buggy), right: run(right) };
}
