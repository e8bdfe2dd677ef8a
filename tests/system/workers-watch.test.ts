/** How the loop of a worker learns of an event: each way in a worker of its own, which is this very file. */
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { EPOLLIN } from '../../host/libc/constants.js';
import { ENOTSOCK } from '../../host/libc/errno.js';
import { Epoll } from '../../host/reactor/epoll.js';
import { handleOf, watchByDgram } from '../../host/reactor/watch-by-dgram.js';
import { watchByPool } from '../../host/reactor/watch-by-pool.js';
import { watchInWorker } from '../../host/reactor/watch-in-worker.js';
import type { Watch } from '../../host/reactor/watch-type.js';
import { socketpair } from '../../host/socket/socketpair.js';
import { sleep, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { inWorker } from '../support/threads.js';

type Handle = NonNullable<ReturnType<typeof handleOf>>;
type Way = (epoll: number, onReady: () => void) => Watch | undefined;

const never = () => assert.unreachable('it has failed');
const hidden = () => undefined;
/** A handle that takes everything and tells of nothing. */
const dumb = (socket: Socket): Handle => {
  const handle = handleOf(socket) as Handle;
  return { open: (fd) => handle.open(fd), recvStart: () => 0, onmessage: never };
};
const refusing = (): Handle => ({ open: () => -1, recvStart: () => 0, onmessage: never });

const ways: Record<string, Way> = {
  'a handle': (epoll, onReady) => watchByDgram(epoll, onReady, never),
  'the public socket': (epoll, onReady) => watchByDgram(epoll, onReady, never, hidden),
  'the pool': watchByPool,
  'the pool, where handles tell of nothing': (epoll, onReady) => watchInWorker(epoll, onReady, dumb),
  'the pool, where handles are refused': (epoll, onReady) => watchInWorker(epoll, onReady, refusing),
};

/** An epoll instance that waits for `b` to have what `a` sends. */
function waitingPair() {
  const epoll = new Epoll();
  const [a, b] = socketpair();
  epoll.arm(b.fd, EPOLLIN, false);
  return { epoll, a, b };
}

const work: Record<string, (way: Way) => Promise<void>> = {
  async 'tells of events from its start on, as often as they come'(way) {
    const { epoll, a, b } = waitingPair();
    let told = 0;
    const watch = way(epoll.fd, () => {
      if (b.closed) return;
      // The proof that events come is one too.
      epoll.poll((fd) => {
        if (fd !== b.fd) return;
        b.receiveSync();
        told++;
      });
    });
    watch?.start();
    for (let i = 1; i <= 20; i++) {
      a.sendSync('x');
      await until('the event is told of', () => told === i);
    }
    watch?.stop();
    a.closeSync();
    b.closeSync();
    parentPort?.postMessage('told');
  },
  async 'keeps the loop alive from start to stop'(way) {
    const { epoll, a, b } = waitingPair();
    const watch = way(epoll.fd, () => {
      epoll.poll((fd) => {
        if (b.closed || fd !== b.fd) return;
        epoll.disarm(fd);
        b.closeSync();
        watch?.stop();
        parentPort?.postMessage('told');
      });
    });
    watch?.start();
    // Nothing else keeps it.
    setTimeout(() => a.sendSync('x'), 60).unref();
    setTimeout(() => a.sendSync('x'), 120).unref();
  },
  async 'goes on with what is awaited after an event'(way) {
    const { epoll, a, b } = waitingPair();
    await new Promise<void>((resolve) => {
      const watch = way(epoll.fd, () => {
        epoll.poll((fd) => {
          if (fd !== b.fd) return;
          epoll.disarm(b.fd);
          watch?.stop();
          resolve();
        });
      });
      watch?.start();
      a.sendSync('x');
    });
    parentPort?.postMessage('told');
  },
};

/** Waits until it is terminated. */
function waitForEver(way: Way): void {
  const { epoll, a, b } = waitingPair();
  way(epoll.fd, () => epoll.poll((fd) => fd === b.fd && b.receiveSync()))?.start();
  a.sendSync('x');
  parentPort?.postMessage('waits');
}

/** A watch through a handle that is open, and the function that tells it of events. */
async function openHandle() {
  let handle: Handle | undefined;
  let failures = 0;
  const { epoll, a, b } = waitingPair();
  const fail = () => {
    failures++;
  };
  const find = (socket: Socket) => {
    handle = handleOf(socket);
    return handle;
  };
  watchByDgram(epoll.fd, () => undefined, fail, find);
  // Until it has proven itself.
  await sleep(20);
  const tell = (count: number, times: number) => {
    for (let i = 0; i < times; i++) handle?.onmessage(count);
    return failures;
  };
  return { a, b, tell };
}

const single: Record<string, () => Promise<void>> = {
  async 'a handle is left, once, when many events come for nothing'() {
    const { tell } = await openHandle();
    assert.is(tell(-ENOTSOCK, 500), 0);
    assert.is(tell(-ENOTSOCK, 5000), 1);
  },
  async 'a handle is kept while something is ready'() {
    const { a, tell } = await openHandle();
    a.sendSync('x');
    assert.is(tell(-ENOTSOCK, 5000), 0);
  },
  async 'a handle whose descriptor has become something else is left soon'() {
    const { tell } = await openHandle();
    assert.is(tell(1, 15), 0);
    assert.is(tell(1, 1), 1);
  },
};

if (isMainThread) {
  const t = suite('watch in a worker');
  for (const way of Object.keys(ways)) {
    for (const name of Object.keys(work)) {
      t.test(`by ${way}: ${name}`, async () => assert.is(await inWorker(import.meta.url, [way, name]), 'told'));
    }
    t.test(`by ${way}: may be terminated at any time`, async () => {
      for (let i = 0; i < 5; i++) {
        const worker = new Worker(new URL(import.meta.url), { workerData: [way] });
        await once(worker, 'message');
        await sleep(i % 4);
        assert.is(await worker.terminate(), 1);
      }
    });
  }
  for (const name of Object.keys(single)) t.test(name, () => inWorker(import.meta.url, [undefined, name]));
  t.run();
} else {
  const [way, name] = workerData as [string | undefined, string | undefined];
  if (way === undefined) await single[name as string]?.();
  else if (name === undefined) waitForEver(ways[way] as Way);
  else await work[name]?.(ways[way] as Way);
}
