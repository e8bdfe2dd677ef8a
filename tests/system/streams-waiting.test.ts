/** Asynchronous waits on real sockets: order, back-pressure, abort, timeout, close. */
import { join } from 'node:path';
import { closeAll, socketpair, UnixListener, UnixStream, type WaitOptions } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { isWithin, run, script, sleep } from '../support/process.js';
import { fill, targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('streams-waiting');

/** Receives until `size` bytes have come; the result says at which byte which descriptors came. */
async function drain(stream: UnixStream, size: number) {
  const arrivals: { at: number; targets: string[] }[] = [];
  const chunks: Buffer[] = [];
  for (let at = 0; at < size; ) {
    const { data, fds } = arrived(await stream.receive({ maxFds: 8 }));
    if (fds.length > 0) arrivals.push({ at, targets: fds.map(({ fd }) => targetOf(fd)) });
    closeAll(fds);
    assert.ok(data.length > 0, 'closed too early');
    chunks.push(data);
    at += data.length;
  }
  return { data: Buffer.concat(chunks), arrivals };
}

t.test('3 MB with descriptors pass under back-pressure; they come with its first byte only', () =>
  withFds(2, (fds) =>
    withPair(async (a, b) => {
      const sent = Buffer.alloc(3_000_000, 'ancillary');
      const [taken, { data, arrivals }] = await Promise.all([a.send(sent, { fds }), drain(b, sent.length)]);
      assert.is(taken, sent.length);
      assert.ok(data.equals(sent));
      assert.equal(arrivals, [{ at: 0, targets: ['/dev/null', '/dev/null'] }]);
    }),
  ),
);

t.test('concurrent sends go out whole and in order, each with its descriptors', () =>
  withFds(3, (fds) =>
    withPair(async (a, b) => {
      const filled = fill(a);
      const sizes = [300_000, 5, 400_000, 1];
      const sends = sizes.map((size, i) => a.send(Buffer.alloc(size, 97 + i), { fds: fds.slice(0, i) }));
      const { data, arrivals } = await drain(b, filled + 700_006);
      assert.equal(await Promise.all(sends), sizes);
      assert.ok(data.subarray(filled).equals(Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, 97 + i)))));
      assert.equal(
        arrivals.map(({ targets }) => targets.length),
        [1, 2, 3],
      );
      // Linux may glue what went before to the front of it, never what comes behind.
      const starts = [filled + 300_000, filled + 300_005, filled + 700_005];
      arrivals.forEach(({ at }, i) => {
        assert.ok(at <= (starts[i] as number) && at > (starts[i - 1] ?? 0) - 1, `descriptors ${i} at ${at}`);
      });
    }),
  ),
);

t.test('receives in line are served in their order', () =>
  withPair(async (a, b) => {
    const receives = [1, 2, 3].map(() => b.receive({ maxData: 1 }));
    await sleep(5);
    a.sendSync('abc');
    const got = await Promise.all(receives);
    assert.is(got.map((message) => arrived(message).data.toString()).join(), 'a,b,c');
  }),
);

t.test('an aborted wait whose callback has not ended gives way to the one behind it', () =>
  withPair(async (a, b) => {
    const controller = new AbortController();
    a.sendSync('first');
    const parked = thrownBy(() => b.forEachMessage(() => new Promise(() => {}), { signal: controller.signal }));
    a.sendSync('second');
    const behind = b.receive();
    controller.abort();
    assert.is((await parked).code, 'ABORT_ERR');
    assert.is(arrived(await behind).data.toString(), 'second');
  }),
);

t.test('a wait whose callback aborts it right away is over at once: it stands in nobody’s way', () =>
  withPair(async (a, b) => {
    const controller = new AbortController();
    a.sendSync('x');
    const aborted = thrownBy(() => b.forEachMessage(() => controller.abort(), { signal: controller.signal }));
    assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
    assert.is((await aborted).code, 'ABORT_ERR');
  }),
);

t.test('a receive takes what its options said when it was called, whatever becomes of the object', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      for (const more of [{}, { timeout: 20_000 }]) {
        const options = { maxData: 1, maxFds: 1, ...more };
        const receive = b.receive(options);
        Object.assign(options, { maxData: 100, maxFds: 0 });
        a.sendSync('ab', { fds });
        const message = arrived(await receive);
        assert.equal([message.data.toString(), message.fds.length], ['a', 1]);
        closeAll(message.fds);
        assert.is(arrived(b.receiveSync()).data.toString(), 'b');
      }
    }),
  ),
);

t.test('a connect to a full backlog is tried again at least 20 times a second, however long it has waited', () =>
  withTempDir(async (folder) => {
    const { stdout, stderr } = await run(
      script(`
        import timers from 'node:timers';
        // Timers that come at once and say what was asked of them, from before the library takes them.
        const { setTimeout } = timers;
        const pauses = [];
        timers.setTimeout = (callback, ms, ...rest) => {
          pauses.push(ms);
          return setTimeout(callback, 0, ...rest);
        };
        const { UnixListener, UnixStream } = await import('ancillary');
        const path = ${JSON.stringify(join(folder, 's'))};
        const listener = UnixListener.listenSync(path, { backlog: 0 });
        const first = UnixStream.connectSync(path);
        const second = UnixStream.connect(path);
        while (pauses.length < 30) await new Promise((resolve) => setTimeout(resolve, 1));
        for (const each of [listener.acceptSync(), await second, listener.acceptSync(), first]) each.closeSync();
        listener.closeSync();
        console.log(pauses[0] <= 5, Math.max(...pauses) <= 50, Math.max(...pauses) >= 10);
      `),
    );
    assert.is(stdout.toString(), 'true true true\n', stderr);
  }),
);

t.test('a Sync call while an asynchronous one waits is refused with ERR_BUSY', () =>
  withPair(async (a, b) => {
    const receive = b.receive();
    assert.is((await thrownBy(() => b.receiveSync())).code, 'ERR_BUSY');
    fill(a);
    const send = thrownBy(() => a.send('x'));
    assert.is((await thrownBy(() => a.sendSync('y'))).code, 'ERR_BUSY');
    a.closeSync();
    assert.is((await send).code, 'ERR_CLOSED');
    await receive;
  }),
);

t.test('Sync calls with nothing to do throw EAGAIN and leave the socket usable', () =>
  withTempDir((folder) =>
    withPair(async (a, b) => {
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
      const filled = fill(a);
      await drain(b, filled);
      assert.is(a.sendSync('x'), 1);
      const listener = UnixListener.listenSync(join(folder, 's'), { backlog: 0 });
      assert.is((await thrownBy(() => listener.acceptSync())).code, 'EAGAIN');
      const first = UnixStream.connectSync(listener.path);
      assert.is((await thrownBy(() => UnixStream.connectSync(listener.path))).code, 'EAGAIN');
      const second = UnixStream.connect(listener.path);
      await sleep(20);
      for (const each of [await listener.accept(), await second, await listener.accept(), first]) each.closeSync();
      listener.closeSync();
    }),
  ),
);

/** Every wait there is, entered on sockets that will never be ready. */
const waits: Record<string, (full: UnixStream, idle: UnixStream, l: UnixListener, o: WaitOptions) => Promise<unknown>> =
  {
    receive: (_full, idle, _listener, options) => idle.receive(options),
    forEachMessage: (_full, idle, _listener, options) => idle.forEachMessage(() => {}, options),
    send: (full, _idle, _listener, options) => full.send('x', options),
    accept: (_full, _idle, listener, options) => listener.accept(options),
    connect: (_full, _idle, listener, options) => UnixStream.connect(`${listener.path}-full`, options),
  };

for (const [name, wait] of Object.entries(waits)) {
  t.test(`${name}: abort before and while waiting, and timeout, leave the socket as it was`, () =>
    withTempDir((folder) =>
      withPair(async (full, idle) => {
        fill(full);
        const listener = UnixListener.listenSync(join(folder, 's'));
        const busy = UnixListener.listenSync(`${listener.path}-full`, { backlog: 0 });
        const queued = UnixStream.connectSync(busy.path);
        // `idle` must stay empty: the pair's other end is full towards it.
        const [quiet, other] = socketpair();
        try {
          const enter = (options: WaitOptions) => wait(full, quiet, listener, options);
          const reason = new Error('enough');
          const early = await thrownBy(() => enter({ signal: AbortSignal.abort(reason) }));
          assert.equal([early.name, early.code, early.cause], ['AbortError', 'ABORT_ERR', reason]);
          const controller = new AbortController();
          const pending = enter({ signal: controller.signal, timeout: 20_000 });
          setTimeout(() => controller.abort(reason), 10);
          const late = await thrownBy(() => pending);
          assert.equal([late.name, late.code, late.cause], ['AbortError', 'ABORT_ERR', reason]);
          const ending = thrownBy(() => enter({ timeout: 30, signal: new AbortController().signal }));
          assert.ok(await isWithin(1000, ending));
          const slow = await ending;
          assert.is(slow.code, 'ETIMEDOUT');
          assert.match(slow.message, /30 ms/);
          // Nothing of the ended waits takes what comes now.
          other.sendSync('later');
          assert.is(arrived(await quiet.receive()).data.toString(), 'later');
        } finally {
          for (const each of [listener, busy, queued, quiet, other]) each.closeSync();
          idle.closeSync();
        }
      }),
    ),
  );
}

t.test('close while others wait: receive and accept fail with ERR_CLOSED, begun sends finish first', () =>
  withTempDir((folder) =>
    withPair(async (a, b) => {
      const listener = await UnixListener.listen(join(folder, 's'));
      const accept = thrownBy(() => listener.accept());
      await listener.close();
      assert.is((await accept).code, 'ERR_CLOSED');
      const receive = thrownBy(() => a.receive());
      const filled = fill(a);
      const send = a.send('the end');
      const close = a.close();
      const { data } = await drain(b, filled + 7);
      assert.is(data.subarray(filled).toString(), 'the end');
      assert.is(await send, 7);
      await close;
      assert.is((await receive).code, 'ERR_CLOSED');
      await a.close();
    }),
  ),
);

t.test('closing a socket that was waited on last leaves the other waits served', () =>
  withPair(async (a, b) => {
    const receive = b.receive();
    await withPair(async (c) => {
      const closed = thrownBy(() => c.receive());
      c.closeSync();
      assert.is((await closed).code, 'ERR_CLOSED');
    });
    a.sendSync('x');
    assert.is(arrived(await receive).data.toString(), 'x');
  }),
);

t.test('asyncDispose closes', () =>
  withPair(async (a, b) => {
    await a[Symbol.asyncDispose]();
    assert.ok(a.closed);
    assert.is(await b.receive(), null);
  }),
);

t.test('one signal ends a hundred waits, with one listener, which is gone with the last of them', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  const pairs = Array.from({ length: 100 }, () => socketpair());
  try {
    const codesOf = (options: WaitOptions) =>
      Promise.all(pairs.map(async ([a]) => (await thrownBy(() => a.receive(options))).code));
    const late = codesOf({ signal, timeout: 5 });
    assert.is(listeners, 1);
    assert.equal(new Set(await late), new Set(['ETIMEDOUT']));
    assert.is(listeners, 0);
    const aborted = codesOf({ signal });
    assert.is(listeners, 1);
    controller.abort();
    assert.equal(new Set(await aborted), new Set(['ABORT_ERR']));
    assert.is(listeners, 0);
  } finally {
    for (const end of pairs.flat()) end.closeSync();
  }
});

t.run();
