/** Descriptors that Node itself cannot make, and what an OwnedFd tells of itself. */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { eventfd, memfd, OwnedFd, openPty, pidfd, pipe, UdpSocket, UnixDatagram, UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { F_GET_SEALS } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { lowestFree, openFds, settledFds } from '../support/descriptors.js';
import { hasIpv6, KINDS, withKind } from '../support/kinds.js';
import { limitFiles } from '../support/native.js';
import { run, script } from '../support/process.js';
import { isCloseOnExec } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('making');

/** Runs `fn`; afterwards no descriptor more is open than before. */
async function leavesNothing(fn: () => unknown): Promise<void> {
  const before = await settledFds();
  await fn();
  assert.equal(await settledFds(), before);
}

const all = (...made: OwnedFd[]) => made;

/** What is made, each by one call. */
const MAKERS: Record<string, () => OwnedFd[]> = {
  pipe: () => {
    const { read, write } = pipe();
    return all(read, write);
  },
  memfd: () => all(memfd('made', 5)),
  'memfd with content and seals': () => all(memfd('made', Buffer.from('hello'), { seal: true })),
  eventfd: () => all(eventfd()),
  openPty: () => {
    const { master, slave } = openPty();
    return all(master, slave);
  },
  pidfd: () => all(pidfd(process.pid)),
  adopt: () => all(OwnedFd.adopt(openSync('/dev/null', 'r'))),
  dup: () => {
    const owned = eventfd();
    try {
      return all(owned.dup());
    } finally {
      owned.close();
    }
  },
};

for (const [name, make] of Object.entries(MAKERS)) {
  t.test(`${name} makes owners of close-on-exec descriptors, and nothing else`, () =>
    leavesNothing(() => {
      const before = openFds().length;
      const made = make();
      assert.is(openFds().length, before + made.length);
      for (const each of made) {
        assert.instance(each, OwnedFd);
        assert.ok(isCloseOnExec(each.fd));
        each.close();
      }
    }),
  );

  t.test(`${name} leaves nothing open where descriptors run out in the middle`, () =>
    leavesNothing(async () => {
      for (const each of make()) each.close();
      const first = openSync('/dev/null', 'r');
      closeSync(first);
      for (let room = 0; room < 3; room++) {
        const before = openFds();
        const limit = limitFiles(0, first + room);
        try {
          for (const each of make()) each.close();
        } catch (error) {
          assert.is((error as { code?: string }).code, 'EMFILE', String(error));
        } finally {
          limitFiles(0, limit);
        }
        assert.equal(openFds(), before);
      }
    }),
  );
}

for (const [name, { kind }] of Object.entries(KINDS)) {
  if (name.includes('IPv6') && !hasIpv6) t.skip(`the kind of ${name}`, 'no IPv6 here');
  else t.test(`the kind of ${name} is '${kind}'`, () => withKind(name, (owned) => assert.is(owned.kind, kind)));
}

t.test('the three that this process began with, and one closed behind its owner, have a kind or an error', async () => {
  const owned = eventfd();
  closeSync(owned.fd);
  assert.is((await thrownBy(() => owned.kind)).code, 'EBADF');
  assert.is((await thrownBy(() => owned.stat())).code, 'EBADF');
  assert.is((await thrownBy(() => owned.dup())).code, 'EBADF');
  owned.release();
  for (const use of [() => owned.kind, () => owned.stat(), () => owned.dup()]) {
    assert.is((await thrownBy(use)).code, 'ERR_CLOSED');
  }
});

t.test('stat is what fs.fstat says, in bigints if told so', async () => {
  const owned = memfd('stat', 12345);
  for (const bigint of [false, true]) {
    const [ours, nodes] = [owned.stat({ bigint } as { bigint: true }), fstatSync(owned.fd, { bigint })];
    for (const name of Object.keys(nodes) as 'ino'[]) {
      // Dates are made when they are asked for, on newer versions.
      if (!/time$|Instant$/.test(name)) assert.is(ours[name], nodes[name], name);
    }
  }
  assert.is(owned.stat({ bigint: false }).size, 12345);
  assert.match((await thrownBy(() => owned.stat({ bigInt: true } as object))).message, /did you mean 'bigint'/);
  owned.close();
});

t.test('dup is another descriptor of the same description, and each is closed for itself', () => {
  const owned = memfd('dup', Buffer.from('abcdef'));
  const other = owned.dup();
  assert.is.not(other.fd, owned.fd);
  const byte = Buffer.alloc(1);
  readSync(owned.fd, byte, 0, 1, null);
  readSync(other.fd, byte, 0, 1, null);
  assert.is(byte.toString(), 'b');
  owned.close();
  readSync(other.fd, byte, 0, 1, null);
  assert.is(byte.toString(), 'c');
  other.close();
});

t.test('adopt makes what it owns close-on-exec', () => {
  const fd = native().libc.fcntl(0, 0, 10);
  assert.not(isCloseOnExec(fd));
  const owned = OwnedFd.adopt(fd);
  assert.is(owned.fd, fd);
  assert.ok(isCloseOnExec(fd));
  owned.close();
});

t.test('none of the standard three numbers is given to a duplicate, whichever is closed', async () => {
  const { stdout } = await run(
    script(`
      import { closeSync } from 'node:fs';
      import { eventfd } from 'ancillary';
      const made = eventfd();
      closeSync(0);
      const number = made.dup().fd;
      console.log(number > 2);
    `),
  );
  assert.is(stdout.toString(), 'true\n');
});

t.test('a pipe carries what is written to one end to the other, blocking', () => {
  const { read, write } = pipe();
  writeSync(write.fd, 'through');
  const buffer = Buffer.alloc(20);
  assert.is(buffer.toString('utf8', 0, readSync(read.fd, buffer)), 'through');
  assert.is(native().libc.fcntl(read.fd, 3, 0) & 0o4000, 0);
  write.close();
  assert.is(readSync(read.fd, buffer), 0);
  read.close();
});

t.test('an eventfd begins with its number and is set to 0 by reading, or counts down as a semaphore', () => {
  const value = Buffer.alloc(8);
  for (const [semaphore, reads] of [
    [false, [4294967295n]],
    [true, [1n, 1n]],
  ] as const) {
    const owned = eventfd(4294967295, { semaphore });
    for (const expected of reads) {
      readSync(owned.fd, value);
      assert.is(value.readBigUInt64LE(), expected);
    }
    owned.close();
  }
});

t.test('a memfd holds a copy of the bytes, from its begin on', () => {
  const bytes = Buffer.from('held content');
  for (const content of [bytes, new Uint8Array(bytes), runInNewContext('Uint8Array.from(b)', { b: bytes })]) {
    const owned = memfd('content', content as Uint8Array);
    bytes.fill(0);
    const read = Buffer.alloc(20);
    assert.is(read.toString('utf8', 0, readSync(owned.fd, read)), 'held content');
    bytes.set(Buffer.from('held content'));
    owned.close();
  }
});

t.table(
  [
    { name: 'a memfd without seals can be given some later', in: undefined as unknown, out: 0 },
    { name: 'so can one whose seal is false', in: false, out: 0 },
    { name: 'true seals all that changes it', in: true, out: 0b1111 },
    { name: 'a list seals what it names', in: ['grow', 'future_write'], out: 0b10100 },
    { name: 'an empty list nothing', in: [], out: 0 },
    { name: 'a seal there is not is refused', in: ['wirte'], err: /no seal 'wirte'; did you mean 'write'/ },
    { name: 'one of a prototype too', in: ['toString'], err: /no seal/ },
    { name: 'a text is no list', in: 'write', err: /seal must be true or a list of seals, not 'write'/ },
  ],
  (seal) => {
    const owned = memfd('sealed', 3, { seal } as object);
    const seals = native().libc.fcntl(owned.fd, F_GET_SEALS, 0);
    owned.close();
    return seals;
  },
);

t.test('a sealed memfd cannot be changed by anybody', async () => {
  const owned = memfd('sealed', Buffer.from('abc'), { seal: true });
  assert.is((await thrownBy(() => writeSync(owned.fd, 'x'))).code, 'EPERM');
  owned.close();
});

t.test('a pidfd is of the process that was meant, and gone ones are told', async () => {
  const { code, stdout } = await run(['sh', '-c', 'echo $$']);
  assert.is(code, 0);
  const error = await thrownBy(() => pidfd(Number(stdout.toString())));
  assert.is(error.code, 'ESRCH');
  assert.match(error.message, /there is no such process/);
});

t.test('a pseudo-terminal has the size it was asked for, and is at its path', () => {
  const { master, slave, path } = openPty({ rows: 7, columns: 300 });
  const { libc, codec, base, scratch } = native();
  libc.ioctl(slave.fd, 0x5413, base + scratch);
  assert.equal([codec.view.getUint16(scratch, true), codec.view.getUint16(scratch + 2, true)], [7, 300]);
  // Otherwise it became the controlling terminal of this process, whose end is told by SIGHUP.
  const named = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  assert.is(fstatSync(named).rdev, slave.stat().rdev);
  closeSync(named);
  writeSync(slave.fd, 'printed');
  const buffer = Buffer.alloc(20);
  assert.is(buffer.toString('utf8', 0, readSync(master.fd, buffer)), 'printed');
  master.close();
  slave.close();
});

const ODD: unknown[] = [null, true, -1, 1.5, Number.NaN, 2 ** 32, 2 ** 53, 5n, 'odd', [], {}, Symbol('x'), () => {}];

const CALLS: Record<string, (odd: never) => unknown> = {
  'the initial value of eventfd': (odd) => eventfd(odd),
  'the options of eventfd': (odd) => eventfd(0, odd),
  'semaphore of eventfd': (odd) => eventfd(0, { semaphore: odd }),
  'the name of memfd': (odd) => memfd(odd),
  'the content of memfd': (odd) => memfd('x', odd),
  'the options of memfd': (odd) => memfd('x', 0, odd),
  'seal of memfd': (odd) => memfd('x', 0, { seal: odd }),
  'the options of openPty': (odd) => openPty(odd),
  'rows of openPty': (odd) => openPty({ rows: odd }),
  'columns of openPty': (odd) => openPty({ columns: odd }),
  'the process of pidfd': (odd) => pidfd(odd),
  'the number that adopt takes': (odd) => OwnedFd.adopt(odd),
};

for (const [name, call] of Object.entries(CALLS)) {
  t.test(`${name} is checked: odd ones are refused by name, and nothing is left open`, () =>
    leavesNothing(async () => {
      let refused = 0;
      for (const odd of ODD) {
        try {
          const made = call(odd as never) as OwnedFd | { master: OwnedFd; slave: OwnedFd };
          for (const each of made instanceof OwnedFd ? [made] : [made.master, made.slave]) each.close();
        } catch (error) {
          refused++;
          assert.is((error as Error).name, 'AncillaryError', String(error));
          assert.not.match((error as Error).message, /\n/);
        }
      }
      assert.ok(refused >= ODD.length - 3, `${refused} refused`);
    }),
  );
}

t.table(
  [
    { name: 'a name with NUL is refused', in: () => memfd('a\0b'), err: /may not contain NUL/ },
    { name: 'a name of 249 bytes fits', in: () => memfd('é'.repeat(124)), out: 'memfd' },
    { name: 'a longer one does not', in: () => memfd('é'.repeat(125)), err: /249 bytes, and .* has 250/ },
    { name: 'a size that no file can have is told', in: () => memfd('x', 2 ** 53 - 1), out: 'memfd' },
    {
      name: 'no size of a terminal is 0',
      in: () => openPty({ rows: 0 }).master,
      err: /rows must be an integer from 1/,
    },
    { name: 'a closed number cannot be adopted', in: () => OwnedFd.adopt(1_000_000), err: 'EBADF' },
    { name: 'no process has the number 0', in: () => pidfd(0), err: /pid must be an integer from 1/ },
  ],
  (make) => {
    const owned = make();
    const { kind } = owned;
    owned.close();
    return kind;
  },
);

t.test('a socket for which no descriptor is left says so, and what helps', async () => {
  for (const make of [
    () => UdpSocket.bindSync(),
    () => UnixDatagram.bindSync({ autobind: true }),
    () => UnixListener.listenSync({ autobind: true }),
  ]) {
    await settledFds();
    const limit = limitFiles(0, lowestFree());
    let message: string;
    try {
      ({ message } = await thrownBy(make));
    } finally {
      limitFiles(0, limit);
    }
    assert.match(message, /^socket: EMFILE, .*; close some descriptors, or raise ulimit -n$/);
  }
});

t.run();
