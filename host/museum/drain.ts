/** The end of rustix's buffer of received messages: it walks all of them to close what nobody took. */
import { isSame, NOTHING } from './beliefs.js';
import type { Belief } from './exhibit.js';
import { DARWIN } from './kernel.js';
import { hasRights, reader } from './receiving.js';
import type { Scene } from './scene.js';

/** Bytes of the control buffer. */
const ROOM = 32;

/** As Darwin fills it: what is cut off is still counted by cmsg_len. */
export const drainDarwin = reader({
  setting: { receiver: () => ({ room: ROOM, kernel: DARWIN }), concerns: hasRights },
  buggy: ({ buffer, controllen }, scene) => drain(buffer, controllen, scene),
  right: (received, scene) => {
    const belief = drain(received.buffer, received.controllen, scene);
    const closed = belief.filter((line) => !line.startsWith('panic'));
    return isSame(belief, closed) ? belief : [...closed, 'the last message is cut off'];
  },
  trigger: [{ fds: Array.from({ length: 16 }, (_, i) => 5 + i) }],
  neighbours: [[{ fds: [5, 6, 7, 8, 9] }], [{ fds: [5] }]],
});

function drain(buffer: Uint8Array, controllen: number, scene: Scene): Belief {
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  const lines: string[] = [];
  for (let at = 0; at + scene.header <= controllen; ) {
    const len = view.getUint32(at, scene.isLittle);
    if (len < scene.header) return NOTHING;
    lines.push(`the message at ${at} is drained`);
    const left = controllen - at - len;
    if (left < 0) return [...lines, `panic: ${controllen - at} - ${len} is below zero`];
    at += scene.space(len - scene.header);
  }
  return lines;
}
