/** forEachMessage: the callback runs inside the event that brings a message. */
import { closeSync } from 'node:fs';
import { closeAll, type Message, type OwnedFd, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds } from '../support/descriptors.js';
import { run, script, sleep } from '../support/process.js';
import { fill, withFds, withPair } from '../support/sockets.js';
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
      assert.is(arrived(await b.receive()).data.toString(), 'y');
    }),
  );

  t.test(`its callback may abort it, for a message that comes ${when}`, () =>
    withPair(async (a, b) => {
      const controller = new AbortController();
      const { signal } = controller;
      const error = await deliver(a, () => b.forEachMessage(() => controller.abort(), { signal, timeout: 20_000 }));
      assert.is(error.code, 'ABORT_ERR', error.message);
      a.sendSync('y');
      assert.is(arrived(await b.receive()).data.toString(), 'y');
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
      const error = await deliver(a, () => b.forEachMessage(onMessage));
      const [c, d] = reused as [UnixStream, UnixStream];
      for (const end of [c, d]) assert.is(arrived(await end.receive()).data.toString(), 'for the other');
      c.closeSync();
      d.closeSync();
      assert.is(error.code, 'ERR_CLOSED', error.message);
    }),
  );
}

t.test('a promise that the callback returns is kept before the next message is received', () =>
  withPair(async (a, b) => {
    const log: string[] = [];
    const end = b.forEachMessage(
      async ({ data }) => {
        log.push(`begin ${data}`);
        await sleep(5);
        log.push(`end ${data}`);
      },
      { maxData: 1 },
    );
    for (const text of ['1', '2', '3']) await a.send(text);
    await a.close();
    await end;
    assert.equal(log, ['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
  }),
);

t.test('while its promise is not kept, nothing else receives, and the peer is held back', () =>
  withPair(async (a, b) => {
    let go = () => {};
    const kept = new Promise<void>((resolve) => {
      go = resolve;
    });
    const end = b.forEachMessage(() => kept);
    a.sendSync('x');
    await sleep(5);
    fill(a);
    assert.is((await thrownBy(() => b.receiveSync())).code, 'ERR_BUSY');
    const later = b.receive({ timeout: 20 });
    assert.is((await thrownBy(() => later)).code, 'ETIMEDOUT');
    assert.is((await thrownBy(() => a.sendSync('x'))).code, 'EAGAIN');
    go();
    a.closeSync();
    await end;
  }),
);

for (const when of ['at once', 'later'] as const) {
  t.test(
    `what its promise is rejected with rejects it, for a message that comes ${when}; the descriptors are closed`,
    () =>
      withFds(2, (fds) =>
        withPair(async (a, b) => {
          const thrown = new Error('by the callback');
          let got: OwnedFd[] = [];
          if (when === 'at once') a.sendSync('x', { fds });
          const failure = thrownBy(() =>
            b.forEachMessage(
              async (message) => {
                got = message.fds;
                await sleep(1);
                throw thrown;
              },
              { maxFds: 2 },
            ),
          );
          if (when === 'later') {
            await sleep(5);
            a.sendSync('x', { fds });
          }
          assert.is(await failure, thrown);
          assert.equal(
            got.map((fd) => fd.closed),
            [true, true],
          );
          a.sendSync('y');
          assert.is(arrived(await b.receive()).data.toString(), 'y');
        }),
      ),
  );
}

t.test('the descriptors of a message whose callback throws are closed; those it closed itself are no matter', () =>
  withFds(3, (fds) =>
    withPair(async (a, b) => {
      const before = openFds();
      for (const spoil of [() => {}, (fd: OwnedFd) => fd.close(), (fd: OwnedFd) => closeSync(fd.fd)]) {
        a.sendSync('x', { fds });
        const error = await thrownBy(() =>
          b.forEachMessage(
            (message) => {
              spoil(message.fds[1] as OwnedFd);
              throw new Error('mine');
            },
            { maxFds: 3 },
          ),
        );
        assert.is(error.message, 'mine');
        assert.equal(openFds(), before);
      }
    }),
  ),
);

t.test('abort and close end it while its promise is not kept; what that is rejected with is not lost', async () => {
  const { stdout } = await run(
    script(`
      import { socketpair } from 'ancillary';
      process.on('unhandledRejection', ({ message }) => console.log('unhandled', message));
      const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      for (const end of ['abort', 'close']) {
        const [a, b] = socketpair();
        const controller = new AbortController();
        const wait = b.forEachMessage(async () => { await sleep(20); throw new Error(end); }, { signal: controller.signal });
        wait.catch(({ code }) => console.log(code));
        a.sendSync('x');
        await sleep(5);
        if (end === 'abort') controller.abort(); else b.closeSync();
        await sleep(40);
        a.closeSync(); b[Symbol.dispose]();
      }
    `),
  );
  assert.is(stdout.toString(), 'ABORT_ERR\nunhandled abort\nERR_CLOSED\nunhandled close\n');
});

for (const odd of [5, {}, JSON.parse('{"then":5}'), [], 'then', null]) {
  t.test(`what is no promise is ignored: ${JSON.stringify(odd)}`, () =>
    withPair(async (a, b) => {
      const got: number[] = [];
      const end = b.forEachMessage((({ data }: Message) => {
        got.push(data.length);
        return odd;
      }) as never);
      a.sendSync('x');
      await sleep(5);
      a.sendSync('yy');
      await a.close();
      await end;
      assert.equal(got, [1, 2]);
    }),
  );
}

for (const end of ['closeSync', 'release'] as const) {
  t.test(`its asynchronous callback may end the stream with ${end}: one rejection, and nothing unhandled`, async () => {
    const { code, stdout, stderr } = await run(
      script(`
        import { closeSync } from 'node:fs';
        import { socketpair } from 'ancillary';
        for (const when of ['at once', 'later']) {
          const [a, b] = socketpair();
          if (when === 'at once') a.sendSync('x');
          const end = b.forEachMessage(async () => { const fd = b.${end}(); if (fd !== undefined) closeSync(fd); });
          end.catch(({ code }) => console.log(code));
          if (when === 'later') setTimeout(() => a.sendSync('x'), 5);
          await new Promise((resolve) => setTimeout(resolve, 30));
          a.closeSync();
        }
      `),
    );
    assert.equal([code, stdout.toString(), stderr], [0, 'ERR_CLOSED\nERR_CLOSED\n', '']);
  });
}

t.run();
