/** Test runners, which load modules in ways of their own. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { commonjs, expect, place, project, run, temp, tools } from '../installation.mjs';

/** @param {string} folder @param {string[]} flags */
async function jest(folder, ...flags) {
  const program = join(dirname(tools.resolve('jest/package.json')), 'bin/jest.js');
  const config = { transform: {}, testMatch: ['**/*.test.?js'], cacheDirectory: join(temp, 'jest'), rootDir: folder };
  const { stderr } = await run(
    process.execPath,
    [...flags, program, '--ci', '--runInBand', '--watchman=false', `--config=${JSON.stringify(config)}`],
    folder,
  );
  expect(/^Tests: +\d+ passed, \d+ total$/m.test(stderr), stderr);
}

/** @type {import('../installation.mjs').Check[]} */
export const testRunnerChecks = [
  {
    name: 'Jest runs it as it is, also for a second test file in the same process',
    check: async () => {
      const folder = join(commonjs, 'jest');
      mkdirSync(folder);
      place(folder, 'required.test.cjs');
      cpSync(join(folder, 'required.test.cjs'), join(folder, 'again.test.cjs'));
      await jest(folder);
    },
  },
  {
    name: 'Jest runs it as ES modules, required and imported alike',
    check: async () => {
      const folder = join(project, 'jest');
      mkdirSync(folder);
      place(folder, 'imported.test.mjs', 'required.cjs', 'mixed.mjs', 'fast-check.test.mjs');
      await jest(folder, '--experimental-vm-modules', '--no-warnings');
    },
  },
  {
    name: 'Vitest runs it',
    check: async () => {
      const folder = join(project, 'vitest');
      mkdirSync(folder);
      place(folder, 'imported.test.mjs', 'required.cjs', 'mixed.mjs', 'fast-check.test.mjs');
      writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
      const program = join(dirname(tools.resolve('vitest/package.json')), 'vitest.mjs');
      const { stdout } = await run(process.execPath, [program, 'run', '--globals', '--root', folder], folder);
      expect(/Tests +\d+ passed \(\d+\)/.test(stdout), stdout);
    },
  },
];
