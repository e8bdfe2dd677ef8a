/** Batches on a stream: whole messages, one behind the other, also where one goes in parts, up to the end. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AncillaryError, closeAll, type MessageTrace } from 'ancillary';
import * as assert from 'uvu/assert';
import { drain, tell, texts, withSockets } from '../support/batches.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('batches on streams');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

t.test('a stream that takes a message in part says how much, and takes the rest of it before anything else', () =>
  withPair(async (a, b) => {
    const messages = Array.from({ length: 5 }, (_, i) => ({ data: Buffer.alloc(150_000, i) }));
    const error = (await thrownBy(() => a.sendManySync(messages))) as AncillaryError;
    const { messagesSent = -1, bytesSent = -1 } = error;
    assert.is(error.code, 'ERR_INTERRUPTED');
    assert.ok(messagesSent > 0 && bytesSent > 0 && bytesSent < 150_000);
    for (const call of [
      () => a.sendSync('x'),
      () => a.sendManySync([{ data: 'x' }]),
      () => a.sendMany([{ data: 'x' }]),
    ]) {
      assert.is((await thrownBy(call)).code, 'ERR_INTERRUPTED');
    }
    let came = Buffer.concat(drain(b).map(({ data }) => data));
    assert.is(came.length, messagesSent * 150_000 + bytesSent);
    const rest = (messages[messagesSent] as { data: Buffer }).data.subarray(bytesSent);
    assert.is(a.sendSync(rest, { resume: true }), rest.length);
    assert.is(a.sendManySync([{ data: 'go' }, { data: ' on' }]), 2);
    came = Buffer.concat([came, ...drain(b).map(({ data }) => data)]);
    const whole = Buffer.concat(messages.slice(0, messagesSent + 1).map(({ data }) => data));
    assert.ok(came.equals(Buffer.concat([whole, Buffer.from('go on')])));
  }),
);

t.test('long messages of a stream that go in parts are whole at the other end, with their descriptors once', () =>
  withFds(3, (fds) =>
    withPair(async (a, b) => {
      const messages = Array.from({ length: 5 }, (_, i) => ({
        data: Buffer.alloc(150_000, 'abcdefg').fill(i, 70_000),
        fds: fds.slice(0, i % 4),
      }));
      const sent = a.sendMany(messages);
      const parts: Buffer[] = [];
      let count = 0;
      for (let size = 0; size < 750_000; ) {
        for (const message of (await b.receiveMany({ maxFds: 3, timeout: 20_000 })) ?? []) {
          size += message.size;
          parts.push(message.data);
          count += message.fds.length;
          closeAll(message.fds);
        }
      }
      assert.equal([await sent, count], [5, 6]);
      assert.ok(Buffer.concat(parts).equals(Buffer.concat(messages.map(({ data }) => data))));
    }),
  ),
);

t.test('the end within a batch is told of once, and what comes to another socket then comes whole', () =>
  withFds(2, (fds) =>
    withPair((a, b) =>
      withSockets('seqpacket', (c, d) => {
        const traces: MessageTrace[] = [];
        const onReceived = (trace: unknown) => traces.push(trace as MessageTrace);
        a.sendSync('x');
        a.closeSync();
        subscribe('ancillary:recvmsg', onReceived);
        try {
          assert.equal(texts(b.receiveManySync()), ['x']);
        } finally {
          unsubscribe('ancillary:recvmsg', onReceived);
        }
        assert.equal(
          traces.map(({ bytes }) => bytes),
          [1, 0],
        );
        c.sendManySync(Array.from({ length: 64 }, () => ({ data: 'y', fds })));
        const messages = tell(d.receiveManySync({ maxFds: 2 }));
        assert.equal(
          messages.map(({ targets }) => targets.length),
          new Array(64).fill(2),
        );
      }),
    ),
  ),
);

t.test('a stream gives descriptors with the bytes they came with, in many as in one', () =>
  withFds(2, (fds) =>
    withPair((a, b) => {
      a.sendManySync([{ data: 'a' }, { data: 'b', fds }, { data: 'c' }, { data: 'd', fds: fds.slice(0, 1) }]);
      const got = tell(b.receiveManySync({ maxFds: 2 }));
      assert.equal(
        got.map(({ data, targets }) => [data, targets.length]),
        [
          ['ab', 2],
          ['cd', 1],
        ],
      );
    }),
  ),
);

t.run();
