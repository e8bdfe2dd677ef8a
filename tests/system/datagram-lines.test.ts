/** The lines of datagrams that wait for their receivers: none keeps the thread for itself, and no timer outlives them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AncillaryError, type MessageTrace, type UnixAddress, UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds, settledFds } from '../support/descriptors.js';
import { until } from '../support/process.js';
import { withFds } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('datagram-lines');

/** Runs `fn` with a sender, and receivers whose queues are full, so that what is sent to them waits. */
const withFull = (count: number, fn: (sender: UnixDatagram, receivers: UnixDatagram[]) => unknown) => async () => {
  const [sender, ...receivers] = Array.from({ length: count + 1 }, () => UnixDatagram.bindSync({ autobind: true }));
  try {
    for (const { address } of receivers) {
      try {
        for (;;) sender?.sendSync('x', { to: address as UnixAddress });
      } catch (error) {
        assert.is((error as AncillaryError).code, 'EAGAIN');
      }
    }
    await fn(sender as UnixDatagram, receivers);
  } finally {
    for (const socket of [sender, ...receivers]) socket?.[Symbol.dispose]();
  }
};

/** Empties a receiver's queue. */
function drain(receiver: UnixDatagram): void {
  try {
    for (;;) receiver.receiveSync();
  } catch (error) {
    assert.is((error as AncillaryError).code, 'EAGAIN');
  }
}

const addressOf = ({ address }: UnixDatagram) => address as UnixAddress;

/** How many timers there are that keep this process. */
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

t.test(
  'of those that wait for one who reads as fast as they come 64 go at once, and whatever else is ready comes between',
  withFull(1, async (sender, [receiver]) => {
    const to = addressOf(receiver as UnixDatagram);
    const runs: number[] = [];
    let isWithin = false;
    const onSent = ({ fd }: MessageTrace) => {
      if (fd !== sender.fd) return;
      receiver?.receiveSync();
      if (!isWithin) {
        runs.push(0);
        // What has been sent since then was sent in one go: nothing else ran.
        queueMicrotask(() => {
          isWithin = false;
        });
      }
      isWithin = true;
      runs[runs.length - 1] = (runs.at(-1) as number) + 1;
    };
    const waiting = Array.from({ length: 200 }, () => sender.send('y', { to }));
    drain(receiver as UnixDatagram);
    subscribe('ancillary:sendmsg', onSent as (message: unknown) => void);
    try {
      assert.equal(
        await Promise.all(waiting),
        waiting.map(() => 1),
      );
    } finally {
      unsubscribe('ancillary:sendmsg', onSent as (message: unknown) => void);
    }
    assert.equal(runs, [64, 64, 64, 8]);
  }),
);

for (const [what, end] of [
  [
    'has been aborted',
    async (sender: UnixDatagram, [first]: UnixDatagram[]) => {
      const abort = new AbortController();
      const sends = [1, 2].map(() =>
        thrownBy(() => sender.send('y', { to: addressOf(first as UnixDatagram), signal: abort.signal })),
      );
      assert.ok(timers() > 0);
      abort.abort();
      for (const send of sends) assert.is((await send).code, 'ABORT_ERR');
    },
  ],
  [
    'has failed because the socket was closed',
    async (sender: UnixDatagram, receivers: UnixDatagram[]) => {
      const sends = receivers.map((each) => thrownBy(() => sender.send('y', { to: addressOf(each) })));
      sender.closeSync();
      for (const send of sends) assert.is((await send).code, 'ERR_CLOSED');
    },
  ],
  [
    'has been sent',
    async (sender: UnixDatagram, receivers: UnixDatagram[]) => {
      const sends = receivers.map((each) => sender.send('y', { to: addressOf(each) }));
      receivers.map(drain);
      assert.equal(await Promise.all(sends), [1, 1, 1]);
    },
  ],
] as const) {
  t.test(
    `once the last that waits ${what} there is no timer left`,
    withFull(3, async (sender, receivers) => {
      const before = timers();
      await end(sender, receivers);
      assert.is(timers(), before);
    }),
  );
}

t.test(
  'a send that who watches begins within another, and that has to wait then, holds its descriptors once',
  withFull(1, (sender, [receiver]) =>
    withFds(2, async (fds) => {
      const to = addressOf(receiver as UnixDatagram);
      const other = UnixDatagram.bindSync({ autobind: true });
      const abort = new AbortController();
      // What earlier tests let go of is closed a little later.
      const before = await settledFds();
      let inner: Promise<unknown> | undefined;
      const onSent = ({ fd }: MessageTrace) => {
        if (fd === sender.fd) inner ??= thrownBy(() => sender.send('y', { to, fds, signal: abort.signal }));
      };
      subscribe('ancillary:sendmsg', onSent as (message: unknown) => void);
      try {
        await sender.send('x', { to: addressOf(other) });
        // It has tried, and stands in line.
        await until('it waits', () => timers() > 0);
        assert.is(openFds().length, before.length + fds.length);
        abort.abort();
        await inner;
        assert.equal(openFds(), before);
      } finally {
        unsubscribe('ancillary:sendmsg', onSent as (message: unknown) => void);
        other.closeSync();
      }
    }),
  ),
);

t.test(
  'one that waits goes when its receiver has room, long after the first try as well',
  withFull(1, async (sender, [receiver]) => {
    let isSent = false;
    const send = sender.send('y', { to: addressOf(receiver as UnixDatagram) }).then(() => {
      isSent = true;
    });
    // So that the pauses have become as long as they become.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.not(isSent);
    drain(receiver as UnixDatagram);
    await until('it is sent', () => isSent, 2000);
    await send;
  }),
);

t.run();
