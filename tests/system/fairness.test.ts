/** Nobody in the process is kept from its turn: not by a peer that floods, and not by a socket that fails. */
import { join } from 'node:path';
import { closeAll, socketpair, UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { run, script, sleep } from '../support/process.js';
import { fill, withFds, withPair } from '../support/sockets.js';
import { noStrace, runInjected } from '../support/stale.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fairness');

/** How often a timer of 1 ms came while `step` was awaited again and again, until it had come 5 times or 20 s were over. */
async function ticksDuring(step: () => Promise<unknown>): Promise<number> {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const end = performance.now() + 20_000;
  while (ticks < 5 && performance.now() < end) await step();
  clearInterval(timer);
  return ticks;
}

t.test('a loop of receives over a stream that is never empty lets timers have their turn', () =>
  withPair(async (a, b) => {
    const ticks = await ticksDuring(async () => {
      try {
        a.sendSync(Buffer.alloc(4096));
      } catch {
        // Full.
      }
      await b.receive({ maxData: 4 });
    });
    assert.ok(ticks >= 5);
  }),
);

t.test('a loop of receives that fail lets timers have their turn', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      const ticks = await ticksDuring(async () => {
        a.sendSync('x', { fds });
        assert.is((await thrownBy(() => b.receive())).code, 'ERR_TRUNCATED');
      });
      assert.ok(ticks >= 5);
    }),
  ),
);

/** Steps that succeed or fail at once, with a listener and a pair. */
const STEPS: Record<string, (listener: UnixListener, a: UnixStream, b: UnixStream) => Promise<unknown>> = {
  sends: () => withPair((a) => a.send('x')),
  'sends that fail': () =>
    withPair((a, b) => {
      b.closeSync();
      return thrownBy(() => a.send('x'));
    }),
  'arguments that are refused': (_, a) => thrownBy(() => a.receive({ maxFds: -1 })),
  'listens where somebody listens': ({ path }) => thrownBy(() => UnixListener.listen(path)),
  'listens and closes': async ({ path }) => (await UnixListener.listen(`${path}-other`)).close(),
  'accepts with options that are refused': (listener) => thrownBy(() => listener.accept({ timeout: -1 })),
  'connects to what is no path': () => thrownBy(() => UnixStream.connect('')),
  'connects where nobody listens': ({ path }) => thrownBy(() => UnixStream.connect(`${path}-none`)),
  'connects and accepts': async (listener) => {
    const client = await UnixStream.connect(listener.path);
    (await listener.accept()).closeSync();
    client.closeSync();
  },
  'receives at the end': (_, a, b) => {
    b[Symbol.dispose]();
    return a.receive();
  },
};
for (const [what, step] of Object.entries(STEPS)) {
  t.test(`a loop of ${what} lets timers have their turn`, () =>
    withTempDir((folder) =>
      withPair(async (a, b) => {
        const listener = UnixListener.listenSync(join(folder, 's'));
        assert.ok((await ticksDuring(() => step(listener, a, b))) >= 5);
        listener.closeSync();
      }),
    ),
  );
}

t.test('an accept loop on a closed listener lets timers have their turn', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    listener.closeSync();
    assert.ok((await ticksDuring(() => thrownBy(() => listener.accept()))) >= 5);
  }),
);

t.test('AbortSignal.timeout ends a loop over a flooded stream', () =>
  withPair(async (a, b) => {
    const signal = AbortSignal.timeout(20);
    const error = await thrownBy(async () => {
      for (let i = 0; i < 5_000_000; i++) {
        try {
          a.sendSync(Buffer.alloc(4096));
        } catch {
          // Full.
        }
        await b.receive({ maxData: 4, signal });
      }
    });
    assert.is(error.code, 'ABORT_ERR');
  }),
);

t.test('an honest client is served while another floods', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { socketpair } from 'ancillary';
      const [flood, flooded] = socketpair();
      const [honest, served] = socketpair();
      let isOver = false;
      (async () => {
        while (!isOver) {
          try { flood.sendSync(Buffer.alloc(4096)); } catch {}
          await flooded.receive({ maxData: 4 });
        }
      })();
      (async () => { for (;;) { const message = await served.receive(); if (message === null) return; await served.send(message.data); } })();
      for (let i = 0; i < 20; i++) { await honest.send('x'); await honest.receive(); }
      isOver = true;
      console.log('served');
      process.exit();
    `),
  );
  assert.is(stdout.toString(), 'served\n', stderr);
});

t.test('results that have to wait for the next turn come in the order of their calls', () =>
  withPair(async (a, b) => {
    a.sendSync(Buffer.alloc(200));
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        await b.receive({ maxData: 1 });
        order.push(i);
      }),
    );
    assert.equal(
      order,
      [...order].sort((x, y) => x - y),
    );
    assert.is(order.length, 200);
  }),
);

t.test('many waits of one descriptor are served in bounded turns, and all of them', () =>
  withPair(async (a, b) => {
    const waits = Array.from({ length: 500 }, () => b.receive({ maxData: 1 }));
    await sleep(5);
    a.sendSync(Buffer.alloc(500));
    assert.is((await Promise.all(waits)).length, 500);
  }),
);

t.test('ends of a socketpair do not carry O_NONBLOCK to those they are given to', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { spawn } from 'node:child_process';
      import { socketpair } from 'ancillary';
      const [a, b] = socketpair();
      const child = spawn('cat', { stdio: [b.fd, 'inherit', 'inherit'] });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await a.send('it waited\\n');
      b.closeSync();
      await a.close();
      child.on('exit', (code) => console.log(code));
    `),
  );
  assert.equal([stdout.toString(), stderr], ['it waited\n0\n', '']);
});

t.test('nothing blocks although the descriptors could', () =>
  withPair(async (a, b) => {
    assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
    fill(a);
    assert.is((await thrownBy(() => a.sendSync('x'))).code, 'EAGAIN');
  }),
);

/** How a receiver may meet a message with a descriptor whose last close takes seconds. */
const ENDS: Record<string, string> = {
  'refusing it': 'await b.receive().catch(() => {});',
  'refusing it, sent out of band':
    'await b.receive().catch(() => {}); await b.receive({ timeout: 10 }).catch(() => {});',
  'closing the stream before it is received': 'b.closeSync();',
  'closing the listener before it is accepted': 'listener.closeSync();',
};
for (const [what, end] of Object.entries(ENDS)) {
  t.test(`a peer cannot stop the event loop with a socket whose close takes long: ${what}`, async () => {
    const { stdout, stderr } = await run(
      script(`
        import { mkdtempSync, rmSync } from 'node:fs';
        import { connect, createServer } from 'node:net';
        import { tmpdir } from 'node:os';
        import koffi from 'koffi';
        import { UnixListener, UnixStream } from 'ancillary';
        const libc = koffi.load(null);
        const setsockopt = libc.func('int setsockopt(int, int, int, void *, uint32_t)');
        const sendmsg = libc.func('long sendmsg(int, void *, int)');
        const [SOL_SOCKET, SO_LINGER, SECONDS, MSG_OOB] = [1, 13, 60, ${what.includes('out of band') ? 1 : 0}];
        const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
        const listener = UnixListener.listenSync(folder + '/s');
        const a = UnixStream.connectSync(folder + '/s');
        const b = ${what.includes('listener') ? 'undefined' : 'listener.acceptSync()'};
        const server = createServer((socket) => socket.pause()).listen(0, '127.0.0.1');
        await new Promise((resolve) => server.on('listening', resolve));
        const socket = connect(server.address().port, '127.0.0.1');
        await new Promise((resolve) => socket.on('connect', resolve));
        // Full, and nobody reads: the last close waits until the time of SO_LINGER is over.
        socket.write(Buffer.alloc(16 << 20));
        await sleep(100);
        const fd = socket._handle.fd;
        setsockopt(fd, SOL_SOCKET, SO_LINGER, Int32Array.of(1, SECONDS), 8);
        const control = Uint8Array.of(20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, fd, 0, 0, 0, 0, 0, 0, 0);
        const data = Uint8Array.of(1);
        const iovec = BigUint64Array.of(koffi.address(data), 1n);
        const header = BigUint64Array.of(0n, 0n, koffi.address(iovec), 1n, koffi.address(control), 24n, 0n);
        if (sendmsg(a.fd, header, MSG_OOB) !== 1) console.log('not sent');
        socket.destroy();
        await sleep(50);
        const begin = performance.now();
        ${end}
        await new Promise((resolve) => setImmediate(resolve));
        console.log(performance.now() - begin < 15_000);
        rmSync(folder, { recursive: true });
        process.kill(process.pid, 'SIGKILL');
      `),
    );
    assert.is(stdout.toString(), 'true\n', stderr);
  });
}

const unasked = 'what comes unasked is closed also where the kernel has no close_range';
if (noStrace) t.skip(unasked, noStrace);
else {
  t.test(unasked, async () => {
    const { stdout, stderr } = await runInjected(
      ['close_range:error=ENOSYS'],
      script(`
        import { openSync, readdirSync } from 'node:fs';
        import { socketpair } from 'ancillary';
        const open = () => readdirSync('/proc/self/fd').length;
        const [a, b] = socketpair();
        const file = openSync('/dev/null');
        // With the first wait the reactor is made, which stays open.
        await b.receive({ timeout: 1 }).catch(() => {});
        process.stdout;
        const before = open();
        a.sendSync('x', { fds: [file, file, file] });
        console.log(await b.receive().catch(({ code }) => code));
        const end = performance.now() + 30_000;
        while (open() > before && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
        console.log(open() - before);
      `),
    ).ended;
    assert.is(stdout.toString(), 'ERR_TRUNCATED\n0\n', stderr);
  });
}

t.test('what a flood brings unasked is closed, and never fills the process', () =>
  withFds(253, (fds) =>
    withPair(async (a, b) => {
      for (let i = 0; i < 30; i++) {
        a.sendSync('x', { fds });
        assert.is((await thrownBy(() => b.receiveSync())).code, 'ERR_TRUNCATED');
      }
      // There is room for another message, and for new sockets.
      a.sendSync('x', { fds });
      closeAll(arrived(await b.receive({ maxFds: 253 })).fds);
      for (const end of socketpair()) end.closeSync();
    }),
  ),
);

t.run();
