/** sendMany and receiveMany: each message as if it had been sent and received alone, and none lost in any case. */
import { closeSync, openSync } from 'node:fs';
import {
  type AncillaryError,
  closeAll,
  type Message,
  type MessageToSend,
  type OwnedFd,
  socketpair,
  type UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { SYS_MESSAGE } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { incomingBatch } from '../../host/socket/frame/incoming-batch.js';
import { incomingFrame } from '../../host/socket/frame/incoming-frame.js';
import { outgoingBatch } from '../../host/socket/frame/outgoing-batch.js';
import { outgoingFrame } from '../../host/socket/frame/outgoing-frame.js';
import { drain, TYPES, tell, texts, withSockets } from '../support/batches.js';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { growSendBuffer, syscallOnNothing } from '../support/native.js';
import { sleep } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { targetOf, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { threads } from '../support/threads.js';

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
      const waiting = b.receiveMany({ timeout: 20_000 });
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
}

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

t.run();
