/** What a send keeps of its data while it waits: a copy where that is promised, else a view that is looked at again. */
import { socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { fill, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('held-data');

/** What a send that waits copies at most. */
const COPY_MOST = 65536;

type Resizable = ArrayBuffer & { resize(length: number): void };
const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;

const detach = ({ buffer }: Uint8Array<ArrayBuffer>) => void structuredClone(buffer, { transfer: [buffer] });

/** Receives `size` bytes. */
async function take(stream: UnixStream, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const { data } = arrived(await stream.receive({ maxData: left, timeout: 20_000 }));
    chunks.push(data);
    left -= data.length;
  }
  return Buffer.concat(chunks);
}

t.test('a byte more than is copied stays where it is: taken away, its send says so', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const data = new Uint8Array(COPY_MOST + 1);
    const send = thrownBy(() => a.send(data));
    detach(data);
    await take(b, filled);
    assert.is((await send).code, 'ERR_DATA_GONE');
  }),
);

for (const isList of [false, true]) {
  const as = (data: Uint8Array) => (isList ? [data] : data);

  t.test(`the rest of a large send that is small is copied${isList ? ', of a list too' : ''}`, () =>
    withPair(async (a, b) => {
      const room = a.sendSync(new Uint8Array(4 << 20));
      await take(b, room);
      const data = new Uint8Array(room + COPY_MOST).map((_, i) => i % 251);
      const whole = Buffer.from(data);
      const send = a.send(as(data));
      detach(data);
      assert.ok((await take(b, whole.length)).equals(whole));
      assert.is(await send, whole.length);
    }),
  );
}

for (const place of [0, 1, 2]) {
  t.test(`a large list is copied as well where the memory of its part ${place} may become shorter`, () =>
    withPair(async (a, b) => {
      const filled = fill(a);
      const size = 60_000;
      const buffer = new Resizable(size, { maxByteLength: size });
      const parts = [0, 1, 2].map((i) => (i === place ? new Uint8Array(buffer) : new Uint8Array(size)).fill(i + 1));
      const send = a.send(parts);
      buffer.resize(0);
      buffer.resize(size);
      await take(b, filled);
      const came = await take(b, 3 * size);
      assert.ok(came.every((byte, i) => byte === 1 + Math.floor(i / size)));
      assert.is(await send, 3 * size);
    }),
  );
}

for (const type of ['seqpacket', 'dgram'] as const) {
  t.test(`${type}: a record of more parts than one call takes goes whole, by every send`, async () => {
    const [a, b] = socketpair({ type } as { type: 'seqpacket' });
    try {
      for (const count of [1024, 1025, 3000]) {
        const parts = Array.from({ length: count }, (_, i) => Uint8Array.of(i));
        const whole = Buffer.concat(parts);
        for (const send of [
          () => a.sendSync(parts),
          () => a.send(parts),
          () => a.sendManySync([{ data: parts }]),
          () => a.sendMany([{ data: parts }]),
        ]) {
          await send();
          assert.ok(arrived(b.receiveSync()).data.equals(whole));
        }
      }
    } finally {
      for (const end of [a, b]) end.closeSync();
    }
  });
}

t.run();
