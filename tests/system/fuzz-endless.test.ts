/** A walk or a promise that does not end is a bug of the module itself: its input is saved all the same. */
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import type { Json } from '../support/ask.js';
import { changedLabBytes } from '../support/changed-lab.js';
import { fuzzing, linesOf, only } from '../support/fuzzing.js';
import { Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-endless');
const FILE = 'assembly/dialect/walk.ts';
const LINE = 'outcome = next == last ? WALK_LOOP : WALK_BACK;';
/** Goes on with the same header for ever. */
const ENDLESS = 'if (next == last) continue; outcome = WALK_BACK;';
const endless = await changedLabBytes(FILE, LINE, ENDLESS);

/** A copy of the command, whose module does not end with some inputs; what it is started with. */
function brokenCommand(folder: string): string[] {
  cpSync('build', join(folder, 'build'), {
    recursive: true,
    filter: (file) => !/build\/(tests|types|rows|bench|samples|drop-in|cjs)/.test(file),
  });
  for (const name of ['package.json', 'node_modules']) symlinkSync(resolve(name), join(folder, name));
  const whole = readFileSync('build/wasm/fuzz.wasm').toString('base64');
  const job = join(folder, 'build/fuzz-job.js');
  const text = readFileSync(job, 'utf8');
  assert.is(text.split(whole).length, 2, 'the module is in the job');
  writeFileSync(job, text.replace(whole, Buffer.from(endless).toString('base64')));
  return [process.execPath, join(folder, 'build/cli.js'), 'fuzz'];
}

for (const [name, target] of [
  ['two walks', ['dialects', '--between', 'glibc-ge-2.37,musl-1.2']],
  ['all walks', ['dialects']],
  ['the codec', ['codec']],
] as const) {
  t.test(
    `the input with which ${name} do not end is a finding, and shows it again`,
    () =>
      withTempDir(async (folder) => {
        const command = brokenCommand(folder);
        const argv = [
          '--abi',
          'x86_64-glibc',
          '--timeout',
          '1s',
          '--seed',
          '1',
          '--artifacts',
          join(folder, 'a'),
          '--json',
        ];
        const running = new Running([...command, ...target, ...argv], { limit: 60_000 });
        await until('it is found', () => running.stdout.toString().includes('"class":"hang"'), 40_000);
        const { stderr, stdout } = await running.end('SIGINT');
        assert.is(stderr, '');
        const [found, ...others] = only(linesOf(stdout), 'finding').filter((each) => each.class === 'hang');
        assert.is(others.length, 0, 'it is told once');
        assert.ok(Number(found?.bytes) >= 16, 'its bytes');
        const details = found?.details as Json;
        assert.ok(name === 'the codec' ? details.abi : Array.isArray(details.between), JSON.stringify(details));
        assert.is(readFileSync(String(found?.file)).toString('hex'), found?.input);
        const again = await run([...command, 'replay', String(found?.file), '--json']);
        assert.equal([again.code, again.stderr], [1, '']);
        assert.is(linesOf(again.stdout)[0]?.class, 'hang');
        // The module as it is comes to an end with it.
        const mended = await fuzzing(['replay', String(found?.file), '--json']).ended;
        assert.not.equal(linesOf(mended.stdout)[0]?.class, 'hang', mended.stderr);
        await until('no process is left', () => running.left().length === 0, 10_000);
      }),
    { timeout: 90_000 },
  );
}

t.run();
