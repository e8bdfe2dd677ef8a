/** Sizes that no memory holds, and holes: `encode` refuses them at once, whatever the ABI. */
import { type ControlMessage, encode, parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { payloadsOf } from '../../host/model/payload-rows.js';
import { findAbi, listAbis } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('codec sizes');
const codec = codecInstance();
const MOST = 2 ** 32 - 1;

/** A list of that length, all holes: it costs nothing. */
const holes = (length: number) => new Array(length) as never[];
const fds = (length: number) => ({ fds: holes(length) });
/** Repeated, so that every size fits 32 bits and their sum does not. */
const times = (count: number, message: ControlMessage) => Array.from({ length: count }, () => message);

/** Windows and WASI pass no descriptors. */
const passing = listAbis(codec).filter(({ id }) => payloadsOf(codec, findAbi(codec, id)).byKey.has('fds'));

/** The same lists for every ABI: they are long. */
const CASES: { name: string; in: ControlMessage[]; err: string | RegExp }[] = [
  { name: '2^30 descriptors, whose bytes are 2^32', in: [fds(2 ** 30)], err: 'ERR_TOO_LARGE' },
  { name: '2^30 descriptors less those of a header', in: [fds(2 ** 30 - 4)], err: 'ERR_TOO_LARGE' },
  { name: '2^30 - 1 descriptors', in: [fds(2 ** 30 - 1)], err: 'ERR_TOO_LARGE' },
  { name: '2^30 + 1 descriptors, whose bytes are 4 more', in: [fds(2 ** 30 + 1)], err: 'ERR_TOO_LARGE' },
  { name: '2^31 descriptors', in: [fds(2 ** 31)], err: 'ERR_TOO_LARGE' },
  { name: 'as many descriptors as a list can have', in: [fds(MOST)], err: 'ERR_TOO_LARGE' },
  { name: '2^30 descriptors behind one', in: [{ fds: [1] }, fds(2 ** 30)], err: 'ERR_TOO_LARGE' },
  { name: '2 times 2^31 bytes', in: times(2, fds(2 ** 29)), err: 'ERR_TOO_LARGE' },
  { name: '2^16 times 2^16 bytes', in: times(2 ** 16, fds(2 ** 14)), err: 'ERR_TOO_LARGE' },
  { name: '2^28 messages', in: holes(2 ** 28), err: 'ERR_TOO_LARGE' },
  { name: '2^30 messages', in: holes(2 ** 30), err: 'ERR_TOO_LARGE' },
  { name: 'as many messages as a list can have', in: holes(MOST), err: 'ERR_TOO_LARGE' },
  { name: 'a message that is a hole', in: holes(3), err: /^messages\[0\] must be an object/ },
  { name: 'a descriptor that is a hole', in: [{ fds: [1, ...holes(1)] }], err: /^messages\[0\]\.fds\[1\] must be/ },
];

for (const { id } of passing) {
  t.table(
    CASES.map((row) => ({ ...row, name: `${id}: ${row.name}` })),
    (messages) => encode(id, messages) as never,
  );
}

t.test('what a list becomes while it is read changes nothing outside its message', () => {
  const growing = [1, 2];
  const pid = {
    get pid() {
      growing.push(...new Array(4096).fill(7));
      return 1;
    },
    uid: 2,
    gid: 3,
  };
  const { control } = encode('x86_64-glibc', [{ credentials: pid }, { fds: growing }, { fds: [9] }]);
  assert.equal(
    parse('x86_64-glibc', control).messages.map((message) => message.fds),
    [undefined, [1, 2], [9]],
  );
});

t.test('bytes that are gone before they were read are named, and those of a liar counted by the language', async () => {
  const moved = new Uint8Array(8);
  const pid = {
    get pid() {
      structuredClone(moved.buffer, { transfer: [moved.buffer] });
      return 1;
    },
    uid: 2,
    gid: 3,
  };
  const raw = (data: Uint8Array) => ({ level: 1, type: 9, data });
  const error = await thrownBy(() => encode('x86_64-glibc', [{ credentials: pid }, raw(moved)]));
  assert.match(error.message, /^messages\[1\]\.data has lost bytes/);
  const liar = Object.defineProperty(new Uint8Array(8).fill(5), 'length', { value: 1 });
  const { control } = encode('x86_64-glibc', [raw(liar), { fds: [9] }]);
  assert.equal(
    parse('x86_64-glibc', control).messages.map(({ data }) => data.length),
    [8, 4],
  );
});

t.test('what a list has lost while it is read is named', async () => {
  const shrinking = [1, 2];
  const raw = { level: 1, type: 9, data: new Uint8Array(1) };
  const pid = {
    get pid() {
      shrinking.length = 1;
      return 1;
    },
    uid: 2,
    gid: 3,
  };
  const error = await thrownBy(() => encode('x86_64-glibc', [{ credentials: pid }, { fds: shrinking }, raw]));
  assert.match(error.message, /^messages\[1\]\.fds\[1\] must be a 32-bit integer/);
});

for (const { id } of passing) {
  const { cmsgLen, cmsgSpace, beginMessage, putRights } = codec.exports;
  const abi = listAbis(codec).findIndex((row) => row.id === id);

  t.test(`${id}: the codec's sizes are exact far beyond 32 bits`, () => {
    const least = cmsgLen(abi, 0);
    for (const size of [2 ** 31, 2 ** 32 - 16, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 4, 2 ** 40, 2 ** 52]) {
      assert.is(cmsgLen(abi, size), least + size, `CMSG_LEN(${size})`);
      const space = cmsgSpace(abi, size);
      assert.ok(space >= least + size && space < least + size + 16, `CMSG_SPACE(${size}) is ${space}`);
    }
  });

  t.test(`${id}: a message that does not fit is refused by its size, not by what a sum wraps to`, () => {
    codec.arena.lend(64, (control) => {
      codec.bytes.fill(0xee, control, control + 64);
      const begin = (room: number, used: number, size: number) =>
        beginMessage(abi, control, room, used, 1, 1, size, 0, 0);
      for (const size of [53, 64, 2 ** 31, 2 ** 32 - 16, 2 ** 32 - 12, 2 ** 32, 2 ** 32 + 4, 2 ** 53, 2 ** 64 - 2048]) {
        assert.is(begin(64, 0, size), -1, `${size} bytes`);
      }
      assert.is(begin(64, 65, 0), -1, 'used beyond the room');
      assert.is(begin(2 ** 32 - 1, 2 ** 31, 4), -1, 'a room whose end is no i32');
      assert.is(
        codec.bytes.slice(control, control + 64).every((byte) => byte === 0xee),
        true,
        'bytes were written',
      );
      const space = cmsgSpace(abi, 4);
      assert.is(begin(space, 0, 4), space);
      assert.is(begin(space - 1, 0, 4), -1);
      assert.is(begin(2 ** 31 - 1, 0, 4), space, 'the largest room whose end is an i32');
      assert.is(begin(2 ** 31, 0, 4), -1, 'one more');
      const put = (room: number) => putRights(abi, control, room, 0, control + 60, 1);
      assert.is(put(2 ** 31 - 1), space, 'the same of a descriptor');
      assert.is(put(2 ** 31), -1, 'one more');
    });
  });
}

t.run();
