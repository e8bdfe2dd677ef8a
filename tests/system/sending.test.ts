/** What becomes of a send: it takes all that it was given or says how much, and nothing is lost without a word. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AncillaryError,
  closeAll,
  type MessageTrace,
  memfd,
  socketpair,
  UnixListener,
  UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, settledFds } from '../support/descriptors.js';
import { run, script, sleep, until } from '../support/process.js';
import { fill, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('sending');

/** Receives `size` bytes. */
async function take(stream: UnixStream, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let left = size; left > 0; ) {
    const { data } = arrived(await stream.receive({ maxData: left, timeout: 20_000 }));
    assert.ok(data.length > 0, 'closed too early');
    chunks.push(data);
    left -= data.length;
  }
  return Buffer.concat(chunks);
}

const bytesSentBy = (error: unknown) => (error as AncillaryError).bytesSent;

for (const [name, text] of [
  ['that fails at once', 'b.closeSync(); a.send("x");'],
  ['that fails while it waits', 'fill(a); a.send("x"); b.closeSync();'],
  ['of what cannot be sent', 'a.send(5);'],
  ['whose time is up', 'fill(a); a.send("x", { timeout: 1 });'],
  ['behind another', 'fill(a); a.send("x").catch(() => {}); a.send("y"); b.closeSync();'],
]) {
  t.test(`a send ${name} and that nobody awaited is an unhandled rejection`, async () => {
    const { stdout } = await run(
      script(`
        import { socketpair } from 'ancillary';
        process.on('unhandledRejection', ({ name, code }) => console.log(name, code !== undefined));
        const fill = (a) => { try { for (;;) a.sendSync(Buffer.alloc(65536)); } catch {} };
        const [a, b] = socketpair();
        ${text}
        await new Promise((resolve) => setTimeout(resolve, 50));
        a[Symbol.dispose](); b[Symbol.dispose]();
      `),
    );
    assert.is(stdout.toString(), 'AncillaryError true\n');
  });
}

t.test('a send that is awaited and fails is no unhandled rejection', async () => {
  const { stdout } = await run(
    script(`
      import { socketpair } from 'ancillary';
      process.on('unhandledRejection', () => console.log('unhandled'));
      const [a, b] = socketpair();
      b.closeSync();
      console.log(await a.send('x').catch(({ code }) => code));
      await a.close();
    `),
  );
  assert.is(stdout.toString(), 'EPIPE\n');
});

t.test('close lets every send that has begun finish, also when the latest gives up first', () =>
  withPair(async (a, b) => {
    const size = 4 << 20;
    const first = a.send(Buffer.alloc(size, 'a'));
    const second = thrownBy(() => a.send('b', { timeout: 30 }));
    const third = a.send('c');
    const closed = a.close();
    assert.is((await second).code, 'ETIMEDOUT');
    assert.is((await take(b, size)).length, size);
    assert.is((await take(b, 1)).toString(), 'c');
    assert.equal(await Promise.all([first, third, closed]), [size, 1, undefined]);
    assert.is(await b.receive(), null);
  }),
);

t.test('no send begins once close has been called', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const waiting = a.send('x');
    const closed = a.close();
    assert.is((await thrownBy(() => a.send('y'))).code, 'ERR_CLOSED');
    assert.is((await thrownBy(() => a.sendSync('y'))).code, 'ERR_CLOSED');
    await take(b, filled + 1);
    await Promise.all([waiting, closed]);
  }),
);

/** Ways to take away or change a buffer that a send has been given. */
const spoils: Record<string, (buffer: Uint8Array<ArrayBuffer>) => void> = {
  'is transferred': ({ buffer }) => void structuredClone(buffer, { transfer: [buffer] }),
  'is overwritten': (buffer) => void buffer.fill(0),
};
for (const [what, spoil] of Object.entries(spoils)) {
  t.test(`a small buffer that ${what} while its send waits arrives as it was`, () =>
    withPair(async (a, b) => {
      const filled = fill(a);
      for (const place of ['first in line', 'behind another']) {
        const data = new Uint8Array(Buffer.from(place));
        const send = a.send(data);
        spoil(data);
        void send.catch(() => {});
      }
      await take(b, filled);
      assert.is((await take(b, 27)).toString(), 'first in linebehind another');
    }),
  );
}

t.test('the largest buffer that counts as small, 65536 bytes, arrives as it was too', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const data = new Uint8Array(65536).fill(7);
    const send = a.send(data);
    data.fill(0);
    await take(b, filled);
    assert.ok((await take(b, data.length)).every((byte) => byte === 7));
    await send;
  }),
);

t.test('a large buffer that is gone before its send is over rejects it, with how much went', () =>
  withPair(async (a, b) => {
    const data = new Uint8Array(4 << 20);
    const send = thrownBy(() => a.send(data));
    const behind = thrownBy(() => a.send('behind'));
    spoils['is transferred']?.(data);
    // Every byte that went comes; the socket has room again only when most of them have been taken.
    let came = 0;
    const drained = b.forEachMessage((message) => {
      came += message.data.length;
    });
    const error = await send;
    assert.is(error.code, 'ERR_DATA_GONE', error.message);
    assert.is((await behind).code, 'ERR_INTERRUPTED');
    a.closeSync();
    await drained;
    assert.equal([bytesSentBy(error), came > 0], [came, true]);
  }),
);

t.test('a large buffer that is gone before its turn rejects its send; what stands behind it goes on', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const first = a.send('first');
    const data = new Uint8Array(1 << 20);
    const send = thrownBy(() => a.send(data));
    const last = a.send('last');
    spoils['is transferred']?.(data);
    await take(b, filled);
    assert.is((await take(b, 9)).toString(), 'firstlast');
    const error = await send;
    assert.equal([error.code, bytesSentBy(error)], ['ERR_DATA_GONE', 0]);
    assert.equal(await Promise.all([first, last]), [5, 4]);
  }),
);

const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
t.test('a resizable buffer that shrinks and grows while its send waits arrives as it was', () =>
  withPair(async (a, b) => {
    const size = 1 << 20;
    const buffer = new Resizable(size, { maxByteLength: size }) as ArrayBuffer & { resize(length: number): void };
    const send = a.send(new Uint8Array(buffer).fill(7));
    buffer.resize(0);
    buffer.resize(size);
    assert.ok((await take(b, size)).every((byte) => byte === 7));
    assert.is(await send, size);
  }),
);

t.test('numbers closed and reused while their send waits: the peer receives the files that were meant', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const sends: Promise<number>[] = [];
    const meant: number[] = [];
    for (const file of ['package.json', 'README.md']) {
      const fd = openSync(file, 'r');
      meant.push(fstatSync(fd).ino);
      sends.push(a.send(file, { fds: [fd] }));
      closeSync(fd);
      // The lowest free number is taken again at once.
      assert.is(openSync('/dev/null', 'r'), fd);
      closeSync(fd);
    }
    const strangers = [openSync('/dev/null', 'r'), openSync('/dev/null', 'r')];
    await take(b, filled);
    for (const inode of meant) {
      const { fds } = arrived(await b.receive({ maxFds: 1 }));
      assert.is(fstatSync(fds[0]?.fd ?? -1).ino, inode);
      closeAll(fds);
    }
    await Promise.all(sends);
    for (const fd of strangers) closeSync(fd);
  }),
);

for (const end of ['done', 'abort', 'close'] as const) {
  t.test(`the duplicates that a waiting send holds are closed when it is over: ${end}`, () =>
    withFds(3, (fds) =>
      withPair(async (a, b) => {
        const filled = fill(a);
        await thrownBy(() => b.receive({ maxData: 1, signal: AbortSignal.abort() }));
        const before = await settledFds();
        const controller = new AbortController();
        const send = a.send('x', { fds, signal: controller.signal }).catch(() => {});
        assert.is(openFds().length, before.length + 3);
        if (end === 'done') await take(b, filled);
        if (end === 'abort') controller.abort();
        if (end === 'close') a.closeSync();
        await send;
        await until('closed', () => openFds().length === before.length - (end === 'close' ? 1 : 0));
      }),
    ),
  );
}

t.test('transfer closes descriptors once the kernel has them, and not before', () =>
  withPair(async (a, b) => {
    const isOpen = (fd: number) => openFds().includes(fd);
    const number = openSync('/dev/null', 'r');
    await a.send('x', { fds: [number, number], transfer: true });
    assert.is(isOpen(number), false);
    const [owned] = arrived(await b.receive({ maxFds: 2 })).fds;
    if (!owned) throw new Error('nothing came');
    const filled = fill(a);
    const waiting = a.send('y', { fds: [owned], transfer: true });
    assert.is(owned.closed, false);
    await take(b, filled);
    await waiting;
    assert.is(owned.closed, true);
    const { fds } = arrived(await b.receive({ maxFds: 1 }));
    b.sendSync('z', { fds, transfer: true });
    assert.is(fds[0]?.closed, true);
    closeAll(arrived(await a.receive({ maxFds: 1 })).fds);
  }),
);

t.test('a number that has an owner here is not given away behind it: the owner would close another’s', () =>
  withPair(async (a, b) => {
    const owned = memfd('x');
    const [listener, other] = [UnixListener.listenSync({ autobind: true }), socketpair()];
    for (const fd of [owned.fd, a.fd, listener.fd, other[0].fd]) {
      const options = { fds: [fd], transfer: true };
      const tries = [
        () => a.send('x', options),
        () => a.sendSync('x', options),
        () => a.sendMany([{ data: 'x', ...options }]),
        () => a.sendManySync([{ data: 'x', ...options }]),
      ];
      for (const attempt of tries) {
        const { code, message } = await thrownBy(attempt);
        assert.is(code, 'ERR_INVALID_ARGUMENT');
        assert.match(
          message,
          /has an owner already, .*: give that OwnedFd itself away, or what its release\(\) returns/,
        );
      }
      assert.ok(openFds().includes(fd));
    }
    for (const each of [listener, ...other]) each.closeSync();
    const number = owned.release();
    await a.send('x', { fds: [number], transfer: true });
    assert.not(openFds().includes(number));
    closeAll(arrived(await b.receive({ maxFds: 1 })).fds);
  }),
);

t.test('a number given away twice in one message is closed once: whoever gets it between keeps it', async () => {
  // In a worker descriptors are closed by node:fs: what it is replaced with takes the number at once.
  const worker = `
    const fs = require('node:fs');
    const { createRequire } = require('node:module');
    const { closeSync, openSync, readlinkSync } = fs;
    let given, stranger;
    fs.closeSync = (fd) => {
      closeSync(fd);
      if (fd === given && stranger === undefined) stranger = openSync('package.json');
    };
    const { socketpair } = createRequire(process.cwd() + '/x.js')('ancillary');
    const [a, b] = socketpair();
    given = openSync('/dev/null');
    a.sendSync('x', { fds: [given, given], transfer: true });
    console.log(stranger === given, readlinkSync('/proc/self/fd/' + stranger).endsWith('package.json'));
  `;
  const { stdout, stderr } = await run(
    script(`
      import { Worker } from 'node:worker_threads';
      new Worker(${JSON.stringify(worker)}, { eval: true, execArgv: [] });
    `),
  );
  assert.is(stdout.toString(), 'true true\n', stderr);
});

t.test('the list of descriptors may be used for something else while its send waits', () =>
  withFds(2, ([mine = -1, other = -1]) =>
    withPair(async (a, b) => {
      const filled = fill(a);
      const list = [openSync('/dev/null', 'r')];
      const [given] = list;
      const send = a.send('x', { fds: list, transfer: true });
      list[0] = mine;
      list.push(other);
      await take(b, filled);
      await send;
      const open = openFds();
      assert.equal(
        [given, mine, other].map((fd) => open.includes(fd as number)),
        [false, true, true],
      );
      const { fds } = arrived(await b.receive({ maxFds: 2 }));
      assert.is(fds.length, 1);
      closeAll(fds);
    }),
  ),
);

t.test('descriptors that could not be sent are not given away', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      b.closeSync();
      assert.is((await thrownBy(() => a.send('x', { fds, transfer: true }))).code, 'EPIPE');
      assert.is((await thrownBy(() => a.sendSync('x', { fds, transfer: true }))).code, 'EPIPE');
      assert.ok(openFds().includes(fds[0] as number));
      const file = { fd: fds[0] as number };
      assert.match((await thrownBy(() => a.send('x', { fds: [file], transfer: true }))).message, /given away/);
    }),
  ),
);

for (const [name, interrupt] of [
  ['timeout', (controller: AbortController) => void controller],
  ['abort', (controller: AbortController) => controller.abort()],
] as const) {
  t.test(`after a send cut short by ${name} the stream takes nothing but the rest of it`, () =>
    withPair(async (a, b) => {
      const data = Buffer.alloc(1 << 20, 'record ');
      const controller = new AbortController();
      const limits = { signal: controller.signal, timeout: name === 'timeout' ? 20 : 5000 };
      const cut = thrownBy(() => a.send(data, limits));
      const inLine = thrownBy(() => a.send('in line'));
      await sleep(5);
      interrupt(controller);
      const bytesSent = bytesSentBy(await cut) ?? 0;
      assert.ok(bytesSent > 0 && bytesSent < data.length);
      for (const refused of [inLine, thrownBy(() => a.send('next')), thrownBy(() => a.sendSync('next'))]) {
        const error = await refused;
        assert.is(error.code, 'ERR_INTERRUPTED');
        assert.match(error.message, /resume: true/);
        assert.is(bytesSentBy(error), bytesSent);
      }
      const fds = [0];
      assert.match((await thrownBy(() => a.send('x', { fds, resume: true }))).message, /without fds/);
      const rest = a.send(data.subarray(bytesSent), { resume: true });
      const next = a.send('next');
      assert.ok((await take(b, data.length)).equals(data));
      assert.is((await take(b, 4)).toString(), 'next');
      assert.equal(await Promise.all([rest, next]), [data.length - bytesSent, 4]);
    }),
  );
}

t.test('a rest that is cut short too leaves the stream interrupted, with what went of that', () =>
  withPair(async (a, b) => {
    const data = Buffer.alloc(1 << 20);
    const first = await thrownBy(() => a.send(data, { timeout: 5 }));
    const rest = data.subarray(bytesSentBy(first));
    const second = await thrownBy(() => a.send(rest, { resume: true, timeout: 5 }));
    assert.equal([second.code, bytesSentBy(second)], ['ETIMEDOUT', undefined]);
    assert.is(bytesSentBy(await thrownBy(() => a.send('x'))), 0);
    const last = a.send(rest, { resume: true });
    await take(b, data.length);
    assert.is(await last, rest.length);
  }),
);

t.test('closing a stream in the middle of a send does nothing to the socket that gets its number', () =>
  withPair(async (a) => {
    const cut = thrownBy(() => a.send(Buffer.alloc(1 << 20)));
    const number = a.fd;
    a.closeSync();
    const [c, d] = socketpair();
    const reused = c.fd === number ? c : d;
    assert.is(reused.fd, number);
    const filled = fill(reused);
    const send = reused.send('x');
    assert.is((await cut).code, 'ERR_CLOSED');
    await take(reused === c ? d : c, filled + 1);
    assert.is(await send, 1);
    for (const end of [c, d]) end.closeSync();
  }),
);

t.test('there is nothing to resume on a stream where no send was cut short', () =>
  withPair(async (a) => {
    assert.is((await thrownBy(() => a.send('x', { resume: true }))).code, 'ERR_INVALID_ARGUMENT');
    const filled = fill(a);
    assert.ok(filled > 0);
    assert.is((await thrownBy(() => a.send('x', { timeout: 5 }))).code, 'ETIMEDOUT');
    assert.is((await thrownBy(() => a.send('x', { resume: true }))).code, 'ERR_INVALID_ARGUMENT');
  }),
);

t.test('nothing follows in the middle of a message, not even in the very turn of an abort', () =>
  withPair(async (a, b) => {
    const controller = new AbortController();
    const cut = thrownBy(() => a.send(Buffer.alloc(4 << 20), { signal: controller.signal }));
    try {
      for (;;) b.receiveSync({ maxData: 262144 });
    } catch {
      // Empty: what comes next would have room at once.
    }
    controller.abort();
    await null;
    assert.is((await thrownBy(() => a.send('next'))).code, 'ERR_INTERRUPTED');
    assert.is((await cut).code, 'ABORT_ERR');
    assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
  }),
);

t.test('a descriptor whose number is asked for may send something else meanwhile', () =>
  withFds(3, ([first = -1, second = -1, other = -1]) =>
    withPair((a, b) =>
      withPair((c, d) => {
        const asked = {
          get fd() {
            c.sendSync('y', { fds: [other] });
            return second;
          },
        };
        const inode = (fd: number) => fstatSync(fd).ino;
        a.sendSync('x', { fds: [first, asked] });
        const { fds } = arrived(b.receiveSync({ maxFds: 2 }));
        assert.equal(
          fds.map(({ fd }) => inode(fd)),
          [inode(first), inode(second)],
        );
        closeAll([...fds, ...arrived(d.receiveSync({ maxFds: 1 })).fds]);
      }),
    ),
  ),
);

for (const size of [10, 1000]) {
  t.test(`data of ${size} bytes that is gone once the descriptors have been asked for is not sent`, () =>
    withPair(async (a, b) => {
      const data = new Uint8Array(size);
      const spoil = {
        get fd() {
          structuredClone(data.buffer, { transfer: [data.buffer] });
          return 0;
        },
      };
      assert.is((await thrownBy(() => a.sendSync(data, { fds: [spoil] }))).code, 'ERR_DATA_GONE');
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
    }),
  );
}

t.test('who watches the channel may send on the same stream: it comes behind the message it was told of', () =>
  withPair(async (a, b) => {
    const data = Buffer.alloc(300_000, 'a');
    const logs: Promise<number>[] = [];
    const log = (trace: unknown) => {
      if ((trace as MessageTrace).fd !== a.fd || logs.length > 0) return;
      assert.throws(() => a.sendSync('sync'), /asynchronous send/);
      logs.push(a.send('LOG'));
    };
    subscribe('ancillary:sendmsg', log);
    try {
      const send = a.send(data);
      const came = await take(b, data.length + 3);
      assert.ok(came.equals(Buffer.concat([data, Buffer.from('LOG')])));
      assert.equal(await Promise.all([send, ...logs]), [data.length, 3]);
    } finally {
      unsubscribe('ancillary:sendmsg', log);
    }
  }),
);

t.test('a rest is the rest: of another size it is refused, and a part of it that sendSync took leaves a rest', () =>
  withPair(async (a, b) => {
    const data = Buffer.alloc(1 << 20, 'abc');
    const sent = bytesSentBy(await thrownBy(() => a.send(data, { timeout: 5 }))) ?? 0;
    const rest = data.subarray(sent);
    for (const odd of [rest.subarray(1), Buffer.concat([rest, rest])]) {
      assert.match((await thrownBy(() => a.send(odd, { resume: true }))).message, /bytes are left/);
    }
    const came: Buffer[] = [await take(b, sent)];
    const part = a.sendSync(rest, { resume: true });
    assert.ok(part < rest.length);
    const error = await thrownBy(() => a.sendSync('other'));
    assert.equal([error.code, bytesSentBy(error)], ['ERR_INTERRUPTED', part]);
    const last = a.send(rest.subarray(part), { resume: true });
    came.push(await take(b, rest.length));
    await last;
    assert.ok(Buffer.concat(came).equals(data));
    a.sendSync('next');
    assert.is((await take(b, 4)).toString(), 'next');
  }),
);

t.test('a listener given to a send that waits may be closed at once: its file stays for whoever gets it', () =>
  withTempDir((folder) =>
    withPair(async (a, b) => {
      const path = join(folder, 's');
      const listener = UnixListener.listenSync(path);
      const filled = fill(a);
      const send = a.send('x', { fds: [listener] });
      listener.closeSync();
      await take(b, filled);
      await send;
      const client = UnixStream.connectSync(path);
      closeAll(arrived(await b.receive({ maxFds: 1 })).fds);
      client.closeSync();
    }),
  ),
);

t.test('a send in line keeps its data also from a descriptor whose number is asked for and takes it away', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const first = a.send('1');
    const data = new Uint8Array(Buffer.from('second'));
    const spoil = {
      get fd() {
        structuredClone(data.buffer, { transfer: [data.buffer] });
        return 0;
      },
    };
    const second = a.send(data, { fds: [spoil] });
    await take(b, filled);
    assert.is((await take(b, 1)).toString(), '1');
    const message = arrived(await b.receive({ maxFds: 1 }));
    closeAll(message.fds);
    assert.equal([message.data.toString(), await first, await second], ['second', 1, 6]);
  }),
);

t.test('a send begun by who watches the channel, on a stream that is closed meanwhile, leaves nothing open', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      const sends: Promise<unknown>[] = [];
      const log = (trace: unknown) => {
        if ((trace as MessageTrace).fd !== a.fd || sends.length > 0) return;
        sends.push(thrownBy(() => a.send('log', { fds })));
      };
      await thrownBy(() => b.receive({ timeout: 1 }));
      const before = openFds();
      subscribe('ancillary:sendmsg', log);
      try {
        await Promise.all([a.send('x'), Promise.resolve(a.closeSync())]);
      } finally {
        unsubscribe('ancillary:sendmsg', log);
      }
      assert.equal(((await sends[0]) as AncillaryError).code, 'ERR_CLOSED');
      assert.is(openFds().length, before.length - 1);
    }),
  ),
);

t.run();
