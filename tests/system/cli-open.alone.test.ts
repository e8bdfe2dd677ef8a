/** The command's own descriptors: closed on every path, and their numbers never lent. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll, OwnedFd } from 'ancillary';
import * as assert from 'uvu/assert';
import { contentsOf } from '../../host/cli/contents.js';
import { openFiles } from '../../host/cli/open.js';
import { native } from '../../host/libc/native.js';
import { reactor } from '../../host/reactor/reactor.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-open');

// What is opened once and stays.
t.before(() => {
  native();
  reactor();
});

/** Runs `fn` with a file, a FIFO that has a writer, and one that has none. */
function withFiles<T>(fn: (files: { file: string; fifo: string; lonely: string }, writer: number) => T): Promise<T> {
  return withTempDir(async (folder) => {
    const [file, fifo, lonely] = ['file', 'fifo', 'lonely'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, 'content');
    execFileSync('mkfifo', [fifo, lonely]);
    const writer = openSync(fifo, constants.O_RDWR);
    try {
      return await fn({ file, fifo, lonely }, writer);
    } finally {
      closeSync(writer);
    }
  });
}

t.test('files are opened and read without lending a number', () =>
  withFiles(async ({ file, fifo }, writer) => {
    const { get } = Object.getOwnPropertyDescriptor(OwnedFd.prototype, 'fd') as PropertyDescriptor;
    let lent = 0;
    Object.defineProperty(OwnedFd.prototype, 'fd', {
      configurable: true,
      get() {
        lent++;
        return get?.call(this);
      },
    });
    try {
      const fds = openFiles([file, fifo]);
      writeSync(writer, 'through');
      const first: string[] = [];
      for (const fd of fds) {
        for await (const chunk of contentsOf(fd)) {
          first.push(Buffer.from(chunk).toString());
          break;
        }
      }
      closeAll(fds);
      assert.equal(first, ['content', 'through']);
      assert.is(lent, 0);
    } finally {
      Object.defineProperty(OwnedFd.prototype, 'fd', { configurable: true, get: get as () => number });
    }
  }),
);

for (const [name, last] of [
  ['is missing', 'none'],
  ['is a directory', '/'],
  ['is a FIFO without writer', 'lonely'],
] as const) {
  t.test(`when the last of three files ${name}, none stays open`, () =>
    withFiles(async ({ file, fifo, lonely }) => {
      const before = openFds();
      await thrownBy(() => openFiles([file, fifo, last === 'lonely' ? lonely : last]));
      await untilOpen(before);
    }),
  );
}

for (const call of ['tee', 'fcntl'] as const) {
  t.test(`when ${call} cannot even be called, nothing stays open`, () =>
    withFiles(async ({ file, fifo }) => {
      const libc = native().libc as unknown as Record<string, unknown>;
      const before = openFds();
      const real = libc[call];
      libc[call] = () => {
        throw new Error('no such function');
      };
      try {
        const error = await thrownBy(() => openFiles(call === 'tee' ? [fifo] : [file]));
        assert.is(error.message, 'no such function');
      } finally {
        libc[call] = real;
      }
      await untilOpen(before);
    }),
  );
}

t.run();
