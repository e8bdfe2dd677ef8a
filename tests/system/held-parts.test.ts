/** A send that goes in parts: what went is told to the byte, and its descriptors go, and are given away, once. */
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { type AncillaryError, closeAll, type OwnedFd } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { failWith, type Steps, withSteps } from '../support/calls.js';
import { openFds, settledFds } from '../support/descriptors.js';
import { run, script } from '../support/process.js';
import { fill, targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('held-parts');

const { EAGAIN, EBADF, EMFILE, EPIPE } = constants.errno;

/** A kernel that takes as many bytes of each call as is said, in turn; or fails with an errno, which is below 0. */
function takes(...counts: number[]): Steps {
  return {
    sendmsg: () => {
      const count = counts.shift() ?? -EAGAIN;
      return count < 0 ? failWith(-count) : count;
    },
  };
}

const detailsOf = ({ code, bytesSent }: AncillaryError) => [code, bytesSent];

for (const count of [1, 2, 99]) {
  t.test(`of ${count} byte(s) of a hundred that went before a failure the sender hears, and nothing may follow`, () =>
    withPair(async (a) => {
      await withSteps(takes(count, -EPIPE), async () => {
        const error = (await thrownBy(() => a.send('x'.repeat(100)))) as AncillaryError;
        assert.equal(detailsOf(error), ['EPIPE', count]);
      });
      const next = (await thrownBy(() => a.sendSync('y'))) as AncillaryError;
      assert.equal(detailsOf(next), ['ERR_INTERRUPTED', count]);
      assert.match(next.message, new RegExp(`after ${count} of 100 bytes`));
      assert.is(await a.send('z'.repeat(100 - count), { resume: true }), 100 - count);
    }),
  );

  t.test(`of ${count} byte(s) that went before the wait was given up the sender hears, and nothing may follow`, () =>
    withPair(async (a) => {
      const error = await withSteps(takes(count), () => thrownBy(() => a.send('x'.repeat(100), { timeout: 5 })));
      assert.equal(detailsOf(error as AncillaryError), ['ETIMEDOUT', count]);
      assert.equal(detailsOf((await thrownBy(() => a.send('y'))) as AncillaryError), ['ERR_INTERRUPTED', count]);
    }),
  );
}

t.test('of a send of which nothing went no count is told, and the next may follow', () =>
  withPair(async (a, b) => {
    for (const steps of [takes(-EPIPE), takes()]) {
      const error = await withSteps(steps, () => thrownBy(() => a.send('x'.repeat(100), { timeout: 5 })));
      assert.is((error as AncillaryError).bytesSent, undefined);
      a.sendSync('y');
      assert.is(arrived(b.receiveSync()).data.toString(), 'y');
    }
  }),
);

t.test('a send that has gone whole when its last call is over is no cut one', () =>
  withPair(async (a) => {
    assert.is(await withSteps(takes(1, 98, 1), () => a.send('x'.repeat(100))), 100);
    assert.is(a.sendSync('y'), 1);
  }),
);

t.test('numbers that are given away are closed with the first part, and whoever has them then keeps them', () =>
  withPair(async (a, b) => {
    const number = openSync('/dev/null', 'r');
    const data = Buffer.alloc(2 << 20, 'x');
    const send = a.send(data, { fds: [number], transfer: true });
    // It was closed with the first part; whoever opens something next is likely to get it.
    const stranger = openSync('/dev/zero', 'r');
    let left = '';
    try {
      left = targetOf(number);
    } catch {
      // Nobody has it.
    }
    let came = 0;
    let descriptors: OwnedFd[] = [];
    while (came < data.length) {
      const message = arrived(await b.receive({ maxFds: 1, maxData: 262144 }));
      came += message.size;
      descriptors = [...descriptors, ...message.fds];
    }
    assert.is(await send, data.length);
    assert.equal([targetOf(stranger), descriptors.map(({ fd }) => targetOf(fd))], ['/dev/zero', ['/dev/null']]);
    closeAll(descriptors);
    closeSync(stranger);
    assert.is.not(left, '/dev/null');
  }),
);

for (const transfer of [false, true]) {
  t.test(`a number closed in the very call that passes it${transfer ? ', and given away,' : ''} is no failure`, () =>
    withPair(async (a, b) => {
      const number = openSync('/dev/null', 'r');
      const sendmsg: Steps['sendmsg'] = (call, ...args) => {
        const result = call(...args);
        closeSync(number);
        return result;
      };
      assert.is(await withSteps({ sendmsg }, () => a.send('x', { fds: [number], transfer })), 1);
      closeAll(arrived(await b.receive({ maxFds: 1 })).fds);
    }),
  );
}

for (const [name, errno, message] of [
  ['is not open', EBADF, /descriptor \d+ is not open$/],
  ['finds no number', EMFILE, /keeps duplicates of its descriptors: await sends, or raise ulimit -n$/],
] as const) {
  t.test(`a send that has to wait, of whose descriptors one ${name}, says so and holds none`, () =>
    withFds(3, (fds) =>
      withPair(async (a) => {
        fill(a);
        const before = await settledFds();
        let count = 0;
        const fcntl: Steps['fcntl'] = (call, ...args) => (++count === 3 ? failWith(errno) : call(...args));
        const error = await withSteps({ fcntl }, () => thrownBy(() => a.send('x', { fds })));
        assert.is((error as AncillaryError).errno, errno);
        assert.match(error.message, message);
        assert.equal(openFds(), before);
      }),
    ),
  );
}

t.test('number 0 is a descriptor like others: held by a send that waits, and given away', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { closeSync, fstatSync, openSync } from 'node:fs';
      import { socketpair } from 'ancillary';
      process.stdout;
      const [a, b] = socketpair();
      await b.receive({ timeout: 1 }).catch(() => {});
      const drain = () => { try { for (;;) b.receiveSync({ maxData: 262144 }); } catch ({ code }) { return code; } };
      const file = openSync('/dev/zero');
      try { for (;;) a.sendSync(Buffer.alloc(65536)); } catch {}
      closeSync(0);
      const waiting = a.send('x', { fds: [file] });
      const held = fstatSync(0).rdev === fstatSync(file).rdev;
      const end = setInterval(drain, 1);
      await waiting;
      clearInterval(end);
      const number = openSync('/dev/zero');
      drain();
      await a.send('y', { fds: [number], transfer: true });
      let isClosed = false;
      try { fstatSync(0); } catch { isClosed = true; }
      console.log(held, number, isClosed);
      for (const each of [a, b]) each.closeSync();
    `),
  );
  assert.is(stdout.toString(), 'true 0 true\n', stderr);
});

t.run();
