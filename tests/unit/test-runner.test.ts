import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

/** What uvu prints at the end. */
const summary = (total: number, passed: number) =>
  `\\n  Total:     ${total}\\n  Passed:    ${passed}\\n  Skipped:   0\\n`;
const print = (text: string) => `process.stdout.write('${text}');`;
const PASSING = print(summary(2, 2));

interface Run {
  status: number | null;
  lines: string[];
}

/** Runs the runner on a folder of test files. */
function runTests(files: Record<string, string>, ...options: string[]): Promise<Run> {
  return withTempDir((folder) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const { status, stdout } = spawnSync(process.execPath, ['scripts/test.mjs', '--folder', folder, ...options], {
      encoding: 'utf8',
    });
    return { status, lines: stdout.trimEnd().split('\n') };
  });
}

const t = suite('test-runner');

/** The exit status and the closing line for one file. */
t.table<string, [number | null, string | undefined]>(
  [
    { name: 'passing tests are counted', in: PASSING, out: [0, '2 passed, 0 failed, 0 skipped'] },
    {
      name: 'failing tests are counted',
      in: `${print(summary(3, 1))} process.exitCode = 1;`,
      out: [1, '1 passed, 2 failed, 0 skipped'],
    },
    {
      name: 'a skip with its reason is counted',
      in: print(`skip a: b: no compiler${summary(0, 0)}`),
      out: [0, '0 passed, 0 failed, 1 skipped'],
    },
    { name: 'a file without any test fails', in: print(summary(0, 0)), out: [1, '0 passed, 1 failed, 0 skipped'] },
    { name: 'a file without a summary fails', in: '', out: [1, '0 passed, 1 failed, 0 skipped'] },
    {
      name: 'a file that crashes after its tests fails',
      in: `${PASSING} process.abort();`,
      out: [1, '2 passed, 1 failed, 0 skipped'],
    },
    {
      name: 'a file that exits with an error though all tests passed fails',
      in: `${PASSING} process.exitCode = 1;`,
      out: [1, '2 passed, 1 failed, 0 skipped'],
    },
    {
      name: 'a file that does not end fails',
      in: `${PASSING} setInterval(() => {}, 1000);`,
      out: [1, '2 passed, 1 failed, 0 skipped'],
    },
    {
      name: 'a file that leaves something in its temporary directory fails',
      in: `${PASSING} require('node:fs').writeFileSync(process.env.TMPDIR + '/left', '');`,
      out: [1, '2 passed, 1 failed, 0 skipped'],
    },
  ],
  async (file) => {
    const limit = file.includes('setInterval') ? ['--seconds', '8'] : [];
    const { status, lines } = await runTests({ 'a.test.js': file }, ...limit);
    return [status, lines.at(-1)];
  },
);

t.test('nothing to run is a failure', async () => {
  const { status, lines } = await runTests({ 'a.test.js': PASSING }, 'b.test');
  assert.equal([status, lines.at(-1)], [1, '0 passed, 0 failed, 0 skipped']);
});

t.test('files are found in folders, chosen by a filter and added up', async () => {
  const files = { 'unit/a.test.js': PASSING, 'unit/b.test.js': PASSING, 'system/c.test.js': '', 'unit/d.js': '' };
  const { status, lines } = await runTests(files, 'unit/');
  assert.equal([status, lines.at(-1)], [0, '4 passed, 0 failed, 0 skipped']);
});

t.test('--except leaves out files by what their paths contain', async () => {
  const files = { 'unit/a.test.js': PASSING, 'unit/b-c.test.js': '', 'system/b-d.test.js': '' };
  const { status, lines } = await runTests(files, '--except', 'b-c', '--except', 'system/b');
  assert.equal([status, lines.at(-1)], [0, '2 passed, 0 failed, 0 skipped']);
});

t.test('the output of a failing file is shown, of a passing one not', async () => {
  const { lines } = await runTests({
    'a.test.js': print('why it failed\\n'),
    'b.test.js': print('quiet\\n') + PASSING,
  });
  assert.ok(lines.includes('  | why it failed'));
  assert.not.ok(lines.some((line) => line.includes('quiet')));
});

t.test('a file named alone has nothing beside it', async () => {
  await withTempDir(async (folder) => {
    const log = join(folder, 'log');
    const note = (word: string) => `require('node:fs').appendFileSync('${log}', '${word} ');`;
    const file = (word: string) => `${note(word)} setTimeout(() => { ${note(word)} ${PASSING} }, 200);`;
    await runTests({ '0.alone.test.js': file('alone'), 'a.test.js': file('beside'), 'b.test.js': file('beside') });
    assert.is(readFileSync(log, 'utf8'), 'beside beside beside beside alone alone ');
  });
});

t.test('--again runs what failed once more, alone: what passes then passes, what fails again fails', async () => {
  await withTempDir(async (folder) => {
    const mark = join(folder, 'mark');
    const once = `const { existsSync, writeFileSync } = require('node:fs');
      if (existsSync('${mark}')) { ${PASSING} } else { writeFileSync('${mark}', ''); ${print('first\\n')} }`;
    const { status, lines } = await runTests({ 'a.test.js': once, 'b.test.js': PASSING }, '--again');
    assert.equal([status, lines.at(-1)], [0, '4 passed, 0 failed, 0 skipped']);
    assert.ok(lines.includes('again, alone: a.test.js'));
    assert.ok(lines.includes('  | first'), 'how it failed is shown');
  });
  const { status, lines } = await runTests({ 'a.test.js': '', 'b.test.js': PASSING }, '--again');
  assert.equal([status, lines.at(-1)], [1, '2 passed, 1 failed, 0 skipped']);
});

t.test('without --again nothing runs twice', async () => {
  const { lines } = await runTests({ 'a.test.js': '' });
  assert.not.ok(lines.some((line) => line.startsWith('again')));
});

t.run();
