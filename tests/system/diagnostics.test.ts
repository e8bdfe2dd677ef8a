/** The diagnostics channels publish the control bytes of every call as the kernel saw them. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeSync, openSync } from 'node:fs';
import { closeAll, type Message, type MessageTrace } from 'ancillary';
import { abis, parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds } from '../support/descriptors.js';
import { targetOf, withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { variants } from '../support/variants.js';

/** What both channels publish while `fn` runs. */
async function traces(fn: () => Promise<void>): Promise<{ sent: MessageTrace[]; received: MessageTrace[] }> {
  const sent: MessageTrace[] = [];
  const received: MessageTrace[] = [];
  const onSent = (trace: unknown) => sent.push(trace as MessageTrace);
  const onReceived = (trace: unknown) => received.push(trace as MessageTrace);
  subscribe('ancillary:sendmsg', onSent);
  subscribe('ancillary:recvmsg', onReceived);
  try {
    await fn();
  } finally {
    unsubscribe('ancillary:sendmsg', onSent);
    unsubscribe('ancillary:recvmsg', onReceived);
  }
  return { sent, received };
}

const t = suite('diagnostics');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

t.test('control bytes are those that parse() understands, for descriptors and credentials', () =>
  withFds(3, (fds) =>
    withPair(
      async (a, b) => {
        let came: number[] = [];
        const { sent, received } = await traces(async () => {
          a.sendSync('hello', { fds, credentials: true });
          const message = arrived(b.receiveSync({ maxFds: 3 }));
          came = message.fds.map(({ fd }) => fd);
          closeAll(message.fds);
        });
        const me = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
        for (const [trace, fd, numbers] of [
          [sent[0], a.fd, fds],
          [received[0], b.fd, came],
        ] as const) {
          assert.equal([trace?.fd, trace?.bytes], [fd, 5]);
          assert.ok(abis().some(({ id }) => id === trace?.abi));
          const { messages, problem } = parse(trace?.abi ?? '', trace?.control ?? new Uint8Array());
          assert.is(problem, undefined);
          assert.equal(messages.find((message) => message.fds)?.fds, numbers);
          assert.equal(messages.find((message) => message.credentials)?.credentials, me);
        }
        assert.equal([sent.length, received.length], [1, 1]);
      },
      { credentials: true },
    ),
  ),
);

t.test('control messages that were given as such are among the control bytes of what was sent, behind the others', () =>
  withFds(2, (fds) =>
    withPair(async (a, b) => {
      const credentials = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
      const message = { data: 'x', fds, control: [{ credentials }] };
      const { sent } = await traces(async () => {
        a.sendSync('x', { fds, control: message.control });
        a.sendManySync([message, { data: 'y', control: message.control }, { data: 'z' }]);
        for (let left = 4; left > 0; ) {
          const { data, fds: came } = arrived(b.receiveSync({ maxFds: 2 }));
          closeAll(came);
          left -= data.length;
        }
      });
      assert.equal(
        sent.map(({ abi, control }) => parse(abi, control).messages.map((each) => each.fds ?? each.credentials)),
        [[fds, credentials], [fds, credentials], [credentials], []],
      );
    }),
  ),
);

t.test('a trace is a copy, which later calls leave as it is', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      const { sent } = await traces(async () => {
        a.sendSync('x', { fds });
        a.sendSync('y');
        assert.is(arrived(b.receiveSync({ maxFds: 1 })).data.length + arrived(b.receiveSync()).data.length, 2);
      });
      assert.equal(parse(sent[0]?.abi ?? '', sent[0]?.control ?? new Uint8Array()).messages[0]?.fds, fds);
      assert.is(sent[1]?.control.length, 0);
    }),
  ),
);

for (const v of variants) {
  t.test(`a subscriber may receive on another socket within a receive (${v.name}): each has its own message`, () =>
    withFds(1, (fds) =>
      withPair((a, b) =>
        withPair(async (c, d) => {
          const special = openSync('/dev/zero', 'r');
          a.sendSync('outer', { fds });
          c.sendSync('the inner one', { fds: [special, ...fds] });
          closeSync(special);
          const before = openFds();
          const messages: Message[] = [];
          const onReceived = (trace: unknown) => {
            if ((trace as MessageTrace).fd === b.fd) messages.push(arrived(d.receiveSync({ maxFds: 2 })));
          };
          subscribe('ancillary:recvmsg', onReceived);
          try {
            messages.push(arrived(await v.receive(b, { maxFds: 1 })));
          } finally {
            unsubscribe('ancillary:recvmsg', onReceived);
          }
          assert.equal(
            messages.map(({ data, fds }) => [data.toString(), ...fds.map(({ fd }) => targetOf(fd))]),
            [
              ['the inner one', '/dev/zero', '/dev/null'],
              ['outer', '/dev/null'],
            ],
          );
          closeAll(messages.flatMap((message) => message.fds));
          assert.equal(openFds(), before);
        }),
      ),
    ),
  );
}

t.test('a call that fails publishes nothing: no message crossed', () =>
  withPair(async (a, b) => {
    const { sent, received } = await traces(async () => {
      assert.throws(() => b.receiveSync());
      b.closeSync();
      assert.throws(() => a.sendSync('x'));
    });
    assert.equal([...sent, ...received], []);
  }),
);

t.test('a message that is refused is published too: it came', () =>
  withFds(2, (fds) =>
    withPair(async (a, b) => {
      const { received } = await traces(async () => {
        a.sendSync('x', { fds });
        assert.throws(() => b.receiveSync({ maxFds: 1 }), /raise maxFds/);
      });
      assert.equal(
        received.map(({ fd, bytes, control }) => [fd, bytes, control.length]),
        [[b.fd, 1, 24]],
      );
    }),
  ),
);

t.run();
