/** MSG_PEEK looks and takes nothing; a byte out of band (MSG_OOB) stands in line with the others. */
import { closeAll, type Message, type PairType, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { sendFlagged } from '../support/native.js';
import { sleep } from '../support/process.js';
import { targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const MSG_OOB = 1;
const t = suite('looking');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

async function withType<T>(type: PairType, fn: (a: UnixStream, b: UnixStream) => T | Promise<T>): Promise<T> {
  const [a, b] = socketpair({ type } as never) as unknown as [UnixStream, UnixStream];
  try {
    return await fn(a, b);
  } finally {
    for (const each of [a, b]) each[Symbol.dispose]();
  }
}

const told = ({ data, fds }: Message) => [data.toString(), ...fds.map(({ fd }) => targetOf(fd))];

for (const type of ['stream', 'seqpacket', 'dgram'] as const) {
  for (const [name, receive] of [
    ['async', (socket, options) => socket.receive(options)],
    ['sync', (socket, options) => socket.receiveSync(options)],
  ] as [string, (socket: UnixStream, options: object) => Promise<Message | null> | Message | null][]) {
    t.test(`${type}, ${name}: a look leaves the message, and brings duplicates of its descriptors each time`, () =>
      withFds(1, (fds) =>
        withType(type, async (a, b) => {
          const before = await settledFds();
          a.sendSync('look', { fds });
          a.sendSync('next');
          const looks: Message[] = [];
          for (let i = 0; i < 3; i++) looks.push(arrived(await receive(b, { peek: true, maxFds: 1 })));
          const taken = arrived(await receive(b, { maxFds: 1 }));
          const all = [...looks, taken];
          assert.equal(all.map(told), new Array(4).fill(['look', '/dev/null']));
          assert.is(new Set(all.map(({ fds: [fd] }) => fd?.fd)).size, 4, 'each has a number of its own');
          assert.is(arrived(await receive(b, {})).data.toString(), 'next');
          closeAll(all.flatMap((message) => message.fds));
          await untilOpen(before);
        }),
      ),
    );

    t.test(
      `${type}, ${name}: a look that finds more descriptors than it may take is refused, and the message stays`,
      () =>
        withFds(2, (fds) =>
          withType(type, async (a, b) => {
            const before = await settledFds();
            a.sendSync('two', { fds });
            for (let i = 0; i < 3; i++) {
              assert.is((await thrownBy(() => receive(b, { peek: true, maxFds: 1 }))).code, 'ERR_TRUNCATED');
            }
            await untilOpen(before);
            const message = arrived(await receive(b, { maxFds: 2 }));
            assert.equal(told(message), ['two', '/dev/null', '/dev/null']);
            closeAll(message.fds);
          }),
        ),
    );
  }

  t.test(`${type}: a look may wait, and sees what a later receive takes`, () =>
    withType(type, async (a, b) => {
      const look = b.receive({ peek: true, timeout: 20_000 });
      const taking = b.receive();
      await sleep(5);
      a.sendSync('x');
      assert.equal([arrived(await look).data.toString(), arrived(await taking).data.toString()], ['x', 'x']);
      assert.is((await thrownBy(() => b.receiveSync({ peek: true }))).code, 'EAGAIN');
    }),
  );
}

t.test('a look at a stream sees the end, as often as it is asked', () =>
  withPair((a, b) => {
    a.sendSync('last');
    a.closeSync();
    assert.is(b.receiveSync({ peek: true })?.data.toString(), 'last');
    assert.is(b.receiveSync()?.data.toString(), 'last');
    assert.equal([b.receiveSync({ peek: true }), b.receiveSync({ peek: true }), b.receiveSync()], [null, null, null]);
  }),
);

t.test('a look at a record of which not all fits says so, and the record stays', () =>
  withType('seqpacket', async (a, b) => {
    a.sendSync('record');
    const error = (await thrownBy(() => b.receiveSync({ peek: true, maxData: 3 }))) as Error & { data?: Buffer };
    assert.equal([(error as { code?: string }).code, error.data?.toString()], ['ERR_TRUNCATED', 'rec']);
    assert.is(b.receiveSync()?.data.toString(), 'record');
  }),
);

for (const [name, receiveAll] of [
  ['one by one', (b: UnixStream) => b.receiveSync()?.data.toString()],
  [
    'many',
    (b: UnixStream) =>
      b
        .receiveManySync()
        ?.map(({ data }) => data.toString())
        .join(''),
  ],
] as const) {
  const title = `a byte that a peer sends out of band comes in its place among the others (${name})`;
  t.test(title, () =>
    withPair((a, b) => {
      a.sendSync('before ');
      // Before Linux 5.15 there is nothing out of band, and the peer is told.
      const sent = sendFlagged(a.fd, 'the last is !', MSG_OOB);
      const EOPNOTSUPP = 95;
      assert.ok(sent === 13 || sent === -EOPNOTSUPP);
      a.sendSync(' after');
      let text = '';
      for (;;) {
        try {
          text += receiveAll(b);
        } catch (error) {
          assert.is((error as { code?: string }).code, 'EAGAIN');
          break;
        }
      }
      assert.is(text, sent < 0 ? 'before  after' : 'before the last is ! after');
    }),
  );
}

for (const type of ['seqpacket', 'dgram'] as const) {
  t.test(`${type}: nothing can be sent out of band, and what is there is untouched`, () =>
    withType(type, (a, b) => {
      const EOPNOTSUPP = 95;
      assert.is(sendFlagged(a.fd, '!', MSG_OOB), -EOPNOTSUPP);
      a.sendSync('x');
      assert.is(arrived(b.receiveSync()).data.toString(), 'x');
    }),
  );
}

t.run();
