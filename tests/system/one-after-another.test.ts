/** Messages one after the other, of every kind, through one frame: none is taken for what came before it. */
import { fstatSync } from 'node:fs';
import { closeAll, type Message, socketpair } from 'ancillary';
import * as assert from 'uvu/assert';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { random, seed } from '../support/random.js';
import { withFds } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('one-after-another');

/** Each has control messages of its own beside the descriptors. */
const kinds = [{}, { credentials: true }, { timestamps: true }, { credentials: true, timestamps: true }] as const;
const types = ['dgram', 'seqpacket'] as const;

const inodeOf = (fd: number) => fstatSync(fd).ino;

for (const many of [false, true]) {
  const title = `random messages on many sockets bring each its own descriptors, credentials and times, ${many ? 'many at a time' : 'one by one'}`;
  t.test(title, () =>
    withFds(9, async (fds) => {
      const { below, pick } = random(seed());
      const before = await settledFds();
      const pairs = types.flatMap((type) =>
        kinds.map((kind) => ({ kind, pair: socketpair({ type: type as 'dgram', ...kind, maxFds: 9 }) })),
      );
      // Told apart by their inodes, as far as they have one of their own.
      const sendable = [...fds, ...pairs.map(({ pair: [left] }) => left.fd)];
      for (let round = 0; round < 300; round++) {
        const { kind, pair } = pick(pairs);
        const [left, right] = pair;
        const count = 1 + below(many ? 6 : 1);
        const sent = Array.from({ length: count }, () => ({
          data: Buffer.alloc(below(3) * 40, round),
          fds: Array.from({ length: pick([0, 1, 1, 2, 3, 8]) }, () => pick(sendable)),
        }));
        for (const { data, fds } of sent) left.sendSync(data, { fds });
        // Now and then one is refused in between: its descriptors are closed, and nothing of it is left.
        if (below(5) === 0) {
          left.sendSync('x', { fds: fds.slice(0, 3) });
          for (const message of sent) check(right.receiveSync() as Message, message, kind);
          assert.is(
            (await thrownBy(async () => right.receiveSync({ maxFds: 2 })))?.message.includes('descriptors'),
            true,
          );
          continue;
        }
        const received = many ? right.receiveManySync() : [right.receiveSync()];
        assert.is(received.length, count);
        for (const [i, message] of sent.entries()) check(received[i] as Message, message, kind);
      }
      for (const { pair } of pairs) for (const socket of pair) socket.closeSync();
      await untilOpen(before);
    }),
  );
}

function check(
  { data, fds, credentials, messages }: Message,
  sent: { data: Buffer; fds: number[] },
  kind: { credentials?: boolean; timestamps?: boolean },
): void {
  try {
    assert.equal(data, sent.data);
    assert.equal(
      fds.map((owned) => owned.stat().ino),
      sent.fds.map(inodeOf),
    );
    assert.is(credentials?.pid, kind.credentials ? process.pid : undefined);
    assert.is(messages.length, kind.timestamps ? 1 : 0);
  } finally {
    closeAll(fds);
  }
}

t.run();
