/** `ancillary send` and `ancillary read`, each with the other and with a classic C pair. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { assertContents } from '../support/passed.js';
import { cli, isListening, Running, run, sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const DEFAULT_PATH = '/tmp/fd-pass.socket';
const noCompiler = lacks('cc', '--version');
const programs = mkdtempSync(join(tmpdir(), 'ancillary-test-'));
const r = random(seed());

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const contents: [string, [Buffer, Buffer]][] = [
  ['text', [Buffer.from('first\n'), Buffer.from('second\n')]],
  ['every byte value without a final newline, and nothing', [everyByte, Buffer.alloc(0)]],
  ['nothing, and 3 MB', [Buffer.alloc(0), Buffer.from(r.bytes(3_000_000))]],
];

type Argv = (path: string | undefined, files: string[]) => string[];
const given = (path: string | undefined, flag = '--socket') => (path === undefined ? [] : flag ? [flag, path] : [path]);
const ours: { send: Argv; receive: Argv } = {
  send: (path, files) => cli('send', ...given(path), ...files),
  receive: (path) => cli('read', ...given(path)),
};
const classic: { send: Argv; receive: Argv } = {
  send: (path, files) => [join(programs, 'send'), ...given(path, ''), ...files],
  receive: (path) => [join(programs, 'receive'), ...given(path, '')],
};

async function pass(send: Argv, receive: Argv, path: string | undefined, [first, second]: [Buffer, Buffer]) {
  await withTempDir(async (folder) => {
    const files = ['first', 'second'].map((name) => join(folder, name));
    [first, second].forEach((content, i) => {
      writeFileSync(files[i] as string, content);
    });
    const socket = path ?? DEFAULT_PATH;
    const receiver = new Running(receive(path, []));
    await until('it listens', () => isListening(socket));
    const sender = await run(send(path, files));
    assert.is(sender.stderr, '');
    assert.is(sender.code, 0);
    assert.match(sender.stdout.toString(), /^(Opened fd \d+ in parent\n){2}$/);
    const { code, stdout, stderr } = await receiver.ended;
    assert.is(stderr, '');
    assert.is(code, 0);
    assertContents(stdout, [first, second]);
    assert.not.ok(existsSync(socket), 'the socket file is gone');
  });
}

/** The default path is everybody's: one test process at a time, told by an abstract socket that ends with it. */
async function withDefaultPath(fn: () => Promise<void>): Promise<void> {
  const lock = createServer();
  for (let tries = 0; ; tries++) {
    const failure = await new Promise<Error | undefined>((resolve) => {
      lock.once('error', resolve);
      lock.listen('\0ancillary-test-default-path', () => resolve(undefined));
    });
    if (!failure) break;
    if (tries === 200) throw failure;
    await sleep(250);
  }
  try {
    await fn();
  } finally {
    lock.close();
  }
}

const t = suite('cli-interop');

t.before(() => {
  if (noCompiler) return;
  for (const name of ['send', 'receive']) {
    execFileSync('cc', [
      '-Wall',
      '-Wextra',
      '-Werror',
      '-O1',
      '-o',
      join(programs, name),
      `tests/fixtures/c/${name}.c`,
    ]);
  }
});
t.after(() => rmSync(programs, { recursive: true }));

for (const [name, send, receive] of [
  ['ours to ours', ours.send, ours.receive],
  ['C to ours', classic.send, ours.receive],
  ['ours to C', ours.send, classic.receive],
] as const) {
  if (noCompiler && name !== 'ours to ours') {
    t.skip(name, noCompiler);
    continue;
  }
  for (const [what, pair] of contents) {
    t.test(`${name}: ${what} arrives byte for byte`, () =>
      withTempDir((folder) => pass(send, receive, join(folder, 's'), pair)),
    );
  }
  const taken = lstatSync(DEFAULT_PATH, { throwIfNoEntry: false });
  if (taken && !taken.isSocket()) t.skip(`${name} at ${DEFAULT_PATH}`, 'something that is no socket is there');
  else {
    const pair = (contents[0] as (typeof contents)[0])[1];
    t.test(`${name} at ${DEFAULT_PATH}, the path of both when none is given`, () =>
      withDefaultPath(() => pass(send, receive, undefined, pair)),
    );
  }
}

t.run();
