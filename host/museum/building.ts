/** Builders: programs that lay out the messages which the bytes of a case mean, and what the kernel makes of theirs. */
import { parseControl } from '../model/parse.js';
import { NOTHING, tellMessages } from './beliefs.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import type { Sent } from './kernel.js';
import type { Scene } from './scene.js';

interface Builder {
  /** msg_control, as the program passes it. */
  build(messages: readonly Sent[], scene: Scene): Uint8Array;
  /** The same as it should be built; default: as encode does. */
  right?: (messages: readonly Sent[], scene: Scene) => Uint8Array;
  /** Who takes it; default: a kernel that reads strictly. */
  take?: (control: Uint8Array, scene: Scene) => Belief;
  /** Inputs that it is about. */
  concerns?: (messages: readonly Sent[], scene: Scene) => boolean;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

export function builder({
  build,
  right = encodeAll,
  take = takeStrictly,
  concerns,
  ...shown
}: Builder): CodeSimulation {
  const sendWith =
    (make: Builder['build']) =>
    (input: Uint8Array, scene: Scene): Belief => {
      const messages = scene.messages(input);
      if (!messages || messages.length === 0 || (concerns && !concerns(messages, scene))) return NOTHING;
      return take(make(messages, scene), scene);
    };
  return {
    kind: 'builder',
    ...shown,
    buggy: sendWith(build),
    right: sendWith(right),
    builds: (input, scene) => build(scene.messages(input) ?? [], scene),
  };
}

function encodeAll(messages: readonly Sent[], scene: Scene): Uint8Array {
  return scene.encode(asRaw(messages));
}

/** Messages by their bytes alone, as encode takes them. */
export function asRaw(messages: readonly Sent[]): Sent[] {
  return messages.map(({ level, type, data }) => ({ level, type, data }));
}

/** What Linux reads in it, or that it refuses the call. */
export function takeStrictly(control: Uint8Array, scene: Scene): Belief {
  const { messages, problem } = parseControl(scene.codec, scene.abi, control);
  return problem === undefined ? tellMessages(scene, messages) : [`EINVAL: ${problem}`];
}

/** A kernel, or a C library, with a limit of its own on msg_controllen. */
export function takeUpTo(most: number, errno: string) {
  return (control: Uint8Array, scene: Scene): Belief =>
    control.length > most
      ? [`${errno}: msg_controllen is ${control.length}, and ${most} is the most`]
      : takeStrictly(control, scene);
}

/** The bytes themselves, for bugs that no reader is told of. */
export function takeBytes(control: Uint8Array): Belief {
  return [`msg_controllen ${control.length}`];
}
