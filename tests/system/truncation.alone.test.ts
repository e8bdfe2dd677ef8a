/** What comes and was not asked for, or does not fit: an error that carries the data, and no descriptor left open. */
import { type AncillaryError, closeAll, type ReceiveOptions, type UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { enable } from '../support/native.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

type Receive = (stream: UnixStream, options: ReceiveOptions) => unknown;
const variants: [string, Receive][] = [
  ['async', (stream, options) => stream.receive(options)],
  ['sync', (stream, options) => stream.receiveSync(options)],
  ['event style', (stream, options) => stream.forEachMessage(() => assert.unreachable(), options)],
];

const MSG_CMSG_CLOEXEC = 0x40000000;
const t = suite('truncation');

// What the reactor opens, it opens once: before anything is counted.
t.before(() => withPair((a) => thrownBy(() => a.receive({ timeout: 1 }))));

for (const [name, receive] of variants) {
  for (const [sent, maxFds] of [
    [1, 0],
    [253, 0],
    [2, 1],
    [3, 1],
    [3, 2],
    [253, 252],
  ] as const) {
    for (const credentials of [false, true]) {
      t.test(`${name}: ${sent} sent, ${maxFds} asked for${credentials ? ', with credentials' : ''}`, () =>
        withFds(sent, (fds) =>
          withPair(
            async (a, b) => {
              const before = openFds();
              a.sendSync('payload', { fds });
              const error = (await thrownBy(() => receive(b, maxFds > 0 ? { maxFds } : {}))) as AncillaryError;
              assert.is(error.code, 'ERR_TRUNCATED');
              assert.match(error.message, /raise maxFds/);
              assert.is(Buffer.from(error.data ?? []).toString(), 'payload');
              assert.type(error.flags, 'number');
              await untilOpen(before);
              // The stream goes on.
              a.sendSync('next', { fds: fds.slice(0, 1) });
              const { data, fds: received } = arrived(await b.receive({ maxFds: 1 }));
              assert.equal([data.toString(), received.length], ['next', 1]);
              closeAll(received);
            },
            { credentials },
          ),
        ),
      );
    }
  }
}

t.test('the error carries flags and credentials as they came', () =>
  withFds(5, (fds) =>
    withPair(
      async (a, b) => {
        const before = openFds();
        a.sendSync('x', { fds });
        const error = (await thrownBy(() => b.receiveSync({ maxFds: 1 }))) as AncillaryError & { credentials?: object };
        await untilOpen(before);
        assert.is(error.flags, MSG_CMSG_CLOEXEC);
        assert.equal(error.credentials, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
      },
      { credentials: true },
    ),
  ),
);

const SO_PASSPIDFD = 76;
t.test('a pidfd that nobody asked the library for is closed, and the descriptors come', () =>
  withFds(2, (fds) =>
    withPair(async (a, b) => {
      // Before Linux 6.5 there are none, and nothing to close.
      enable(b.fd, SO_PASSPIDFD);
      const before = openFds();
      a.sendSync('x', { fds });
      const { data, fds: received } = arrived(await b.receive({ maxFds: 253 }));
      assert.equal([data.toString(), received.length], ['x', 2]);
      closeAll(received);
      await untilOpen(before);
    }),
  ),
);

t.run();
