/** Readers: programs that receive what the bytes of a case were sent as. */
import { NOTHING, tellMessages } from './beliefs.js';
import type { Belief, Bytes, CodeSimulation } from './exhibit.js';
import { asSentByUnix, controlOf, deliver, type Received, type Receiver, type Sent, tellAll } from './kernel.js';
import type { Scene } from './scene.js';

export interface Setting {
  /** What the receiver has, on the ABI of the exhibit. */
  readonly receiver: (scene: Scene) => Receiver;
  /** By way of a Unix socket, where descriptors are merged and credentials come first; with SO_PASSCRED or without. */
  readonly unix?: 'plain' | 'credentials';
  /** Inputs that it is about. */
  readonly concerns?: (sent: readonly Sent[], scene: Scene) => boolean;
}

export type Tell = (received: Received, scene: Scene, sent: readonly Sent[]) => Belief;

interface Reader {
  setting: Setting;
  /** Where the bug is in what surrounds the program, that it has as well. */
  rightSetting?: Setting;
  buggy: Tell;
  right?: Tell;
  trigger: Bytes;
  neighbours: readonly Bytes[];
}

/** A program that receives once. The input is what was sent to it; what is not well formed was never sent. */
export function reader({
  setting,
  rightSetting = setting,
  buggy,
  right = tellHonestly,
  ...shown
}: Reader): CodeSimulation {
  return { kind: 'reader', ...shown, buggy: receiveWith(setting, buggy), right: receiveWith(rightSetting, right) };
}

function receiveWith(setting: Setting, tell: Tell) {
  return (input: Uint8Array, scene: Scene): Belief => {
    const messages = scene.messages(input);
    if (!messages || messages.length === 0) return NOTHING;
    const sent = setting.unix ? asSentByUnix(scene, messages, setting.unix === 'credentials') : messages;
    if (setting.concerns && !setting.concerns(sent, scene)) return NOTHING;
    return tell(deliver(scene, sent, setting.receiver(scene)), scene, sent);
  };
}

/** What came whole, in the order it came in. */
export function toldMessages(received: Received, scene: Scene): string[] {
  return tellMessages(scene, scene.messages(controlOf(received)) ?? []);
}

/** The right way: everything that came, and that it is not all where it is not. */
export const tellHonestly: Tell = (received, scene) =>
  received.isRefused ? ['the call fails with EMSGSIZE'] : tellAll(toldMessages(received, scene), received);

/** Without a look at msg_flags. */
export const tellWithoutFlags: Tell = (received, scene) => toldMessages(received, scene);

export const hasRights = (sent: readonly Sent[], scene: Scene) =>
  sent.some((message) => scene.isRights(message) && message.data.length >= 4);
