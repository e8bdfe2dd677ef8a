/** Batches that are not sent to their end: how far they came is told, and nothing is held or lost for it. */
import { closeSync, openSync } from 'node:fs';
import { type AncillaryError, closeAll, type MessageToSend, type OwnedFd } from 'ancillary';
import * as assert from 'uvu/assert';
import { closedFd, drain, receivedFds, TYPES, targetOpen, tell, texts, withSockets } from '../support/batches.js';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('batches that fail');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const type of TYPES) {
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
            for (const each of tell(await b.receiveMany({ maxFds: 2, timeout: 20_000 }))) {
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
}

t.run();
