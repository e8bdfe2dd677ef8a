/** What is packed, and that it installs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, installed, installTarball, installTools, root, run, temp, tools } from '../installation.mjs';

/** All that may be in the tarball. */
const ALLOWED = [
  /^(package\.json|README\.md|docs\/(fuzzing|handoff-protocol)\.md|LICENSE|NOTICE|CHANGELOG\.md)$/,
  /^build\/(index|codec|browser|cli|cli-main|cli-exec|fuzz-job|fast-check|usocket|unix-dgram|notify|handoff|sysv)\.js$/,
  /^build\/chunks\/[\w-]+\.js$/,
  /^build\/cjs\/(package\.json|(library|index|codec|fast-check|usocket|unix-dgram|notify|handoff|sysv)\.js)$/,
  /^build\/types\/(package\.json|(index|codec|fast-check(\/\w+)?|adapters\/(usocket|unix-dgram|notify|handoff|sysv))\.d\.mts|.*\.d\.ts)$/,
  /^build\/drop-in\/(usocket|unix-dgram)\/(package\.json|index\.js|index\.d\.ts)$/,
  /^build\/samples\/[\w.-]+$/,
];
const REQUIRED = [
  'package.json',
  'README.md',
  'LICENSE',
  'NOTICE',
  'build/index.js',
  'build/codec.js',
  'build/cli.js',
  'build/cli-main.js',
  'build/cli-exec.js',
  'build/fuzz-job.js',
];
/** The library is in it twice: as ES modules for bundlers, as CommonJS for Node, queues and the hand-off too; and a command with a lab. */
const TARBALL_KIB = 848;

let tarball = '';

/** @param {string} folder */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** @type {import('../installation.mjs').Check[]} */
export const tarballChecks = [
  {
    name: 'npm pack builds and packs',
    check: async () => {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', temp], root);
      const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')));
      tarball = join(temp, packed.filename);
      expect(packed.size <= TARBALL_KIB * 1024, `${packed.size} bytes, more than ${TARBALL_KIB} KiB`);
    },
  },
  { name: 'the tarball installs in an empty project without scripts', check: () => installTarball(tarball) },
  {
    name: 'it holds what users need and nothing else',
    check: async () => {
      const files = listFiles(installed);
      const extra = files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)));
      const missing = REQUIRED.filter((file) => !files.includes(file));
      expect(extra.length === 0, `should not be there: ${extra.join(', ')}`);
      expect(missing.length === 0, `missing: ${missing.join(', ')}`);
      const paths = files.filter((file) => readFileSync(join(installed, file), 'latin1').includes(root));
      expect(paths.length === 0, `the path of this folder is in ${paths.join(', ')}`);
    },
  },
  {
    name: 'it declares what it exports, and nothing internal',
    check: async () => {
      const files = listFiles(join(installed, 'build/types')).filter((file) => file.endsWith('.d.ts'));
      const text = files.map((file) => readFileSync(join(installed, 'build/types', file), 'utf8')).join('');
      // A function that has overloads is declared once for each; an abstract class is a type to users.
      const declarations = text.matchAll(/^export declare (?:class|function|const|let) (\w+)/gm);
      const declared = [...new Set(Array.from(declarations, ([, name]) => name))];
      const entries = ['index', 'fast-check', 'usocket', 'unix-dgram', 'notify', 'handoff', 'sysv'];
      const modules = await Promise.all(entries.map((name) => import(join(installed, `build/${name}.js`))));
      const exported = modules.flatMap((module) => Object.keys(module));
      expect(declared.sort().join() === exported.sort().join(), `declared ${declared}, exported ${exported}`);
      expect(!text.includes('@internal'), 'something @internal is declared');
    },
  },
  {
    name: 'the tools that users load it with install',
    check: async () => {
      await installTools();
      tools.resolve('typescript');
    },
  },
];
