/** Sizes at their edges, defaults, and what becomes of the rest: each asked of the kernel, none read off the library. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  unlinkSync,
  watch,
  writeSync,
} from 'node:fs';
import {
  type AncillaryError,
  closeAll,
  memfd,
  OwnedFd,
  openPty,
  type Seal,
  socketpair,
  UdpSocket,
  UnixDatagram,
  UnixListener,
  type UnixSeqpacket,
  UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { kindOf } from '../../host/fd/kind.js';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { growSendBuffer, receivePlainly } from '../support/native.js';
import { isWithin, run, script, sleep } from '../support/process.js';
import { targetOf } from '../support/sockets.js';
import { noStrace, runInjected } from '../support/stale.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('particulars');

/** Runs `fn` with two ends, closed afterwards. */
async function withRecords(
  fn: (a: UnixSeqpacket, b: UnixSeqpacket) => unknown,
  options: Parameters<typeof socketpair>[0] = {},
): Promise<void> {
  const [a, b] = socketpair({ ...options, type: 'seqpacket' });
  try {
    await fn(a, b);
  } finally {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
  }
}

for (const size of [4095, 65_535, 65_536, 65_537, 300_000]) {
  t.test(
    `a record of ${size} bytes comes whole where there is room for just that, and is cut where there is less`,
    () =>
      withRecords((a, b) => {
        growSendBuffer(a.fd, 400_000);
        const data = Buffer.alloc(size, 'record');
        for (const room of [{ maxData: size }, { maxData: size + 1 }, { maxData: 1e6 }]) {
          a.sendSync(data);
          assert.ok(arrived(b.receiveSync(room)).data.equals(data));
          a.sendSync(data);
          const into = new Uint8Array(room.maxData);
          assert.is(arrived(b.receiveSync({ into })).size, size);
          assert.ok(data.equals(into.subarray(0, size)));
        }
        for (const most of [1, 64, 65, 100, 4095, size - 1]) {
          if (most >= size) continue;
          for (const room of [{ maxData: most }, { into: new Uint8Array(most) }]) {
            a.sendSync(data);
            try {
              b.receiveSync(room);
              assert.unreachable();
            } catch (error) {
              const { code, data: came } = error as AncillaryError;
              assert.equal([code, Buffer.from(came ?? []).equals(data.subarray(0, most))], ['ERR_TRUNCATED', true]);
            }
          }
        }
      }),
  );
}

t.test('a socket that takes descriptors without limit takes as many as Linux passes', () =>
  withRecords(
    (a, b) => {
      const file = openSync('/dev/null', 'r');
      a.sendSync('x', { fds: new Array(253).fill(file) });
      closeSync(file);
      const { fds } = arrived(b.receiveSync());
      closeAll(fds);
      assert.is(fds.length, 253);
    },
    { maxFds: Infinity },
  ),
);

t.test('descriptors and control messages that do not fit together are refused, and what is sent next is whole', () =>
  withRecords(async (a, b) => {
    const file = openSync('/dev/null', 'r');
    const control = [{ level: 1, type: 99, data: new Uint8Array(7400) }];
    const error = await thrownBy(() => a.sendSync('x', { fds: new Array(253).fill(file), control }));
    assert.equal([error.code, /use several sends/.test(error.message)], ['ERR_TOO_LARGE', true]);
    a.sendSync('y', { fds: [file] });
    closeSync(file);
    const { data, fds } = arrived(b.receiveSync({ maxFds: 1 }));
    closeAll(fds);
    assert.equal([data.toString(), fds.length], ['y', 1]);
  }),
);

t.test('after a look for the end no program that shares the socket finds a timestamp', () =>
  withRecords((a, b) => {
    // Lent: from now on records have none.
    const { fd } = b;
    a.sendSync('');
    a.sendSync('x');
    a.closeSync();
    assert.is(arrived(b.receiveSync()).size, 0);
    assert.equal(receivePlainly(fd).controllen, 0);
    assert.is(b.receiveSync(), null);
  }),
);

t.test('the pidfd of a message whose callback fails is closed', async () => {
  const [a, b] = socketpair({ pidfd: true });
  // What the first wait opens for good.
  const first = b.receive();
  a.sendSync('x');
  arrived(await first).pidfd?.close();
  const before = openFds();
  a.sendSync('x');
  const error = await thrownBy(() =>
    b.forEachMessage(() => {
      throw new Error('no');
    }),
  );
  assert.is(error.message, 'no');
  await untilOpen(before);
  a.closeSync();
  b.closeSync();
});

if (process.getuid?.() === 0) {
  t.test('the greatest ids are stated as they are', () =>
    withRecords(
      (a, b) => {
        const credentials = { pid: process.pid, uid: 4_294_967_294, gid: 3_000_000_000 };
        a.sendSync('x', { credentials });
        assert.equal(arrived(b.receiveSync()).credentials, credentials);
      },
      { credentials: true },
    ),
  );
} else t.skip('the greatest ids are stated as they are', 'only root may state ids of others');

/** What can still be done with a file of 8 bytes. */
function possible(fd: number): string[] {
  const can = (fn: () => void) => {
    try {
      fn();
      return true;
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'EPERM');
      return false;
    }
  };
  return [
    ...(can(() => writeSync(fd, 'x', 0)) ? ['write'] : []),
    ...(can(() => ftruncateSync(fd, 16)) ? ['grow'] : []),
    ...(can(() => ftruncateSync(fd, 4)) ? ['shrink'] : []),
  ];
}

t.table<readonly Seal[] | true, string[]>(
  [
    { name: 'a file sealed against seals can be changed', in: ['seal'], out: ['write', 'grow', 'shrink'] },
    { name: 'one sealed against shrinking can grow', in: ['shrink'], out: ['write', 'grow'] },
    { name: 'one sealed against growing can shrink', in: ['grow'], out: ['write', 'shrink'] },
    { name: 'one sealed against writing keeps no size', in: ['write'], out: ['grow', 'shrink'] },
    { name: 'one sealed against writers of the future keeps no size', in: ['future_write'], out: ['grow', 'shrink'] },
    { name: 'one that is constant stays as it is', in: true, out: [] },
  ],
  (seal) => {
    const file = memfd('x', 8, { seal });
    try {
      return possible(file.fd);
    } finally {
      file.close();
    }
  },
);

t.test('a memfd that there is no room for leaves nothing open', async () => {
  const program = script(`
    import { readdirSync } from 'node:fs';
    import { memfd } from 'ancillary';
    process.on('SIGXFSZ', () => {});
    // What the first of each opens for good.
    memfd('x', 1000).close();
    console.log('begin');
    const open = () => readdirSync('/proc/self/fd').join();
    const before = open();
    for (const content of [1e6, new Uint8Array(1e6)]) {
      try { memfd('x', content, { seal: true }); } catch ({ code }) { console.log(code, open() === before); }
    }
  `);
  const { stdout, stderr } = await run(['/bin/sh', '-c', 'ulimit -f 2; exec "$@"', 'sh', ...program]);
  assert.equal([stdout.toString(), stderr], ['begin\nEFBIG true\nEFBIG true\n', '']);
});

t.test('the name of a memfd is as long as its bytes', async () => {
  assert.is((await thrownBy(() => memfd('é'.repeat(125)))).code, 'ERR_INVALID_ARGUMENT');
  memfd(`${'é'.repeat(124)}x`).close();
});

t.test('an unlinked file of a file system in memory is a file, and no memfd', () => {
  const folder = mkdtempSync('/dev/shm/ancillary-test-');
  const path = `${folder}/file`;
  const file = OwnedFd.adopt(openSync(path, 'w'));
  unlinkSync(path);
  rmSync(folder, { recursive: true });
  assert.is(file.kind, 'file');
  file.close();
});

t.table<object, string>(
  [
    { name: 'a terminal has 24 lines of 80 unless told', in: {}, out: '24 80' },
    { name: 'a terminal is as large as it is told', in: { rows: 65_535, columns: 1 }, out: '65535 1' },
  ],
  (options) => {
    const { master, slave } = openPty(options);
    const { stdout } = spawnSync('stty', ['size'], { stdio: [slave.fd, 'pipe', 'pipe'], encoding: 'utf8' });
    closeAll([master, slave]);
    return stdout.trim();
  },
);

t.test('a terminal does not become that of a process that has none', async () => {
  const { stdout, stderr } = await run([
    'setsid',
    '--wait',
    ...script(`
      import { openSync } from 'node:fs';
      import { openPty } from 'ancillary';
      const { master, slave } = openPty();
      try { openSync('/dev/tty'); console.log('has one'); } catch ({ code }) { console.log(code); }
    `),
  ]);
  assert.equal([stdout.toString(), stderr], ['ENXIO\n', '']);
});

t.test('connections wait to be accepted, many unless told otherwise', async () => {
  for (const [backlog, fit] of [
    [undefined, 100],
    [0, 1],
    [3, 4],
  ] as const) {
    const listener = UnixListener.listenSync({ autobind: true }, { backlog });
    const streams = Array.from({ length: fit }, () => UnixStream.connectSync(listener.address));
    if (backlog !== undefined) {
      assert.is((await thrownBy(() => UnixStream.connectSync(listener.address))).code, 'EAGAIN');
    }
    for (const stream of streams) stream.closeSync();
    listener.closeSync();
  }
});

t.test('a socket file is no wider than its mode from its first moment: the socket has that mode before it', () =>
  withTempDir((folder) => {
    for (const make of [UnixListener.listenSync, UnixDatagram.bindSync]) {
      const socket = make(`${folder}/s`, { mode: 0o640 });
      assert.is(fstatSync(socket.fd).mode & 0o777, 0o640);
      socket.closeSync();
    }
  }),
);

t.test('a mode for a name that has no file is refused, and so is an autobind that is not true', async () => {
  for (const make of [UnixListener.listenSync, UnixDatagram.bindSync]) {
    const modes = await thrownBy(() => make({ autobind: true }, { mode: 0o600 }).closeSync());
    assert.equal([modes.code, /mode/.test(modes.message)], ['ERR_INVALID_ARGUMENT', true]);
    for (const autobind of [false, 1]) {
      const error = await thrownBy(() => make({ autobind } as never).closeSync());
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
    }
  }
});

t.test('a socket without a name has no address', () => {
  const bound = UnixDatagram.bindSync({ autobind: true });
  const unnamed = UnixDatagram.connectSync(bound.address as { abstract: string });
  assert.is(unnamed.address, undefined);
  unnamed.sendSync('x');
  assert.is(bound.receiveSync().from, undefined);
  bound.closeSync();
  unnamed.closeSync();
});

t.table<string, string>(
  [
    { name: 'a listener that is held twice is let go with one unref', in: 'l.ref().ref().unref();', out: '' },
    { name: 'a listener that is held again keeps the process alive', in: 'l.unref().ref();', out: 'alive' },
  ],
  async (what) => {
    const { stdout } = await run(
      script(`
        import { UnixListener } from 'ancillary';
        const l = UnixListener.listenSync({ autobind: true });
        ${what}
        setTimeout(() => { console.log('alive'); l.closeSync(); }, 300).unref();
      `),
    );
    return stdout.toString().trim();
  },
);

t.test('datagrams for a shared port go to all who share it, and for a reused address to the last one', async () => {
  for (const [options, isShared] of [
    [{ reusePort: true }, true],
    [{ reuseAddress: true }, false],
  ] as const) {
    const first = UdpSocket.bindSync({ address: '127.0.0.1', ...options });
    const last = UdpSocket.bindSync({ address: '127.0.0.1', port: first.address.port, ...options });
    for (let i = 0; i < 60; i++) {
      const sender = UdpSocket.connectSync(last.address);
      sender.sendSync('x');
      sender.closeSync();
    }
    const count = (socket: UdpSocket) => {
      let seen = 0;
      try {
        for (;;) seen += socket.receiveManySync().length;
      } catch (error) {
        assert.is((error as AncillaryError).code, 'EAGAIN');
      }
      return seen;
    };
    const [atFirst, atLast] = [count(first), count(last)];
    assert.equal([atFirst + atLast, atFirst > 0, atLast > 0], [60, isShared, true]);
    first.closeSync();
    last.closeSync();
  }
});

t.test('errors can be looked for while a receive waits', async () => {
  const socket = UdpSocket.bindSync({ address: '127.0.0.1', recverr: true });
  const waiting = thrownBy(() => socket.receive());
  assert.is((await thrownBy(() => socket.receiveSync({ errorQueue: true }))).code, 'EAGAIN');
  assert.is((await thrownBy(() => socket.receiveSync())).code, 'ERR_BUSY');
  socket.closeSync();
  assert.is((await waiting).code, 'ERR_CLOSED');
});

t.test('what there is no way to make here has its kind, too', async () => {
  const kindAt = (path: string, flags: number) => {
    const file = OwnedFd.adopt(openSync(path, flags));
    try {
      return file.kind;
    } finally {
      file.close();
    }
  };
  // By O_PATH nothing is opened: neither the device, nor what the link leads to.
  const O_PATH = 0o10000000;
  assert.is(kindAt('/proc/self/exe', O_PATH | constants.O_NOFOLLOW), 'symbolic link');
  const isBlock = (name: string) => statSync(`/dev/${name}`, { throwIfNoEntry: false })?.isBlockDevice();
  const block = readdirSync('/dev').find(isBlock);
  if (block !== undefined) assert.is(kindAt(`/dev/${block}`, O_PATH), 'block device');
  // libuv has one for fs.watch.
  const watcher = watch('/dev/null');
  const fd = openFds().find((each) => /inotify/.test(targetOf(each))) as number;
  assert.is(kindOf(fd), 'inotify');
  watcher.close();
});

for (const make of ['UnixListener.listenSync', 'UnixDatagram.bindSync']) {
  t.test(`${make}: the file of a descriptor that was given away outlives the process`, () =>
    withTempDir(async (folder) => {
      const { stderr } = await run(
        script(`
          import { UnixDatagram, UnixListener } from 'ancillary';
          ${make}(${JSON.stringify(`${folder}/s`)}).release();
        `),
      );
      assert.equal([readdirSync(folder), stderr], [['s'], '']);
      rmSync(`${folder}/s`);
    }),
  );

  const title = `${make}: where the file cannot be given its mode, none is left`;
  if (noStrace) t.skip(title, noStrace);
  else {
    t.test(title, () =>
      withTempDir(async (folder) => {
        const program = script(`
          import { UnixDatagram, UnixListener } from 'ancillary';
          try { ${make}(${JSON.stringify(`${folder}/s`)}, { mode: 0o600 }); } catch ({ code }) { console.log(code); }
        `);
        const { stdout } = await runInjected(['?chmod,?fchmodat,?fchmodat2:error=EROFS'], program).ended;
        assert.equal([stdout.toString(), readdirSync(folder)], ['EROFS\n', []]);
      }),
    );
  }
}

t.test('a datagram that has waited long goes soon after there is room', async () => {
  const receiver = UnixDatagram.bindSync({ autobind: true });
  const sender = UnixDatagram.bindSync({ autobind: true });
  const to = receiver.address as { abstract: string };
  assert.is(
    (
      await thrownBy(() => {
        for (;;) sender.sendSync('x', { to });
      })
    ).code,
    'EAGAIN',
  );
  const sent = sender.send('last', { to });
  await sleep(2200);
  receiver.receiveSync();
  assert.ok(await isWithin(1000, sent));
  sender.closeSync();
  receiver.closeSync();
});

t.test('when their receiver is gone all who wait for it are told, and nothing keeps the process', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { UnixDatagram } from 'ancillary';
      const receiver = UnixDatagram.bindSync({ autobind: true });
      const sender = UnixDatagram.bindSync({ autobind: true });
      const to = receiver.address;
      try { for (;;) sender.sendSync('x', { to }); } catch {}
      const sends = Array.from({ length: 5 }, () => sender.send('y', { to }));
      receiver.closeSync();
      const ends = await Promise.allSettled(sends);
      console.log(ends.map(({ reason }) => reason?.code).join());
      globalThis.kept = sender;
    `),
  );
  assert.equal([stdout.toString(), stderr], [`${new Array(5).fill('ECONNREFUSED').join()}\n`, '']);
});

t.run();
