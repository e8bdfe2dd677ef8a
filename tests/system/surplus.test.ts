/** Data, options and callbacks given where no argument is: refused, since they would be lost without a word. */
import { pipe, socketpair, UdpSocket, UnixListener, type UnixSeqpacket, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds } from '../support/descriptors.js';
import { withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { openWhatStays } from '../support/warm.js';

const t = suite('surplus');
t.before(openWhatStays);

/** As a program without types calls it. */
type Untyped = (...args: unknown[]) => unknown;
const local = { address: '127.0.0.1', port: 0 };

const TABLE: { name: string; in: () => unknown; err: RegExp }[] = [
  ...(['bind', 'bindSync', 'connect', 'connectSync'] as const).map((api) => ({
    name: `UdpSocket.${api} with options behind the address`,
    in: () => (UdpSocket[api] as Untyped)({ ...local, port: 9 }, { ttl: true }),
    err: new RegExp(`^${api} has no argument like an object: address and options are one object$`),
  })),
  {
    name: 'pipe with options',
    in: () => (pipe as Untyped)({ nonblocking: true }),
    err: /^pipe has no argument like an object: it has no options$/,
  },
];
for (const { name, in: call, err } of TABLE) {
  t.test(`${name} is refused, and opens nothing`, async () => {
    const before = openFds();
    const { code, message } = await thrownBy(call);
    assert.is(code, 'ERR_INVALID_ARGUMENT');
    assert.match(message, err);
    assert.equal(openFds(), before);
  });
}

for (const type of ['stream', 'seqpacket'] as const) {
  t.test(`end of a ${type} with data is refused, and does not end it`, async () => {
    const [a, b] = socketpair({ type }) as [UnixStream | UnixSeqpacket, UnixStream | UnixSeqpacket];
    const { code, message } = await thrownBy(() => (a.end as Untyped).call(a, 'bye'));
    assert.equal(
      [code, message],
      [
        'ERR_INVALID_ARGUMENT',
        "end has no argument like 'bye': send data before, and await the promise that it returns",
      ],
    );
    assert.is(await a.send('x'), 1);
    a.closeSync();
    b.closeSync();
  });
}

t.test('close with a callback is refused, and closes nothing; what an event brings along is not', () =>
  withPair(async (a) => {
    const listener = UnixListener.listenSync({ autobind: true });
    for (const each of [a, listener]) {
      const { code, message } = await thrownBy(() => (each.close as Untyped).call(each, () => {}));
      assert.equal(
        [code, message, each.closed],
        ['ERR_INVALID_ARGUMENT', 'close has no argument like a function: await the promise that it returns', false],
      );
      await (each.close as Untyped).call(each, 'SIGTERM', 15);
      assert.ok(each.closed);
    }
  }),
);

t.run();
