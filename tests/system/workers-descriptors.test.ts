/** What a worker owns, closes and gives away: the worker is this very file. */
import { closeSync, openSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import * as assert from 'uvu/assert';
import { closeAll } from '../../host/fd/close-all.js';
import { closeAside } from '../../host/fd/close-aside.js';
import { closeFd, numberOf, ownFd } from '../../host/fd/owned-fd.js';
import { closeInWorker, keepInWorker, releaseInWorker } from '../../host/fd/worker-descriptors.js';
import { F_DUPFD_CLOEXEC } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { openFds } from '../support/descriptors.js';
import { limitFiles } from '../support/native.js';
import { until } from '../support/process.js';
import { isCloseOnExec, targetOf } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { inWorker } from '../support/threads.js';

/** A descriptor as the kernel gives it, of which Node knows nothing. */
function receive(): number {
  const known = openSync('/dev/null', 'r');
  const fd = native().libc.fcntl(known, F_DUPFD_CLOEXEC, 0);
  closeSync(known);
  return fd;
}

const isOpen = (fd: number) => openFds().includes(fd);

/** Runs `fn` while no further descriptor can be had. */
function atLimit<T>(fn: () => T): T {
  const lowest = openSync('/dev/null', 'r');
  closeSync(lowest);
  const before = limitFiles(0, lowest);
  try {
    return fn();
  } finally {
    limitFiles(0, before);
  }
}

/** What is done in the worker; the numbers that it returns must be open, or closed, when the worker has ended. */
interface Outcome {
  open?: number[];
  closed?: number[];
}

const works: Record<string, () => Outcome | Promise<Outcome>> = {
  'what is kept is the same file under another number, close-on-exec, and closed at the end'() {
    const fd = receive();
    const kept = keepInWorker(fd);
    assert.is.not(kept, fd);
    assert.not(isOpen(fd));
    assert.is(targetOf(kept), '/dev/null');
    assert.ok(isCloseOnExec(kept));
    return { closed: [kept] };
  },
  'what is closed is closed at once'() {
    const kept = keepInWorker(receive());
    assert.is(closeInWorker(kept), 0);
    assert.not(isOpen(kept));
    assert.is(closeInWorker(kept), 9);
    return {};
  },
  'a number that was closed is not closed again at the end, whoever has it then'() {
    const { fcntl } = native().libc;
    const kept = keepInWorker(receive());
    closeInWorker(kept);
    const stranger = fcntl(0, F_DUPFD_CLOEXEC, kept);
    assert.is(stranger, kept);
    return { open: [stranger] };
  },
  'nor is one that was opened with node:fs and closed here'() {
    const { fcntl } = native().libc;
    const opened = openSync('/dev/null', 'r');
    closeFd(opened);
    const stranger = fcntl(0, F_DUPFD_CLOEXEC, opened);
    assert.is(stranger, opened);
    return { open: [stranger] };
  },
  'what is released stays open'() {
    const kept = keepInWorker(receive());
    const released = releaseInWorker(kept);
    assert.not(isOpen(kept));
    assert.is(targetOf(released), '/dev/null');
    assert.ok(isCloseOnExec(released));
    return { open: [released], closed: [kept] };
  },
  'an OwnedFd is closed at the end, also when its number was lent; one released is not'() {
    const [a, b, c] = [1, 2, 3].map(() => ownFd(receive(), 'made by a test'));
    const lent = b?.fd as number;
    const released = c?.release() as number;
    assert.ok(c?.closed);
    (globalThis as { held?: unknown }).held = [a, b];
    return { closed: [a && numberOf(a), lent] as number[], open: [released] };
  },
  'an OwnedFd is closed by close, by using and by closeAll'() {
    const owned = Array.from({ length: 6 }, () => ownFd(receive(), 'made by a test'));
    const numbers = owned.map(numberOf);
    owned[0]?.close();
    owned[1]?.[Symbol.dispose]();
    closeAll(owned);
    assert.equal(numbers.filter(isOpen), []);
    return {};
  },
  'what closeAll has closed is not closed again at the end, whoever has the numbers then'() {
    const { fcntl } = native().libc;
    const owned = Array.from({ length: 6 }, () => ownFd(receive(), 'made by a test'));
    const numbers = owned.map(numberOf);
    assert.ok(
      numbers.some((fd) => numbers.includes(fd + 1)),
      'there are consecutive ones',
    );
    closeAll(owned);
    const strangers = numbers.map((fd) => fcntl(0, F_DUPFD_CLOEXEC, fd));
    assert.equal(strangers, numbers);
    return { open: strangers };
  },
  async 'a collected OwnedFd is closed, off the event loop'() {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const fd = numberOf(ownFd(receive(), 'made by a test'));
    process.removeAllListeners('warning');
    await until('it is collected and closed', () => {
      gc();
      return !isOpen(fd);
    });
    return {};
  },
  async 'what came unasked is closed, off the event loop'() {
    const fds = Array.from({ length: 5 }, () => keepInWorker(receive()));
    closeAside(fds);
    await until('they are closed', () => !fds.some(isOpen));
    return {};
  },
  'what came unasked is closed even when the worker ends before its turn'() {
    closeAside(Array.from({ length: 5 }, () => keepInWorker(receive())));
    return process.exit();
  },
  'a flood of what came unasked is closed too, as far as it exceeds the queue at once'() {
    const fds = Array.from({ length: 600 }, () => keepInWorker(receive()));
    closeAside(fds.slice(0, 300));
    closeAside(fds.slice(300));
    // 512 may stand in line, and one is being closed.
    assert.ok(fds.filter(isOpen).length <= 513);
    return process.exit();
  },
  'at the limit of open files a descriptor keeps its number, and is closed at the end'() {
    const [fd, other] = [receive(), receive()];
    assert.equal(
      atLimit(() => [keepInWorker(fd), keepInWorker(other)]),
      [fd, other],
    );
    assert.is(closeInWorker(other), 0);
    assert.not(isOpen(other));
    return { closed: [fd] };
  },
  'at the limit of open files the first descriptor is kept without a word, and the next as usual'() {
    const fd = receive();
    assert.is(
      atLimit(() => keepInWorker(fd)),
      fd,
    );
    const next = receive();
    const kept = keepInWorker(next);
    assert.is.not(kept, next);
    return { closed: [fd, kept] };
  },
  async 'at the limit of open files nothing can be released, and it stays owned'() {
    const owned = ownFd(receive(), 'made by a test');
    const error = await thrownBy(() => atLimit(() => owned.release()));
    assert.is(error.code, 'EMFILE');
    assert.match(error.message, /close some descriptors/);
    assert.not(owned.closed);
    (globalThis as { held?: unknown }).held = owned;
    return { closed: [numberOf(owned)] };
  },
  'a listener for the exit that closes once more hits nobody'() {
    const fd = receive();
    atLimit(() => keepInWorker(fd));
    process.once('exit', () => {
      assert.not(isOpen(fd));
      assert.is(native().libc.fcntl(0, F_DUPFD_CLOEXEC, fd), fd);
      assert.is(closeInWorker(fd), 0);
      assert.ok(isOpen(fd));
    });
    return { open: [fd] };
  },
  'what comes under an old number while the worker ends is closed when it is closed'() {
    const fd = receive();
    atLimit(() => keepInWorker(fd));
    process.once('exit', () => {
      assert.not(isOpen(fd));
      const { fcntl } = native().libc;
      assert.is(fcntl(0, F_DUPFD_CLOEXEC, fd), fd);
      assert.is(
        atLimit(() => keepInWorker(fd)),
        fd,
      );
      assert.is(closeInWorker(fd), 0);
      assert.not(isOpen(fd));
    });
    return { closed: [fd] };
  },
  'process.emitWarning is as it was, and may be frozen'() {
    const { emitWarning } = process;
    closeInWorker(keepInWorker(receive()));
    assert.is(process.emitWarning, emitWarning);
    Object.defineProperty(process, 'emitWarning', { writable: false, configurable: false });
    const kept = keepInWorker(receive());
    assert.is(closeInWorker(kept), 0);
    assert.not(isOpen(kept));
    return {};
  },
};

if (isMainThread) {
  const t = suite('descriptors of a worker');
  for (const trackUnmanagedFds of [true, false]) {
    for (const name of Object.keys(works)) {
      // Where Node watches over none, numbers stay as they are.
      if (!trackUnmanagedFds && /another number|what is released|as usual|nothing can be|listener/.test(name)) continue;
      t.test(trackUnmanagedFds ? name : `${name}, without the help of Node`, async () => {
        const before = openFds();
        const { open = [], closed = [] } = ((await inWorker(import.meta.url, name, { trackUnmanagedFds })) ??
          {}) as Outcome;
        assert.equal(closed.filter(isOpen), []);
        assert.equal(
          open.filter((fd) => !isOpen(fd)),
          [],
        );
        for (const fd of open) closeSync(fd);
        await until('nothing else is open', () => openFds().length <= before.length);
      });
    }
  }
  t.run();
} else {
  process.on('warning', (warning) => {
    throw warning;
  });
  parentPort?.postMessage(await works[workerData as string]?.());
}
