/** sendMany and receiveMany: each message as if it had been sent and received alone, and none lost in any case. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AncillaryError,
  closeAll,
  type Message,
  type MessageToSend,
  type MessageTrace,
  type OwnedFd,
  type PairType,
  socketpair,
  UnixDatagram,
  type UnixStream,
} from 'ancillary';
import { parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { SYS_MESSAGE } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { incomingBatch } from '../../host/socket/frame/incoming-batch.js';
import { incomingFrame } from '../../host/socket/frame/incoming-frame.js';
import { outgoingBatch } from '../../host/socket/frame/outgoing-batch.js';
import { outgoingFrame } from '../../host/socket/frame/outgoing-frame.js';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { growSendBuffer, syscallOnNothing } from '../support/native.js';
import { sleep } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { threads } from '../support/threads.js';

/** What all kinds of sockets have of what is tested here. */
type Socket = UnixStream;

const TYPES: PairType[] = ['stream', 'seqpacket', 'dgram'];
const RECORDS = TYPES.slice(1);

async function withSockets<T>(type: PairType, fn: (a: Socket, b: Socket) => T | Promise<T>, options = {}): Promise<T> {
  const [a, b] = socketpair({ ...options, type } as never) as unknown as [Socket, Socket];
  try {
    return await fn(a, b);
  } finally {
    a[Symbol.dispose]();
    b[Symbol.dispose]();
  }
}

/** What came, and closes its descriptors. */
function tell(messages: readonly Message[] | null) {
  return (messages ?? []).map(({ data, size, fds, credentials }) => {
    const targets = fds.map(({ fd }) => targetOf(fd));
    closeAll(fds);
    return { data: data.toString('latin1'), size, targets, ...(credentials && { credentials }) };
  });
}

const texts = (messages: readonly Message[] | null) => tell(messages).map(({ data }) => data);

/** Everything that there is, by receives of one. */
function drain(socket: Socket, options = {}): Message[] {
  const messages: Message[] = [];
  for (;;) {
    try {
      const message = socket.receiveSync({ maxFds: 253, ...options });
      if (!message) return messages;
      messages.push(message);
    } catch (error) {
      if ((error as AncillaryError).code !== 'EAGAIN') throw error;
      return messages;
    }
  }
}

/** Sends records until there is no room. */
function fillRecords(socket: { sendSync: (data: string) => unknown }): number {
  for (let sent = 0; ; sent++) {
    try {
      socket.sendSync('filling');
    } catch (error) {
      assert.is((error as AncillaryError).code, 'EAGAIN');
      return sent;
    }
  }
}

const t = suite('batches');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const type of TYPES) {
  t.test(
    `${type}: random batches come as the same messages one at a time do, whoever sends or receives many`,
    async () => {
      const from = seed();
      const { below, bytes, pick } = random(from);
      const files = ['/dev/null', '/dev/zero', '/dev/full'].map((path) => openSync(path, 'r'));
      const before = await settledFds();
      const options = { credentials: true };
      await withSockets(
        type,
        (a, b) =>
          withSockets(
            type,
            (c, d) => {
              for (const each of [a, c]) growSendBuffer(each.fd, 1 << 20);
              for (let round = 0; round < 150; round++) {
                // As many as a queue of datagrams holds.
                const messages: MessageToSend[] = Array.from({ length: below(10) + 1 }, () => {
                  const size = pick([0, 1, 5, 64, 65, 4095, 4096, 5000, 9000]) || (type === 'stream' ? 1 : 0);
                  const data = bytes(size);
                  const fds = Array.from({ length: pick([0, 0, 0, 1, 2, 3, 253]) }, () => pick(files));
                  return {
                    data: pick([data, [data.subarray(0, size >> 1), data.subarray(size >> 1)]]),
                    ...(below(2) === 0 && { fds }),
                    ...(below(3) === 0 && { credentials: true }),
                  };
                });
                const maxData = pick([65536, 10_000, 300_000]);
                assert.is(a.sendManySync(messages), messages.length);
                for (const { data, ...rest } of messages) c.sendSync(data, rest);
                const most = pick([1, 3, 64, 1000]);
                const many: Message[] = [];
                for (;;) {
                  try {
                    many.push(...(b.receiveManySync({ most, maxFds: 253, maxData }) ?? []));
                  } catch (error) {
                    assert.is((error as AncillaryError).code, 'EAGAIN');
                    break;
                  }
                }
                assert.equal(tell(many), tell(drain(d, { maxData })), `seed ${from}, round ${round}`);
              }
            },
            options,
          ),
        options,
      );
      await untilOpen(before.slice());
      for (const fd of files) closeSync(fd);
    },
  );

  t.test(`${type}: the end comes as null behind the messages that were there, as often as it is asked for`, () =>
    withSockets(type, async (a, b) => {
      if (type === 'dgram') return;
      a.sendManySync([{ data: 'one' }, { data: 'two' }]);
      a.closeSync();
      assert.is(texts(b.receiveManySync()).join(''), 'onetwo');
      assert.is(b.receiveManySync(), null);
      assert.is(await b.receiveMany(), null);
      assert.is(b.receiveSync(), null);
    }),
  );

  t.test(`${type}: nothing there is EAGAIN, and asynchronously a wait for the first`, () =>
    withSockets(type, async (a, b) => {
      assert.is((await thrownBy(() => b.receiveManySync())).code, 'EAGAIN');
      const waiting = b.receiveMany({ timeout: 5000 });
      assert.is((await thrownBy(() => b.receiveManySync())).code, 'ERR_BUSY');
      await sleep(10);
      a.sendSync('x');
      assert.equal(texts(await waiting), ['x']);
      assert.is((await thrownBy(() => b.receiveMany({ timeout: 5 }))).code, 'ETIMEDOUT');
    }),
  );

  t.test(`${type}: an argument that cannot be meant is named by its place, and nothing is sent`, () =>
    withSockets(type, async (a, b) => {
      const good = { data: 'good' };
      const bad: [unknown, RegExp][] = [
        [5, /sendMany(Sync)? takes a list of messages, not 5/],
        [{ data: 'x' }, /takes a list/],
        ['text', /takes a list/],
        [[good, null], /messages\[1\]: .*must be an object/],
        [[good, 'x'], /messages\[1\]: /],
        [new Array(2), /messages\[0\]: /],
        [[good, good, { data: 7 }], /messages\[2\]: data must be/],
        [[good, { data: 'x', fds: 1 }], /messages\[1\]: fds must be/],
        [[good, { data: 'x', resume: true }], /messages\[1\]: .*no option 'resume'/],
        [[good, { data: 'x', to: '/x' }], type === 'dgram' ? /some messages say/ : /messages\[1\]: .*no option 'to'/],
        [[good, { data: 'x', signal: null }], /messages\[1\]: .*no option 'signal'/],
      ];
      for (const [messages, pattern] of bad) {
        for (const call of [() => a.sendManySync(messages as never), () => a.sendMany(messages as never)]) {
          const { code, message } = await thrownBy(call);
          assert.is(code, 'ERR_INVALID_ARGUMENT', message);
          assert.match(message, pattern);
        }
      }
      assert.is((await thrownBy(() => a.sendMany([good], { resume: true } as never))).code, 'ERR_INVALID_ARGUMENT');
      for (const options of [
        { most: 0 },
        { most: 65537 },
        { most: 1.5 },
        { maxData: 0 },
        { maxFds: -1 },
        { peek: true },
        { into: 1 },
      ]) {
        assert.is((await thrownBy(() => b.receiveManySync(options as never))).code, 'ERR_INVALID_ARGUMENT');
        assert.is((await thrownBy(() => b.receiveMany(options as never))).code, 'ERR_INVALID_ARGUMENT');
      }
      assert.equal([a.sendManySync([]), await a.sendMany([])], [0, 0]);
      assert.equal(drain(b), []);
    }),
  );

  for (const [name, spoil, code] of [
    ['a number that is not open', () => 999_999, 'EBADF'],
    ['an OwnedFd that is closed', closedFd, 'ERR_CLOSED'],
    ['an object whose fd is none', () => ({ fd: -5 }), 'ERR_INVALID_ARGUMENT'],
  ] as [string, () => never, string][]) {
    t.test(`${type}: after ${name} in the middle, messagesSent tells exactly what went`, () =>
      withSockets(type, async (a, b) => {
        for (const k of [0, 1, 4]) {
          const calls: ((messages: MessageToSend[]) => unknown)[] = [a.sendManySync, a.sendMany];
          for (const call of calls) {
            const messages: MessageToSend[] = Array.from({ length: 6 }, (_, i) => ({ data: `m${i}`, fds: [] }));
            (messages[k] as MessageToSend).fds = [0, spoil()];
            const error = (await thrownBy(() => call.call(a, messages))) as AncillaryError;
            assert.equal([error.code, error.messagesSent], [code, k], error.message);
            assert.is(
              texts(drain(b)).join(),
              type === 'stream'
                ? texts([])
                    .concat(
                      k
                        ? [
                            messages
                              .slice(0, k)
                              .map(({ data }) => data)
                              .join(''),
                          ]
                        : [],
                    )
                    .join()
                : messages
                    .slice(0, k)
                    .map(({ data }) => data)
                    .join(),
            );
          }
        }
      }),
    );
  }

  t.test(`${type}: what is given away is closed for each message that went, and for no other`, () =>
    withSockets(type, async (a, b) => {
      const owned = await receivedFds(4);
      const before = await settledFds();
      const numbers = owned.map(({ fd }) => fd);
      const error = (await thrownBy(() =>
        a.sendManySync([
          { data: 'a', fds: owned.slice(0, 2), transfer: true },
          { data: 'b', fds: owned.slice(2, 3), transfer: true },
          { data: 'c', fds: [owned[3] as OwnedFd, 999_999], transfer: true },
        ]),
      )) as AncillaryError;
      assert.equal([error.code, error.messagesSent], ['EBADF', 2]);
      assert.equal(
        owned.map(({ closed }) => closed),
        [true, true, true, false],
      );
      closeAll(drain(b).flatMap(({ fds }) => fds));
      assert.equal(
        openFds(),
        before.filter((fd) => !numbers.slice(0, 3).includes(fd)),
      );
      closeAll(owned);
    }),
  );

  t.test(
    `${type}: 300 messages wait for room, in their order and with nothing between them; what they had may be gone`,
    () =>
      withFds(3, (fds) =>
        withSockets(type, async (a, b) => {
          const before = await settledFds();
          const data = Buffer.alloc(3000);
          const mine = openSync('/dev/zero', 'r');
          const sent = a.sendMany(
            Array.from({ length: 300 }, (_, i) => {
              const each = Buffer.from(data).fill(i % 251);
              return { data: each, fds: i % 50 === 0 ? [mine, ...fds.slice(0, 1)] : [] };
            }),
          );
          const after = a.send('after');
          assert.is((await thrownBy(() => a.sendManySync([{ data: 'x' }]))).code, 'ERR_BUSY');
          assert.is((await thrownBy(() => a.sendSync('x'))).code, 'ERR_BUSY');
          closeSync(mine);
          let bytes = '';
          let targets: string[] = [];
          while (bytes.length < 300 * 3000 + 5) {
            for (const each of tell(await b.receiveMany({ maxFds: 2, timeout: 5000 }))) {
              bytes += each.data;
              targets = [...targets, ...each.targets];
            }
          }
          assert.equal([await sent, await after], [300, 5]);
          for (let i = 0; i < 300; i++) assert.is(bytes[i * 3000], String.fromCharCode(i % 251), `message ${i}`);
          assert.is(bytes.slice(-5), 'after');
          assert.equal(targets, new Array(6).fill(['/dev/zero', '/dev/null']).flat());
          await untilOpen(before);
        }),
      ),
  );

  t.test(`${type}: one that takes too long, is aborted or closed tells how far it came, and holds nothing`, () =>
    withFds(2, async (fds) => {
      for (const how of ['timeout', 'abort', 'close'] as const) {
        await withSockets(type, async (a, b) => {
          const before = await settledFds();
          const controller = new AbortController();
          const messages = Array.from({ length: 400 }, () => ({ data: Buffer.alloc(3000, 1), fds }));
          const first = a.sendMany(messages, how === 'timeout' ? { timeout: 30 } : { signal: controller.signal });
          const second = a.sendMany(messages.slice(0, 2));
          if (how === 'abort') controller.abort();
          if (how === 'close') a.closeSync();
          const error = (await thrownBy(() => first)) as AncillaryError;
          assert.is(error.code, { timeout: 'ETIMEDOUT', abort: 'ABORT_ERR', close: 'ERR_CLOSED' }[how]);
          const whole = error.messagesSent ?? -1;
          const part = error.bytesSent ?? 0;
          assert.ok(whole > 0 && part < 3000, `${whole} ${part}`);
          if (how === 'close') {
            const other = (await thrownBy(() => second)) as AncillaryError;
            assert.equal([other.code, other.messagesSent, other.bytesSent], ['ERR_CLOSED', 0, undefined]);
          } else if (part > 0) {
            assert.is((await thrownBy(() => second)).code, 'ERR_INTERRUPTED');
          }
          const came = drain(b).reduce((sum, message) => {
            closeAll(message.fds);
            return sum + message.size;
          }, 0);
          assert.is(came, whole * 3000 + part, how);
          if (how !== 'close' && part === 0) {
            const rest = drain(b);
            for (const message of rest) closeAll(message.fds);
            assert.is(await second, 2);
            for (const message of drain(b)) closeAll(message.fds);
          }
          await untilOpen(how === 'close' ? before.filter((fd) => targetOpen(fd)) : before);
        });
      }
    }),
  );

  t.test(`${type}: the channels tell of every message, with its own control bytes`, () =>
    withFds(3, (fds) =>
      withSockets(type, async (a, b) => {
        const sent: MessageTrace[] = [];
        const received: MessageTrace[] = [];
        const onSent = (trace: unknown) => sent.push(trace as MessageTrace);
        const onReceived = (trace: unknown) => received.push(trace as MessageTrace);
        subscribe('ancillary:sendmsg', onSent);
        subscribe('ancillary:recvmsg', onReceived);
        let came: number[][] = [];
        try {
          a.sendManySync([0, 1, 2, 3].map((n) => ({ data: 'x'.repeat(n + 1), fds: fds.slice(0, n) })));
          const messages = b.receiveManySync({ maxFds: 3 }) ?? [];
          came = messages.map((message) => message.fds.map(({ fd }) => fd));
          for (const message of messages) closeAll(message.fds);
        } finally {
          unsubscribe('ancillary:sendmsg', onSent);
          unsubscribe('ancillary:recvmsg', onReceived);
        }
        const numbers = ({ abi, control }: MessageTrace) =>
          parse(abi, control).messages.find((message) => message.fds)?.fds ?? [];
        assert.equal(
          sent.map((trace) => [trace.fd, trace.bytes, numbers(trace)]),
          [0, 1, 2, 3].map((n) => [a.fd, n + 1, fds.slice(0, n)]),
        );
        assert.equal(received.map(numbers), came);
        assert.is(
          received.reduce((sum, { bytes }) => sum + bytes, 0),
          10,
        );
      }),
    ),
  );

  t.test(`${type}: a subscriber, or a getter among the descriptors, may send and receive many in the middle`, () =>
    withFds(2, (fds) =>
      withSockets(type, (a, b) =>
        withSockets('seqpacket', async (c, d) => {
          const inner = () => {
            c.sendManySync([{ data: 'in', fds }, { data: 'ner' }]);
            assert.equal(
              tell(d.receiveManySync({ maxFds: 2 })).map(({ data, targets }) => [data, targets.length]),
              [
                ['in', 2],
                ['ner', 0],
              ],
            );
          };
          const onSent = ({ fd }: { fd?: number }) => fd === a.fd && inner();
          const onReceived = ({ fd }: { fd?: number }) => fd === b.fd && inner();
          const getter = {
            get fd() {
              inner();
              return fds[0] as number;
            },
          };
          subscribe('ancillary:sendmsg', onSent as never);
          subscribe('ancillary:recvmsg', onReceived as never);
          try {
            a.sendManySync([{ data: 'a', fds: [getter] }, { data: 'b' }, { data: 'c', fds: [getter, ...fds] }]);
            const got = tell(b.receiveManySync({ maxFds: 3 }));
            assert.is(got.map(({ data }) => data).join(''), 'abc');
            assert.is(
              got.reduce((sum, { targets }) => sum + targets.length, 0),
              4,
            );
          } finally {
            unsubscribe('ancillary:sendmsg', onSent as never);
            unsubscribe('ancillary:recvmsg', onReceived as never);
          }
        }),
      ),
    ),
  );
}

for (const type of RECORDS) {
  t.test(`${type}: of more messages than there is room for, as many as it returns have gone, in their order`, () =>
    withSockets(type, async (a, b) => {
      const messages = Array.from({ length: 5000 }, (_, i) => ({ data: `${i}` }));
      const sent = a.sendManySync(messages);
      assert.ok(sent > 0 && sent < 5000);
      const error = (await thrownBy(() => a.sendManySync(messages.slice(sent)))) as AncillaryError;
      assert.equal([error.code, error.messagesSent], ['EAGAIN', 0]);
      assert.equal(
        texts(b.receiveManySync({ most: 65536 })),
        messages.slice(0, sent).map(({ data }) => data),
      );
    }),
  );

  t.test(`${type}: empty records are records, also the last before the end`, () =>
    withSockets(type, (a, b) => {
      a.sendManySync([{ data: '' }, { data: 'x' }, { data: '' }]);
      a.closeSync();
      assert.equal(texts(b.receiveManySync()), ['', 'x', '']);
    }),
  );

  for (const maxData of [4, 5000, 2 ** 21]) {
    t.test(
      `${type}: what does not fit or was not asked for is told with all that came around it (maxData ${maxData})`,
      () =>
        withFds(3, (fds) =>
          withSockets(type, async (a, b) => {
            const before = await settledFds();
            a.sendManySync([
              { data: '1', fds: fds.slice(0, 1) },
              { data: '2' },
              { data: '3', fds },
              { data: 'long!'.repeat(maxData === 4 ? 1 : 1001), fds: fds.slice(0, 2) },
              { data: '5', fds: fds.slice(0, 2) },
            ]);
            const error = (await thrownBy(() => b.receiveManySync({ maxFds: 2, maxData }))) as AncillaryError;
            assert.is(error.code, 'ERR_TRUNCATED');
            assert.match(error.message, /raise maxFds; what else came is in the error as received/);
            assert.is(Buffer.from(error.data ?? []).toString(), '3');
            const isCut = maxData < 2 ** 21;
            const { received = [] } = error as { received?: readonly (Message | AncillaryError)[] };
            assert.equal(
              received.map((each) => [
                each instanceof Error ? each.code : each.fds.length,
                Buffer.from(each.data ?? [])
                  .toString()
                  .slice(0, 4),
              ]),
              [
                [1, '1'],
                [0, '2'],
                ['ERR_TRUNCATED', '3'],
                [isCut ? 'ERR_TRUNCATED' : 2, 'long'],
                [2, '5'],
              ],
            );
            for (const each of received) if (!(each instanceof Error)) closeAll(each.fds);
            await untilOpen(before);
          }),
        ),
    );
  }

  t.test(`${type}: a message refused alone is the same error as that of a receive, without anything else`, () =>
    withFds(1, (fds) =>
      withSockets(type, async (a, b) => {
        a.sendManySync([{ data: 'x', fds }]);
        const many = (await thrownBy(() => b.receiveMany())) as AncillaryError;
        a.sendSync('x', { fds });
        const one = (await thrownBy(() => b.receive())) as AncillaryError;
        assert.equal({ ...many, message: many.message }, { ...one, message: one.message });
        assert.is(many.received, undefined);
      }),
    ),
  );

  t.test(`${type}: data stays as it was whatever comes later, and keeps no more than twice its memory alive`, () =>
    withSockets(type, (a, b) => {
      growSendBuffer(a.fd, 1 << 20);
      const kept: { data: Buffer; value: number }[] = [];
      for (let round = 0; round < 12; round++) {
        const sizes = [1, 100, 4096, 20_000, 33_000, 40_000];
        a.sendManySync(sizes.map((size, i) => ({ data: Buffer.alloc(size, round * 10 + i) })));
        for (const [i, { data }] of (b.receiveManySync() ?? []).entries()) kept.push({ data, value: round * 10 + i });
      }
      assert.is(kept.length, 72);
      for (const { data, value } of kept) {
        assert.ok(data.every((byte) => byte === value));
        // Small Buffers share Node's pool, which may be a little larger than its size says.
        const pool = Buffer.allocUnsafe(1).buffer.byteLength;
        assert.ok(
          data.buffer.byteLength <= Math.max(pool, 2 * data.length),
          `${data.length} in ${data.buffer.byteLength}`,
        );
      }
    }),
  );
}

t.test('a stream that takes a message in part says how much, and takes the rest of it before anything else', () =>
  withPair(async (a, b) => {
    const messages = Array.from({ length: 5 }, (_, i) => ({ data: Buffer.alloc(150_000, i) }));
    const error = (await thrownBy(() => a.sendManySync(messages))) as AncillaryError;
    const { messagesSent = -1, bytesSent = -1 } = error;
    assert.is(error.code, 'ERR_INTERRUPTED');
    assert.ok(messagesSent > 0 && bytesSent > 0 && bytesSent < 150_000);
    for (const call of [
      () => a.sendSync('x'),
      () => a.sendManySync([{ data: 'x' }]),
      () => a.sendMany([{ data: 'x' }]),
    ]) {
      assert.is((await thrownBy(call)).code, 'ERR_INTERRUPTED');
    }
    let came = Buffer.concat(drain(b).map(({ data }) => data));
    assert.is(came.length, messagesSent * 150_000 + bytesSent);
    const rest = (messages[messagesSent] as { data: Buffer }).data.subarray(bytesSent);
    assert.is(a.sendSync(rest, { resume: true }), rest.length);
    assert.is(a.sendManySync([{ data: 'go' }, { data: ' on' }]), 2);
    came = Buffer.concat([came, ...drain(b).map(({ data }) => data)]);
    const whole = Buffer.concat(messages.slice(0, messagesSent + 1).map(({ data }) => data));
    assert.ok(came.equals(Buffer.concat([whole, Buffer.from('go on')])));
  }),
);

t.test('long messages of a stream that go in parts are whole at the other end, with their descriptors once', () =>
  withFds(3, (fds) =>
    withPair(async (a, b) => {
      const messages = Array.from({ length: 5 }, (_, i) => ({
        data: Buffer.alloc(150_000, 'abcdefg').fill(i, 70_000),
        fds: fds.slice(0, i % 4),
      }));
      const sent = a.sendMany(messages);
      const parts: Buffer[] = [];
      let count = 0;
      for (let size = 0; size < 750_000; ) {
        for (const message of (await b.receiveMany({ maxFds: 3, timeout: 5000 })) ?? []) {
          size += message.size;
          parts.push(message.data);
          count += message.fds.length;
          closeAll(message.fds);
        }
      }
      assert.equal([await sent, count], [5, 6]);
      assert.ok(Buffer.concat(parts).equals(Buffer.concat(messages.map(({ data }) => data))));
    }),
  ),
);

const probe = ((): UnixStream[] | undefined => {
  try {
    return socketpair({ pidfd: true });
  } catch {
    return undefined;
  }
})();
for (const end of probe ?? []) end.closeSync();
const pidfds = 'each message of a batch has a pidfd of its own, and none comes with the end';
if (!probe) t.skip(pidfds, 'this kernel has no SO_PASSPIDFD');
else {
  t.test(pidfds, async () => {
    for (const type of TYPES) {
      await withSockets(
        type,
        async (a, b) => {
          const before = await settledFds();
          a.sendManySync([{ data: '1' }, { data: '2' }, { data: '3' }]);
          const owned = (b.receiveManySync() ?? []).map(({ pidfd }) => pidfd as OwnedFd);
          assert.is(owned.length, type === 'stream' ? 1 : 3);
          for (const each of owned) assert.match(targetOf(each.fd), /pidfd/);
          closeAll(owned);
          // Of a message that is refused it is closed like the descriptors.
          a.sendManySync([
            { data: '4', fds: [0] },
            { data: '5', fds: [0] },
          ]);
          assert.is((await thrownBy(() => b.receiveManySync())).code, 'ERR_TRUNCATED');
          await untilOpen(before);
          if (type === 'dgram') return;
          const { fd } = a;
          a.closeSync();
          assert.equal([b.receiveManySync(), b.receiveSync()], [null, null]);
          await untilOpen(before.filter((each) => each !== fd));
        },
        { pidfd: true },
      );
    }
  });
}

t.test('the end within a batch is told of once, and what comes to another socket then comes whole', () =>
  withFds(2, (fds) =>
    withPair((a, b) =>
      withSockets('seqpacket', (c, d) => {
        const traces: MessageTrace[] = [];
        const onReceived = (trace: unknown) => traces.push(trace as MessageTrace);
        a.sendSync('x');
        a.closeSync();
        subscribe('ancillary:recvmsg', onReceived);
        try {
          assert.equal(texts(b.receiveManySync()), ['x']);
        } finally {
          unsubscribe('ancillary:recvmsg', onReceived);
        }
        assert.equal(
          traces.map(({ bytes }) => bytes),
          [1, 0],
        );
        c.sendManySync(Array.from({ length: 64 }, () => ({ data: 'y', fds })));
        const messages = tell(d.receiveManySync({ maxFds: 2 }));
        assert.equal(
          messages.map(({ targets }) => targets.length),
          new Array(64).fill(2),
        );
      }),
    ),
  ),
);

t.test('a stream gives descriptors with the bytes they came with, in many as in one', () =>
  withFds(2, (fds) =>
    withPair((a, b) => {
      a.sendManySync([{ data: 'a' }, { data: 'b', fds }, { data: 'c' }, { data: 'd', fds: fds.slice(0, 1) }]);
      const got = tell(b.receiveManySync({ maxFds: 2 }));
      assert.equal(
        got.map(({ data, targets }) => [data, targets.length]),
        [
          ['ab', 2],
          ['cd', 1],
        ],
      );
    }),
  ),
);

t.test('seqpacket: empty records in front of others are records also where the socket’s number has been lent', () =>
  withSockets('seqpacket', (a, b) => {
    assert.ok(b.fd > 0);
    a.sendManySync([{ data: '' }, { data: 'x' }, { data: '' }, { data: 'y' }]);
    a.closeSync();
    assert.equal(texts(b.receiveManySync()), ['', 'x', '', 'y']);
    assert.is(b.receiveManySync(), null);
  }),
);

t.test('a receive of at most N messages takes N, and leaves the others', () =>
  withSockets('seqpacket', (a, b) => {
    a.sendManySync(Array.from({ length: 150 }, (_, i) => ({ data: `${i}` })));
    const sizes = [1, 2, 64, 65, 18];
    let next = 0;
    for (const most of sizes) {
      assert.equal(
        texts(b.receiveManySync({ most })),
        Array.from({ length: most }, () => `${next++}`),
      );
    }
    assert.is(next, 150);
  }),
);

t.test('datagrams to several receivers keep their order for each, and nothing sent later overtakes them', () =>
  withTempDir(async (folder) => {
    const [full, free] = ['full', 'free'].map((name) => UnixDatagram.bindSync(join(folder, name)));
    const sender = UnixDatagram.bindSync({ autobind: true });
    const to = { full: join(folder, 'full'), free: join(folder, 'free') };
    const filled = fillRecords({ sendSync: (data) => sender.sendSync(data, { to: to.full }) });
    const batch = sender.sendMany([
      { data: '1', to: to.free },
      { data: '2', to: to.full },
      { data: '3', to: to.free },
    ]);
    const later = [
      sender.send('4', { to: to.free }),
      sender.sendMany([{ data: '5', to: to.free }]),
      sender.send('6', { to: to.full }),
    ];
    for (const address of Object.values(to)) {
      assert.is((await thrownBy(() => sender.sendSync('x', { to: address }))).code, 'ERR_BUSY');
      assert.is((await thrownBy(() => sender.sendManySync([{ data: 'x', to: address }]))).code, 'ERR_BUSY');
    }
    const cut = (await thrownBy(() =>
      sender.sendMany([{ data: 'never', to: to.free }], { timeout: 20 }),
    )) as AncillaryError;
    assert.equal([cut.code, cut.messagesSent], ['ETIMEDOUT', 0]);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['1'], 'what stands in front of the full one has gone');
    const atFull: string[] = [];
    while (atFull.length < filled + 2) atFull.push(...texts((await full?.receiveMany({ timeout: 5000 })) as Message[]));
    assert.equal(await Promise.all([batch, ...later]), [3, 1, 1, 1]);
    assert.equal(atFull.slice(filled), ['2', '6']);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['3', '4', '5']);
    for (const socket of [full, free, sender]) socket?.closeSync();
  }),
);

t.test('a batch stands behind what waits for one of its receivers, and goes around what waits for another', () =>
  withTempDir(async (folder) => {
    const [full, free] = ['full', 'free'].map((name) => UnixDatagram.bindSync(join(folder, name)));
    const sender = UnixDatagram.bindSync({ autobind: true });
    const to = { full: join(folder, 'full'), free: join(folder, 'free') };
    const filled = fillRecords({ sendSync: (data) => sender.sendSync(data, { to: to.full }) });
    const first = sender.send('first', { to: to.full });
    assert.is(
      await sender.sendMany([
        { data: 'a', to: to.free },
        { data: 'b', to: to.free },
      ]),
      2,
    );
    const second = sender.sendMany([
      { data: 'c', to: to.free },
      { data: 'second', to: to.full },
    ]);
    assert.equal(texts(free?.receiveManySync() as Message[]), ['a', 'b', 'c']);
    const atFull: string[] = [];
    while (atFull.length < filled + 2) atFull.push(...texts((await full?.receiveMany({ timeout: 5000 })) as Message[]));
    assert.equal([await first, await second], [5, 2]);
    assert.equal(atFull.slice(filled), ['first', 'second']);
    assert.equal((await full?.receiveMany({ timeout: 1 }).catch((error) => error.code)) as unknown, 'ETIMEDOUT');
    for (const socket of [full, free, sender]) socket?.closeSync();
  }),
);

t.test('a batch to a receiver that is full goes on as fast as the receiver makes room', () =>
  withTempDir(async (folder) => {
    const to = join(folder, 'r');
    const receiver = UnixDatagram.bindSync(to);
    const sender = UnixDatagram.bindSync({ autobind: true });
    const COUNT = 8000;
    const sent = sender.sendMany(Array.from({ length: COUNT }, (_, i) => ({ data: `${i}`, to })));
    for (let came = 0; came < COUNT; ) {
      const messages = await receiver.receiveMany({ most: 1000, timeout: 5000 });
      for (const data of texts(messages)) assert.is(data, `${came++}`);
    }
    assert.is(await sent, COUNT);
    for (const each of [receiver, sender]) each.closeSync();
  }),
);

t.test('datagrams of a batch come from whoever sent them', () =>
  withTempDir((folder) => {
    const receiver = UnixDatagram.bindSync(join(folder, 'r'));
    const senders = ['a', 'b'].map((name) => UnixDatagram.bindSync({ abstract: `${folder}/${name}` }));
    const nameless = UnixDatagram.connectSync(join(folder, 'r'));
    for (const each of senders)
      each.sendManySync([
        { data: '1', to: join(folder, 'r') },
        { data: '2', to: join(folder, 'r') },
      ]);
    nameless.sendSync('3');
    senders[0]?.sendManySync([{ data: '4', to: join(folder, 'r') }]);
    const address = (name: string) => ({ abstract: `${folder}/${name}` });
    assert.equal(
      receiver.receiveManySync().map(({ data, from }) => [data.toString(), from]),
      [
        ['1', address('a')],
        ['2', address('a')],
        ['1', address('b')],
        ['2', address('b')],
        ['3', undefined],
        ['4', address('a')],
      ],
    );
    for (const socket of [receiver, nameless, ...senders]) socket.closeSync();
  }),
);

t.test('close lets a batch that has begun finish, and takes no other', () =>
  withSockets('seqpacket', async (a, b) => {
    const sent = a.sendMany(Array.from({ length: 600 }, (_, i) => ({ data: `${i}` })));
    const closing = a.close();
    assert.is((await thrownBy(() => a.sendMany([{ data: 'x' }]))).code, 'ERR_CLOSED');
    assert.is((await thrownBy(() => a.sendManySync([{ data: 'x' }]))).code, 'ERR_CLOSED');
    const came: string[] = [];
    for (let some = await b.receiveMany(); some; some = await b.receiveMany()) came.push(...texts(some));
    await closing;
    assert.equal([await sent, came.length, came.at(-1)], [600, 600, '599']);
  }),
);

t.test('in a worker, too, descriptors of batches are passed, and closed when it ends', async () => {
  const out = await threads(
    `
    const [a, b] = socketpair({ type: 'seqpacket' });
    // What is collected before the worker ends is warned of.
    globalThis.kept = [a, b];
    const fd = fs.openSync('/dev/null');
    const messages = Array.from({ length: 20 }, () => ({ data: 'x', fds: [fd, fd] }));
    let count = 0;
    for (let i = 0; i < 5; i++) {
      a.sendManySync(messages);
      for (const { fds } of b.receiveManySync({ maxFds: 2 })) {
        count += fds.length;
        if (i < 4) closeAll(fds);
        else globalThis.kept.push(...fds);
      }
    }
    fs.closeSync(fd);
    parentPort.postMessage(count);
    `,
    `
    const before = [];
    // What the first opens is the process's own.
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(url);
      const exit = once(worker, 'exit');
      console.log(await once(worker, 'message'));
      await exit;
      if (i === 0) before.push(open());
    }
    await until(() => open() === before[0]);
    `,
  );
  assert.is(out, '200\n200\n200');
});

t.test('data that a getter among the descriptors takes away is missed when its turn comes, and nothing else is', () =>
  withSockets('seqpacket', async (a, b) => {
    const victim = new Uint8Array(5000).fill(1);
    const getter = {
      get fd() {
        structuredClone(victim, { transfer: [victim.buffer] });
        return 0;
      },
    };
    const error = (await thrownBy(() =>
      a.sendManySync([{ data: '1' }, { data: '2', fds: [getter] }, { data: victim }, { data: '4' }]),
    )) as AncillaryError;
    assert.equal([error.code, error.messagesSent], ['ERR_DATA_GONE', 2]);
    assert.equal(texts(b.receiveManySync({ maxFds: 1 })), ['1', '2']);
  }),
);

t.test('the numbers of the system calls that are made past musl are those of calls on descriptors', () => {
  const EBADF = 9;
  const numbers = SYS_MESSAGE[process.arch];
  for (const [name, number] of Object.entries(numbers ?? {})) assert.is(syscallOnNothing(number), -EBADF, name);
});

t.test('with all that sockets reserve, more than 1 MiB of the codec is left for encode, parse and walk', () => {
  for (const reserve of [incomingFrame, outgoingFrame, incomingBatch, outgoingBatch]) reserve();
  assert.ok(native().codec.arena.free > 1 << 20);
});

/** An OwnedFd that has been closed. */
function closedFd(): OwnedFd {
  const [a, b] = socketpair();
  a.sendSync('x', { fds: [0] });
  const [fd] = b.receiveSync({ maxFds: 1 })?.fds ?? [];
  for (const each of [a, b, fd]) each?.[Symbol.dispose]();
  return fd as OwnedFd;
}

/** Descriptors of /dev/null that belong to nobody else. */
async function receivedFds(count: number): Promise<OwnedFd[]> {
  return withFds(1, ([fd = -1]) =>
    withPair((a, b) => {
      a.sendSync('x', { fds: new Array(count).fill(fd) });
      return b.receiveSync({ maxFds: count })?.fds ?? [];
    }),
  );
}

function targetOpen(fd: number): boolean {
  try {
    return targetOf(fd) !== '';
  } catch {
    return false;
  }
}

t.run();
