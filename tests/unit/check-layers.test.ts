import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

type Tree = Record<string, string>;

/** What the checker prints for a tree of files, but for its closing line. */
async function check(tree: Tree): Promise<string[]> {
  return withTempDir(async (root) => {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const run = promisify(execFile)(process.execPath, ['scripts/check-layers.mjs', '--root', root]);
    const { code, stdout } = await run.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => error,
    );
    const findings = stdout.trimEnd().split('\n').slice(0, -1);
    assert.is(code, findings.length > 0 ? 1 : 0, 'exit code');
    return findings;
  });
}

const t = suite('check-layers');

t.table<Tree, string[]>(
  [
    {
      name: 'a layer imports from below, from beside itself and from what it may besides',
      in: {
        'assembly/base/align.ts': '',
        'assembly/codec.ts': "export { a } from './codec/cmsg';",
        'assembly/codec/cmsg.ts': "import { b } from '../base/align';\nimport { c } from './iovec';",
        'assembly/codec/iovec.ts': '',
        'host/errors.ts': '',
        'host/wasm/instance.ts': "import bytes from '../../build/wasm/codec.wasm';\nimport '../errors';",
        'host/libc/load.ts': "import { E } from '../errors.js';\nimport { join } from 'node:path';\nimport('koffi');",
        'host/codec.ts': "export * from './wasm/instance';",
        'host/index.ts': "export * from './codec';",
        'host/cli/main.ts': "import { x } from '../index';\nimport { Command } from 'commander';",
        'tests/unit/a.test.ts': "import { x } from 'ancillary';\nimport { y } from '../../host/errors';",
        'scripts/build.mjs': "import { build } from 'esbuild';",
      },
      out: [],
    },
    {
      name: 'assembly may not import upward',
      in: { 'assembly/base/a.ts': "\nimport { b } from '../codec/b';", 'assembly/codec/b.ts': '' },
      out: ["assembly/base/a.ts:2 imports assembly/codec/b.ts: 'base' may not import 'codec'"],
    },
    {
      name: 'host may not import upward',
      in: { 'host/model/a.ts': "export * from '../view/b';", 'host/view/b.ts': '' },
      out: ["host/model/a.ts:1 imports host/view/b.ts: 'model' may not import 'view'"],
    },
    {
      name: 'layers on one level may not import one another',
      in: { 'host/socket/a.ts': "import '../sysv/b';", 'host/sysv/b.ts': '' },
      out: ["host/socket/a.ts:1 imports host/sysv/b.ts: 'socket' may not import 'sysv'"],
    },
    {
      name: 'pure may not import system',
      in: { 'host/codec.ts': "import type { F } from './fd/owned-fd';", 'host/fd/owned-fd.ts': '' },
      out: ["host/codec.ts:1 imports host/fd/owned-fd.ts: 'codec.ts' may not import 'fd'"],
    },
    {
      name: 'pure may not import packages, nor Node',
      in: { 'host/model/a.ts': "import fs from 'node:fs';\nconst k = import('koffi');" },
      out: [
        "host/model/a.ts:1 imports node:fs: 'model' may not import that package",
        "host/model/a.ts:2 imports koffi: 'model' may not import that package",
      ],
    },
    {
      name: 'pure may not use the globals of Node, but names of its own that look alike',
      in: {
        'host/view/a.ts': "// process\nexport const a = (x) => x.process + 'Buffer';\nBuffer.from(a);\nglobal.b = 1;",
      },
      out: [
        "host/view/a.ts:3 uses Buffer: 'host/view' runs without Node",
        "host/view/a.ts:4 uses global: 'host/view' runs without Node",
      ],
    },
    {
      name: 'only wasm knows the compiled module',
      in: { 'host/model/a.ts': "import bytes from '../../build/wasm/codec.wasm';" },
      out: ["host/model/a.ts:1 imports build/wasm/codec.wasm: 'host/model' may not import 'build/wasm'"],
    },
    {
      name: 'host may not import assembly source',
      in: { 'host/wasm/a.ts': "import { b } from '../../assembly/base/b';", 'assembly/base/b.ts': '' },
      out: ["host/wasm/a.ts:1 imports assembly/base/b.ts: 'host/wasm' may not import 'assembly/base'"],
    },
    {
      name: 'scripts may not import sources',
      in: { 'scripts/a.mjs': "const b = require('../host/errors.ts');", 'host/errors.ts': '' },
      out: ["scripts/a.mjs:1 imports host/errors.ts: 'scripts' may not import 'host/errors'"],
    },
    {
      name: 'no files import one another in a circle, not even within a folder',
      in: {
        'host/fd/a.ts': "import './b';",
        'host/fd/b.ts': "import './c';",
        'host/fd/c.ts': "import './a';",
        'host/fd/d.ts': "import './a';",
      },
      out: ['host/fd/a.ts imports host/fd/b.ts imports host/fd/c.ts imports host/fd/a.ts: a cycle'],
    },
    {
      name: 'a new folder has to be declared',
      in: { 'host/magic/a.ts': '', 'assembly/extra.ts': '' },
      out: [
        'assembly/extra: not declared in scripts/layers/rules.mjs',
        'host/magic: not declared in scripts/layers/rules.mjs',
      ],
    },
    {
      name: 'an import of nothing is found',
      in: { 'host/fd/a.ts': "import './b';" },
      out: ['host/fd/a.ts:1 imports host/fd/b: there is no such file'],
    },
    {
      name: 'comments, strings, templates and regular expressions hide no import and make none',
      in: {
        'host/errors.ts': [
          "// import '../a/1'",
          "/* import '../a/2' */ const text = \"import '../a/3'\";",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the fixture is such a template
          "const nested = `import '../a/4' ${`${text}import '../a/5'`} }`;",
          "const pattern = /[/'\"`]import '..\\/a'/;",
          'const half = (4 + 4) / 2 / 1;',
          '@inline export function f(): void {}',
          'import {',
          '  type A, // with a comment',
          "  B as from } from './index';",
        ].join('\n'),
        'host/index.ts': '',
      },
      out: ["host/errors.ts:9 imports host/index.ts: 'errors' may not import 'index.ts'"],
    },
  ],
  check,
);

t.run();
