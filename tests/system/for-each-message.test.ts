/** forEachMessage: the callback runs inside the event that brings a message. */
import { closeAll, type Message, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { sleep } from '../support/process.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('for-each-message');

t.test('every message in order, until the peer closes', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      const got: string[] = [];
      const onMessage = ({ data, fds: received }: Message) => {
        got.push(`${data}${received.length}`);
        closeAll(received);
      };
      a.sendSync('1', { fds });
      const end = b.forEachMessage(onMessage, { maxFds: 1 });
      await sleep(5);
      a.sendSync('2', { fds });
      await sleep(5);
      a.sendSync('3');
      await a.close();
      await end;
      assert.equal(got, ['11', '21', '30']);
    }),
  ),
);

for (const when of ['at once', 'later'] as const) {
  /** What a forEachMessage rejects with, for a message that is there before it or comes after it. */
  const deliver = async (a: UnixStream, start: () => Promise<void>) => {
    if (when === 'at once') a.sendSync('x');
    const failure = thrownBy(start);
    await sleep(5);
    if (when === 'later') a.sendSync('x');
    return failure;
  };
  t.test(`what the callback throws rejects it, for a message that comes ${when}`, () =>
    withPair(async (a, b) => {
      const thrown = new Error('by the callback');
      const error = await deliver(a, () =>
        b.forEachMessage(() => {
          throw thrown;
        }),
      );
      assert.is(error, thrown);
      a.sendSync('y');
      assert.is((await b.receive()).data.toString(), 'y');
    }),
  );

  t.test(`its callback may abort it, for a message that comes ${when}`, () =>
    withPair(async (a, b) => {
      const controller = new AbortController();
      const { signal } = controller;
      const error = await deliver(a, () => b.forEachMessage(() => controller.abort(), { signal, timeout: 1000 }));
      assert.is(error.code, 'ABORT_ERR', error.message);
      a.sendSync('y');
      assert.is((await b.receive()).data.toString(), 'y');
    }),
  );

  t.test(`its callback may close the stream, for a message that comes ${when}`, () =>
    withPair(async (a, b) => {
      let reused: UnixStream[] = [];
      const onMessage = ({ data }: Message) => {
        assert.is(data.toString(), 'x', 'no message of another socket');
        b.closeSync();
        // The numbers are taken again at once: nobody may read or wait on these in place of the closed one.
        reused = socketpair();
        for (const end of reused) end.sendSync('for the other');
      };
      const error = await deliver(a, () => b.forEachMessage(onMessage, { timeout: 1000 }));
      const [c, d] = reused as [UnixStream, UnixStream];
      for (const end of [c, d]) assert.is((await end.receive({ timeout: 1000 })).data.toString(), 'for the other');
      c.closeSync();
      d.closeSync();
      assert.is(error.code, 'ERR_CLOSED', error.message);
    }),
  );
}

t.run();
