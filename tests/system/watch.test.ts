/** The ways in which the event loop learns of an event; which one a process uses depends on where it runs. */
import * as assert from 'uvu/assert';
import { EPOLLIN } from '../../host/libc/constants.js';
import { Epoll } from '../../host/reactor/epoll.js';
import type { Watch } from '../../host/reactor/watch.js';
import { watchByKoffi } from '../../host/reactor/watch-by-koffi.js';
import { watchByLibuv } from '../../host/reactor/watch-by-libuv.js';
import { watchByPool } from '../../host/reactor/watch-by-pool.js';
import { socketpair } from '../../host/socket/socketpair.js';
import { sleep, until } from '../support/process.js';
import { suite } from '../support/suite.js';

const ways: Record<string, (epoll: number, onReady: () => void) => Watch | undefined> = {
  libuv: watchByLibuv,
  koffi: watchByKoffi,
  pool: watchByPool,
};

for (const [name, watch] of Object.entries(ways)) {
  const t = suite(`watch by ${name}`);

  t.test('tells of events from its start on, as often as they come, and of none after its stop', async () => {
    const epoll = new Epoll();
    const [a, b] = socketpair();
    epoll.arm(b.fd, EPOLLIN, false);
    let told = 0;
    const watching = watch(epoll.fd, () => {
      told++;
      epoll.poll((fd) => assert.is(fd, b.fd));
      b.receiveSync();
    });
    assert.ok(watching);
    watching?.start();
    await sleep(100);
    assert.is(told, 0);
    for (let i = 1; i <= 3; i++) {
      const before = told;
      a.sendSync('x');
      await until('the event is told of', () => told > before);
      await sleep(20);
    }
    watching?.stop();
    epoll.disarm(b.fd);
    const after = told;
    a.sendSync('x');
    await sleep(100);
    assert.is(told, after);
    a.closeSync();
    b.closeSync();
  });

  t.test('what is awaited goes on after an event, without waiting for another', async () => {
    const epoll = new Epoll();
    const [a, b] = socketpair();
    epoll.arm(b.fd, EPOLLIN, false);
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const watching = watch(epoll.fd, () => {
        epoll.disarm(b.fd);
        watching?.stop();
        resolve();
      });
      watching?.start();
      // It would wake the loop, as anything else does: long after.
      timer = setTimeout(() => {
        isLate = true;
      }, 20_000);
      a.sendSync('x');
    });
    clearTimeout(timer);
    assert.not(isLate);
    a.closeSync();
    b.closeSync();
  });

  t.run();
}
