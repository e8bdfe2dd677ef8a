/** What a frame holds before and after a system call, on every ABI row; run by tests/unit/frame.*.test.ts. */
import * as assert from 'uvu/assert';
import { type ControlMessage, encodeControl } from '../../host/model/encode.js';
import { hexOfBytes } from '../../host/model/hex.js';
import { parseControl } from '../../host/model/parse.js';
import { listAbis } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { hostileControl, incomingCases, list, type Subject } from '../support/control.js';
import { BASE, CONTROL_ROOM, type Incoming, SUMMARY_SIZE, TestFrame } from '../support/frame.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { abiVectors, layoutVectors } from '../support/vectors.js';

const E_ROOM = -1;
const E_UNSUPPORTED = -3;
const A = { pid: 11, uid: 1000, gid: 2 ** 32 - 2 };
const B = { pid: 22, uid: 33, gid: 44 };

export function frameSuite(build: string, codec: CodecInstance): void {
  const t = suite(`frame, ${build}`);
  const withFrame = (abi: string, use: (frame: TestFrame) => void) =>
    codec.arena.lend(TestFrame.area, (area) => use(new TestFrame(codec, abi, area)));
  const linux = new Set(listAbis(codec).flatMap(({ id, os }) => (os === 'linux' ? [id] : [])));
  // One ABI of each layout and level: a frame depends on nothing else. It has SCM_RIGHTS as 1, as where sockets are made.
  const has = new Set(abiVectors().flatMap(({ abi, constants }) => (constants.SCM_RIGHTS === 1 ? [abi] : [])));
  const able = layoutVectors().filter(({ abi }) => has.has(abi));
  const kinds = new Map(
    able.map(({ abi, endian, word, layout, SOL_SOCKET }) => {
      const subject = { abi, SOL_SOCKET, isLinux: linux.has(abi), space: layout.cmsg.SPACE['4'] as number };
      return [JSON.stringify([endian, word, layout, SOL_SOCKET, subject.isLinux]), subject];
    }),
  );
  const subjects = [...kinds.values()];

  t.test('a summary is as long as its drawing says', () => assert.is(codec.exports.summarySize(), SUMMARY_SIZE));

  const from = seed();
  for (const subject of subjects) {
    const { abi, isLinux } = subject;
    const check = (name: string, use: (frame: TestFrame) => void) =>
      t.test(`${abi}: ${name}`, () => withFrame(abi, use));

    for (const count of [0, 1, 2, 3, 252, 253]) {
      check(`${count} descriptors are encoded as the model has them`, (frame) => {
        checkEncode(codec, abi, frame, { fds: list(count) });
        if (isLinux) checkEncode(codec, abi, frame, { fds: list(count), credentials: A });
        frame.assertGuards();
      });
    }

    check('254 descriptors are refused, and what was there stays', (frame) => {
      checkEncode(codec, abi, frame, { fds: list(253) });
      assert.is(frame.encode(list(254, 900)), E_ROOM);
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
        assert.is(frame.encode([], A), E_UNSUPPORTED);
        assert.is(frame.encode([3, 4], A), E_UNSUPPORTED);
        checkEncode(codec, abi, frame, { fds: [5, 6] });
      });
    }

    check('each reading leaves the msghdr ready for the next, with all its room', (frame) => {
      for (const room of [CONTROL_ROOM, 512]) {
        frame.receive(new Uint8Array(0), 5, 0n, room);
        assert.is(hexOfBytes(frame.msghdr()), hexOfBytes(frame.expectedMsghdr(room, 5)));
      }
    });

    check('what does not fit into the room is refused', (frame) => {
      const { space } = subject;
      for (const room of [0, 1, space - 1]) {
        frame.encode([1, 2, 3]);
        assert.is(frame.encode([7], undefined, room), E_ROOM, String(room));
        frame.assertGuards();
      }
      checkEncode(codec, abi, frame, { fds: [7] });
    });

    check(
      'what is refused with its descriptors already written changes no length, and is not sent for another',
      (frame) => {
        for (const next of [{ fds: [4, 5, 6] }, { fds: [] }, { fds: [8] }]) {
          checkEncode(codec, abi, frame, { fds: [1, 2, 3] });
          const before = hexOfBytes(frame.msghdr());
          assert.is(frame.encode([7], A, subject.space), isLinux ? E_ROOM : E_UNSUPPORTED);
          assert.is(hexOfBytes(frame.msghdr()), before);
          checkEncode(codec, abi, frame, next);
        }
      },
    );

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
        // What follows is zero, and a length of zero is malformed.
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
  t.test('every data model of Linux is tried', () => {
    const model = ({ endian, word }: { endian: string; word: number }) => `${endian} ${word}`;
    const rows = listAbis(codec).filter(({ os }) => os === 'linux');
    const tried = rows.filter(({ id }) => subjects.some(({ abi }) => abi === id));
    assert.equal(new Set(tried.map(model)), new Set(rows.map(model)));
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
  assert.is(frame.encode(fds, credentials), control.length, what);
  assert.is(hexOfBytes(frame.control(control.length)), hexOfBytes(control), what);
  assert.is(hexOfBytes(frame.msghdr()), hexOfBytes(frame.expectedMsghdr(control.length)), what);
  assert.is(frame.shape, credentials ? 0 : fds.length + 1, what);
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
  const isBig = listAbis(codec).find(({ id }) => id === abi)?.endian === 'big';
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
