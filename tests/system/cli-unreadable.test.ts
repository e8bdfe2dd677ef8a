/** Passed descriptors that cannot be read: each is named in one line, and the others are printed. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { Epoll } from '../../host/reactor/epoll.js';
import { assertFails } from '../support/bad-input.js';
import { cli, isListening, Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const O_PATH = 0o10000000;

/** Makes a descriptor; `folder` is the test's own. */
const kinds: Record<string, (folder: string) => number> = {
  'the write end of a pipe': (folder) => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(fifo, constants.O_WRONLY);
    closeSync(reader);
    return writer;
  },
  'a file opened for writing': (folder) => openSync(join(folder, 'written'), 'w'),
  'a file opened with O_PATH': () => openSync('/dev/null', O_PATH),
  'a directory': (folder) => openSync(folder, 'r'),
  'a listening socket': (folder) => UnixListener.listenSync(join(folder, 'listens')).release(),
  'an epoll instance': () => new Epoll().fd,
};

const t = suite('cli-unreadable');

for (const [name, open] of Object.entries(kinds)) {
  t.test(`${name}: one line that names it, exit 1, the files beside it are printed`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const reader = new Running(cli('read', '--socket', path));
      await until('it listens', () => isListening(path));
      const files = ['before\n', 'behind\n'].map((content) => {
        const file = join(folder, content.trim());
        writeFileSync(file, content);
        return openSync(file, 'r');
      });
      const fds = [files[0] as number, open(folder), files[1] as number];
      const stream = UnixStream.connectSync(path);
      stream.sendSync('x', { fds });
      for (const fd of fds) closeSync(fd);
      const { stdout, stderr } = await assertFails(reader, 1, /passed fd \d+/);
      stream.closeSync();
      const [, named] = /passed fd (\d+)/.exec(stderr) ?? [];
      const text = stdout.toString();
      const printed = [...text.matchAll(/^Reading from passed fd (\d+)\n(before|behind)$/gm)];
      assert.equal(
        printed.map(([, , content]) => content),
        ['before', 'behind'],
        text,
      );
      assert.not.ok(
        printed.some(([, fd]) => fd === named),
        `${named} is the unreadable one`,
      );
    }),
  );
}

t.run();
