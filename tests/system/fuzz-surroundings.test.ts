/** A target that turns on the job it runs in, or leaves work behind: a finding or one clear line, and nothing stays. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fuzzing, fuzzJson, only } from '../support/fuzzing.js';
import { until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-surroundings');
const SLOW = { timeout: 80_000 };

const ENDLESS: [name: string, text: string][] = [
  ['awaits for ever', 'await new Promise(() => {}); export function fuzz() {}'],
  ['loops', 'for (;;); export function fuzz() {}'],
];

for (const [name, text] of ENDLESS) {
  t.test(
    `a module that ${name} while it is loaded is told once, by its file, and refused`,
    () =>
      withTempDir(async (folder) => {
        const file = join(folder, 'endless.mjs');
        writeFileSync(file, text);
        const running = fuzzing([`module:${file}`, '--timeout', '1s', '--runs', '5', '--json'], { limit: 70_000 });
        const { code, stderr } = await running.ended;
        assert.is(code, 2, stderr);
        assert.match(
          stderr,
          /^ancillary: module:.*endless\.mjs never finished loading: it was not there within 21 s\n$/,
        );
        assert.equal(running.left(), []);
      }),
    SLOW,
  );
}

/** What is thrown when the run is over, of the last input. */
const LATE: [name: string, body: string, found: RegExp][] = [
  ['a timer', "setTimeout(() => { throw new RangeError('late'); }, 20)", /^throw:RangeError@/],
  [
    'a promise',
    "new Promise((done) => setTimeout(done, 20)).then(() => { throw new TypeError('late'); })",
    /^throw:TypeError@/,
  ],
  ['an immediate', "setImmediate(() => setImmediate(() => { throw new SyntaxError('late'); }))", /^throw:SyntaxError@/],
];

for (const [name, body, found] of LATE) {
  t.test(
    `what ${name} of the last input throws is found, and again when it is tried alone`,
    () =>
      withTempDir(async (folder) => {
        const file = join(folder, 'late.mjs');
        writeFileSync(file, `export function fuzz() { ${body}; }`);
        const { code, lines, stderr } = await fuzzJson([
          `module:${file}`,
          '--runs',
          '1',
          '--seed',
          '1',
          '--no-artifacts',
        ]);
        assert.equal([code, stderr], [1, '']);
        const [finding] = only(lines, 'finding');
        assert.match(String(finding?.class), found);
        assert.is(finding?.isReproduced, true);
      }),
    SLOW,
  );
}

t.test(
  'a timer that is there before the first input, or set for much later, keeps no run from its end',
  () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'later.mjs');
      writeFileSync(file, 'setInterval(() => {}, 1e6); export function fuzz() { setTimeout(() => {}, 1e6); }');
      const { code, stderr } = await fuzzJson([`module:${file}`, '--runs', '5', '--no-artifacts']);
      assert.equal([code, stderr], [0, '']);
    }),
  SLOW,
);

const ENDS = /^the target ended its process, or cut it off from the command, behind this input$/;
const DONE_TO_ITSELF: [name: string, body: string, found: string, cause: RegExp][] = [
  ['disconnects', 'process.disconnect()', 'exit:0', ENDS],
  ['exits well', 'process.exit(0)', 'exit:0', /^the target ended its process with 0$/],
  [
    'exits when it has returned',
    'setImmediate(() => process.exit(7))',
    'exit:7',
    /^the target ended its process with 7, behind this input$/,
  ],
  ['signals itself', 'process.kill(process.pid)', 'crash:SIGTERM', /^the target crashed: SIGTERM$/],
  ['closes the channel', 'try { fs.closeSync(4) } catch {}', 'exit:0', ENDS],
  ['closes what it does not have', 'fs.closeSync(1000)', 'throw:Error', /EBADF/],
];

for (const [name, body, found, cause] of DONE_TO_ITSELF) {
  t.test(
    `a target that ${name} is found`,
    () =>
      withTempDir(async (folder) => {
        const file = join(folder, 'own.cjs');
        writeFileSync(file, `const fs = require('node:fs'); exports.fuzz = () => { ${body}; };`);
        const { code, lines } = await fuzzJson([`module:${file}`, '--runs', '2', '--seed', '1', '--no-artifacts']);
        assert.is(code, 1);
        const [finding] = only(lines, 'finding');
        assert.is(String(finding?.class).split('@')[0], found);
        assert.match(String(finding?.cause), cause);
      }),
    SLOW,
  );
}

t.test(
  'further inputs that do not end are given up sooner, and that is told',
  () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'hangs.mjs');
      writeFileSync(file, 'export function fuzz() { for (;;); }');
      const { code, lines } = await fuzzJson(
        [`module:${file}`, '--runs', '5', '--timeout', '6s', '--seed', '1', '--no-artifacts'],
        { limit: 75_000 },
      );
      assert.is(code, 1);
      assert.equal(
        only(lines, 'note').map(({ text }) => text),
        ['an input did not end within 6 s: each further one is given up after 1 s, and counted'],
      );
      const [end] = only(lines, 'end');
      assert.equal(end?.classes, { hang: 5 });
      assert.ok(Number(end?.seconds) < 30, 'five times the whole time');
      assert.match(String(only(lines, 'finding')[0]?.cause), /within 6 s/);
    }),
  SLOW,
);

/** Processes that sleep for so many seconds. */
const sleepers = (seconds: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(seconds);
    } catch {
      return false;
    }
  });

for (const [name, options] of [
  ['in its group, without its environment', '{ env: {}, stdio: "ignore" }'],
  ['in a group of its own', '{ detached: true, stdio: "ignore" }'],
]) {
  t.test(
    `SIGKILL of the command ends what a target has started ${name}`,
    () =>
      withTempDir(async (folder) => {
        const seconds = `${6_000_000 + process.pid}`;
        const file = join(folder, 'starts.mjs');
        writeFileSync(
          file,
          `import { spawn } from 'node:child_process';
          let child;
          export function fuzz() { child ??= spawn('sleep', ['${seconds}'], ${options}); }`,
        );
        const running = fuzzing([`module:${file}`, '--time', '1h', '--no-artifacts']);
        await until('it runs', () => sleepers(seconds).length > 0, 30_000);
        await running.end('SIGKILL');
        await until('nothing is left', () => sleepers(seconds).length === 0 && running.left().length === 0, 20_000);
      }),
    SLOW,
  );
}

t.run();
