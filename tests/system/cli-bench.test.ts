/** `ancillary bench ipc`: a table of everything, and whatever ends it, nothing is left. */
import { readdirSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { cli, Running, run, until } from '../support/process.js';
import { checkQueues, noQueues, queueIds, queuesGone } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-bench');
checkQueues(t);
const test = (name: string, fn: () => unknown, lack = noQueues) => (lack ? t.skip(name, lack) : t.test(name, fn));
const WAYS = ['queue', 'dgram', 'stream', 'tcp'];
const MEASURES = ['pass-64', 'pass-8192', 'wake-busy', 'wake-idle'];
const bench = (...argv: string[]) => cli('bench', 'ipc', '--time', '1s', ...argv);

/** Runs `fn` with a folder for what is temporary, which must be empty afterwards. */
const withTemp = (fn: (env: { TMPDIR: string }) => unknown) => () =>
  withTempDir(async (folder) => {
    await fn({ TMPDIR: folder });
    await until('nothing temporary is left', () => readdirSync(folder).length === 0);
  });

test(
  'every way is measured by every measure, here and in C',
  withTemp(async (env) => {
    const { code, stdout, stderr } = await run(bench('--json'), { env });
    assert.equal([code, stderr], [0, '']);
    const { rows, rounds, withoutC } = JSON.parse(stdout.toString());
    assert.ok(rounds >= 3);
    assert.is(withoutC, undefined);
    assert.equal(
      rows.map(({ measure, way }: { measure: string; way: string }) => `${measure} ${way}`),
      MEASURES.flatMap((measure) => WAYS.map((way) => `${measure} ${way}`)),
    );
    for (const { library, c, ratio } of rows) assert.ok(library > 0 && c > 0 && ratio > 0);
  }),
  noQueues ?? lacks('cc', '--version'),
);

test(
  'as a table, and without a compiler without C, which is said',
  withTemp(async (env) => {
    const { code, stdout, stderr } = await run(bench(), { env: { ...env, PATH: '/nowhere' } });
    assert.equal([code, stderr], [0, '']);
    const text = stdout.toString();
    assert.is(text.match(/^ {4}System V queue +[\d.]+ +- +-$/gm)?.length, 4);
    assert.match(text, /^without C: there is no cc$/m);
  }),
);

test(
  'a compiler that fails is said, and the rest is measured',
  withTemp(async (env) => {
    await withTempDir(async (folder) => {
      writeFileSync(`${folder}/cc`, '#!/bin/sh\necho "x.c:1: error: \x1b[31mno" >&2\nexit 1\n', { mode: 0o755 });
      const { code, stdout } = await run(bench(), { env: { ...env, PATH: `${folder}:${process.env.PATH}` } });
      assert.is(code, 0);
      assert.match(stdout.toString(), /^without C: cc cannot compile it: x\.c:1: error: \\u001b\[31mno$/m);
    });
  }),
);

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGKILL', null],
] as const) {
  test(
    `${signal}: no process and no queue is left`,
    withTemp(async (env) => {
      const before = queueIds();
      const running = new Running(cli('bench', 'ipc', '--time', '5m'), { env });
      // Four peers here, and, where there is a compiler, processes of C.
      await until('it runs', () => running.left().length > 4 && readdirSync(env.TMPDIR).length === 0);
      const { code } = await running.end(signal);
      assert.is(code, status);
      await until('no process is left', () => running.left().length === 0);
      await queuesGone(before);
    }),
  );
}

test('output that cannot be written: one line, exit 1', () =>
  assertFails(
    new Running(['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...bench('--json')]),
    1,
    /cannot write to standard output: ENOSPC/,
  ));

for (const [argv, err] of [
  [['ipc', '--time', '0'], /must be a length of time/],
  [['ipc', 'extra'], /too many arguments/],
  [['icp'], /unknown command 'icp'; did you mean 'ipc'/],
] as const) {
  t.test(`'bench ${argv.join(' ')}': one line, exit 2`, () => assertFails(new Running(cli('bench', ...argv)), 2, err));
}

t.run();
