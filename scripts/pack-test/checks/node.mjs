/** Node itself. */
import { join } from 'node:path';
import { bare, commonjs, expect, older, place, project, run, runProgram, version } from '../installation.mjs';

/** Switches require(esm) off, as it is in older versions. */
const NO_REQUIRE_ESM = '--no-experimental-require-module';

/** @type {[name: string, fixture: string, folder: string, ...flags: string[]][]} */
const PROGRAMS = [
  ['import passes a descriptor', 'import.mjs', project],
  ['require passes a descriptor', 'require.cjs', commonjs],
  ['require passes a descriptor where it cannot load ES modules', 'require.cjs', commonjs, NO_REQUIRE_ESM],
  ['it is one library whichever way it is loaded', 'mixed.mjs', project],
  ['the codec works without koffi', 'codec.mjs', bare],
  ['arbitraries are imported', 'fast-check.mjs', project],
  ['arbitraries are required', 'fast-check.cjs', commonjs],
  ['arbitraries go with fast-check 3', 'fast-check.mjs', older],
  ['without fast-check its arbitraries say what to install', 'no-fast-check.mjs', bare],
  ['without koffi the first system call says what it needs, and where', 'no-koffi.mjs', bare],
];

/** @type {import('../installation.mjs').Check[]} */
export const nodeChecks = [
  {
    name: 'the command runs',
    check: async () => {
      const command = join(project, 'node_modules/.bin/ancillary');
      const { stdout } = await run(command, ['--version'], project);
      expect(stdout === `${version}\n`, `--version printed '${stdout}'`);
      const abis = await run(command, ['abis', '--json'], project);
      expect(abis.stdout.includes('"x86_64-glibc"'), `abis --json printed '${abis.stdout}'`);
    },
  },
  {
    name: "Node's own test runner runs a test with arbitraries",
    check: async () => {
      place(project, 'fast-check.test.mjs');
      await run(process.execPath, ['--test', 'fast-check.test.mjs'], project);
    },
  },
  ...PROGRAMS.map(([name, fixture, folder, ...flags]) => ({
    name,
    check: async () => {
      place(folder, fixture);
      if (fixture === 'mixed.mjs') place(folder, 'required.cjs');
      await runProgram(fixture, folder, ...flags);
    },
  })),
];
