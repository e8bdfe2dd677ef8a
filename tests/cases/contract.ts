/** What the module's functions return, write and leave alone, number by number; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { type ControlMessage, encodeControl } from '../../host/model/encode.js';
import { type Layout, presentSizes, presentStruct, readLayout } from '../../host/model/layout.js';
import { payloadsOf } from '../../host/model/payload-rows.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { PARSE_MESSAGE } from '../../host/wasm/exports.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

const E_MALFORMED = -2;
const PARSE_END = 0;
/** What stands where nobody has written. */
const UNTOUCHED = 0xee;
const AREA = 160;

export function contractSuite(build: string, codec: CodecInstance): void {
  const t = suite(`contract, ${build}`);

  listAbis(codec).forEach(({ id, os }, abi) => {
    const isLinux = os === 'linux';
    if (readLayout(codec, id).cmsg === 'absent') {
      t.test(`${id}: without control messages there is no header to find, however one walks`, () => {
        checkNothing(codec, abi);
      });
      return;
    }
    t.test(`${id}: a message fills its gap and its padding, and touches nothing else`, () => {
      const layout = readLayout(codec, id);
      for (let size = 0; size <= 24; size++) {
        for (const tight of [0, 1]) for (const used of [0, 16]) checkMessage(codec, abi, layout, { size, tight, used });
      }
    });
    t.test(`${id}: a message is read with its numbers, and a malformed one with its length`, () => {
      checkReading(codec, abi, id);
    });
    const { byKey } = payloadsOf(codec, abi);
    t.test(`${id}: descriptors and credentials are written as any message, padded with zeros`, () => {
      if (byKey.has('fds')) checkRights(codec, abi, id);
      if (byKey.has('credentials') && isLinux) checkCredentials(codec, abi, id);
    });
  });

  t.test('a walk writes its end, its reason and the headers that were asked for, and nothing else', () =>
    checkWindow(codec),
  );
  t.run();
}

function checkMessage(
  codec: CodecInstance,
  abi: number,
  layout: Layout,
  { size, tight, used }: { size: number; tight: number; used: number },
): void {
  const [cmsghdr, cmsg] = [presentStruct(layout, 'cmsghdr'), presentSizes(layout)];
  const { cmsgLen, cmsgSpace, beginMessage } = codec.exports;
  codec.arena.lend(AREA, (area) => {
    codec.bytes.fill(UNTOUCHED, area, area + AREA);
    const control = area + 16;
    const end = used + (tight ? cmsgLen(abi, size) : cmsgSpace(abi, size));
    const what = `${size} bytes at ${used}${tight ? ', tight' : ''}`;
    assert.is(beginMessage(abi, control, end - 1, used, 1, 2, size, 0xaa, tight), -1, what);
    assert.is(beginMessage(abi, control, end, used, 1, 2, size, 0xaa, tight), end, what);
    const fields = Object.values(cmsghdr.fields);
    const expected = Array.from({ length: AREA }, (_, i) => {
      const at = i - 16 - used;
      if (at < 0 || at >= end - used) return UNTOUCHED;
      if (fields.some(({ offset, size: bytes }) => at >= offset && at < offset + bytes)) return -1;
      return at >= cmsg.data && at < cmsg.data + size ? UNTOUCHED : 0xaa;
    });
    const found = Array.from(codec.bytes.slice(area, area + AREA), (byte, i) => (expected[i] === -1 ? -1 : byte));
    assert.equal(found, expected, what);
  });
}

function checkRights(codec: CodecInstance, abi: number, id: string): void {
  for (const fds of [[-2], [7, 8], [1, 2, 3]]) {
    checkPut(codec, id, { fds }, (at, room, free) => {
      codec.ints.set(fds, free >> 2);
      return codec.exports.putRights(abi, at, room, 0, free, fds.length);
    });
  }
}

function checkCredentials(codec: CodecInstance, abi: number, id: string): void {
  checkPut(codec, id, { credentials: { pid: 5, uid: 6, gid: 7 } }, (at, room) =>
    codec.exports.putCredentials(abi, at, room, 0, 5, 6, 7),
  );
}

/** What `put` writes is what encodeControl writes, which goes the general way beside another message. */
function checkPut(
  codec: CodecInstance,
  id: string,
  message: ControlMessage,
  put: (at: number, room: number, free: number) => number,
): void {
  const raw = { level: 3, type: 4, data: new Uint8Array(0) };
  const { control, offsets } = encodeControl(codec, id, [message, raw]);
  const expected = control.slice(0, offsets[1]);
  codec.arena.lend(AREA, (at) => {
    codec.bytes.fill(UNTOUCHED, at, at + AREA);
    const what = JSON.stringify(message);
    const isUntouched = (from: number) =>
      codec.bytes.subarray(at + from, at + AREA - 16).every((byte) => byte === UNTOUCHED);
    assert.is(put(at, expected.length - 1, at + AREA - 16), -1, what);
    assert.ok(
      codec.bytes.subarray(at, at + AREA - 16).every((byte) => byte === UNTOUCHED),
      `${what}: refused`,
    );
    assert.is(put(at, expected.length, at + AREA - 16), expected.length, what);
    assert.equal(codec.bytes.slice(at, at + expected.length), expected, what);
    assert.ok(isUntouched(expected.length), `${what}: behind it`);
  });
}

function checkReading(codec: CodecInstance, abi: number, id: string): void {
  const layout = readLayout(codec, id);
  const [cmsghdr, cmsg] = [presentStruct(layout, 'cmsghdr'), presentSizes(layout)];
  const { beginMessage, cmsgSpace, readMessage } = codec.exports;
  codec.arena.lend(AREA, (out) => {
    const control = out + 32;
    const first = cmsgSpace(abi, 5);
    const end = first + cmsgSpace(abi, 3);
    beginMessage(abi, control, end, 0, 1, 2, 5, 0, 0);
    beginMessage(abi, control, end, first, -3, 2 ** 31 - 4, 3, 0, 0);
    const words = (count: number) => Array.from({ length: count }, (_, i) => codec.view.getInt32(out + 4 * i, true));
    assert.is(readMessage(abi, control, end, 0, out), PARSE_MESSAGE);
    assert.equal(words(7), [cmsg.data + 5, 0, 1, 2, cmsg.data, 5, first]);
    assert.is(readMessage(abi, control, end, first, out), PARSE_MESSAGE);
    assert.equal(words(7), [cmsg.data + 3, 0, -3, 2 ** 31 - 4, first + cmsg.data, 3, end]);
    // Without its padding the message is whole, and the next would begin where the buffer ends.
    assert.is(readMessage(abi, control, first + cmsg.data + 3, first, out), PARSE_MESSAGE);
    assert.is(words(7)[6], first + cmsg.data + 3);

    codec.bytes.fill(UNTOUCHED, out, out + 32);
    assert.is(readMessage(abi, control, first + cmsg.data + 2, first, out), E_MALFORMED);
    assert.equal(words(3), [cmsg.data + 3, 0, 0xeeeeeeee | 0], 'more than the length of a malformed message');
    codec.bytes.fill(UNTOUCHED, out, out + 32);
    assert.is(readMessage(abi, control, first + cmsghdr.size - 1, first, out), PARSE_END);
    assert.is(readMessage(abi, control, end, end, out), PARSE_END);
    assert.is(words(1)[0], 0xeeeeeeee | 0, 'something written where nothing is');
  });
}

/** What looks like headers is none, but for a walk that brings its own. */
function checkNothing(codec: CodecInstance, abi: number): void {
  const [WALK_END, size] = [0, 64];
  codec.arena.lend(AREA, (out) => {
    listDialects(codec).forEach(({ id }, dialect) => {
      if (id === 'linux-compat-send') return;
      codec.bytes.fill(UNTOUCHED, out, out + AREA).fill(16, out + AREA - size, out + AREA);
      assert.is(codec.exports.walkAll(abi, dialect, out + AREA - size, size, 0, 0, 1, out), WALK_END, id);
      const found = codec.bytes.slice(out, out + AREA - size);
      assert.equal(found, new Uint8Array(AREA - size).fill(UNTOUCHED).fill(0, 0, 16), id);
    });
  });
}

/** Three headers at 0, 16 and 32, of which the last begins a loop or, for the kernel, is short. */
function checkWindow(codec: CodecInstance): void {
  const abi = listAbis(codec).findIndex(({ id }) => id === 'x86_64-glibc');
  const dialect = (wanted: string) => listDialects(codec).findIndex(({ id }) => id === wanted);
  const [end, headers, header] = [16, 3, 20];
  codec.arena.lend(AREA, (out) => {
    const control = out + end + headers * header;
    const walk = (id: string, skip: number, most: number) => {
      codec.bytes.fill(UNTOUCHED, out, out + AREA);
      for (const [i, length] of [16n, 2n ** 40n + 16n, 0n].entries()) {
        codec.view.setBigUint64(control + 16 * i, i === 1 && id !== 'rustix-linux-raw' ? 16n : length, true);
        codec.view.setInt32(control + 16 * i + 8, -i, true);
        codec.view.setInt32(control + 16 * i + 12, 7 + i, true);
      }
      return codec.exports.walkAll(abi, dialect(id), control, 48, 0, skip, most, out);
    };
    const written = () => {
      const words = Array.from({ length: 19 }, (_, i) => codec.view.getInt32(out + 4 * i, true));
      return words.map((word) => (word === (0xeeeeeeee | 0) ? '-' : word));
    };
    const none = new Array(5).fill('-');
    const first = [0, 0, 7, 16, 0];
    const second = [16, -1, 8, 16, 0];
    const third = [32, -2, 9, 0, 0];
    const [LOOP, REJECT, EINVAL] = [1, 4, 1];
    assert.is(walk('bionic', 0, 3), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...first, ...second, ...third]);
    assert.is(walk('bionic', 1, 1), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...second, ...none, ...none]);
    assert.is(walk('bionic', 1, 2), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...second, ...third, ...none]);
    assert.is(walk('bionic', 2, 1), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...third, ...none, ...none]);
    assert.is(walk('bionic', 3, 3), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...none, ...none, ...none]);
    assert.is(walk('bionic', 0, 0), LOOP);
    assert.equal(written(), [32, 0, 0, 3, ...none, ...none, ...none]);
    assert.is(walk('linux-send', 0, 3), REJECT);
    assert.equal(written(), [32, 0, EINVAL, 2, ...first, ...second, ...none]);
    walk('rustix-linux-raw', 0, 3);
    assert.equal(written().slice(9, 14), [16, -1, 8, 16, 2 ** 8], 'the upper half of a length');
  });
}
