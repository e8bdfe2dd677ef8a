/** Lists of data, memory of the caller's to be filled, and control messages both ways, on streams. */
import { AncillaryError, type ControlMessage, closeAll, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { enable } from '../support/native.js';
import { random, seed } from '../support/random.js';
import { fill, targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('data-parts');

/** All that is on its way, at least `size` bytes. */
async function drain(stream: UnixStream, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const { data } = arrived(await stream.receive({ maxData: 262144 }));
    parts.push(data);
    left -= data.length;
  }
  return Buffer.concat(parts);
}

const from = seed();
t.test(`a list is sent one part behind the other, whatever their sizes (seed ${from})`, () =>
  withPair(async (a, b) => {
    const dice = random(from);
    for (let i = 0; i < 60; i++) {
      const count = dice.pick([1, 2, 5, 100, 1023, 1024, 1025]);
      const largest = count > 100 ? 300 : dice.pick([1, 100, 5000, 100_000]);
      const parts = Array.from({ length: count }, (_, j) => Buffer.alloc(dice.below(largest + 1), j));
      parts.push(Buffer.from('!'));
      const whole = Buffer.concat(parts);
      const sent = a.send(parts);
      assert.ok((await drain(b, whole.length)).equals(whole), `${i}`);
      assert.is(await sent, whole.length);
    }
  }),
);

t.test('a list may hold strings, arrays of few bytes that the engine moves, and shared memory', () =>
  withPair(async (a, b) => {
    const shared = new Uint8Array(new SharedArrayBuffer(70_000)).fill(3);
    const sent = a.send(['ü', Uint8Array.of(1, 2), shared, new Uint8Array(0), Buffer.from('end')]);
    const whole = Buffer.concat([Buffer.from('ü'), Buffer.of(1, 2), shared, Buffer.from('end')]);
    assert.ok((await drain(b, whole.length)).equals(whole));
    assert.is(await sent, whole.length);
  }),
);

t.test('descriptors of a list travel with its first byte, once', () =>
  withFds(2, (fds) =>
    withPair(async (a, b) => {
      const sent = a.send([new Uint8Array(0), Buffer.alloc(150_000), Buffer.alloc(150_000)], { fds });
      const first = arrived(await b.receive({ maxFds: 2 }));
      assert.equal(
        first.fds.map(({ fd }) => targetOf(fd)),
        ['/dev/null', '/dev/null'],
      );
      closeAll(first.fds);
      await drain(b, 300_000 - first.size);
      assert.is(await sent, 300_000);
    }),
  ),
);

t.test('an empty list is no data, and what is no data is named with its place', () =>
  withPair(async (a) => {
    for (const [data, pattern] of [
      [[], /no data/],
      [['', new Uint8Array(0)], /no data/],
      [['x', 5], /data\[1\] must be a string or a Uint8Array, not 5/],
      [[['x']], /data\[0\] must be/],
      [[null], /data\[0\] must be/],
      [{ length: 1, 0: 'x' }, /data must be/],
      [[new Uint16Array(2)], /data\[0\] must be/],
    ] as const) {
      const error = await thrownBy(() => a.send(data as never));
      assert.instance(error, AncillaryError);
      assert.equal([error.code, pattern.test(error.message)], ['ERR_INVALID_ARGUMENT', true], error.message);
    }
  }),
);

t.test('a list that waits keeps small data as it was, and says when large data is gone', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const small = [Buffer.from('abc'), Buffer.from('def')];
    const kept = a.send(small);
    small[0]?.fill(0);
    small.length = 0;
    const large = [new Uint8Array(50_000), new Uint8Array(50_000)] as const;
    const gone = thrownBy(() => a.send([...large]));
    structuredClone(large[1], { transfer: [large[1].buffer] });
    await drain(b, filled);
    assert.is((await drain(b, 6)).toString(), 'abcdef');
    assert.equal([await kept, (await gone).code], [6, 'ERR_DATA_GONE']);
  }),
);

for (const size of [1, 63, 64, 65, 4095, 4096, 4097, 70_000]) {
  t.test(`into an array of ${size} bytes, or parts of it, comes what was sent, and nothing beside it changes`, () =>
    withPair(async (a, b) => {
      for (const split of [size, Math.ceil(size / 2)]) {
        const whole = new Uint8Array(size + 32).fill(0xee);
        const room = whole.subarray(16, 16 + size);
        const into = split === size ? room : [room.subarray(0, split), new Uint8Array(0), room.subarray(split)];
        for (const length of [size, Math.max(1, size - 1)]) {
          room.fill(0xee);
          const data = Buffer.alloc(length, length % 200);
          await a.send(data);
          let came = 0;
          while (came < length) {
            const message = arrived(await b.receive(came === 0 ? { into } : { into: room.subarray(came) }));
            assert.is('data' in message, false);
            came += message.size;
          }
          assert.ok(Buffer.from(room.subarray(0, length)).equals(data));
          assert.ok(room.subarray(length).every((byte) => byte === 0xee));
          assert.ok([...whole.subarray(0, 16), ...whole.subarray(16 + size)].every((byte) => byte === 0xee));
        }
      }
    }),
  );
}

t.test('what into cannot be is refused, and nothing is received', () =>
  withPair(async (a, b) => {
    a.sendSync('x');
    for (const [options, pattern] of [
      [{ into: 5 }, /into must be a Uint8Array or a list of them, not 5/],
      [{ into: null }, /into must be/],
      [{ into: [new Uint8Array(1), 'x'] }, /into\[1\] must be a Uint8Array/],
      [{ into: [] }, /no room/],
      [{ into: new Uint8Array(0) }, /no room/],
      [{ into: Array.from({ length: 1025 }, () => new Uint8Array(1)) }, /at most 1024/],
      [{ into: new Uint8Array(1), maxData: 1 }, /maxData and into/],
      [{ into: new Uint16Array(4) }, /into must be/],
    ] as const) {
      for (const call of [() => b.receive(options as never), () => b.receiveSync(options as never)]) {
        const error = await thrownBy(call);
        assert.equal([error.code, pattern.test(error.message)], ['ERR_INVALID_ARGUMENT', true], error.message);
      }
    }
    assert.is(arrived(b.receiveSync()).data.toString(), 'x');
  }),
);

t.test('memory of into that is gone when its turn comes is an error, not the end, and nothing is lost', () =>
  withPair(async (a, b) => {
    const into = new Uint8Array(8);
    const receiving = thrownBy(() => b.receive({ into }));
    structuredClone(into, { transfer: [into.buffer] });
    a.sendSync('x');
    assert.is((await receiving).code, 'ERR_DATA_GONE');
    assert.is(arrived(b.receiveSync()).data.toString(), 'x');
  }),
);

t.test('with control: true the control bytes come as the kernel wrote them', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      a.sendSync('x', { fds });
      const { control, fds: came } = arrived(await b.receive({ control: true, maxFds: 1 }));
      const view = new DataView((control as Uint8Array).buffer);
      assert.equal([control?.length, view.getBigUint64(0, true), view.getInt32(16, true)], [24, 20n, came[0]?.fd]);
      closeAll(came);
      a.sendSync('y');
      assert.is(arrived(b.receiveSync({ control: true })).control?.length, 0);
      a.sendSync('z');
      assert.is(arrived(b.receiveSync()).control, undefined);
    }),
  ),
);

t.test('a look leaves the message and its descriptors where they are, and has duplicates of them each time', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      a.sendSync('abc', { fds });
      const before = openFds();
      for (let i = 0; i < 3; i++) {
        const { data, fds: came } = arrived(await b.receive({ peek: true, maxFds: 1, maxData: 2 }));
        assert.equal([data.toString(), came.map(({ fd }) => targetOf(fd))], ['ab', ['/dev/null']]);
        closeAll(came);
      }
      assert.equal(openFds(), before);
      const { data, fds: came } = arrived(await b.receive({ maxFds: 1 }));
      assert.equal([data.toString(), came.length], ['abc', 1]);
      closeAll(came);
      assert.match((await thrownBy(() => b.forEachMessage(() => {}, { peek: true }))).message, /peek/);
    }),
  ),
);

t.test('a Unix socket takes no control message of the socket level that it does not know, and says so', () =>
  withPair(async (a) => {
    for (const message of [
      { timestampns_new: { tv_sec: 1, tv_nsec: 2 } },
      { level: 1, type: 99, data: new Uint8Array(4) },
    ]) {
      assert.is((await thrownBy(() => a.send('x', { control: [message as ControlMessage] }))).code, 'EINVAL');
    }
  }),
);

t.test('one of another level is carried along and skipped, beside descriptors and credentials', () =>
  withFds(2, (fds) =>
    withPair(
      async (a, b) => {
        for (const size of [0, 1, 7, 4096]) {
          a.sendSync('x', { fds, credentials: true, control: [{ level: 99, type: 1, data: new Uint8Array(size) }] });
          const { fds: came, credentials, messages } = arrived(await b.receive({ maxFds: 2 }));
          assert.equal([came.length, credentials?.pid, messages], [2, process.pid, []]);
          closeAll(came);
          // What was encoded for that one is not taken for what the next needs.
          a.sendSync('y', { fds });
          closeAll(arrived(await b.receive({ maxFds: 2 })).fds);
        }
      },
      { credentials: true },
    ),
  ),
);

t.test('descriptors among control messages are refused, and what has no room', () =>
  withFds(1, (fds) =>
    withPair(async (a) => {
      for (const [control, pattern] of [
        [[{ fds }], /control\[0\] has descriptors: give them as fds/],
        [[{ level: 1, type: 1, data: new Uint8Array(4) }], /control\[0\] has descriptors/],
        [
          [
            { level: 9, type: 9, data: new Uint8Array(0) },
            { level: 1, type: 1, data: new Uint8Array(0) },
          ],
          /control\[1\]/,
        ],
        [[{ level: 9, type: 9, data: new Uint8Array(9000) }], /9016 bytes; there is room for 8064/],
        [[{ nonsense: 1 }], /messages\[0\]/],
        ['x', /must be a list/],
        [null, /must be a list/],
      ] as const) {
        const error = await thrownBy(() => a.send('x', { control: control as never }));
        assert.instance(error, AncillaryError);
        assert.match(error.message, pattern);
      }
      const most = [{ level: 99, type: 1, data: new Uint8Array(8064 - 16) }];
      assert.is(a.sendSync('x', { control: most }), 1);
      assert.is((await thrownBy(() => a.sendSync('x', { control: most, fds }))).code, 'ERR_TOO_LARGE');
    }),
  ),
);

t.test('the most descriptors of a socket are those of its receives that do not say otherwise', () =>
  withFds(3, (fds) =>
    withPair(
      async (a, b) => {
        const before = await settledFds();
        a.sendSync('x', { fds });
        const { fds: came } = arrived(await b.receive());
        assert.is(came.length, 3);
        closeAll(came);
        a.sendSync('x', { fds });
        assert.is((await thrownBy(() => b.receive({ maxFds: 2 }))).code, 'ERR_TRUNCATED');
        await untilOpen(before);
        for (const maxFds of [254, -1, 0.5, -Infinity, NaN, '3']) {
          assert.match((await thrownBy(() => socketpair({ maxFds: maxFds as number }))).message, /maxFds/);
        }
      },
      { maxFds: Infinity },
    ),
  ),
);

const SO_PASSRIGHTS = 83;
const probe = socketpair();
const noPassRights = enable(probe[0].fd, SO_PASSRIGHTS) < 0;
for (const end of probe) end.closeSync();
const refusing = 'made for none, a socket has the kernel refuse descriptors to their sender';
if (noPassRights) t.skip(refusing, 'this kernel has no SO_PASSRIGHTS');
else {
  t.test(refusing, () =>
    withFds(1, (fds) =>
      withPair(
        async (a, b) => {
          const error = await thrownBy(() => a.send('x', { fds, transfer: true }));
          assert.equal([error.code, /refuses descriptors/.test(error.message)], ['EPERM', true]);
          assert.is(targetOf(fds[0] as number), '/dev/null');
          a.sendSync('y');
          assert.is(arrived(b.receiveSync()).data.toString(), 'y');
        },
        { maxFds: 0 },
      ),
    ),
  );
}

t.run();
