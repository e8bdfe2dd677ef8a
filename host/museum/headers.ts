/** Programs that fill in the header by hand, each in its own wrong way. */
import { parseControl } from '../model/parse.js';
import { asRaw } from './building.js';
import type { Sent } from './kernel.js';
import type { Scene } from './scene.js';

/** As encode lays them out, with each header put in by `put`, at its offset. */
function withHeaders(
  messages: readonly Sent[],
  scene: Scene,
  put: (control: Uint8Array, at: number, message: Sent) => void,
): Uint8Array {
  const control = scene.encode(asRaw(messages));
  for (const { offset, ...message } of parseControl(scene.codec, scene.abi, control.slice()).messages) {
    put(control, offset, message);
  }
  return control;
}

/** cmsg_len is what CMSG_SPACE says. */
export function spaceForLength(messages: readonly Sent[], scene: Scene): Uint8Array {
  return withHeaders(messages, scene, (control, at, { level, type, data }) => {
    scene.putHeader(control, at, scene.space(data.length), level, type);
  });
}

/** cmsg_len is stored in 32 bits at the beginning of its 64. */
export function narrowLength(messages: readonly Sent[], scene: Scene): Uint8Array {
  return withHeaders(messages, scene, (control, at, { data }) => {
    control.fill(0, at, at + scene.word);
    scene.put(control, at, 4, scene.len(data.length));
  });
}

/** A header of 32-bit length, level and type, and the payload right behind it; cmsg_len as the macros count it. */
export function withoutPad(messages: readonly Sent[], scene: Scene): Uint8Array {
  return withHeaders(messages, scene, (control, at, { level, type, data }) => {
    control.fill(0, at, at + scene.len(data.length));
    scene.put(control, at, 4, scene.len(data.length));
    scene.put(control, at + 4, 4, level);
    scene.put(control, at + 8, 4, type);
    control.set(data, at + 12);
  });
}

/** The padding behind a payload is what the memory held. */
export function withDirtyPad(dirt: number) {
  return (messages: readonly Sent[], scene: Scene): Uint8Array => scene.encode(asRaw(messages), { fill: dirt });
}

/** The padding behind the last payload is left off. */
export function withoutTail(messages: readonly Sent[], scene: Scene): Uint8Array {
  return scene.encode(asRaw(messages), { tight: true });
}
