/** `npm run mutate`: which changes it makes, and that what is listed as equivalent has to be so. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { reasonFor, staleEntries } from '../../scripts/mutate/equivalents.mjs';
import { findMutants } from '../../scripts/mutate/mutants.mjs';
import { patchTables } from '../../scripts/mutate/tables.mjs';
import { suite } from '../support/suite.js';

const t = suite('mutate');
const lines = (file: string, source: string) => findMutants(new Map([[file, source]])).map(({ becomes }) => becomes);

t.table(
  [
    { name: 'a small number', in: 'f(a, 0);', out: ['f(a, 1);', ';'] },
    {
      name: 'a large one',
      in: 'return 0x100;',
      out: ['return 0x101;', 'return 0xff;', 'return 0x200;', 'return 0x80;'],
    },
    { name: 'room for data', in: 'const A: usize = memory.data(4);', out: ['const A: usize = memory.data(3);'] },
    { name: 'a comparison', in: 'return a < b;', out: ['return a <= b;', 'return a >= b;'] },
    { name: 'not a cast', in: 'return <u32>a;', out: [] },
    {
      name: 'arithmetic',
      in: 'return (a + b) & ~c;',
      out: ['return (a - b) & ~c;', 'return (a + b) | ~c;', 'return (a + b) & c;'],
    },
    { name: 'not a sign', in: 'return -a;', out: [] },
    {
      name: 'a condition',
      in: 'if (a || !b) return;',
      out: ['if (true) return;', 'if (false) return;', 'if (a && !b) return;', 'if (a || b) return;'],
    },
    { name: 'a choice', in: 'return a ? b : c;', out: ['return true ? b : c;', 'return false ? b : c;'] },
    { name: 'a statement', in: 'store<u8>(at, b);', out: [';'] },
    { name: 'no comment and no import', in: "import { A } from './a'; // 1 < 2", out: [] },
    { name: 'a text outside the tables', in: "f('id');", out: [';'] },
  ],
  (source) => lines('assembly/base/x.ts', source),
);

t.test('a constant of a table is taken for its relatives', () => {
  const source =
    'const BIG: bool = f;\nconst ONE: u8 = x;\nconst TWO: u8 = y;\n\nconst FAR: u8 = z;\nadd(BIG, ONE, FAR)';
  assert.equal(lines('assembly/x/rows.ts', source), ['add(!BIG, ONE, FAR)', 'add(BIG, TWO, FAR)']);
});

t.test('an id of a table is changed, a text for people is not', () => {
  assert.equal(lines('assembly/x/rows.ts', "add('id', 'some words', 'https://a')"), [
    "add('idx', 'some words', 'https://a')",
  ]);
});

t.test('what is listed as equivalent is told by its line, wherever that stands, and must exist', () => {
  const mutants = findMutants(new Map([['assembly/x.ts', '\n\n  return a < b;\n']]));
  const entry = { file: 'assembly/x.ts', line: 'return a < b;', becomes: ['return a <= b;'], reason: 'never equal' };
  assert.equal(
    mutants.map((mutant) => reasonFor([entry], mutant)),
    ['never equal', undefined],
  );
  assert.equal(staleEntries([entry], mutants), []);
  const stale = { ...entry, becomes: ['return a <= b;', 'return a == b;'] };
  assert.equal(staleEntries([stale], mutants), [{ file: entry.file, line: entry.line, becomes: 'return a == b;' }]);
});

const table = (...bytes: number[]) =>
  `const A: usize = memory.data<u8>([${bytes}]);\nconst B: usize = memory.data<u8>([7]);`;

t.table(
  [
    { name: 'another value of a table is another byte of the module', in: [table(1, 3)], out: [9, 1, 3, 7, 9] },
    { name: 'a longer table is compiled', in: [table(1, 2, 3)], out: undefined },
    { name: 'another number of rows is compiled', in: [`const ROWS: i32 = 1;\n${table(1, 2)}`], out: undefined },
    { name: 'a table that stands there twice is compiled', in: [table(1, 3), [1, 2, 7, 1, 2]], out: undefined },
    { name: 'a table that does not stand there is compiled', in: [table(1, 3), [1, 7, 2]], out: undefined },
  ] as { name: string; in: [after: string, wasm?: number[]]; out: number[] | undefined }[],
  ([after, wasm = [9, 1, 2, 7, 9]]) => {
    const patched = patchTables(Uint8Array.from(wasm), table(1, 2), after);
    return patched && Array.from(patched);
  },
);

const run = (...argv: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/mutate.mjs', ...argv], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

t.test('a run tells its seed and its counts', () => {
  const { status, stdout, stderr } = run('--file', 'base/align', '--sample', '2', '--seed', '7');
  assert.is(stderr, '');
  assert.match(stdout, /^2 of \d+ mutants, seed 7\n/);
  assert.match(stdout, /\n\d+ passed, 0 failed, \d+ skipped\n$/);
  assert.is(status, 0);
});

t.test('Ctrl-C ends it at once', async () => {
  const child = spawn(process.execPath, ['scripts/mutate.mjs'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  assert.equal(await once(child, 'exit'), [130, null]);
});

t.table(
  [
    { name: 'an unknown option', in: ['--sampel', '2'], out: 2 },
    { name: 'a sample of nothing', in: ['--sample', '0'], out: 2 },
    { name: 'a seed that is no number', in: ['--seed', 'x'], out: 2 },
    { name: 'a file that is not there', in: ['--file', 'nowhere'], out: 1 },
    { name: 'help', in: ['--help'], out: 0 },
  ],
  (argv) => run(...argv).status as number,
);

t.run();
