/** Control data for frames: sound messages of every kind that they know, and hostile ones. */
import { type ControlMessage, encodeControl } from '../../host/model/encode.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { CONTROL_ROOM } from './frame.js';
import type { Random } from './random.js';

/** An ABI as its vectors describe it. */
export interface Subject {
  abi: string;
  SOL_SOCKET: number;
  isLinux: boolean;
  /** CMSG_SPACE of one descriptor. */
  space: number;
}

/** So many numbers from `from` on. */
export const list = (count: number, from = 3) => Array.from({ length: count }, (_, i) => from + i);

/** By name, what comes in. */
export function incomingCases({ SOL_SOCKET, space }: Subject): { name: string; messages: ControlMessage[] }[] {
  const raw = (type: number, ...bytes: number[]) => ({ level: SOL_SOCKET, type, data: Uint8Array.from(bytes) });
  const fill = (type: number, size: number, byte: number) => raw(type, ...new Array<number>(size).fill(byte));
  return [
    { name: 'nothing', messages: [] },
    { name: 'one descriptor', messages: [{ fds: [7] }] },
    { name: '253 descriptors', messages: [{ fds: list(253) }] },
    { name: 'an empty list of descriptors', messages: [{ fds: [] }] },
    { name: 'descriptors in two messages', messages: [{ fds: [7, 8, 9] }, { fds: [1, 2] }] },
    { name: 'descriptors with odd bytes', messages: [fill(1, 7, 1), { fds: [4] }] },
    { name: 'one message as long as the room', messages: [{ fds: list(2012) }] },
    { name: 'type 2 of 12 bytes: credentials on Linux only', messages: [fill(2, 12, 0xff)] },
    {
      name: 'type 2 twice: the first counts, the second is a further message',
      messages: [fill(2, 12, 1), fill(2, 12, 2)],
    },
    { name: 'type 2 of 8, 11 and 16 bytes', messages: [fill(2, 8, 1), fill(2, 11, 1), fill(2, 16, 1)] },
    { name: 'type 2 of 16 bytes, then 12', messages: [fill(2, 16, 1), fill(2, 12, 2)] },
    { name: 'type 3: a security label', messages: [fill(3, 9, 0x61)] },
    { name: 'type 4 of 4 bytes: a pidfd on Linux only', messages: [fill(4, 4, 0x11)] },
    { name: 'type 4 of 0: that is a descriptor too, and the first', messages: [fill(4, 4, 0), fill(4, 4, 1)] },
    { name: 'type 4 below 0: an errno, then a pidfd', messages: [fill(4, 4, 0xff), fill(4, 4, 1)] },
    { name: 'type 4 of 0, 3, 5 and 8 bytes', messages: [raw(4), fill(4, 3, 1), fill(4, 5, 1), fill(4, 8, 1)] },
    { name: 'type 4 of a high number, then another', messages: [raw(4, 0, 0x80, 0x80, 0), fill(4, 4, 1)] },
    { name: 'type 4 twice', messages: [fill(4, 4, 1), fill(4, 4, 2)] },
    {
      name: 'the same types of other levels',
      messages: [1, 2, 3, 4].flatMap((type) => [
        { level: SOL_SOCKET + 1, type, data: new Uint8Array(12) },
        { level: 0, type, data: new Uint8Array(4) },
      ]),
    },
    { name: 'level and type of an int below zero', messages: [{ level: -1, type: -3, data: new Uint8Array(4) }] },
    {
      name: 'everything, with further messages between',
      messages: [raw(29, 1), fill(2, 12, 3), raw(0), { fds: [3] }, fill(4, 4, 5), raw(84, 1, 2, 3, 4), { fds: [4] }],
    },
    { name: 'as many empty further messages as fit', messages: new Array(CONTROL_ROOM / 16).fill(raw(0)) },
    { name: 'as many empty lists of descriptors as fit', messages: new Array(CONTROL_ROOM / 16).fill({ fds: [] }) },
    {
      name: 'as many single descriptors as fit',
      messages: new Array(Math.floor(CONTROL_ROOM / space)).fill({ fds: [9] }),
    },
    {
      name: 'descriptors to the middle, further messages to the end',
      messages: [{ fds: list(1000) }, ...new Array(250).fill(raw(9))],
    },
  ];
}

/** Good messages of the kinds that a frame knows, with numbers of their headers changed, cut anywhere. */
export function hostileControl(codec: CodecInstance, { abi, SOL_SOCKET }: Subject, dice: Random): Uint8Array {
  const messages = Array.from({ length: dice.below(6) }, () => ({
    level: dice.pick([SOL_SOCKET, SOL_SOCKET, SOL_SOCKET, 0]),
    type: dice.pick([1, 1, 2, 2, 3, 4, 4, -3]),
    data: dice.bytes(dice.pick([0, 1, 3, 4, 4, 5, 8, 12, 12, 13, 16, 40, 1012])),
  }));
  const { control, offsets } = encodeControl(codec, abi, messages, { fill: dice.below(256) });
  for (const at of offsets) {
    if (dice.below(4) > 0) continue;
    const byte = at + dice.below(16);
    if (byte < control.length) control[byte] = dice.pick([0, 1, 11, 12, 15, 16, 17, 24, 127, 128, 255]);
  }
  return control.slice(0, dice.below(3) === 0 ? dice.below(control.length + 1) : control.length);
}
