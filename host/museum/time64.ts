/** What glibc does behind recvmsg for a program of 64-bit time on a 32-bit kernel interface: it appends a time stamp. */
import type { ParsedMessage } from '../model/parse.js';
import { takeStrictly } from './building.js';
import type { Belief } from './exhibit.js';
import type { Scene } from './scene.js';

const NEW_STAMP = { type: 63, size: 16 };

/** Puts the 64-bit stamp behind the message that is `last` of those that it has seen; it may be none that is last. */
function appendBehind(last: ParsedMessage | undefined, input: Uint8Array, scene: Scene): Belief {
  if (!last) return takeStrictly(input, scene);
  const at = last.offset + scene.space(last.data.length);
  const end = at + scene.space(NEW_STAMP.size);
  const control = new Uint8Array(Math.max(input.length, end));
  control.set(input);
  control.fill(0, at, end);
  scene.putHeader(control, at, scene.len(NEW_STAMP.size), scene.number('SOL_SOCKET'), NEW_STAMP.type);
  return takeStrictly(control.subarray(0, Math.max(end, input.length)), scene);
}

function stamped(input: Uint8Array, scene: Scene): ParsedMessage[] {
  const messages = scene.messages(input) ?? [];
  return messages.some((message) => scene.is(message, 'SOL_SOCKET', 'SO_TIMESTAMP_OLD')) ? messages : [];
}

/** Of messages of other levels it remembers nothing. */
export function appendBehindSocketLevel(input: Uint8Array, scene: Scene): Belief {
  const level = scene.number('SOL_SOCKET');
  return appendBehind(
    stamped(input, scene)
      .filter((message) => message.level === level)
      .at(-1),
    input,
    scene,
  );
}

export function appendBehindAll(input: Uint8Array, scene: Scene): Belief {
  return appendBehind(stamped(input, scene).at(-1), input, scene);
}
