/** How beliefs are put into words: the same facts in the same words, so that only a difference of meaning is one. */
import { hexOfBytes } from '../model/hex.js';
import type { Belief } from './exhibit.js';
import type { Scene } from './scene.js';

/** What is neither here nor there: the bytes do not come into question. */
export const NOTHING: Belief = [];

export const TRUNCATED = 'MSG_CTRUNC: some of it did not come';

interface Told {
  level: number;
  type: number;
  data: Uint8Array;
}

/** A line for each descriptor, one for each other message. */
export function tellMessages(scene: Scene, messages: readonly Told[]): string[] {
  return messages.flatMap((message) =>
    scene.isRights(message)
      ? [`SCM_RIGHTS of ${message.data.length} bytes`, ...scene.fdsOf(message).map((fd) => `descriptor ${fd}`)]
      : [tellMessage(message)],
  );
}

export function tellMessage({ level, type, data }: Told): string {
  return `level ${level}, type ${type}: ${data.length === 0 ? 'no payload' : hexOfBytes(data, ' ')}`;
}

export function isSame(left: Belief, right: Belief): boolean {
  return left.length === right.length && left.every((line, i) => line === right[i]);
}
