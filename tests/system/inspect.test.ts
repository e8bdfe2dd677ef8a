/** What console.log shows of the library's objects. */
import { inspect } from 'node:util';
import { closeAll } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('inspect');

t.test('a stream and a descriptor show what they are, open and closed', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      a.sendSync('x', { fds });
      const { fds: received } = arrived(b.receiveSync({ maxFds: 1 }));
      const [fd] = received;
      assert.is(inspect(a), `UnixStream { fd: ${a.fd}, peer: 'socketpair ${a.fd}' }`);
      assert.is(inspect({ fd }), `{ fd: OwnedFd { fd: ${fd?.fd} } }`);
      closeAll(received);
      const label = `socketpair ${a.fd}`;
      a.closeSync();
      assert.is(inspect(a), `UnixStream { closed, peer: '${label}' }`);
      assert.is(inspect(fd), 'OwnedFd { closed }');
    }),
  ),
);

t.test('an error shows what it carries and nothing else', () =>
  withPair(async (_, b) => {
    const error = await thrownBy(() => b.receiveSync());
    assert.match(inspect(error), /code: 'EAGAIN'/);
    assert.not.match(inspect(error), /undefined/);
  }),
);

t.run();
