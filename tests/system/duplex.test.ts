/** toDuplex: a Duplex of node:stream that keeps descriptors with their bytes, and loses none. */
import { closeSync, fstatSync } from 'node:fs';
import { type Duplex, pipeline, Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { type AncillaryError, closeAll, type OwnedFd, type StreamDuplex, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { lowestFree, openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { limitFiles } from '../support/native.js';
import { MOST, note, sendPiecesSync } from '../support/pieces.js';
import { run, script, sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { fill, withFds, withPair } from '../support/sockets.js';
import { type Case, suite, thrownBy } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('duplex');

const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

t.before(async () => {
  // What waiting itself opens stays open.
  await withPair((_, b) => b.receive({ timeout: 1 }).catch(() => undefined));
});

/** Runs `fn` with a stream and a Duplex over its peer, and sees that no descriptor is left open. */
async function withDuplex(
  fn: (a: UnixStream, duplex: StreamDuplex, b: UnixStream) => Promise<unknown>,
  options: Parameters<UnixStream['toDuplex']>[0] = { maxFds: 253 },
): Promise<void> {
  const open = await settledFds();
  await withPair(async (a, b) => {
    const duplex = b.toDuplex(options);
    try {
      await fn(a, duplex, b);
    } finally {
      duplex.destroy();
    }
  });
  await untilOpen(open);
}

/** Notes what a Duplex brings, in the order it does. */
function listen(duplex: StreamDuplex): string[] {
  const events: string[] = [];
  duplex.on('fds', (fds: OwnedFd[], position: number) => {
    events.push(`${fds.length} at ${position}`);
    closeAll(fds);
  });
  for (const event of ['end', 'close', 'drain', 'finish']) duplex.on(event, () => events.push(event));
  duplex.on('error', (error) => events.push(`error ${(error as AncillaryError).code}`));
  duplex.on('data', (data) => events.push(`data ${data}`));
  return events;
}

const failureOf = (duplex: Duplex) => new Promise<AncillaryError>((resolve) => duplex.once('error', resolve as never));

t.test('descriptors are told of before the bytes that they came with, with their place', () =>
  withDuplex(async (a, duplex) => {
    const events = listen(duplex);
    await withFds(1, async ([fd]) =>
      sendPiecesSync(
        a,
        [
          ['xx', 0],
          ['yy', 2],
          ['z', 0],
          ['w', 1],
        ],
        fd as number,
      ),
    );
    await a.close();
    await finished(duplex);
    assert.equal(events, ['2 at 4', 'data xxyy', '1 at 6', 'data zw', 'end', 'finish', 'close']);
  }),
);

t.test('each write’s descriptors come with its own bytes, corked, in line or at once', () =>
  withDuplex(async (a, duplex) => {
    await withFds(1, async (fds) => {
      duplex.write('one');
      assert.is(duplex.writeWithFds('two', fds), true);
      duplex.cork();
      duplex.write('3');
      duplex.write('4');
      duplex.writeWithFds(Buffer.from('five'), [...fds, ...fds]);
      duplex.writeWithFds(new Uint8Array([0x36]), []);
      duplex.write('');
      duplex.write('7');
      duplex.uncork();
      duplex.end('8');
    });
    assert.equal(note(await a.read(6, MOST)), ['onetwo', [6]]);
    await finished(duplex, { readable: false });
    // Of its own, and not with what is written behind it.
    assert.equal(note(await a.receive(MOST)), ['34five', [6, 6]]);
    assert.equal(note(await a.read(3, MOST)), ['678', []]);
    assert.is(await a.receive(), null);
  }),
);

t.test('descriptors may be closed as soon as writeWithFds returns; each callback comes when its bytes have gone', () =>
  withDuplex(async (a, duplex) => {
    const COUNT = 400;
    const inodes: number[] = [];
    let called = 0;
    let isFull = false;
    for (let i = 0; i < COUNT; i++) {
      const [pipe, other] = makePipe();
      inodes.push(fstatSync(pipe).ino);
      const onSent = (error?: Error | null) => {
        if (!error) called++;
      };
      isFull = !duplex.writeWithFds(Buffer.alloc(1000, i), [pipe], onSent) || isFull;
      closeSync(pipe);
      closeSync(other);
    }
    duplex.end();
    assert.ok(isFull, 'it had to wait');
    await sleep(5);
    assert.ok(called < COUNT, 'some stand in line');
    let size = 0;
    for (let message = await a.receive(MOST); message; message = await a.receive(MOST)) {
      size += message.size;
      for (const fd of message.fds) assert.is(fstatSync(fd.fd).ino, inodes.shift());
      closeAll(message.fds);
    }
    assert.is(size, COUNT * 1000);
    assert.equal(inodes, [], 'every descriptor came, once and in order');
    await until('all are told', () => called === COUNT);
  }),
);

/** The two numbers of a pipe. */
function makePipe(): [number, number] {
  const { libc, codec, base, scratch } = native();
  assert.is(libc.pipe2(base + scratch, 0), 0);
  return [codec.view.getInt32(scratch, true), codec.view.getInt32(scratch + 4, true)];
}

t.test('bytes both ways, through pipelines, as they are', () =>
  withPair(async (a, b) => {
    const bytes = Buffer.from(random(seed()).bytes(3 << 20));
    const [left, right] = [a.toDuplex(), b.toDuplex({ highWaterMark: 1000 })];
    const echo = finished(pipeline(right, right, () => undefined));
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write: (chunk, _, callback) => {
        chunks.push(chunk);
        setImmediate(callback);
      },
    });
    pipeline(Readable.from(slices(bytes)), left, () => undefined);
    await finished(left.pipe(sink));
    await echo;
    assert.ok(Buffer.concat(chunks).equals(bytes));
    await until('both are closed', () => a.closed && b.closed);
  }),
);

function* slices(bytes: Buffer) {
  const { below } = random(7);
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + below(100_000);
    yield bytes.subarray(at, end);
    at = end;
  }
}

t.test('what is not read is not received: the sender has to wait', () =>
  withDuplex(
    async (a, duplex) => {
      duplex.on('readable', () => undefined);
      let sent = 0;
      try {
        for (;;) sent += await a.send(Buffer.alloc(10_000), { timeout: 200 });
      } catch (error) {
        assert.is((error as AncillaryError).code, 'ETIMEDOUT');
        sent += (error as AncillaryError).bytesSent ?? 0;
      }
      assert.ok(duplex.readableLength < 20_000, `${duplex.readableLength} bytes are held`);
      assert.ok(sent < 1 << 20, `${sent} bytes were sent`);
    },
    { highWaterMark: 10_000 },
  ),
);

t.test('end half-closes; what comes is read on', () =>
  withDuplex(
    async (a, duplex) => {
      const events = listen(duplex);
      duplex.end('last');
      assert.equal(note(await a.receive()), ['last', []]);
      assert.is(await a.receive(), null);
      await a.send('more');
      await until('it came', () => events.includes('data more'));
      assert.not(duplex.destroyed);
      await a.close();
      await finished(duplex);
      assert.equal(events, ['finish', 'data more', 'end', 'close']);
    },
    { allowHalfOpen: true },
  ),
);

for (const allowHalfOpen of [undefined, false, true]) {
  t.test(`the peer’s end ends it, unless half-open is allowed: ${allowHalfOpen}`, () =>
    withDuplex(
      async (a, duplex, b) => {
        const events = listen(duplex);
        await a.end();
        await until('the end', () => events.includes('end'));
        if (!allowHalfOpen) await until('it is closed', () => b.closed);
        await sleep(10);
        assert.is(b.closed, !allowHalfOpen);
        if (!allowHalfOpen) return assert.is(await a.receive(), null);
        duplex.write('still');
        assert.equal(note(await a.receive()), ['still', []]);
        return undefined;
      },
      { allowHalfOpen },
    ),
  );
}

t.test('descriptors that nobody listens for are closed, and it fails', () =>
  withDuplex(async (a, duplex) => {
    duplex.resume();
    const failure = failureOf(duplex);
    await withFds(3, (fds) => a.send('abc', { fds }));
    const error = await failure;
    assert.is(error.code, 'ERR_UNHEARD');
    assert.match(error.message, /3 descriptors came with byte 3, and nobody listens to 'fds': they are closed/);
  }),
);

t.test('more than maxFds fails as a receive does; none is the usual', () =>
  withDuplex(async (a, duplex) => {
    duplex.resume();
    duplex.on('fds', () => assert.unreachable());
    const failure = failureOf(duplex);
    await withFds(1, (fds) => a.send('abc', { fds }));
    assert.is((await failure).code, 'ERR_TRUNCATED');
  }, {}),
);

t.test('what a listener of fds throws fails it, and closes those that are open still', () =>
  withDuplex(async (a, duplex) => {
    const thrown = new Error('by the listener');
    duplex.resume();
    duplex.on('fds', (fds: OwnedFd[]) => {
      fds[0]?.close();
      throw thrown;
    });
    const failure = failureOf(duplex);
    await withFds(3, (fds) => a.send('abc', { fds }));
    assert.is(await failure, thrown);
  }),
);

t.test('a listener of fds may destroy it, or close the stream', async () => {
  for (const end of [(d: StreamDuplex) => d.destroy(), (_: StreamDuplex, b: UnixStream) => b.closeSync()]) {
    await withDuplex(async (a, duplex, b) => {
      duplex.on('error', () => undefined);
      duplex.resume();
      duplex.on('fds', (fds: OwnedFd[]) => {
        closeAll(fds);
        end(duplex, b);
      });
      await withFds(3, (fds) => a.send('abc', { fds }));
      await until('it is closed', () => duplex.destroyed);
      assert.ok(b.closed);
    });
  }
});

t.test('descriptors written behind an empty write may be closed at once, too', () =>
  withDuplex(async (a, duplex) => {
    duplex.write('');
    await withFds(1, (fds) => duplex.writeWithFds('x', fds));
    duplex.write('');
    await withFds(2, (fds) => duplex.writeWithFds('y', fds));
    assert.equal(note(await a.read(2, MOST)), ['xy', [1, 2, 2]]);
  }),
);

t.test('a message that is on its way when it is destroyed has its descriptors closed', () =>
  withDuplex(async (a, duplex) => {
    duplex.on('fds', () => assert.unreachable('after the end'));
    await withFds(3, ([fd]) => sendPiecesSync(a, [['x', 3]], fd as number));
    duplex.read(0);
    duplex.destroy();
    await sleep(5);
  }),
);

t.test('a write that waits holds its descriptors once', () =>
  withDuplex(async (a, duplex, b) => {
    fill(b);
    await withFds(10, async (fds) => {
      const before = openFds().length;
      duplex.cork();
      duplex.writeWithFds('x', fds);
      duplex.uncork();
      await sleep(5);
      assert.is(openFds().length - before, 10);
    });
    for (let last = ''; last !== 'x'; ) {
      const message = await a.receive({ ...MOST, maxData: 1 << 20 });
      last = message?.data.toString('latin1').slice(-1) ?? 'the end';
      closeAll(message?.fds ?? []);
    }
  }),
);

t.test('destroyed with writes in line it closes what they hold, and each callback hears of it', () =>
  withDuplex(async (_, duplex) => {
    duplex.on('error', () => undefined);
    const told: unknown[] = [];
    await withFds(10, async (fds) => {
      for (let i = 0; i < 20; i++) duplex.writeWithFds(Buffer.alloc(100_000), fds, (error) => told.push(error));
    });
    duplex.destroy(new Error('enough'));
    await until('all are told', () => told.length === 20);
    // The kernel had room for the first ones.
    assert.ok(told.slice(5).every((error) => error instanceof Error));
  }),
);

t.test('a write to a peer that is gone fails it', () =>
  withDuplex(async (a, duplex) => {
    const failure = failureOf(duplex);
    a.closeSync();
    duplex.write('x');
    assert.is((await failure).code, 'EPIPE');
  }),
);

t.test('closed elsewhere it fails', () =>
  withDuplex(async (_, duplex, b) => {
    const failure = failureOf(duplex);
    duplex.resume();
    await sleep(2);
    b.closeSync();
    assert.is((await failure).code, 'ERR_CLOSED');
  }),
);

const REFUSED: Case<{ inLine?: boolean; bytes: unknown; fds: (fd: number) => unknown }, never>[] = [
  { name: 'no bytes', in: { bytes: '', fds: (fd) => [fd] }, err: /descriptors with no data/ },
  { name: 'no list', in: { bytes: 'x', fds: () => 3 }, err: /fds must be an array of descriptors/ },
  { name: 'too many', in: { bytes: 'x', fds: (fd) => Array(254).fill(fd) }, err: /254 descriptors; Linux passes/ },
  { name: 'what is no descriptor', in: { bytes: 'x', fds: (fd) => [fd, -1] }, err: /-1 is no descriptor/ },
  { name: 'that in line', in: { inLine: true, bytes: 'x', fds: (fd) => [fd, {}] }, err: /is no descriptor/ },
  { name: 'one that is closed, in line', in: { inLine: true, bytes: 'x', fds: () => [9999] }, err: 'EBADF' },
  { name: 'bytes that are none', in: { bytes: 5, fds: (fd) => [fd] }, err: /the bytes of writeWithFds/ },
];

t.table(
  REFUSED.map((each) => ({ ...each, name: `writeWithFds refuses ${each.name}, and nothing is written` })),
  ({ inLine, bytes, fds }) =>
    withDuplex(async (a, duplex) => {
      if (inLine) duplex.cork();
      try {
        await withFds(1, ([fd]) => duplex.writeWithFds(bytes as string, fds(fd as number) as number[]));
      } finally {
        if (inLine) duplex.uncork();
        duplex.end();
        assert.is(await a.receive(), null);
      }
    }) as Promise<never>,
);

t.test('a descriptor that is closed fails it by the callback', () =>
  withDuplex(async (_, duplex) => {
    const failure = failureOf(duplex);
    const told = new Promise((resolve) => duplex.writeWithFds('x', [9999], resolve));
    assert.is((await failure).code, 'EBADF');
    assert.is(((await told) as AncillaryError).code, 'EBADF');
  }),
);

t.test('written after the end, or after destroy, descriptors are not held', () =>
  withDuplex(async (_, duplex) => {
    const failure = failureOf(duplex);
    duplex.end();
    await withFds(1, async (fds) => duplex.writeWithFds('x', fds));
    assert.is((await failure).code, 'ERR_STREAM_WRITE_AFTER_END');
    duplex.destroy();
    await withFds(1, async (fds) => duplex.writeWithFds('x', fds));
  }),
);

t.test('bytes that a read has left come first', () =>
  withPair(async (a, b) => {
    await withFds(1, async ([fd]) =>
      sendPiecesSync(
        a,
        [
          ['ab', 1],
          ['c', 0],
        ],
        fd as number,
      ),
    );
    await thrownBy(() => b.readSync(9, MOST));
    const duplex = b.toDuplex({ maxFds: 1 });
    const events = listen(duplex);
    a.sendSync('d');
    await a.close();
    await finished(duplex);
    assert.equal(events.slice(0, 4), ['1 at 2', 'data ab', 'data c', 'data d']);
  }),
);

t.test('one Duplex at most, of an open stream, with options that are known', () =>
  withPair(async (_, b) => {
    assert.match((await thrownBy(() => b.toDuplex({ maxFds: 254 }))).message, /maxFds must be/);
    assert.match((await thrownBy(() => b.toDuplex({ highWaterMark: -1 }))).message, /highWaterMark must be/);
    assert.match((await thrownBy(() => b.toDuplex({ allowHalfOpen: 1 as never }))).message, /allowHalfOpen must be/);
    assert.match((await thrownBy(() => b.toDuplex({ objectMode: true } as never))).message, /no option 'objectMode'/);
    b.toDuplex();
    assert.is((await thrownBy(() => b.toDuplex())).code, 'ERR_BUSY');
    b.closeSync();
    assert.is((await thrownBy(() => b.toDuplex())).code, 'ERR_CLOSED');
  }),
);

t.test('a peer with 253 descriptors for each byte waits for who does not read, and is read on by who does', () =>
  withDuplex(async (a, duplex) => {
    const open = openFds().length;
    let count = 0;
    duplex.on('fds', (fds: OwnedFd[]) => {
      count += fds.length;
      closeAll(fds);
    });
    let most = 0;
    const BYTES = 12;
    const sent = withFds(1, async ([fd]) => {
      for (let i = 0; i < BYTES; i++) {
        await a.send('x', { fds: Array(253).fill(fd) });
        most = Math.max(most, openFds().length - open);
      }
    });
    duplex.on('readable', () => undefined);
    await sent;
    await until('what fits is told of', () => count >= 2 * 253);
    await sleep(20);
    assert.is(count, 2 * 253, 'told of while nothing was read');
    await until('all came', () => {
      duplex.read();
      return count === BYTES * 253;
    });
    assert.ok(most <= 3 * 253, `${most} were open`);
  }),
);

t.test('a read that needs more bytes than come with so many descriptors fails', () =>
  withDuplex(async (a, duplex) => {
    const failure = failureOf(duplex);
    duplex.on('fds', (fds: OwnedFd[]) => closeAll(fds));
    duplex.on('readable', () => duplex.read(100));
    await withFds(1, async ([fd]) => {
      for (let i = 0; i < 4; i++) await a.send('x', { fds: Array(253).fill(fd) }).catch(() => undefined);
    });
    assert.is((await failure).code, 'ERR_TOO_LARGE');
  }),
);

t.test('read by for await, with an encoding', () =>
  withDuplex(async (a, duplex) => {
    duplex.setEncoding('utf8');
    const bytes = Buffer.from('äöü€');
    for (const byte of bytes) a.sendSync(Buffer.of(byte));
    await a.close();
    let text = '';
    for await (const part of duplex) text += part;
    assert.is(text, 'äöü€');
  }),
);

t.test('a pidfd that a stream brings with each message is closed', async () => {
  const open = await settledFds();
  await withPair(
    async (a, b) => {
      const duplex = b.toDuplex();
      let text = '';
      duplex.on('data', (data) => {
        text += data;
      });
      for (const each of ['a', 'b', 'c']) {
        await a.send(each);
        await until('it came', () => text.endsWith(each));
      }
      duplex.destroy();
    },
    { pidfd: true },
  );
  await untilOpen(open);
});

t.test('in a worker, too, at whose end everything is closed that is left', async () => {
  const said = await threads(
    `
      const [a, b] = socketpair({ maxFds: 9 });
      const file = fs.openSync('/dev/null');
      const left = socketpair({ maxFds: 9 });
      left[0].sendSync('ab', { fds: [file, file] });
      try {
        left[1].readSync(3);
      } catch (error) {
        parentPort.postMessage(error.code);
      }
      const duplex = b.toDuplex();
      // What nobody has any more the collector may find before the end, and would tell.
      globalThis.held = [left];
      duplex.on('fds', (fds) => {
        held.push(fds);
        parentPort.postMessage(fds.length);
      });
      duplex.on('data', (data) => parentPort.postMessage(String(data)));
      const other = a.toDuplex();
      held.push(a, b, duplex, other);
      other.cork();
      other.writeWithFds('x', [file, file, file]);
      other.uncork();
      setTimeout(() => {
        other.cork();
        other.writeWithFds('y', [file]);
        process.exit(0);
      }, 50);
    `,
    `
      const live = async (isTold) => {
        const worker = new Worker(url);
        if (isTold) worker.on('message', (message) => console.log(message));
        await once(worker, 'exit');
      };
      // What a first worker opens for the whole process is no leak.
      await live(false);
      const before = open();
      await live(true);
      await until(() => open() <= before);
    `,
  );
  assert.is(said, 'EAGAIN\n3\nx');
});

t.test('at the limit of open files a write in line is refused, and nothing is lost', () =>
  withDuplex(async (a, duplex) => {
    await withFds(10, async (fds) => {
      duplex.cork();
      const limit = limitFiles(0, lowestFree() + 3);
      try {
        assert.is((await thrownBy(() => duplex.writeWithFds('x', fds))).code, 'EMFILE');
      } finally {
        limitFiles(0, limit);
      }
      duplex.writeWithFds('y', fds);
      duplex.uncork();
    });
    assert.equal(note(await a.receive(MOST)), ['y', Array(10).fill(1)]);
  }),
);

t.test('what a listener of data throws is an uncaught exception, and the next bytes come', async () => {
  const { code, stdout, stderr } = await run(
    script(`
      import { socketpair } from 'ancillary';
      const [a, b] = socketpair();
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      const duplex = b.toDuplex();
      duplex.on('data', (data) => {
        console.log('data', String(data));
        if (String(data) === '1') throw new Error('thrown');
      });
      a.sendSync('1');
      setTimeout(() => a.sendSync('2'), 20);
      setTimeout(() => duplex.destroy(), 60);
    `),
  );
  assert.is(code, 0, stderr);
  assert.is(stdout.toString(), 'data 1\nuncaught thrown\ndata 2\n');
});

t.test('node:stream is loaded by the first Duplex, not before', async () => {
  const text = `
    const isLoaded = () => process.moduleLoadList.includes('NativeModule stream');
    // From Node 22 on koffi has everything loaded.
    require('koffi');
    const isLoadedAnyway = isLoaded();
    const seen = [isLoaded()];
    const [a] = require('ancillary').socketpair();
    seen.push(isLoaded());
    a.toDuplex();
    seen.push(isLoaded());
    a.closeSync();
    require('fs').writeSync(1, isLoadedAnyway ? 'false,false,true' : seen.join());
  `;
  const { code, stdout, stderr } = await run([process.execPath, '--input-type=commonjs', '--eval', text]);
  assert.is(code, 0, stderr);
  assert.is(stdout.toString(), 'false,false,true');
});

t.test('nothing was left to the collector', () => assert.equal(warnings, []));

t.run();
