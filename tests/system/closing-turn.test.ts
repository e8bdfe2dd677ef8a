/** Of all threads one at a time closes aside: the turn is a lock that no other holds, and for which nobody waits. */
import { closeSync, openSync } from 'node:fs';
import { socketpair } from 'ancillary';
import koffi from 'koffi';
import * as assert from 'uvu/assert';
import { openFds, untilOpen } from '../support/descriptors.js';
import { sleep } from '../support/process.js';
import { withFds } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('closing-turn');

const flock = koffi.load(null).func('int flock(int, int)');
const LOCK = { shared: 1, exclusive: 2 };

for (const [name, operation] of Object.entries(LOCK)) {
  t.test(`while another has the turn (${name}) what is refused stays open and holds up nobody; then it is closed`, () =>
    withFds(2, async (fds) => {
      const [a, b] = socketpair();
      await thrownBy(() => b.receive({ timeout: 1 }));
      const lock = openSync('/proc/self/environ', 'r');
      try {
        const before = openFds();
        assert.is(flock(lock, operation), 0);
        a.sendSync('x', { fds });
        assert.is((await thrownBy(() => b.receive({ maxFds: 1 }))).code, 'ERR_TRUNCATED');
        const [more] = openFds().filter((fd) => !before.includes(fd));
        assert.ok(more !== undefined);
        for (let i = 0; i < 10; i++) {
          await sleep(5);
          assert.ok(openFds().includes(more as number), `closed after ${i}`);
        }
        const LOCK_UN = 8;
        assert.is(flock(lock, LOCK_UN), 0);
        await untilOpen(before);
      } finally {
        closeSync(lock);
        for (const end of [a, b]) end.closeSync();
      }
    }),
  );
}

t.run();
