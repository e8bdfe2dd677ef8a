/** The whole programs of README.md do what it says of them, as they stand there. */
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('readme');
const root = process.cwd();
const text = readFileSync('README.md', 'utf8');

/** The programs, by the name in their first line. */
const programs = new Map(
  Array.from(text.matchAll(/```js\n\/\/ ([\w-]+\.mjs)\n([\s\S]*?)```/g), ([, name = '', code = '']) => [name, code]),
);

/** Runs `fn` with a folder that has the programs, in which `ancillary` is installed; their sockets are there, too. */
function withPrograms(fn: (start: (name: string, prefix?: string[]) => Running, folder: string) => unknown) {
  return () =>
    withTempDir(async (folder) => {
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(root, join(folder, 'node_modules/ancillary'));
      for (const [name, code] of programs) writeFileSync(join(folder, name), code.replaceAll('/tmp/', `${folder}/`));
      const started: Running[] = [];
      const start = (name: string, prefix: string[] = []) => {
        const running = new Running([...prefix, process.execPath, join(folder, name)]);
        started.push(running);
        return running;
      };
      try {
        await fn(start, folder);
      } finally {
        await Promise.all(started.map((running) => running.end()));
      }
    });
}

const isSocket = (path: string) => statSync(path, { throwIfNoEntry: false })?.isSocket();

t.test('there are the programs that are tested here', () =>
  assert.equal(
    [...programs.keys()],
    [
      'receive-file.mjs',
      'send-file.mjs',
      'rpc-server.mjs',
      'rpc-client.mjs',
      'log-reader.mjs',
      'dbus-fds.mjs',
      'activated.mjs',
    ],
  ),
);

t.test(
  'a file is passed to another process',
  withPrograms(async (start, folder) => {
    const receiver = start('receive-file.mjs');
    await until('it listens', () => isSocket(join(folder, 'file.socket')));
    assert.equal((await start('send-file.mjs').ended).code, 0);
    const { code, stdout, stderr } = await receiver.ended;
    assert.equal([code, stdout.toString(), stderr], [0, `a file: ${readFileSync('/etc/hostname', 'utf8')}\n`, '']);
  }),
);

t.test(
  'another process is called, and answers with a descriptor',
  withPrograms(async (start, folder) => {
    start('rpc-server.mjs');
    await until('it listens', () => isSocket(join(folder, 'rpc.socket')));
    const { code, stdout, stderr } = await start('rpc-client.mjs').ended;
    assert.equal([code, stdout.toString(), stderr], [0, 'true SHOUT\n', '']);
  }),
);

t.test(
  'a log of datagrams is read',
  withPrograms(async (start, folder) => {
    const reader = start('log-reader.mjs');
    const path = join(folder, 'log.socket');
    await until('it is bound', () => isSocket(path));
    const writer = await UnixDatagram.connect(path);
    await writer.send('a line');
    writer.closeSync();
    await until('it is told', () => reader.stdout.length > 0);
    const pattern = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000Z ${process.pid} a line\n$`);
    assert.match(reader.stdout.toString(), pattern);
  }),
);

t.run();
