/** What a Unix socket can be asked to bring with each message, one option at a time, on every type that has it. */
import { socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { enable, isEnabled } from '../support/native.js';
import { suite, thrownBy } from '../support/suite.js';

const SOL_SOCKET = 1;
const SO_TIMESTAMPNS_NEW = 64;
const SO_PASSSEC = 34;
const SO_INQ = 84;
const SCM_SECURITY = 3;

const t = suite('socket-options');

async function withOption(type: string, options: object, fn: (a: UnixStream, b: UnixStream) => unknown): Promise<void> {
  const [a, b] = socketpair({ type, ...options } as never) as unknown as [UnixStream, UnixStream];
  try {
    await fn(a, b);
  } finally {
    for (const each of [a, b]) each[Symbol.dispose]();
  }
}

for (const type of ['seqpacket', 'dgram']) {
  t.test(`${type}: timestamps says when each message was sent, one or many, and when it is cut`, () =>
    withOption(type, { timestamps: true }, async (a, b) => {
      const before = Date.now() / 1000 - 1;
      for (const data of ['1', '2', '3', 'long']) a.sendSync(data);
      const one = arrived(b.receiveSync());
      const [two, three] = b.receiveManySync({ most: 2 }) ?? [];
      const cut = (await thrownBy(() => b.receiveSync({ maxData: 1 }))) as unknown as typeof one;
      const times = [one, two, three, cut].map((message) => {
        assert.is(message?.messages.length, 1);
        const [{ level, type, timestampns_new: time } = {}] = (message?.messages ?? []) as readonly Record<
          string,
          unknown
        >[];
        assert.equal([level, type], [SOL_SOCKET, SO_TIMESTAMPNS_NEW]);
        const { tv_sec: seconds, tv_nsec: nanoseconds } = time as { tv_sec: number; tv_nsec: number };
        assert.ok(nanoseconds >= 0 && nanoseconds < 1e9);
        return seconds + nanoseconds / 1e9;
      });
      for (const [i, time] of times.entries())
        assert.ok(time >= (times[i - 1] ?? before) && time <= Date.now() / 1000 + 1);
      // An empty record is one, and the end is told from it, with these timestamps as with hidden ones.
      a.sendSync('');
      a.closeSync();
      assert.is(arrived(b.receiveSync()).size, 0);
      if (type === 'seqpacket') assert.is(b.receiveSync(), null);
    }),
  );

  t.test(`${type}: without timestamps there are none, whole or cut`, () =>
    withOption(type, {}, async (a, b) => {
      for (const data of ['1', '2', 'long']) a.sendSync(data);
      assert.equal(arrived(b.receiveSync()).messages, []);
      assert.equal(b.receiveManySync({ most: 1 })?.[0]?.messages, []);
      const cut = (await thrownBy(() => b.receiveSync({ maxData: 1 }))) as Error & { messages?: unknown };
      assert.equal(cut.messages, []);
    }),
  );

  t.test(`${type}: inq is refused, which a stream alone has`, async () => {
    const { code, message } = await thrownBy(() => socketpair({ type, inq: true } as never));
    assert.is(code, 'ERR_INVALID_ARGUMENT');
    assert.match(message, /SO_INQ/);
  });
}

t.test('stream: timestamps is refused, which a stream has not', async () => {
  const { code, message } = await thrownBy(() => socketpair({ timestamps: true }));
  assert.is(code, 'ERR_INVALID_ARGUMENT');
  assert.match(message, /timestamps/);
});

const [probe, other] = socketpair();
const hasInq = enable(probe.fd, SO_INQ) === 0;
for (const each of [probe, other]) each.closeSync();

if (hasInq) {
  t.test('stream: inq says how many bytes are left behind each message, one or many', () =>
    withOption('stream', { inq: true }, (a, b) => {
      a.sendSync('abcdefghij');
      const left = (message: { messages: readonly object[] } | null | undefined) => {
        assert.is(message?.messages.length, 1);
        return (message?.messages[0] as { inq?: number } | undefined)?.inq;
      };
      assert.is(left(b.receiveSync({ maxData: 3 })), 7);
      assert.equal(b.receiveManySync({ most: 2, maxData: 2 })?.map(left), [5, 3]);
      assert.is(left(b.receiveSync()), 0);
    }),
  );
} else {
  t.test('stream: inq is told to be missing where the kernel has none', async () => {
    const { code, message } = await thrownBy(() => socketpair({ inq: true }));
    assert.is(code, 'ERR_UNSUPPORTED');
    assert.match(message, /no SO_INQ/);
  });
}

for (const type of ['stream', 'seqpacket', 'dgram']) {
  t.test(`${type}: security asks for labels, which come where a security module has them, and nothing else does`, () =>
    withOption(type, { security: true }, (a, b) => {
      assert.ok(isEnabled(b.fd, SO_PASSSEC));
      a.sendSync('x');
      for (const { level, type: kind, label, data } of arrived(b.receiveSync()).messages) {
        assert.equal([level, kind, label], [SOL_SOCKET, SCM_SECURITY, data]);
        assert.ok(data.length > 0);
      }
    }),
  );

  t.test(`${type}: an option that is neither true nor false is refused by its name`, async () => {
    for (const name of ['credentials', 'pidfd', 'security', 'timestamps', 'inq']) {
      for (const value of [1, 'true', null, {}]) {
        const { code, message } = await thrownBy(() => socketpair({ type, [name]: value } as never));
        assert.is(code, 'ERR_INVALID_ARGUMENT');
        assert.match(message, new RegExp(`${name} must be true or false`));
      }
    }
  });
}

t.run();
