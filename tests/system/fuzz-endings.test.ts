/** However a run ends, nothing is lost, nothing is half written, and no process is left. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { findTarget } from '../../host/fuzz/name.js';
import { Run, type RunOrders } from '../../host/fuzz/run.js';
import { assertWhole, filesOf, fuzzing, fuzzJson, linesOf, madeFolder, only, writeModule } from '../support/fuzzing.js';
import { cli, type Running, run, sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-endings');
const SLOW = { timeout: 60_000 };
const ABI = ['--abi', 'x86_64-glibc'];
const BETWEEN = ['dialects', '--between', 'glibc-ge-2.37,musl-1.2', ...ABI];

const started = (running: Running) => running.stdout.toString().includes('"event":"statistics"');

for (const [module, name] of [
  ['mute', /^throw:thrown$/],
  ['talks', /^throw:RangeError@talks\.mjs:3:\d+$/],
  ['mocks', /^throw:RangeError@mocks\.mjs:3:\d+$/],
  ['polyfills', /^throw:RangeError@polyfills\.mjs:3:\d+$/],
  ['forks', /^throw:RangeError@forks\.mjs:6:\d+$/],
  ['stays', /^throw:RangeError@stays\.mjs:2:\d+$/],
] as const) {
  t.test(
    `a target that ${module} is found, and keeps no run from its end`,
    () =>
      withTempDir(async (folder) => {
        const argv = [writeModule(folder, module), '--runs', '300', '--seed', '1', '--no-artifacts'];
        const { code, stderr, lines } = await fuzzJson(argv);
        assert.equal([code, stderr], [1, '']);
        const found = only(lines, 'finding');
        assert.is(found.length, 1);
        assert.match(String(found[0]?.class), name);
        const [end] = only(lines, 'end');
        assert.equal([end?.reason, end?.executions], ['runs', 300]);
      }),
    SLOW,
  );
}

t.test(
  'SIGKILL of the command leaves no job, also none in namespaces of its own, whose parent is another process',
  async () => {
    const running = fuzzing(['kernel', '--time', '1h', '--no-artifacts', '--json']);
    await until('it runs', () => started(running), 30_000);
    await running.end('SIGKILL');
    await until('no process is left', () => running.left().length === 0, 20_000);
  },
  SLOW,
);

t.test('a run that is stopped before it begins ends at once', async () => {
  const orders: RunOrders = {
    target: findTarget('codec'),
    options: { abi: 'x86_64-glibc', timeout: 10_000 },
    seed: 1n,
    jobs: 2,
    shard: [0, 1],
    time: 3_600_000,
    words: [],
    version: '',
  };
  const run = new Run(orders, { found: () => undefined, note: () => undefined });
  run.stop();
  await run.run();
  assert.is(run.statistics.executions, 0);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  t.test(
    `${signal} ends the run with its summary and ${code}, and what was found is saved`,
    () =>
      withTempDir(async (folder) => {
        const artifacts = join(folder, 'a');
        const argv = [...BETWEEN, '--time', '1h', '--jobs', '2', '--artifacts', artifacts, '--json'];
        const running = fuzzing(argv);
        await until('it has found something', () => running.stdout.toString().includes('"event":"finding"'), 30_000);
        const ended = await running.end(signal);
        assert.equal([ended.code, ended.stderr], [code, '']);
        const lines = linesOf(ended.stdout);
        const [end] = only(lines, 'end');
        assert.is(end?.reason, 'signal');
        assert.is(end?.findings, only(lines, 'finding').length);
        assert.is(filesOf(artifacts).size, 2 * Number(end?.findings));
        assertWhole(madeFolder(folder, 'none'), artifacts);
        await until('no process is left', () => running.left().length === 0, 5000);
      }),
    SLOW,
  );
}

t.test(
  'a signal ends a run whose target hangs, long before the time that an input may take',
  () =>
    withTempDir(async (folder) => {
      const running = fuzzing([writeModule(folder, 'hangs'), '--time', '1h', '--timeout', '1h', '--no-artifacts']);
      await until('it hangs', () => running.left().length > 1 && running.stdout.length > 0, 20_000);
      await sleep(500);
      const { code, stdout } = await running.end('SIGINT');
      assert.is(code, 130);
      assert.match(stdout.toString(), /^stopped: \d+ inputs/m);
      await until('no process is left', () => running.left().length === 0, 5000);
    }),
  SLOW,
);

t.test(
  'whoever stops reading ends the run, in one line',
  async () => {
    const running = fuzzing([...BETWEEN, '--time', '1h', '--no-artifacts', '--json']);
    await until('it runs', () => started(running), 30_000);
    running.child.stdout?.destroy();
    const { code, stderr } = await running.ended;
    assert.is(code, 1);
    assert.match(stderr, /^ancillary: the output was closed before all was written\n$/);
    await until('no process is left', () => running.left().length === 0, 5000);
  },
  SLOW,
);

t.test(
  'a command that is killed leaves no process, whatever its target does',
  () =>
    withTempDir(async (folder) => {
      for (const argv of [
        [writeModule(folder, 'hangs'), '--timeout', '1h'],
        [...BETWEEN, '--jobs', '2'],
      ]) {
        const running = fuzzing([...argv, '--time', '1h', '--no-artifacts']);
        await until('its job runs', () => running.left().length > 1, 20_000);
        await sleep(300);
        await running.end('SIGKILL');
        await until('no process is left', () => running.left().length === 0, 10_000);
      }
    }),
  SLOW,
);

t.test(
  'killed at any moment, corpus and findings are whole, and the next run goes on from them',
  () =>
    withTempDir(async (folder) => {
      const { below } = random(seed());
      const [corpus, artifacts] = [join(folder, 'corpus'), join(folder, 'a')];
      mkdirSync(corpus);
      const argv = [...BETWEEN, '--time', '1h', '--corpus', corpus, '--artifacts', artifacts];
      for (let round = 0; round < 20; round++) {
        const running = fuzzing(argv);
        await sleep(100 + below(900));
        await running.end('SIGKILL');
        assertWhole(corpus, artifacts);
        await until('no process is left', () => running.left().length === 0, 10_000);
      }
      const { code } = await fuzzJson([...BETWEEN, '--runs', '20000', '--corpus', corpus, '--artifacts', artifacts]);
      assert.is(code, 1);
      assertWhole(corpus, artifacts);
    }),
  { timeout: 80_000 },
);

t.test(
  'two runs may share a corpus and the folder of findings',
  () =>
    withTempDir(async (folder) => {
      const [corpus, artifacts] = [join(folder, 'corpus'), join(folder, 'a')];
      mkdirSync(corpus);
      const argv = [...BETWEEN, '--time', '2s', '--corpus', corpus, '--artifacts', artifacts];
      const both = await Promise.all([fuzzJson(argv), fuzzJson(argv)]);
      assert.equal(
        both.map(({ code, stderr }) => [code, stderr]),
        [
          [1, ''],
          [1, ''],
        ],
      );
      assertWhole(corpus, artifacts);
      assert.equal(
        readdirSync(corpus).filter((name) => name.startsWith('.')),
        [],
        'nothing unfinished',
      );
    }),
  SLOW,
);

t.test(
  'a job that somebody kills is told, and another takes its place',
  () =>
    withTempDir(async (folder) => {
      const running = fuzzing([...BETWEEN, '--time', '6s', '--no-artifacts', '--json']);
      await until('it runs', () => started(running), 30_000);
      const job = running.left().find((pid) => readFileSync(`/proc/${pid}/cmdline`).includes('fuzz-job')) ?? 0;
      process.kill(job, 'SIGKILL');
      const { code, stdout } = await running.ended;
      const lines = linesOf(stdout);
      assert.is(code, 1);
      assert.match(String(only(lines, 'note')[0]?.text), /a job ended and is started anew: SIGKILL/);
      assert.is(only(lines, 'end')[0]?.reason, 'time');
      void folder;
    }),
  SLOW,
);

const full = 'mount -t tmpfs -o size=16k,nr_inodes=64 none "$0" && shift 0 && exec "$@"';
const mayMount = await run(['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).catch(() => ({ code: -1 }));
for (const option of ['--artifacts', '--corpus']) {
  const title = `a disk that is full is told once with ${option}, nothing is lost, and the exit status says it`;
  if (mayMount.code !== 0) {
    t.skip(title, 'a file system of its own cannot be mounted here');
    continue;
  }
  t.test(
    title,
    () =>
      withTempDir(async (folder) => {
        const small = join(folder, 'small');
        mkdirSync(small);
        writeFileSync(join(folder, 'fill'), Buffer.alloc(16_384, 1));
        // It is full but for the empty file that tells whether it can be written.
        const fill = `cat "${join(folder, 'fill')}" > "${small}/.fill"; ${'exec "$@"'}`;
        const mount = full.replace('exec "$@"', fill);
        const target =
          option === '--artifacts' ? [writeModule(folder, 'throws'), '--runs', '50'] : [...BETWEEN, '--runs', '200000'];
        const argv = cli(
          'fuzz',
          ...target,
          option,
          small,
          ...(option === '--corpus' ? ['--no-artifacts'] : []),
          '--json',
        );
        const { code, stdout, stderr } = await run(['unshare', '-rm', 'sh', '-c', mount, small, ...argv], {
          limit: 50_000,
        });
        const lines = linesOf(stdout);
        assert.equal([code, stderr], [1, '']);
        assert.is(only(lines, 'end').length, 1);
        const [found] = only(lines, 'finding');
        assert.ok(String(found?.input).length > 0, 'its bytes are printed');
        if (option === '--artifacts') assert.match(String(found?.problem), /cannot be saved: ENOSPC/);
        const notes = only(lines, 'note').filter(({ text }) => /ENOSPC/.test(String(text)));
        if (option === '--corpus') assert.ok(Number(only(lines, 'end')[0]?.corpus) > 0, 'inputs are kept');
        assert.is(notes.length, option === '--corpus' ? 1 : 0);
      }),
    SLOW,
  );
}

{
  const title = 'a disk that is full while a corpus is written is told in one line, and nothing is half written';
  if (mayMount.code !== 0) t.skip(title, 'a file system of its own cannot be mounted here');
  else {
    t.test(
      title,
      () =>
        withTempDir(async (folder) => {
          const [small, copy] = [join(folder, 'small'), madeFolder(folder, 'copy')];
          mkdirSync(small);
          const steps = `mount -t tmpfs -o size=64k none "$0" && { "$@"; code=$?; cp -a "$0/." "${copy}"; exit $code; }`;
          const argv = cli('fuzz', 'corpus', join(small, 'seeds'), '--count', '1000', '--seed', '1', ...ABI);
          const { code, stderr } = await run(['unshare', '-rm', 'sh', '-c', steps, small, ...argv]);
          assert.match(stderr, /^ancillary: cannot write all inputs to [^\n]*: ENOSPC[^\n]*\n$/);
          assert.is(code, 2);
          assert.equal(readdirSync(copy), ['seeds']);
          assertWhole(join(copy, 'seeds'), join(folder, 'none'));
          assert.equal(
            readdirSync(join(copy, 'seeds')).filter((name) => name.startsWith('.')),
            [],
          );
        }),
      SLOW,
    );
  }
}

for (const [name, from] of [
  ['.', 'seeds'],
  ['..', 'seeds/within'],
  ['./', 'seeds'],
] as const) {
  t.test(
    `the dictionary of a corpus at ${name} lies beside that folder`,
    () =>
      withTempDir(async (folder) => {
        const here = madeFolder(folder, from);
        const [node = '', command = '', ...argv] = cli('fuzz', 'corpus', name, '--count', '5', ...ABI);
        const line = ['sh', '-c', 'cd "$0" && exec "$@"', here, node, resolve(command), ...argv];
        const { code, stderr } = await run(line);
        assert.equal([code, stderr], [0, '']);
        assert.equal(readdirSync(folder).sort(), ['seeds', 'seeds.dict']);
      }),
    SLOW,
  );
}

t.run();
