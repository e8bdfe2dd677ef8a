/** Batches of records: each whole and by itself, whatever its size, and cut or refused as one that is received alone. */
import { type AncillaryError, closeAll, type Message } from 'ancillary';
import * as assert from 'uvu/assert';
import { RECORDS, texts, withSockets } from '../support/batches.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { growSendBuffer } from '../support/native.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('batches of records');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const type of RECORDS) {
  t.test(`${type}: of more messages than there is room for, as many as it returns have gone, in their order`, () =>
    withSockets(type, async (a, b) => {
      const messages = Array.from({ length: 5000 }, (_, i) => ({ data: `${i}` }));
      const sent = a.sendManySync(messages);
      assert.ok(sent > 0 && sent < 5000);
      const error = (await thrownBy(() => a.sendManySync(messages.slice(sent)))) as AncillaryError;
      assert.equal([error.code, error.messagesSent], ['EAGAIN', 0]);
      assert.equal(
        texts(b.receiveManySync({ most: 65536 })),
        messages.slice(0, sent).map(({ data }) => data),
      );
    }),
  );

  t.test(`${type}: empty records are records, also the last before the end`, () =>
    withSockets(type, (a, b) => {
      a.sendManySync([{ data: '' }, { data: 'x' }, { data: '' }]);
      a.closeSync();
      assert.equal(texts(b.receiveManySync()), ['', 'x', '']);
    }),
  );

  for (const maxData of [4, 5000, 2 ** 21]) {
    t.test(
      `${type}: what does not fit or was not asked for is told with all that came around it (maxData ${maxData})`,
      () =>
        withFds(3, (fds) =>
          withSockets(type, async (a, b) => {
            const before = await settledFds();
            a.sendManySync([
              { data: '1', fds: fds.slice(0, 1) },
              { data: '2' },
              { data: '3', fds },
              { data: 'long!'.repeat(maxData === 4 ? 1 : 1001), fds: fds.slice(0, 2) },
              { data: '5', fds: fds.slice(0, 2) },
            ]);
            const error = (await thrownBy(() => b.receiveManySync({ maxFds: 2, maxData }))) as AncillaryError;
            assert.is(error.code, 'ERR_TRUNCATED');
            assert.match(error.message, /raise maxFds; what else came is in the error as received/);
            assert.is(Buffer.from(error.data ?? []).toString(), '3');
            const isCut = maxData < 2 ** 21;
            const { received = [] } = error as { received?: readonly (Message | AncillaryError)[] };
            assert.equal(
              received.map((each) => [
                each instanceof Error ? each.code : each.fds.length,
                Buffer.from(each.data ?? [])
                  .toString()
                  .slice(0, 4),
              ]),
              [
                [1, '1'],
                [0, '2'],
                ['ERR_TRUNCATED', '3'],
                [isCut ? 'ERR_TRUNCATED' : 2, 'long'],
                [2, '5'],
              ],
            );
            for (const each of received) if (!(each instanceof Error)) closeAll(each.fds);
            await untilOpen(before);
          }),
        ),
    );
  }

  t.test(`${type}: a message refused alone is the same error as that of a receive, without anything else`, () =>
    withFds(1, (fds) =>
      withSockets(type, async (a, b) => {
        a.sendManySync([{ data: 'x', fds }]);
        const many = (await thrownBy(() => b.receiveMany())) as AncillaryError;
        a.sendSync('x', { fds });
        const one = (await thrownBy(() => b.receive())) as AncillaryError;
        assert.equal({ ...many, message: many.message }, { ...one, message: one.message });
        assert.is(many.received, undefined);
      }),
    ),
  );

  t.test(`${type}: data stays as it was whatever comes later, and keeps no more than twice its memory alive`, () =>
    withSockets(type, (a, b) => {
      growSendBuffer(a.fd, 1 << 20);
      const kept: { data: Buffer; value: number }[] = [];
      for (let round = 0; round < 12; round++) {
        const sizes = [1, 100, 4096, 20_000, 33_000, 40_000];
        a.sendManySync(sizes.map((size, i) => ({ data: Buffer.alloc(size, round * 10 + i) })));
        for (const [i, { data }] of (b.receiveManySync() ?? []).entries()) kept.push({ data, value: round * 10 + i });
      }
      assert.is(kept.length, 72);
      for (const { data, value } of kept) {
        assert.ok(data.every((byte) => byte === value));
        // Small Buffers share Node's pool, which may be a little larger than its size says.
        const pool = Buffer.allocUnsafe(1).buffer.byteLength;
        assert.ok(
          data.buffer.byteLength <= Math.max(pool, 2 * data.length),
          `${data.length} in ${data.buffer.byteLength}`,
        );
      }
    }),
  );
}

t.test('seqpacket: empty records in front of others are records also where the socket’s number has been lent', () =>
  withSockets('seqpacket', (a, b) => {
    assert.ok(b.fd > 0);
    a.sendManySync([{ data: '' }, { data: 'x' }, { data: '' }, { data: 'y' }]);
    a.closeSync();
    assert.equal(texts(b.receiveManySync()), ['', 'x', '', 'y']);
    assert.is(b.receiveManySync(), null);
  }),
);

t.test('a receive of at most N messages takes N, and leaves the others', () =>
  withSockets('seqpacket', (a, b) => {
    a.sendManySync(Array.from({ length: 150 }, (_, i) => ({ data: `${i}` })));
    const sizes = [1, 2, 64, 65, 18];
    let next = 0;
    for (const most of sizes) {
      assert.equal(
        texts(b.receiveManySync({ most })),
        Array.from({ length: most }, () => `${next++}`),
      );
    }
    assert.is(next, 150);
  }),
);

t.run();
