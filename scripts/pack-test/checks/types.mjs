/** The declarations, as each kind of project reads them, without a look away (skipLibCheck: false). */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { commonjs, place, project, root, run, tools } from '../installation.mjs';

/** The project's own compiler, and the oldest that is promised. @type {Record<string, () => string>} */
const COMPILERS = {
  7: () => join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc'),
  5.4: () => join(tools.resolve('typescript/package.json'), '../bin/tsc'),
};

const ES_PROJECT = { module: 'nodenext', moduleResolution: 'nodenext' };
const COMMON_JS_PROJECT = { module: 'node16', moduleResolution: 'node16' };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const NODE10 = { module: 'commonjs', moduleResolution: 'node' };

/** @type {[compiler: string, kind: string, folder: string, options: object][]} */
const KINDS = [
  ['7', 'an ES project (nodenext)', project, ES_PROJECT],
  ['7', 'a CommonJS project (node16)', commonjs, COMMON_JS_PROJECT],
  ['7', 'a bundler', project, BUNDLER],
  ['5.4', 'an ES project (nodenext)', project, ES_PROJECT],
  ['5.4', 'a CommonJS project (node16)', commonjs, COMMON_JS_PROJECT],
  ['5.4', 'a bundler', project, BUNDLER],
  ['5.4', 'a project of old (node10)', commonjs, NODE10],
];

/** @param {string} compiler @param {string} folder @param {string[]} files @param {object} options */
async function compile(compiler, folder, files, options) {
  const strict = { noEmit: true, strict: true, skipLibCheck: false, target: 'es2022', lib: ['es2023'] };
  const config = { compilerOptions: { ...strict, ...options }, files };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await run(process.execPath, [COMPILERS[compiler]?.() ?? '', '-p', 'tsconfig.json'], folder);
}

/** @type {import('../installation.mjs').Check[]} */
export const typeChecks = [
  ...KINDS.map(([compiler, kind, folder, options]) => ({
    name: `TypeScript ${compiler} finds the declarations right in ${kind}`,
    check: async () => {
      // fast-check's own declarations are not for those of old.
      const files = options === NODE10 ? ['consumer.ts'] : ['consumer.ts', 'arbitraries.ts'];
      place(folder, ...files);
      const typeRoots = [join(root, 'node_modules/@types')];
      await compile(compiler, folder, files, { ...options, types: ['node'], typeRoots });
    },
  })),
  {
    name: 'the declarations of the codec need no types of Node',
    check: async () => {
      place(project, 'codec-consumer.ts');
      await compile('5.4', project, ['codec-consumer.ts'], { ...ES_PROJECT, types: [], typeRoots: [] });
    },
  },
];
