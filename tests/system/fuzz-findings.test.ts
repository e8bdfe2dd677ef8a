/** Whatever a target does to its process is a finding: saved, made smaller, and seen again with the command it prints. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Json } from '../support/ask.js';
import { assertFails } from '../support/bad-input.js';
import { assertWhole, filesOf, fuzzing, fuzzJson, linesOf, madeFolder, only, writeModule } from '../support/fuzzing.js';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-findings');

for (const [module, name, cause] of [
  ['throws', /^throw:RangeError@throws\.mjs:1:\d+$/, /^RangeError: length 9 \(throws\.mjs:1:\d+\)$/],
  ['rejects', /^throw:TypeError@rejects\.mjs:3:\d+$/, /^TypeError: later \(rejects\.mjs:3:\d+\)$/],
] as const) {
  t.test(
    `a target that ${module} is a finding, as small as it can be, and the command that is printed shows it again`,
    () =>
      withTempDir(async (folder) => {
        const artifacts = join(folder, 'found here');
        const argv = [writeModule(folder, module), '--runs', '300', '--seed', '1', '--artifacts', artifacts];
        const { code, stderr, lines } = await fuzzJson(argv);
        assert.equal([code, stderr], [1, '']);
        const [found, ...others] = only(lines, 'finding');
        assert.is(others.length, 0, 'one of each class');
        assert.match(String(found?.class), name);
        assert.match(String(found?.cause), cause);
        const input = readFileSync(String(found?.file));
        assert.is(input.toString('hex'), found?.input);
        assert.is(input.length, 9);
        assertWhole(madeFolder(folder, 'none'), artifacts);
        assert.is(filesOf(artifacts).size, 2);

        const end = only(lines, 'end')[0] as Json;
        assert.equal([end.findings, end.executions], [1, 300]);
        const counts = end.classes as Record<string, number>;
        assert.ok((counts[String(found?.class)] as number) > 1, 'further ones are counted');

        const replayed = await run(['sh', '-c', `${found?.replay} --json`], { limit: 30_000 });
        assert.is(replayed.code, 1, replayed.stderr);
        assert.is(linesOf(replayed.stdout)[0]?.class, found?.class);
      }),
    { timeout: 60_000 },
  );
}

t.test(
  'what a target throws where nobody waits for it is a finding, told as one that does not show alone if it does not',
  () =>
    withTempDir(async (folder) => {
      const argv = [writeModule(folder, 'leaves'), '--runs', '50', '--seed', '1', '--artifacts', join(folder, 'a')];
      const { code, lines } = await fuzzJson(argv);
      assert.is(code, 1);
      assert.match(String(only(lines, 'finding')[0]?.class), /^throw:Error@leaves\.mjs:1:\d+$/);
    }),
  { timeout: 30_000 },
);

t.test(
  'findings are told apart by class, and each is printed as a drawing with a command that shows it again',
  () =>
    withTempDir(async (folder) => {
      const argv = [writeModule(folder, 'two'), '--runs', '3000', '--seed', '3', '--artifacts', join(folder, 'a')];
      const running = fuzzing(argv);
      const { code, stdout, stderr } = await running.ended;
      const text = stdout.toString();
      assert.equal([code, stderr], [1, '']);
      assert.match(text, /^fuzzing module:.*two\.mjs on \S+, seed 3, 3000 inputs\n/);
      assert.match(text, /\nthrow:RangeError@two\.mjs:4:\d+\n\nRangeError: odd \(two\.mjs:4:\d+\)\n/);
      assert.match(text, /\nthrow:TypeError@two\.mjs:2:\d+\n/);
      assert.match(
        text,
        /\n3000 inputs in .*, 2 findings\n +\d+ +throw:\w+@two\.mjs:\d:\d+\n +\d+ +throw:\w+@two\.mjs:\d:\d+\n$/,
      );
      const commands = [...text.matchAll(/^replay: (.*)$/gm)].map(([, command]) => command as string);
      assert.is(commands.length, 2);
      for (const command of commands) {
        const replayed = await run(['sh', '-c', command]);
        assert.equal([replayed.code, replayed.stderr], [1, '']);
        assert.match(replayed.stdout.toString(), /^throw:(Range|Type)Error@/);
      }
      assert.equal(running.left(), []);
    }),
  { timeout: 30_000 },
);

t.test(
  'replay says that nothing is wrong once it is mended, with 0, and names what was found before',
  () =>
    withTempDir(async (folder) => {
      const target = writeModule(folder, 'throws');
      const { lines } = await fuzzJson([target, '--runs', '50', '--seed', '1', '--artifacts', join(folder, 'a')]);
      const [found] = only(lines, 'finding');
      const replay = `${found?.replay} --target module:${join(folder, 'quiet.mjs')}`;
      writeModule(folder, 'quiet');
      const { code, stdout } = await run(['sh', '-c', replay]);
      assert.is(code, 0);
      assert.match(
        stdout.toString(),
        /^nothing is wrong with 9 bytes for module:.*; it was found as throw:RangeError@/,
      );
    }),
  { timeout: 30_000 },
);

t.test(
  'minimize writes a smaller input of the same class beside, and leaves the file as it was',
  () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'big');
      await run(['sh', '-c', `head -c 3000 /dev/urandom > '${file}'`]);
      const before = readFileSync(file);
      const { code, stdout, stderr } = await fuzzing([
        'minimize',
        file,
        '--target',
        writeModule(folder, 'throws'),
        '--json',
      ]).ended;
      assert.equal([code, stderr], [0, '']);
      const [told] = linesOf(stdout);
      assert.equal([told?.bytes, told?.before, told?.file], [9, 3000, `${file}.min.bin`]);
      assert.is(readFileSync(`${file}.min.bin`).length, 9);
      assert.equal(readFileSync(file), before);
      const again = await fuzzing(['replay', `${file}.min.bin`]).ended;
      assert.is(again.code, 1, again.stderr);
    }),
  { timeout: 30_000 },
);

t.test(
  'what is written goes into no FIFO and takes the place of none, and of a file that cannot be written the record stays',
  () =>
    withTempDir(async (folder) => {
      const [fifo, bytes, output] = ['fifo', 'bytes', 'out.bin'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await run(['mkfifo', fifo]);
      mkdirSync(output);
      writeFileSync(bytes, 'more than eight bytes');
      writeFileSync(join(folder, 'out.json'), '{}');
      const target = writeModule(folder, 'throws');
      const before = readdirSync(folder);
      for (const [argv, code] of [
        [['minimize', bytes, '--target', target, '--output', fifo], 1],
        [['minimize', bytes, '--target', target, '--output', output], 1],
        [['corpus', join(folder, 'seeds'), '--count', '1', '--dictionary', fifo], 2],
      ] as const) {
        await assertFails(fuzzing(argv), code, /cannot write .*: EEXIST: it is (no regular file|a folder)/);
      }
      assert.ok(statSync(fifo).isFIFO());
      assert.equal(readdirSync(folder), [...before, 'seeds'].sort());
    }),
  { timeout: 40_000 },
);

t.test(
  'two walks that part are a finding of both, drawn beside each other',
  () =>
    withTempDir(async (folder) => {
      const argv = ['dialects', '--between', 'glibc-ge-2.37,musl-1.2', '--abi', 'x86_64-glibc', '--seed', '1'];
      const { code, stdout, stderr } = await fuzzing([...argv, '--runs', '100000', '--artifacts', join(folder, 'a')])
        .ended;
      const text = stdout.toString();
      assert.equal([code, stderr], [1, '']);
      assert.match(text, /\nwalk glibc-ge-2\.37: .*\n\nwalk musl-1\.2: .*\n/);
      const [, command = ''] = /^replay: (.*)$/m.exec(text) ?? [];
      const replayed = await run(['sh', '-c', command]);
      assert.equal([replayed.code, replayed.stderr], [1, '']);
      assert.match(replayed.stdout.toString(), /\nwalk glibc-ge-2\.37: .*\n\nwalk musl-1\.2: .*\n/);
    }),
  { timeout: 60_000 },
);

t.run();
