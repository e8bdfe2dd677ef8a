/** What a frame holds before and after a system call, on every ABI row; run by tests/unit/frame.*.test.ts. */
import * as assert from 'uvu/assert';
import { type ControlMessage, encodeControl } from '../../host/model/encode.js';
import { hexOfBytes } from '../../host/model/hex.js';
import { parseControl } from '../../host/model/parse.js';
import { listAbis } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { BASE, CONTROL_ROOM, FRAME_SIZE, type Incoming, TestFrame } from '../support/frame.js';
import { type Random, random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { layoutVectors, payloadVectors } from '../support/vectors.js';

const E_ROOM = -1;
const E_UNSUPPORTED = -3;
const A = { pid: 11, uid: 1000, gid: 2 ** 32 - 2 };
const B = { pid: 22, uid: 33, gid: 44 };
const list = (count: number, from = 3) => Array.from({ length: count }, (_, i) => from + i);

/** An ABI as its vectors describe it. */
interface Subject {
  abi: string;
  SOL_SOCKET: number;
  isLinux: boolean;
}

export function frameSuite(build: string, codec: CodecInstance): void {
  const t = suite(`frame, ${build}`);
  const withFrame = (abi: string, use: (frame: TestFrame) => void) =>
    codec.arena.lend(TestFrame.area, (area) => use(new TestFrame(codec, abi, area)));
  const linux = new Set(payloadVectors().flatMap(({ abi, payloads }) => (payloads.credentials ? [abi] : [])));
  const subjects = layoutVectors().map(({ abi, SOL_SOCKET }) => ({ abi, SOL_SOCKET, isLinux: linux.has(abi) }));

  t.test('a frame is four pages', () => assert.is(codec.exports.frameSize(), FRAME_SIZE));

  const from = seed();
  for (const subject of subjects) {
    const { abi, isLinux } = subject;
    const check = (name: string, use: (frame: TestFrame) => void) =>
      t.test(`${abi}: ${name}`, () => withFrame(abi, use));

    check('a new frame is zero but for its pointers', (frame) => {
      assert.is(hexOfBytes(frame.headers()), hexOfBytes(frame.expectedHeaders(0, 0)));
      assert.ok(frame.bytes(80, FRAME_SIZE).every((byte) => byte === 0));
      frame.assertGuards();
    });

    for (const count of [0, 1, 2, 3, 252, 253]) {
      check(`${count} descriptors are encoded as the model has them`, (frame) => {
        checkEncode(codec, abi, frame, { fds: list(count) });
        if (isLinux) checkEncode(codec, abi, frame, { fds: list(count), credentials: A });
        frame.assertGuards();
      });
    }

    check('254 descriptors are refused, and what was there stays', (frame) => {
      checkEncode(codec, abi, frame, { fds: list(253) });
      assert.is(frame.encode(1, list(254, 900)), E_ROOM);
      checkEncode(codec, abi, frame, { fds: list(253) });
    });

    check('a message keeps nothing of the one before: no pid, no descriptor, no length', (frame) => {
      for (const message of isLinux ? [...SEQUENCE, ...withCredentials] : SEQUENCE) {
        checkEncode(codec, abi, frame, message);
      }
    });

    check(`nor does one of any others (seed ${from})`, (frame) => {
      const dice = random(from);
      for (let i = 0; i < 150; i++) {
        const credentials =
          isLinux && dice.below(3) === 0 ? { pid: dice.below(9), uid: i, gid: dice.below(9) } : undefined;
        checkEncode(codec, abi, frame, { fds: list(dice.pick([0, 0, 1, 1, 2, 3, 253]), i), credentials });
      }
    });

    if (!isLinux) {
      check('there are no credentials to send, with descriptors or without', (frame) => {
        assert.is(frame.encode(1, [], A), E_UNSUPPORTED);
        assert.is(frame.encode(1, [3, 4], A), E_UNSUPPORTED);
        checkEncode(codec, abi, frame, { fds: [5, 6] });
      });
    }

    check('a frame is armed with all its room, and again by each reading', (frame) => {
      assert.is(codec.exports.armIncoming(frame.abi, frame.at, 77), CONTROL_ROOM);
      assert.is(hexOfBytes(frame.headers()), hexOfBytes(frame.expectedHeaders(77, CONTROL_ROOM)));
      frame.receive(new Uint8Array(0), 5);
      assert.is(hexOfBytes(frame.headers()), hexOfBytes(frame.expectedHeaders(77, CONTROL_ROOM, 5)));
    });

    for (const { name, messages } of incomingCases(subject)) {
      check(`received, ${name}`, (frame) => {
        const { control } = encodeControl(codec, abi, messages);
        checkReceive(codec, subject, frame, control, name);
      });
    }

    check('one reading leaves nothing for the next', (frame) => {
      const { SOL_SOCKET } = subject;
      const full = encodeControl(codec, abi, [
        { fds: [1, 2] },
        { level: SOL_SOCKET, type: 2, data: new Uint8Array(12).fill(1) },
        { level: SOL_SOCKET, type: 4, data: new Uint8Array(4) },
        { level: 0, type: 9, data: new Uint8Array(1) },
      ]).control;
      const malformed = full.slice(0, -9);
      checkReceive(codec, subject, frame, malformed, 'malformed');
      checkReceive(codec, subject, frame, new Uint8Array(0), 'nothing');
      checkReceive(codec, subject, frame, full, 'all');
      checkReceive(codec, subject, frame, new Uint8Array(0), 'nothing again');
    });

    check('a control length beyond the room is taken for the room', (frame) => {
      const { control } = encodeControl(codec, abi, [{ fds: [7] }]);
      for (const length of [BigInt(CONTROL_ROOM) + 1n, 2n ** 31n, 2n ** 32n - 1n]) {
        const { fds, controllen, isMalformed } = frame.receive(control, 0, length);
        // What follows in the frame is zero, and a length of zero is malformed.
        assert.equal({ fds, controllen, isMalformed }, { fds: [7], controllen: CONTROL_ROOM, isMalformed: true });
        frame.assertGuards();
      }
    });

    check(`hostile control bytes never reach outside the frame (seed ${from})`, (frame) => {
      const dice = random(from);
      for (let i = 0; i < 200; i++) {
        const control = hostileControl(codec, subject, dice);
        checkReceive(codec, subject, frame, control, hexOfBytes(control.slice(0, 128)));
      }
    });
  }

  t.test('the addresses are those that the kernel sees', () => assert.ok(BASE > 2n ** 32n));
  t.test('every ABI row is tried', () => {
    assert.equal(
      subjects.map(({ abi }) => abi).sort(),
      listAbis(codec)
        .map(({ id }) => id)
        .sort(),
    );
  });
  t.run();
}

interface Outgoing {
  fds: number[];
  credentials?: { pid: number; uid: number; gid: number } | undefined;
}

const SEQUENCE: Outgoing[] = [
  { fds: [] },
  { fds: [] },
  { fds: [5, 6] },
  { fds: [7, 8] },
  { fds: [] },
  { fds: [] },
  { fds: [9, 10] },
  { fds: [11] },
  { fds: list(253) },
  { fds: list(253, 500) },
  { fds: [12] },
];
const withCredentials: Outgoing[] = [
  { fds: [], credentials: A },
  { fds: [], credentials: B },
  { fds: [] },
  { fds: [] },
  { fds: [5, 6], credentials: A },
  { fds: [7, 8], credentials: B },
  { fds: [9, 10] },
  { fds: [9, 11] },
  { fds: [], credentials: B },
  { fds: [9, 12] },
  { fds: [1], credentials: A },
  { fds: [2] },
];

function checkEncode(codec: CodecInstance, abi: string, frame: TestFrame, { fds, credentials }: Outgoing): void {
  const messages: ControlMessage[] = [...(fds.length > 0 ? [{ fds }] : []), ...(credentials ? [{ credentials }] : [])];
  const { control } = encodeControl(codec, abi, messages);
  const what = JSON.stringify({ fds, credentials });
  const size = 1 + fds.length;
  assert.is(frame.encode(size, fds, credentials), control.length, what);
  assert.is(hexOfBytes(frame.control(control.length)), hexOfBytes(control), what);
  assert.is(hexOfBytes(frame.headers()), hexOfBytes(frame.expectedHeaders(size, control.length)), what);
  assert.is(frame.shape, credentials ? 0 : fds.length + 1, what);
}

function incomingCases({ SOL_SOCKET }: Subject): { name: string; messages: ControlMessage[] }[] {
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
    { name: 'as many single descriptors as fit', messages: new Array(CONTROL_ROOM / 24).fill({ fds: [9] }) },
    {
      name: 'descriptors to the middle, further messages to the end',
      messages: [{ fds: list(1000) }, ...new Array(250).fill(raw(9))],
    },
  ];
}

/** What a careful reader makes of the bytes: parseControl, and the rules that frame.ts states. */
function expectedOf(codec: CodecInstance, { abi, SOL_SOCKET, isLinux }: Subject, control: Uint8Array): Incoming {
  const { messages, problem } = parseControl(codec, abi, control);
  const found: Incoming = {
    fds: [],
    flags: 0,
    controllen: control.length,
    pidfd: -1,
    isMalformed: problem !== undefined,
    further: [],
    last: messages.at(-1)?.offset ?? -1,
  };
  const isBig = abi.startsWith('powerpc-') || abi.includes('_be-');
  for (const { offset, level, type, data } of messages) {
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const int = (i: number) => view.getInt32(4 * i, !isBig);
    const isOwn = level === SOL_SOCKET;
    if (isOwn && type === 1) {
      for (let i = 0; i < Math.floor(data.length / 4); i++) found.fds.push(int(i));
    } else if (isOwn && isLinux && type === 2 && data.length === 12 && !found.credentials) {
      found.credentials = { pid: int(0), uid: int(1) >>> 0, gid: int(2) >>> 0 };
    } else if (isOwn && isLinux && type === 4 && data.length === 4 && found.pidfd < 0 && int(0) >= 0) {
      found.pidfd = int(0);
    } else {
      found.further.push(offset);
    }
  }
  return found;
}

function checkReceive(
  codec: CodecInstance,
  subject: Subject,
  frame: TestFrame,
  control: Uint8Array,
  what: string,
): void {
  const flags = 0x4000_0008;
  const expected = { ...expectedOf(codec, subject, control), flags };
  assert.equal(frame.receive(control, flags), expected, what);
  frame.assertGuards(what);
}

/** Good messages of the kinds that a frame knows, with numbers of their headers changed, cut anywhere. */
function hostileControl(codec: CodecInstance, { abi, SOL_SOCKET }: Subject, dice: Random): Uint8Array {
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
