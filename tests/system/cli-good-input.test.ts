/** Input that looks wrong and is right: FIFOs, stale sockets, the longest path, the most files, odd output. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, linkSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { assertFails, tempInside } from '../support/bad-input.js';
import { assertContents } from '../support/passed.js';
import { cli, isListening, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-good-input');

/** Starts `read` at `path` and waits until it listens. */
async function startRead(path: string, ...argv: string[]): Promise<Running> {
  const running = new Running(cli('read', '--socket', path, ...argv));
  await until('it listens', () => isListening(path));
  return running;
}

async function sendTo(path: string, ...files: string[]): Promise<void> {
  const { code, stderr } = await run(cli('send', '--socket', path, ...files));
  assert.equal([code, stderr], [0, '']);
}

async function assertReads(running: Running, ...contents: Buffer[]): Promise<void> {
  const { code, stdout, stderr } = await running.ended;
  assert.equal([code, stderr], [0, '']);
  assertContents(stdout, contents);
}

t.test('a FIFO with a writer is passed, and read to the end that its writer makes', () =>
  withTempDir(async (folder) => {
    const fifo = join(folder, 'f');
    execFileSync('mkfifo', [fifo]);
    const writer = openSync(fifo, constants.O_RDWR);
    const reader = await startRead(join(folder, 's'));
    await sendTo(join(folder, 's'), fifo);
    writeSync(writer, 'through the fifo');
    closeSync(writer);
    await assertReads(reader, Buffer.from('through the fifo'));
  }),
);

t.test('a stale socket is replaced', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const dead = UnixListener.listenSync(join(folder, 'other'));
    linkSync(dead.path, path);
    dead.closeSync();
    writeFileSync(join(folder, 'file'), 'x');
    const reader = new Running(cli('read', '--socket', path));
    // The stale file stands until it is replaced: send until somebody listens.
    await until('somebody listens', () => isListening(path));
    await sendTo(path, join(folder, 'file'));
    await assertReads(reader, Buffer.from('x'));
    assert.not.ok(existsSync(path));
  }),
);

t.test('a second read where one listens says so, and the first goes on', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const first = await startRead(path);
    await assertFails(new Running(cli('read', '--socket', path)), 1, new RegExp(`${path}: .*somebody listens`));
    assert.ok(existsSync(path), 'the socket file of the first is untouched');
    writeFileSync(join(folder, 'file'), 'for the first');
    await sendTo(path, join(folder, 'file'));
    await assertReads(first, Buffer.from('for the first'));
  }),
);

t.test('a path of 107 bytes', () =>
  withTempDir(async (folder) => {
    const path = `${folder}/`.padEnd(107, 'x');
    const reader = await startRead(path);
    await sendTo(path, '/dev/null');
    await assertReads(reader, Buffer.alloc(0));
  }),
);

t.test('253 files in one message', () =>
  withTempDir(async (folder) => {
    const contents = Array.from({ length: 253 }, (_, i) => Buffer.from(`file ${i}`));
    const files = contents.map((content, i) => {
      writeFileSync(join(folder, `${i}`), content);
      return join(folder, `${i}`);
    });
    const reader = await startRead(join(folder, 's'), '--count', '253');
    await sendTo(join(folder, 's'), ...files);
    await assertReads(reader, ...contents);
  }),
);

for (const [name, argv] of [
  ['abis', ['abis', '--json']],
  ['demo', ['demo']],
] as const) {
  t.test(`${name} with its output closed: one line, exit 1`, () =>
    withTempDir(async (folder) => {
      const temp = tempInside(folder);
      const running = new Running(cli(...argv), { env: { TMPDIR: temp } });
      running.child.stdout?.destroy();
      await assertFails(running, 1, /output was closed/, temp);
    }),
  );
}

t.test('read whose output is closed half way: one line, exit 1', () =>
  withTempDir(async (folder) => {
    writeFileSync(join(folder, 'file'), Buffer.alloc(3_000_000));
    const reader = await startRead(join(folder, 's'));
    reader.child.stdout?.once('data', () => reader.child.stdout?.destroy());
    await sendTo(join(folder, 's'), join(folder, 'file'));
    await assertFails(reader, 1, /output was closed/);
  }),
);

t.test('help and version say so on standard output', async () => {
  const version = JSON.parse(readFileSync('package.json', 'utf8')).version as string;
  assert.equal(await run(cli('--version')), { code: 0, signal: null, stdout: Buffer.from(`${version}\n`), stderr: '' });
  for (const command of [
    'read',
    'send',
    'recv',
    'demo',
    'watch',
    'inspect',
    'diff',
    'layout',
    'abis',
    'dialects',
    'encode',
    'walk',
    'parse',
  ]) {
    const { code, stdout, stderr } = await run(cli(command, '--help'));
    assert.equal([code, stderr], [0, ''], command);
    assert.match(stdout.toString(), new RegExp(`^Usage: ancillary ${command} .*--help`, 's'));
  }
});

t.run();
