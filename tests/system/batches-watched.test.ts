/** Batches while somebody looks on, or takes part: those who watch the channels, and getters among the descriptors. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { closeAll, type MessageTrace } from 'ancillary';
import { parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { TYPES, tell, withSockets } from '../support/batches.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('batches that are watched');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const type of TYPES) {
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

t.run();
