/** The same seed is the same run; jobs and shards do different work; and what is written for machines and other fuzzers. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { differentWalks } from '../../host/fuzz/targets/pairs.js';
import { Engine } from '../../host/generate/engine.js';
import { listAbis } from '../../host/model/rows.js';
import type { Json } from '../support/ask.js';
import { assertWhole, filesOf, fuzzing, fuzzJson, linesOf, only, writeModule } from '../support/fuzzing.js';
import { cli, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-runs');
const SLOW = { timeout: 60_000 };
const ABI = ['--abi', 'x86_64-glibc'];
const ESCAPE = '\u001b';

/** A run in a folder of its own: all that it writes there, and what it printed but for its times. */
async function runIn(folder: string, target: readonly string[], ...more: string[]) {
  mkdirSync(join(folder, 'corpus'), { recursive: true });
  const argv = [
    ...target,
    ...ABI,
    '--corpus',
    join(folder, 'corpus'),
    '--artifacts',
    join(folder, 'artifacts'),
    ...more,
  ];
  const { code, stderr, lines } = await fuzzJson(argv);
  const [end] = only(lines, 'end');
  const { seconds: _, perSecond: _speed, ...counts } = end as Json;
  return { code, stderr, counts, found: only(lines, 'finding').map((each) => [each.class, each.input]), lines };
}

for (const [name, target, runs] of [
  ['dialects', () => ['dialects'], '400000'],
  ['two dialects', () => ['dialects', '--between', 'glibc-le-2.36,musl-1.2'], '100000'],
  ['codec', () => ['codec'], '20000'],
  ['a module', (folder: string) => [writeModule(folder, 'two')], '2000'],
] as const) {
  t.test(
    `the same seed gives the same run of ${name}, and the same files, bit for bit; another one another`,
    () =>
      withTempDir(async (folder) => {
        const target = target_(folder);
        const [one, two] = await Promise.all(
          ['one', 'two'].map((each) => runIn(join(folder, each), target, '--runs', runs, '--seed', '5')),
        );
        assert.equal(
          [one?.code, one?.stderr, one?.counts, one?.found],
          [two?.code, two?.stderr, two?.counts, two?.found],
        );
        const { code, stdout } = await run(['diff', '-r', join(folder, 'one'), join(folder, 'two')]);
        assert.equal([code, stdout.toString()], [0, '']);
        if (name === 'codec') return;
        assert.ok((one?.found.length ?? 0) > 0, 'something is found');
        assertWhole(join(folder, 'one', 'corpus'), join(folder, 'one', 'artifacts'));
        const other = await runIn(join(folder, 'other'), target, '--runs', runs, '--seed', '6');
        assert.not.equal(other.counts, one?.counts);
      }),
    SLOW,
  );
  function target_(folder: string): readonly string[] {
    return target(folder);
  }
}

t.test(
  'without a seed one is made and printed, and with that the run is the same',
  () =>
    withTempDir(async (folder) => {
      const target = ['dialects', '--between', 'glibc-le-2.36,musl-1.2'];
      const first = await runIn(join(folder, 'one'), target, '--runs', '50000');
      const [start] = only(first.lines, 'start');
      assert.match(String(start?.seed), /^\d+$/);
      const again = await runIn(join(folder, 'two'), target, '--runs', '50000', '--seed', String(start?.seed));
      assert.equal([again.counts, again.found], [first.counts, first.found]);
    }),
  SLOW,
);

t.test(
  'jobs share the runs, also where there are fewer runs than jobs',
  () =>
    withTempDir(async (folder) => {
      const target = writeModule(folder, 'quiet');
      for (const [jobs, runs] of [
        ['3', 1000],
        ['3', 2],
      ] as const) {
        const { code, lines } = await fuzzJson([target, '--jobs', jobs, '--runs', String(runs)]);
        assert.equal([code, only(lines, 'end')[0]?.executions], [0, runs]);
      }
    }),
  SLOW,
);

t.test(
  'shards do different work with one seed',
  () =>
    withTempDir(async (folder) => {
      const target = ['dialects', '--between', 'glibc-le-2.36,musl-1.2'];
      const shards = await Promise.all(
        ['1/2', '2/2'].map((shard, i) =>
          runIn(join(folder, String(i)), target, '--runs', '50000', '--seed', '9', '--shard', shard),
        ),
      );
      assert.not.equal(shards[0]?.counts, shards[1]?.counts);
      const alone = await runIn(join(folder, 'all'), target, '--runs', '50000', '--seed', '9');
      assert.equal(
        alone.counts,
        (await runIn(join(folder, 'x'), target, '--runs', '50000', '--seed', '9', '--shard', '1/1')).counts,
      );
    }),
  SLOW,
);

t.test(
  'a dictionary’s words are put into inputs',
  () =>
    withTempDir(async (folder) => {
      writeFileSync(
        join(folder, 'word.mjs'),
        `export function fuzz(data) { if (data.includes('\\x91xyzzy\\x92', 0, 'latin1')) throw new Error('found'); }`,
      );
      writeFileSync(join(folder, 'dict'), 'kw="\\x91xyzzy\\x92"\n');
      const argv = [`module:${join(folder, 'word.mjs')}`, '--runs', '20000', '--seed', '1', '--no-artifacts'];
      assert.is((await fuzzJson(argv)).code, 0, 'it is not met by chance');
      assert.is((await fuzzJson([...argv, '--dictionary', join(folder, 'dict')])).code, 1);
    }),
  SLOW,
);

t.test(
  'inputs of the corpus are tried first',
  () =>
    withTempDir(async (folder) => {
      const corpus = join(folder, 'corpus');
      mkdirSync(corpus);
      const secret = Buffer.from('this is not met by chance');
      writeFileSync(join(corpus, 'secret'), secret);
      writeFileSync(
        join(folder, 'secret.mjs'),
        `export function fuzz(data) { if (data.equals(Buffer.from('${secret}'))) throw new Error('met'); }`,
      );
      const { code, lines } = await fuzzJson([
        `module:${join(folder, 'secret.mjs')}`,
        '--runs',
        '1',
        '--corpus',
        corpus,
        '--no-artifacts',
      ]);
      assert.is(code, 1);
      assert.is(only(lines, 'finding')[0]?.input, secret.toString('hex'));
    }),
  SLOW,
);

t.test(
  'JSON Lines tell the beginning, how far it is, each finding and the end',
  async () => {
    const argv = [
      'dialects',
      '--between',
      'glibc-le-2.36,musl-1.2',
      ...ABI,
      '--time',
      '2500ms',
      '--seed',
      '1',
      '--no-artifacts',
    ];
    const { code, stderr, lines } = await fuzzJson(argv);
    assert.equal([code, stderr], [1, '']);
    const turns = await fuzzJson(['dialects', ...ABI, '--runs', '1', '--no-artifacts']);
    assert.ok(Number(turns.lines[0]?.pairs) > 100, 'how many pairs of walks have their turn');
    const { seconds, ...start } = { seconds: 0, ...lines[0] };
    assert.equal(start, {
      event: 'start',
      target: 'dialects',
      abi: 'x86_64-glibc',
      seed: '1',
      jobs: 1,
      shard: [1, 1],
      time: 2.5,
    });
    assert.ok(only(lines, 'statistics').length > 0);
    for (const each of [...only(lines, 'statistics'), lines.at(-1) as Json]) {
      for (const name of ['seconds', 'executions', 'edges', 'allEdges', 'corpus', 'corpusBytes', 'perSecond']) {
        assert.type(each[name], 'number', name);
      }
    }
    const [found] = only(lines, 'finding');
    assert.match(String(found?.input), /^([0-9a-f]{2})+$/);
    assert.equal(found?.details, { between: ['glibc-le-2.36', 'musl-1.2'] });
    assert.is(found?.file, undefined);
    assert.equal([lines.at(-1)?.event, lines.at(-1)?.reason], ['end', 'time']);
    void seconds;
  },
  SLOW,
);

t.test(
  'NO_COLOR, a dumb terminal and a pipe get plain lines; only a terminal gets a line that is drawn again',
  () =>
    withTempDir(async (folder) => {
      const target = writeModule(folder, 'two');
      const argv = cli('fuzz', target, '--runs', '3000', '--seed', '1', '--no-artifacts');
      const plain = await run(argv);
      assert.not.ok((plain.stdout.toString() + plain.stderr).includes(ESCAPE));
      const on = async (env: string) => {
        const line = `${env} ${argv.map((word) => `'${word}'`).join(' ')}`;
        return (await run(['script', '-qec', line, '/dev/null'])).stdout.toString();
      };
      const isColoured = (text: string) => text.replaceAll(ESCAPE, '!').match(/!\[[\d;]+m/) !== null;
      const coloured = await on('env TERM=xterm');
      assert.ok(coloured.includes(`${ESCAPE}[K`) && isColoured(coloured), coloured);
      assert.not.ok(isColoured(await on('env NO_COLOR=1 TERM=xterm')));
      assert.not.ok((await on('env TERM=dumb')).includes(ESCAPE));
    }),
  SLOW,
);

t.test(
  'merge adds what is new to the first folder, changes nothing else, and with --list nothing at all',
  () =>
    withTempDir(async (folder) => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      for (const each of [first, second]) mkdirSync(each);
      writeFileSync(join(first, 'same'), 'abc');
      writeFileSync(join(second, 'same too'), 'abc');
      writeFileSync(join(second, 'new'), 'abcdef');
      const before = filesOf(second);
      const argv = ['merge', first, second, '--target', writeModule(folder, 'quiet')];
      const listed = await fuzzing([...argv, '--list']).ended;
      assert.equal([listed.code, listed.stderr], [0, '']);
      assert.match(listed.stdout.toString(), /second\/new\n1 of 1 inputs would be added to the 1 in /);
      assert.is(filesOf(first).size, 1);
      const { code, stdout } = await fuzzing([...argv, '--json']).ended;
      assert.is(code, 0);
      assert.equal(linesOf(stdout)[0], { added: [join(second, 'new')], before: 1, others: 1, isDry: false });
      assert.equal([...filesOf(first).values()].map(String).sort(), ['abc', 'abcdef']);
      assert.equal(filesOf(second), before);
    }),
  SLOW,
);

/** What the inputs of folders cover of all walks that differ, or of the codec on all ABIs. */
function coverOf(target: string, ...folders: string[]): number {
  const engine = new Engine({ abi: 'x86_64-glibc', seed: 0n });
  const { fuzzCoverWalk, fuzzCoverCodec } = engine.lab.exports;
  const abis = listAbis(engine.lab).flatMap(({ dialect }, abi) => (dialect === '' ? [] : [abi]));
  const walks = differentWalks(engine.lab, engine.abi);
  let sum = 0;
  for (const input of folders.flatMap((folder) => [...filesOf(folder).values()])) {
    engine.set(input);
    if (target === 'codec') for (const abi of abis) sum += fuzzCoverCodec(abi);
    else for (const walk of walks) sum += fuzzCoverWalk(walk);
  }
  return sum;
}

for (const target of ['dialects', 'codec']) {
  t.test(
    `merge keeps of the inputs of ${target} few that cover all that all cover, and then none more`,
    () =>
      withTempDir(async (folder) => {
        const [first, small, many] = ['first', 'small', 'many'].map((name) => join(folder, name)) as [
          string,
          string,
          string,
        ];
        mkdirSync(first);
        const engine = new Engine({ abi: 'x86_64-glibc', seed: 3n });
        for (const [name, count] of [
          [small, 40],
          [many, 300],
        ] as const) {
          mkdirSync(name);
          for (let i = 0; i < count; i++) writeFileSync(join(name, String(i)), engine.generate());
        }
        const argv = ['merge', first, small, many, '--target', target, ...ABI, '--json'];
        const listed = await fuzzing([...argv, '--list']).ended;
        assert.equal([listed.code, listed.stderr, filesOf(first).size], [0, '', 0]);
        const merged = await fuzzing(argv).ended;
        assert.equal([merged.code, merged.stderr], [0, '']);
        const { added, others, before } = linesOf(merged.stdout)[0] as {
          added: string[];
          others: number;
          before: number;
        };
        assert.equal(linesOf(listed.stdout)[0]?.added, added, 'as it was listed');
        assert.is(before, 0);
        assert.ok(added.length > 1 && added.length < others / 3, `${added.length} of ${others}`);
        assert.is(filesOf(first).size, added.length);
        assert.is(coverOf(target, first), coverOf(target, first, small, many));
        const files = filesOf(first);
        const again = await fuzzing(argv).ended;
        assert.equal(linesOf(again.stdout)[0]?.added, []);
        assert.equal(filesOf(first), files);
      }),
    SLOW,
  );
  t.test(
    `a second run of ${target} begins with what the first one has kept`,
    () =>
      withTempDir(async (folder) => {
        const first = await runIn(folder, [target], '--seed', '1', '--runs', '150000');
        const end = first.counts as Json;
        const kept = filesOf(join(folder, 'corpus')).size;
        assert.ok(kept > 3, `${kept} inputs`);
        assert.is(end.corpus, kept);
        const second = await runIn(folder, [target], '--seed', '2', '--runs', '1');
        assert.ok(Number(second.counts.corpus) >= kept);
        assert.ok(Number(second.counts.edges) >= Number(end.edges), `${second.counts.edges} of ${end.edges} edges`);
        assert.ok(Number(second.counts.edges) <= Number(second.counts.allEdges));
      }),
    SLOW,
  );
}

t.test(
  'two jobs share their corpus and what they find: each class is told once, and their inputs are added up',
  () =>
    withTempDir(async (folder) => {
      const argv = ['dialects', '--between', 'glibc-le-2.36,musl-1.2', '--jobs', '2', '--seed', '4'];
      const alone = await runIn(
        join(folder, 'alone'),
        argv.map((word) => (word === '2' ? '1' : word)),
        '--runs',
        '100000',
      );
      const both = await runIn(join(folder, 'both'), argv, '--runs', '100000');
      assert.is(both.counts.executions, 100_000);
      const classes = both.found.map(([name]) => name);
      assert.is(new Set(classes).size, classes.length);
      assert.is(both.counts.findings, classes.length);
      assert.ok(classes.length >= alone.found.length / 2, `${classes.length}, ${alone.found.length}`);
      assert.is(filesOf(join(folder, 'both', 'corpus')).size, both.counts.corpus);
      const counts = Object.values(both.counts.classes as Record<string, number>);
      assert.ok(Math.max(...counts) > 100, 'those of both are counted');
    }),
  SLOW,
);

t.test(
  'what is new in a shared corpus every job is given',
  () =>
    withTempDir(async (folder) => {
      // Of two processes only the one that comes second finds it.
      const flag = join(folder, 'flag');
      writeFileSync(
        join(folder, 'shared.mjs'),
        `import { mkdirSync } from 'node:fs';
        let isFirst = true;
        try { mkdirSync(${JSON.stringify(flag)}); } catch { isFirst = false; }
        export function fuzz(data) {
          if (!isFirst && data.includes('given by hand')) throw new Error('it has come');
        }`,
      );
      const corpus = join(folder, 'corpus');
      mkdirSync(corpus);
      const running = fuzzing([
        `module:${join(folder, 'shared.mjs')}`,
        ...['--jobs', '2', '--corpus', corpus, '--artifacts', join(folder, 'artifacts'), '--json'],
      ]);
      await until('it runs', () => running.stdout.toString().includes('"event":"statistics"'), 30_000);
      writeFileSync(join(corpus, 'new'), 'given by hand');
      await until('it is found', () => running.stdout.toString().includes('it has come'), 30_000);
      assert.is((await running.end('SIGINT')).code, 130);
    }),
  SLOW,
);

t.test(
  'merge leaves out an input that ends its target, and tells',
  () =>
    withTempDir(async (folder) => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      mkdirSync(second);
      writeFileSync(join(second, 'bad'), 'more than eight bytes');
      writeFileSync(join(second, 'good'), 'few');
      const { code, stderr } = await fuzzing(['merge', first, second, '--target', writeModule(folder, 'exits')]).ended;
      assert.is(code, 0);
      assert.match(stderr, /second\/bad ends the target's process: it is left out\n$/);
      assert.equal([...filesOf(first).values()].map(String), ['few']);
    }),
  SLOW,
);

t.test(
  'merge lists what it would add to a folder that is not there, and does not make it',
  () =>
    withTempDir(async (folder) => {
      const [first, second] = [join(folder, 'first'), join(folder, 'second')];
      mkdirSync(second);
      writeFileSync(join(second, 'new'), 'abc');
      const argv = ['merge', first, second, '--target', writeModule(folder, 'quiet'), '--list'];
      const { code, stdout, stderr } = await fuzzing(argv).ended;
      assert.equal([code, stderr], [0, '']);
      assert.match(stdout.toString(), /second\/new\n1 of 1 inputs would be added to the 0 in /);
      assert.not.ok(existsSync(first));
    }),
  SLOW,
);

t.test(
  'corpus writes so many different inputs and a dictionary, the same for the same seed',
  () =>
    withTempDir(async (folder) => {
      const write = (name: string, ...argv: string[]) =>
        fuzzing([
          'corpus',
          '--format',
          'libfuzzer',
          ...ABI,
          '--seed',
          '3',
          '--count',
          '200',
          ...argv,
          join(folder, name),
        ]).ended;
      for (const name of ['one', 'two']) {
        const { code, stdout, stderr } = await write(name);
        assert.equal([code, stderr], [0, '']);
        assert.match(stdout.toString(), /^200 inputs of x86_64-glibc in .*, seed 3; the dictionary is .*\.dict\n$/);
      }
      const files = filesOf(join(folder, 'one'));
      assert.is(files.size, 200);
      assert.equal(files, filesOf(join(folder, 'two')));
      assertWhole(join(folder, 'one'), join(folder, 'none'));
      const text = readFileSync(join(folder, 'one.dict'), 'latin1');
      assert.match(text, /^SOL_SOCKET_SCM_RIGHTS="\\x01\\x00\\x00\\x00\\x01\\x00\\x00\\x00"$/m);
      const { code } = await write('three', '--dictionary', join(folder, 'words'));
      assert.equal([code, existsSync(join(folder, 'words')), existsSync(join(folder, 'three.dict'))], [0, true, false]);
      // What it writes it reads.
      const fed = await fuzzJson([
        'dialects',
        '--runs',
        '1000',
        '--corpus',
        join(folder, 'one'),
        '--dictionary',
        join(folder, 'one.dict'),
        '--no-artifacts',
      ]);
      assert.not.equal(fed.code, 2, fed.stderr);
    }),
  SLOW,
);

t.run();
