/** Batches in a process that has no descriptors left in the middle of one: what could not come is told, all else comes. */
import { type AncillaryError, closeAll, type Message, socketpair, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { enable, limitFiles } from '../support/native.js';
import { random, seed } from '../support/random.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

type Received = readonly (Message | AncillaryError)[];

/** Calls `fn` while this process may have exactly `free` descriptors more than it has. */
function withFree<T>(free: number, fn: () => T): T {
  const open = new Set(openFds());
  // The limit is one of numbers: those below it that are free can be had.
  let limit = 0;
  for (let left = free; left > 0 || open.has(limit); limit++) if (!open.has(limit)) left--;
  const before = limitFiles(0, limit);
  try {
    return fn();
  } finally {
    limitFiles(0, before);
  }
}

const pairs = (type: string) => socketpair({ type } as never) as unknown as [UnixStream, UnixStream];

const t = suite('batches at the limit');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const type of ['seqpacket', 'dgram']) {
  t.test(`${type}: where descriptors run out in a batch, each message that lost some is an error, and no other`, () =>
    withFds(4, async (fds) => {
      const [a, b] = pairs(type);
      const before = await settledFds();
      const { sent, error } = withFree(3, () => {
        const sent = a.sendManySync([
          { data: '1', fds: fds.slice(0, 1) },
          { data: '2' },
          { data: '3', fds },
          { data: '4' },
          { data: '5', fds: fds.slice(0, 2) },
        ]);
        try {
          b.receiveManySync({ maxFds: 253 });
        } catch (error) {
          return { sent, error: error as AncillaryError };
        }
        throw new Error('there was room');
      });
      assert.is(sent, 5);
      assert.is(error.code, 'ERR_TRUNCATED');
      assert.match(error.message, /RLIMIT_NOFILE/);
      const received = error.received as Received;
      const outcome = (each: Message | AncillaryError) =>
        each instanceof Error ? each.code : `${each.data} with ${each.fds.length}`;
      assert.equal(received.map(outcome), ['1 with 1', '2 with 0', 'ERR_TRUNCATED', '4 with 0', 'ERR_TRUNCATED']);
      assert.equal(
        [2, 4].map((i) => String(received[i]?.data)),
        ['3', '5'],
      );
      for (const i of [2, 4]) assert.match((received[i] as AncillaryError).message, /RLIMIT_NOFILE/);
      for (const each of received) if (!(each instanceof Error)) closeAll(each.fds);
      await untilOpen(before);
      a.sendManySync([{ data: 'x', fds }]);
      const [next] = b.receiveManySync({ maxFds: 4 }) ?? [];
      assert.is(next?.fds.length, 4);
      closeAll(next?.fds ?? []);
      for (const each of [a, b]) each.closeSync();
    }),
  );

  t.test(`${type}: a batch that has to wait and finds no descriptors for its duplicates says how far it came`, () =>
    withFds(2, async (fds) => {
      const [a, b] = pairs(type);
      const before = await settledFds();
      const waiting = withFree(3, () => a.sendMany(Array.from({ length: 3000 }, () => ({ data: 'x', fds }))));
      const error = (await thrownBy(() => waiting)) as AncillaryError;
      assert.is(error.code, 'EMFILE');
      let came = 0;
      for (;;) {
        try {
          for (const message of b.receiveManySync({ maxFds: 2 }) ?? []) {
            came++;
            closeAll(message.fds);
          }
        } catch (error) {
          assert.is((error as AncillaryError).code, 'EAGAIN');
          break;
        }
      }
      assert.is(error.messagesSent, came);
      await untilOpen(before);
      for (const each of [a, b]) each.closeSync();
    }),
  );

  t.test(
    `${type}: random batches, limits and rooms leave nothing open, and every record is accounted for`,
    async () => {
      const from = seed();
      const { below, pick } = random(from);
      const before = await settledFds();
      await withFds(3, async (fds) => {
        const [a, b] = pairs(type);
        // Nothing here waits for what closes aside.
        let sent = 0;
        let came = 0;
        for (let round = 0; round < 200; round++) {
          const messages = Array.from({ length: below(10) + 1 }, () => ({
            data: Buffer.alloc(pick([0, 1, 100, 5000])),
            fds: fds.slice(0, below(4)),
          }));
          const receive = () => {
            try {
              return (
                b.receiveManySync({
                  most: pick([1, 5, 64]),
                  maxFds: pick([0, 1, 3]),
                  maxData: pick([10, 65536, 2 ** 21]),
                }) ?? []
              );
            } catch (error) {
              const { code, received } = error as AncillaryError;
              if (code === 'EAGAIN') return [];
              assert.is(code, 'ERR_TRUNCATED', (error as Error).message);
              return received ?? [error as AncillaryError];
            }
          };
          try {
            sent += a.sendManySync(messages);
          } catch (error) {
            assert.is((error as AncillaryError).code, 'EAGAIN');
          }
          const outcomes = (below(2) === 0 ? withFree(below(6), receive) : receive()) as Received;
          came += outcomes.length;
          for (const each of outcomes) if (!(each instanceof Error)) closeAll(each.fds);
          if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
        for (let last = -1; last !== came; ) {
          last = came;
          try {
            const rest = b.receiveManySync({ maxFds: 3 }) ?? [];
            came += rest.length;
            for (const each of rest) closeAll(each.fds);
          } catch (error) {
            assert.is((error as AncillaryError).code, 'EAGAIN');
          }
        }
        assert.is(came, sent, `seed ${from}`);
        for (const each of [a, b]) each.closeSync();
      });
      await untilOpen(before);
    },
  );
}

const SO_PASSPIDFD = 76;
const probe = pairs('dgram');
const hasPidfd = enable(probe[1].fd, SO_PASSPIDFD) === 0;
for (const each of probe) each.closeSync();
for (const type of ['stream', 'seqpacket', 'dgram']) {
  const title = `${type}: a pidfd that could not be opened is its errno among the messages, and no descriptor`;
  if (!hasPidfd) t.skip(title, 'this kernel has no SO_PASSPIDFD');
  else {
    t.test(title, async () => {
      const [a, b] = socketpair({ type, pidfd: true } as never) as unknown as [UnixStream, UnixStream];
      const before = await settledFds();
      a.sendSync('x');
      a.sendSync('y');
      const taken = withFree(0, () => {
        const one = b.receiveSync({ maxData: 1 });
        const [many] = b.receiveManySync() ?? [];
        return [one, many];
      });
      for (const [i, message] of taken.entries()) {
        assert.equal([message?.data.toString(), message?.pidfd, message?.fds], ['xy'[i], undefined, []]);
        const EMFILE = 24;
        const SCM_PIDFD = 4;
        assert.equal(
          message?.messages.map(({ level, type, pidfd }) => [level, type, pidfd]),
          [[1, SCM_PIDFD, -EMFILE]],
        );
      }
      await untilOpen(before);
      a.sendSync('z');
      const message = b.receiveSync();
      assert.ok((message?.pidfd?.fd ?? -1) >= 0);
      message?.pidfd?.close();
      for (const each of [a, b]) each.closeSync();
    });
  }
}

t.run();
