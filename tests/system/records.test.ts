/** Records: what seqpacket and datagram sockets have, and streams have not. */
import { closeSync, fstatSync, openSync } from 'node:fs';
import {
  type AncillaryError,
  closeAll,
  type OwnedFd,
  type PairType,
  socketpair,
  type UnixDatagram,
  type UnixSeqpacket,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { receivePlainly } from '../support/native.js';
import { random, seed } from '../support/random.js';
import { isCloseOnExec, targetOf, withFds } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

type RecordSocket = UnixSeqpacket | UnixDatagram;
type Options = Parameters<typeof socketpair>[0];

/** Two connected ends, closed afterwards. */
async function withRecords<T>(
  type: Exclude<PairType, 'stream'>,
  fn: (a: RecordSocket, b: RecordSocket) => T | Promise<T>,
  options: Options = {},
): Promise<T> {
  const [a, b] = socketpair({ ...options, type } as { type: 'seqpacket' });
  try {
    return await fn(a, b);
  } finally {
    for (const end of [a, b]) end[Symbol.dispose]();
  }
}

const t = suite('records');

for (const type of ['seqpacket', 'dgram'] as const) {
  const check = (name: string, fn: (a: RecordSocket, b: RecordSocket) => unknown, options?: Options) =>
    t.test(`${type}: ${name}`, () => withRecords(type, fn, options));

  check('an empty record is a record, also with descriptors, among others and at last', (a, b) =>
    withFds(2, async (fds) => {
      a.sendSync('');
      await a.send(new Uint8Array(0), { fds });
      a.sendSync('x');
      assert.is(await a.send([]), 0);
      assert.equal(arrived(await b.receive()).data.toString(), '');
      const second = arrived(b.receiveSync({ maxFds: 2 }));
      assert.equal([second.size, second.fds.map(({ fd }) => targetOf(fd))], [0, ['/dev/null', '/dev/null']]);
      assert.ok(second.fds.every(({ fd }) => isCloseOnExec(fd)));
      closeAll(second.fds);
      assert.is(arrived(await b.receive()).data.toString(), 'x');
      assert.equal([arrived(await b.receive()).size, (await thrownBy(() => b.receiveSync())).code], [0, 'EAGAIN']);
    }),
  );

  check('records keep their bounds, whatever their sizes', (a, b) => {
    for (const size of [0, 1, 63, 64, 65, 4095, 4096, 4097, 65535, 65536]) {
      a.sendSync(Buffer.alloc(size, size % 251));
      const { data } = arrived(b.receiveSync());
      assert.equal([data.length, data.every((byte) => byte === size % 251)], [size, true]);
    }
  });

  check('one longer than 64 KiB comes whole where there is room for it', async (a, b) => {
    for (const size of [65537, 150_000]) {
      await a.send(Buffer.alloc(size, 7));
      const { data } = arrived(await b.receive({ maxData: 1e9 }));
      assert.equal([data.length, data.every((byte) => byte === 7)], [size, true]);
    }
  });

  check('one that is cut is an error that says so, its descriptors are closed, and the next one is whole', (a, b) =>
    withFds(2, async (fds) => {
      const before = openFds();
      for (const room of [
        { maxData: 3 },
        { into: new Uint8Array(3) },
        { into: [new Uint8Array(1), new Uint8Array(2)] },
      ]) {
        a.sendSync('abcdef', { fds });
        a.sendSync('next');
        const error = (await thrownBy(() => b.receive({ ...room, maxFds: 2 }))) as AncillaryError;
        assert.match(
          error.message,
          /^a record of 6 bytes was cut to 3, the 2 descriptors .* are closed: raise maxData, or make into longer$/,
        );
        assert.equal(
          [error.code, Buffer.from(error.data ?? []).toString(), error.bytesSent],
          ['ERR_TRUNCATED', 'abc', undefined],
        );
        assert.is(arrived(await b.receive()).data.toString(), 'next');
        await untilOpen(before);
      }
    }),
  );

  check('one that the socket cannot take is refused as a whole, and its descriptors stay', (a, b) =>
    withFds(1, async (fds) => {
      const error = await thrownBy(() => a.send(Buffer.alloc(64 * 2 ** 20), { fds, transfer: true }));
      assert.equal([error.code, /SO_SNDBUF/.test(error.message)], ['EMSGSIZE', true]);
      fstatSync(fds[0] as number);
      a.sendSync('small');
      assert.is(arrived(b.receiveSync()).data.toString(), 'small');
    }),
  );

  check('sends that wait arrive whole, in their order, each with its own descriptors', async (a, b) => {
    const files = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random'];
    const sends = Array.from({ length: 300 }, (_, i) => {
      const fd = openSync(files[i % 4] as string, 'r');
      const sent = a.send(`${i}`, { fds: [fd] });
      closeSync(fd);
      return sent;
    });
    for (let i = 0; i < 300; i++) {
      const { data, fds } = arrived(await b.receive({ maxFds: 1 }));
      assert.equal([data.toString(), fds.map(({ fd }) => targetOf(fd))], [`${i}`, [files[i % 4]]]);
      closeAll(fds);
    }
    assert.equal(
      await Promise.all(sends),
      sends.map((_, i) => `${i}`.length),
    );
  });

  check('an empty one waits its turn like any other', async (a, b) => {
    const sends = Array.from({ length: 300 }, (_, i) => a.send(i % 2 ? '' : `${i}`));
    const came: string[] = [];
    for (let i = 0; i < 300; i++) came.push(arrived(await b.receive()).data.toString());
    assert.equal(
      came,
      Array.from({ length: 300 }, (_, i) => (i % 2 ? '' : `${i}`)),
    );
    await Promise.all(sends);
  });

  check('nothing can be resumed', async (a) => {
    const error = await thrownBy(() => a.sendSync('x', { resume: true }));
    assert.equal([error.code, /whole or not at all/.test(error.message)], ['ERR_INVALID_ARGUMENT', true]);
  });

  check('a timestamp that was not asked for is in no message; asked for, it is', async (a, b) => {
    a.sendSync('x');
    assert.equal(arrived(b.receiveSync()).messages, []);
    await withRecords(
      type,
      async (c, d) => {
        const before = BigInt(Date.now()) * 1_000_000n;
        c.sendSync('');
        const [stamp, ...others] = arrived(await d.receive()).messages;
        const { tv_sec, tv_nsec } = (stamp as NonNullable<typeof stamp>).timestampns_new as {
          tv_sec: number | bigint;
          tv_nsec: number | bigint;
        };
        const at = BigInt(tv_sec) * 1_000_000_000n + BigInt(tv_nsec);
        assert.ok(at >= before && at < before + 10_000_000_000n, `${at} and ${before}`);
        assert.is(others.length, 0);
      },
      { timestamps: true },
    );
  });

  check(
    'credentials and a pidfd come with every record, empty or not',
    async (a, b) => {
      for (const data of ['', 'x']) {
        a.sendSync(data);
        const { credentials, pidfd, messages } = arrived(await b.receive());
        assert.equal([credentials?.pid, messages], [process.pid, []]);
        assert.match(targetOf(pidfd?.fd ?? -1), /pidfd/);
        pidfd?.close();
      }
    },
    { credentials: true, pidfd: true },
  );

  const from = seed();
  check(`records of any sizes and lists come as they went (seed ${from})`, async (a, b) => {
    const dice = random(from);
    for (let i = 0; i < 200; i++) {
      const parts = Array.from({ length: dice.below(5) }, () => Buffer.alloc(dice.pick([0, 1, 50, 3000, 40000]), i));
      const whole = Buffer.concat(parts);
      const sent = a.send(parts);
      const intos = Array.from({ length: 1 + dice.below(3) }, () => new Uint8Array(dice.pick([1, 100, 70000])));
      const room = intos.reduce((sum, part) => sum + part.length, 0);
      if (room < whole.length) assert.ok(arrived(await b.receive({ maxData: 2e5 })).data.equals(whole));
      else {
        const { size } = arrived(await b.receive({ into: intos }));
        assert.is(size, whole.length);
        assert.ok(Buffer.concat(intos).subarray(0, size).equals(whole));
      }
      assert.is(await sent, whole.length);
    }
  });
}

const pair = (options: Options = {}) => socketpair({ ...options, type: 'seqpacket' });
for (const options of [{}, { credentials: true }, { timestamps: true }] as const) {
  t.test(
    `seqpacket: an empty record followed at once by a close is told from the end (${JSON.stringify(options)})`,
    async () => {
      const [a, b] = pair(options);
      a.sendSync('');
      a.sendSync('');
      a.closeSync();
      assert.equal([arrived(await b.receive()).size, arrived(b.receiveSync()).size], [0, 0]);
      assert.equal(
        [await b.receive(), b.receiveSync(), await b.receive({ into: new Uint8Array(1) })],
        [null, null, null],
      );
      assert.is((await thrownBy(() => b.send('x'))).code, 'EPIPE');
      b.closeSync();
    },
  );
}

t.test('seqpacket: whoever else gets the descriptor finds no control message that it did not ask for', async () => {
  const ways: Record<string, (end: UnixSeqpacket) => number> = {
    lent: (end) => end.fd,
    released: (end) => end.release(),
    sent: (end) => {
      const [c, d] = socketpair();
      c.sendSync('x', { fds: [end] });
      const [owned] = arrived(d.receiveSync({ maxFds: 1 })).fds;
      for (const each of [c, d]) each.closeSync();
      return (owned as OwnedFd).release();
    },
  };
  for (const [name, way] of Object.entries(ways)) {
    const [a, b] = pair();
    a.sendSync('', { fds: [0] });
    assert.equal(receivePlainly(way(b)), { size: 0, flags: 0, controllen: 24 }, name);
    for (const end of [a, b]) end[Symbol.dispose]();
  }
});

t.test(
  'seqpacket: once its number is lent, an empty record is a record while anything follows it, or may',
  async () => {
    const [a, b] = pair();
    assert.ok(b.fd > 0);
    a.sendSync('');
    assert.is(arrived(b.receiveSync()).size, 0);
    for (const data of ['', '', 'x']) a.sendSync(data);
    a.closeSync();
    assert.equal(
      [0, 1, 2].map(() => arrived(b.receiveSync()).size),
      [0, 0, 1],
    );
    assert.is(b.receiveSync(), null);
    b.closeSync();
  },
);

t.test('seqpacket: forEachMessage and for await end with the connection, and see empty records', async () => {
  for (const style of ['each', 'loop'] as const) {
    const [a, b] = pair();
    for (const data of ['1', '', '2']) a.sendSync(data);
    a.closeSync();
    const came: string[] = [];
    if (style === 'each') await b.forEachMessage(({ data }) => void came.push(data.toString()));
    else for await (const { data } of b) came.push(data.toString());
    assert.equal(came, ['1', '', '2']);
    b.closeSync();
  }
});

t.test('seqpacket: end() tells the peer, and what it sends then still comes', async () => {
  const [a, b] = pair();
  const sent = a.send('last');
  await a.end();
  await sent;
  assert.equal([arrived(await b.receive()).data.toString(), await b.receive()], ['last', null]);
  await b.send('answer');
  assert.is(arrived(await a.receive()).data.toString(), 'answer');
  assert.is((await thrownBy(() => a.send('x'))).code, 'ERR_CLOSED');
  for (const end of [a, b]) end.closeSync();
});

t.test('dgram: when the peer closes there is no end, and sending says that it is gone', async () => {
  const [a, b] = socketpair({ type: 'dgram' });
  a.closeSync();
  assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
  assert.is((await thrownBy(() => b.receive({ timeout: 20 }))).code, 'ETIMEDOUT');
  assert.is((await thrownBy(() => b.send('x'))).code, 'ECONNREFUSED');
  b.closeSync();
});

t.run();
