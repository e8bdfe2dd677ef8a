/** How much room a receive gives the kernel for control messages: all that there is, to its last byte, and no more. */
import { AncillaryError, socketpair } from 'ancillary';
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { readStructNamed } from '../../host/model/layout.js';
import { CONTROL_ROOM } from '../../host/socket/frame/frame.js';
import { arrived } from '../support/arrived.js';
import { type Steps, withSteps } from '../support/calls.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('control-room');

const MSG_CTRUNC = 8;
/** sizeof(struct cmsghdr) */
const HEADER = 16;
/** Of a level that nobody knows. */
const [LEVEL, TYPE] = [77, 5];

/** The members of the struct msghdr at a native address, and the control bytes that it points at. */
function msghdrAt(address: number) {
  const { codec, base, abiId } = native();
  const fields = readStructNamed(codec, abiId, 'msghdr')?.fields ?? {};
  const at = (name: string) => address - base + (fields[name]?.offset as number);
  const { view, bytes } = codec;
  return {
    room: view.getUint32(at('msg_controllen'), true),
    control: Number(view.getBigUint64(at('msg_control'), true)) - base,
    view,
    bytes,
    end: (controllen: number, flags: number) => {
      view.setUint32(at('msg_controllen'), controllen, true);
      view.setInt32(at('msg_flags'), flags, true);
    },
  };
}

/** A recvmsg after which one message of `size` bytes stands in the control, header and all, and `used` are said to be. */
function cameWith(size: number, used = size, flags = 0): Steps {
  return {
    recvmsg: (call, fd, msghdr = 0, ...rest) => {
      const result = call(fd as number, msghdr, ...rest);
      if (result < 0) return result;
      const { view, bytes, control, end } = msghdrAt(msghdr);
      if (size > 0) {
        view.setBigUint64(control, BigInt(size), true);
        view.setInt32(control + 8, LEVEL, true);
        view.setInt32(control + 12, TYPE, true);
        bytes.fill(0xab, control + HEADER, control + size);
      }
      end(used, flags);
      return result;
    },
  };
}

const isWide = native().abiId.includes('64');

/** Two ends; `b` has a byte to receive. */
async function withByte<T>(fn: (b: ReturnType<typeof socketpair>[1]) => T | Promise<T>): Promise<T> {
  const [a, b] = socketpair();
  try {
    a.sendSync('x');
    return await fn(b);
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}

t.test('the kernel is given the whole room, for every receive anew', () =>
  withByte(async (b) => {
    const rooms: number[] = [];
    const recvmsg: Steps['recvmsg'] = (call, fd, msghdr = 0, ...rest) => {
      rooms.push(msghdrAt(msghdr).room);
      return call(fd as number, msghdr, ...rest);
    };
    await withSteps({ recvmsg }, async () => {
      b.receiveSync();
      await thrownBy(() => b.receiveSync());
      await thrownBy(() => b.receive({ timeout: 1 }));
    });
    assert.ok(rooms.length >= 3);
    assert.equal(
      rooms,
      rooms.map(() => CONTROL_ROOM),
    );
  }),
);

if (!isWide) t.skip('what fills the room', 'the control is written for 64-bit machines');
else {
  t.test('a control message that fills the room to its last byte comes whole, and nothing behind it is touched', () =>
    withByte(async (b) => {
      const { messages, fds } = await withSteps(cameWith(CONTROL_ROOM), () => arrived(b.receiveSync()));
      const [only] = messages;
      assert.equal(
        [messages.length, fds.length, only?.level, only?.type, only?.data.length],
        [1, 0, LEVEL, TYPE, CONTROL_ROOM - HEADER],
      );
      assert.ok(only?.data.every((byte) => byte === 0xab));
    }),
  );

  /** Of a message that was cut, how long it is, how much of the room is said to be used, and what is said of it. */
  const CUT: [name: string, size: number, used: number, message: RegExp][] = [
    ['that ends where the room does was cut', CONTROL_ROOM, CONTROL_ROOM, /the control message 77\/5 was cut/],
    ['that ends a byte before was not', CONTROL_ROOM - 1, CONTROL_ROOM, /a control message was lost/],
    [
      'behind which a header and an int have no room: the next was lost',
      8000,
      CONTROL_ROOM - 19,
      /a control message was lost/,
    ],
    ['behind which they have room: the room was no cause', 8000, CONTROL_ROOM - 20, /descriptors were lost/],
  ];
  for (const [name, size, used, message] of CUT) {
    t.test(`of what was truncated, a message ${name}`, () =>
      withByte(async (b) => {
        const error = await thrownBy(() => withSteps(cameWith(size, used, MSG_CTRUNC), () => b.receiveSync()));
        assert.instance(error, AncillaryError);
        assert.is(error.code, 'ERR_TRUNCATED');
        assert.match(error.message, message);
      }),
    );
  }
}

t.run();
