/** What the fuzzer reads and writes: dictionaries, corpora, findings; and the names of things. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { describeDuration, duration } from '../../host/cli/duration.js';
import { quote } from '../../host/cli/fuzz/invocation.js';
import { describeClasses, shortNumber } from '../../host/cli/fuzz/status.js';
import { artifactName, readArtifactBytes, readArtifactRecord, saveArtifact } from '../../host/fuzz/artifact.js';
import { CorpusFolder, nameOfInput } from '../../host/fuzz/corpus-folder.js';
import { describeEnding, judgeEnding } from '../../host/fuzz/death.js';
import { formatDictionary, parseDictionary } from '../../host/fuzz/dictionary.js';
import type { Finding } from '../../host/fuzz/finding.js';
import { findTarget } from '../../host/fuzz/name.js';
import { deriveSeed } from '../../host/fuzz/seed.js';
import { countPairs, differentWalks, pairsFor } from '../../host/fuzz/targets/pairs.js';
import { judgeThrown } from '../../host/fuzz/thrown.js';
import { writeWhole } from '../../host/fuzz/whole-file.js';
import { wordsOf } from '../../host/fuzz/words.js';
import { Engine } from '../../host/generate/engine.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { filesOf } from '../support/fuzzing.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-files');

const words = (text: string) =>
  parseDictionary(Buffer.from(text, 'latin1'), 'words.dict').map((word) => Buffer.from(word).toString('hex'));

t.table<string, string[]>(
  [
    { name: 'a dictionary: a word with a name', in: 'kw1="ab"', out: ['6162'] },
    { name: 'a dictionary: a word without a name', in: '"ab"', out: ['6162'] },
    { name: 'a dictionary: a level of AFL++', in: 'kw@2="ab"\nkw2@0 = "c"', out: ['6162', '63'] },
    { name: 'a dictionary: escapes', in: String.raw`a="\xfF\x00\\\""`, out: ['ff005c22'] },
    { name: 'a dictionary: a quote within needs no escape', in: 'a="=#x"', out: ['3d2378'] },
    {
      name: 'a dictionary: comments, blanks, CRLF, a byte order mark',
      in: '\xef\xbb\xbf# c\r\n\r\n  a="b"  \r\n',
      out: ['62'],
    },
    { name: 'a dictionary: bytes beyond ASCII are taken as they are', in: 'a="\xc3\xa9"', out: ['c3a9'] },
    { name: 'a dictionary: nothing', in: '', out: [] },
    { name: 'a dictionary: a word of 64 bytes', in: `a="${'x'.repeat(64)}"`, out: ['78'.repeat(64)] },
    { name: 'a bad line is named: no quotes', in: 'a="b"\nkw=ab', err: /^words\.dict, line 2: 'kw=ab' is no word/ },
    { name: 'a bad line is named: no end', in: '\n\na="b', err: /^words\.dict, line 3: / },
    {
      name: 'a bad line is named: an unknown escape',
      in: String.raw`a="\n"`,
      err: /line 1: .*\\\\.* may not stand there/,
    },
    { name: 'a bad line is named: half an escape', in: String.raw`a="\x1"`, err: /line 1: / },
    { name: 'a bad line is named: a bare quote within', in: 'a="b"c"', err: /line 1: .* may not stand there/ },
    {
      name: 'a bad line is named: a control character',
      in: 'a="\x01"',
      err: /line 1: '\\u0001' may not stand there/,
    },
    { name: 'a bad line is named: an empty word', in: 'a=""', err: /line 1: the word is empty/ },
    {
      name: 'a bad line is named: 65 bytes',
      in: `a="${'x'.repeat(65)}"`,
      err: /line 1: the word has 65 bytes: 64 are the most/,
    },
  ],
  words,
);

t.test('what is written as a dictionary is read as the same words, on every kind of ABI', () => {
  for (const abi of ['x86_64-glibc', 'i386-glibc', 'powerpc-glibc', 'x86_64-freebsd']) {
    const made = wordsOf(codecInstance(), abi);
    assert.ok(made.length > 10);
    const read = parseDictionary(Buffer.from(formatDictionary(made)), 'made');
    assert.equal(
      read,
      made.map(([, word]) => word),
      abi,
    );
  }
});

t.table<string, number>(
  [
    { name: 'a length of time: seconds', in: '30s', out: 30_000 },
    { name: 'a length of time: a bare number', in: '2', out: 2000 },
    { name: 'a length of time: milliseconds', in: '1ms', out: 1 },
    { name: 'a length of time: half an hour', in: '0.5h', out: 1_800_000 },
    ...['', '0', '-1', '1x', '1e3', 's', ' 1s', '25d', '999999999h', 'Infinity', '1s1s'].map((text) => ({
      name: `no length of time: '${text}'`,
      in: text,
      err: /./,
    })),
  ],
  duration,
);

t.table<number, string>(
  [
    { name: 'time is read easily: seconds', in: 29_700, out: '30s' },
    { name: 'time is read easily: minutes', in: 245_000, out: '4m05s' },
    { name: 'time is read easily: hours', in: 3_720_000, out: '1h02m' },
    { name: 'time is read easily: none is left', in: -20, out: '0s' },
  ],
  describeDuration,
);

t.table<number, string>(
  [
    { name: 'a number is short: 0', in: 0, out: '0' },
    { name: 'a number is short: 999', in: 999, out: '999' },
    { name: 'a number is short: 999.9', in: 999.9, out: '1.00k' },
    { name: 'a number is short: 12,345', in: 12_345, out: '12.3k' },
    { name: 'a number is short: 5,200,000', in: 5_200_000, out: '5.20M' },
    { name: 'a number is short: 99,950', in: 99_950, out: '100k' },
  ],
  shortNumber,
);

t.test('findings are told with the latest first, and how often each came', () => {
  const classes = new Map([
    ['a', 1],
    ['b|c', 2000],
  ]);
  assert.is(describeClasses(classes), '2 findings: b|c x2.00k, a');
  assert.is(describeClasses(new Map([['a', 1]])), '1 finding: a');
  assert.is(describeClasses(new Map()), 'no findings');
  const many = new Map(Array.from({ length: 9 }, (_, i) => [`c${i}`, 1]));
  assert.is(describeClasses(many), '9 findings: c8, c7, c6, c5, c4, c3 and 3 more');
});

t.table<string, [string, string]>(
  [
    { name: 'a target without anything behind it', in: 'dialects', out: ['dialects', ''] },
    {
      name: 'a target with a file has its absolute path',
      in: 'module:/a/../b:c.js',
      out: ['module:/b:c.js', '/b:c.js'],
    },
    { name: 'a target that there is not', in: 'dialect', err: /unknown target 'dialect'; did you mean 'dialects'\?/ },
    {
      name: 'nothing like a target',
      in: 'zzzzzzzz',
      err: /unknown target 'zzzzzzzz'; there are dialects, codec, .*module:FILE/,
    },
    { name: 'a target that lacks its file', in: 'module:', err: /the target module needs a file: module:FILE/ },
    {
      name: 'a target that takes nothing',
      in: 'codec:x',
      err: /the target codec takes nothing behind its name, not 'x'/,
    },
    { name: 'a name that acts on a terminal', in: '\x1b[2J', err: /^unknown target '\\u001b\[2J'/ },
  ],
  (text) => {
    const { name, argument } = findTarget(text);
    return [name, argument];
  },
);

t.test('every job of every shard has a seed of its own, and pairs of its own', () => {
  const lanes = 6;
  const seeds = new Set(
    Array.from({ length: lanes }, (_, lane) => [0, 1, 2].map((start) => deriveSeed(7n, lane, start))).flat(),
  );
  assert.is(seeds.size, lanes * 3);
  assert.is(deriveSeed(7n, 1, 2), deriveSeed(7n, 1, 2));
  const engine = new Engine({ abi: 'x86_64-glibc', seed: 1n });
  const all = pairsFor(engine, 0, 1);
  assert.is(all.length, countPairs(differentWalks(engine.lab, engine.abi).length));
  const divided = Array.from({ length: lanes }, (_, lane) => pairsFor(engine, lane, lanes)).flat();
  assert.equal(divided.map(String).sort(), all.map(String).sort());
  const many = all.length + 1;
  assert.is(pairsFor(engine, many - 1, many).length, all.length, 'with fewer pairs than jobs all have work');
});

const finding = (over: Partial<Finding> = {}): Finding => ({
  target: 'module:/a b/fuzz.js',
  class: 'throw:RangeError@x.js:1:2',
  cause: 'too long',
  input: Uint8Array.of(1, 2, 3),
  options: { abi: 'x86_64-glibc', timeout: 1000 },
  seed: 2n ** 64n - 1n,
  ...over,
});

t.test('a finding is two files that say what it takes to see it again', () =>
  withTempDir((folder) => {
    const path = saveArtifact(join(folder, 'new'), finding(), '1.2.3');
    assert.is(path, join(folder, 'new', 'module-throw-rangeerror-x.js-1-2-039058c6.bin'));
    assert.equal(readArtifactBytes(path), Uint8Array.of(1, 2, 3));
    assert.equal(readArtifactRecord(path), {
      target: 'module:/a b/fuzz.js',
      class: 'throw:RangeError@x.js:1:2',
      cause: 'too long',
      abi: 'x86_64-glibc',
      timeout: 1000,
      seed: '18446744073709551615',
      bytes: 3,
      version: '1.2.3',
    });
    assert.is(readArtifactRecord(join(folder, 'none.bin')), undefined);
    assert.equal(readdirSync(join(folder, 'new')).length, 2);
  }),
);

t.test('the name of a finding is a file name, whatever its class is', () => {
  for (const name of ['../../etc', '/', '', '..', '\0\n', 'é'.repeat(500), 'a'.repeat(500), 'x|y:z<>"*?']) {
    const made = artifactName({ ...finding(), class: name });
    assert.match(made, /^module-[a-z0-9][a-z0-9.-]*-[0-9a-f]{8}$/, name);
    assert.ok(made.length < 100);
    assert.not.match(made, /\.\./);
  }
});

t.test('a record that is damaged is named', () =>
  withTempDir((folder) => {
    for (const text of ['', '{', '[]', 'null', '7']) {
      writeFileSync(join(folder, 'x.json'), text);
      assert.throws(() => readArtifactRecord(join(folder, 'x.bin')), /x\.json is not what is kept beside a finding/);
    }
  }),
);

t.test('a corpus is read shortest first; hidden files, folders and what is no file are nobody’s inputs', () =>
  withTempDir((folder) => {
    const corpus = join(folder, 'corpus');
    mkdirSync(join(corpus, 'sub'), { recursive: true });
    writeFileSync(join(corpus, 'a'), 'long');
    writeFileSync(join(corpus, 'b'), 'x');
    writeFileSync(join(corpus, 'empty'), '');
    writeFileSync(join(corpus, '.hidden'), 'h');
    writeFileSync(join(corpus, 'huge'), Buffer.alloc(5000, 7));
    symlinkSync('/nowhere', join(corpus, 'dangling'));
    execFileSync('mkfifo', [join(corpus, 'fifo')]);
    const opened = new CorpusFolder(corpus);
    const { inputs, cut, unread } = opened.readNew();
    assert.equal(
      inputs.map((input) => input.length),
      [0, 1, 4, 4096],
    );
    assert.equal([cut, unread], [1, 2]);
    assert.equal(opened.readNew().inputs, [], 'nothing is read twice');
    new CorpusFolder(corpus).add(Uint8Array.of(9));
    assert.equal(opened.readNew().inputs, [Uint8Array.of(9)], 'what another run adds is new');
  }),
);

t.test('an input is one file, however often it is added, and has the name of its bytes', () =>
  withTempDir((folder) => {
    const corpus = new CorpusFolder(join(folder, 'corpus'));
    for (let i = 0; i < 3; i++) corpus.add(Uint8Array.of(1, 2));
    const name = nameOfInput(Uint8Array.of(1, 2));
    assert.equal([...filesOf(join(folder, 'corpus'))], [[name, Buffer.from([1, 2])]]);
  }),
);

t.test(
  'a file that cannot be written leaves nothing; what a killed process left unfinished is removed when it is old',
  () =>
    withTempDir((folder) => {
      mkdirSync(join(folder, 'taken', 'full'), { recursive: true });
      assert.throws(() => writeWhole(folder, 'taken', 'x', { sync: false }));
      assert.equal(readdirSync(folder), ['taken']);
      const [old, fresh] = ['.ancillary-1-1.tmp', '.ancillary-1-2.tmp'].map((name) => join(folder, name)) as [
        string,
        string,
      ];
      for (const file of [old, fresh, join(folder, '.other.tmp')]) writeFileSync(file, '');
      utimesSync(old, 1, 1);
      utimesSync(join(folder, '.other.tmp'), 1, 1);
      new CorpusFolder(folder);
      assert.equal([existsSync(old), existsSync(fresh), existsSync(join(folder, '.other.tmp'))], [false, true, true]);
    }),
);

const ending = (over: object) => judgeEnding({ code: null, signal: null, stderr: '', ...over }).class;

t.table<object, string>(
  [
    { name: 'an end by a signal is a crash', in: { signal: 'SIGSEGV' }, out: 'crash:SIGSEGV' },
    { name: 'an end by SIGKILL was somebody else’s', in: { signal: 'SIGKILL' }, out: 'killed:SIGKILL' },
    { name: 'an end of its own is an exit', in: { code: 3 }, out: 'exit:3' },
    {
      name: 'an end of V8 for want of memory is told by its last words',
      in: {
        signal: 'SIGABRT',
        stderr: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
      },
      out: 'out-of-memory',
    },
    {
      name: 'a sanitizer says what it found',
      in: { code: 1, stderr: '==1==ERROR\nSUMMARY: AddressSanitizer: heap-buffer-overflow x.c:3 in f\n' },
      out: 'sanitizer:heap-buffer-overflow',
    },
  ],
  ending,
);

t.test('last words are one line, the one that says it', () => {
  const stderr = 'file:///x.js:1\nthrow 1\n\nTypeError: no\u001b[2J\n    at x\n\nNode.js v20.0.0\n';
  assert.is(describeEnding({ code: 1, signal: null, stderr }), 'exit status 1: TypeError: no\\u001b[2J');
  assert.is(describeEnding({ code: null, signal: 'SIGBUS', stderr: '' }), 'SIGBUS');
});

t.test('whatever is thrown is a class without blanks and a cause of one line', () => {
  const odd = [
    undefined,
    null,
    0,
    '',
    'a\nb',
    Symbol('s'),
    () => 1,
    {},
    [],
    new Error('x\ny'),
    Object.create(null),
    10n,
    { name: 'x y', message: 3, stack: 5 },
    {
      get message() {
        return 'got';
      },
    },
    new Error('z'.repeat(10_000)),
    new AggregateError([]),
    {
      get message() {
        throw new Error('a getter');
      },
    },
    new Proxy(
      {},
      {
        get() {
          throw new Error('a trap');
        },
      },
    ),
  ];
  for (const each of odd) {
    const verdict = judgeThrown(each);
    assert.match(verdict.class, /^throw:[^\s]+$/);
    assert.not.match(verdict.cause, /[\n\r]/);
    assert.ok(verdict.cause.length < 400);
  }
});

t.test('a place is one of the stack and none that the message speaks of', () => {
  const frame = '\n    at f (/x/claimed.js:1:2)\n';
  assert.not.match(judgeThrown(new Error(frame)).class, /claimed/);
  const { message, stack } = new Error('real');
  assert.match(judgeThrown({ name: 'Error', message, stack }).class, /^throw:Error@fuzz-files\.test\.[jt]s:\d+:\d+$/);
});

t.test('a trap of WebAssembly is a class of its own', () => {
  // (module (func (export "f") unreachable))
  const bytes = Uint8Array.from([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11,
  ]);
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as { f: () => void };
  try {
    f();
    assert.unreachable();
  } catch (error) {
    assert.is(judgeThrown(error).class, 'trap:unreachable');
  }
});

t.table<string, string>(
  [
    { name: 'a path that the shell takes as it is', in: 'a/b-c.bin', out: 'a/b-c.bin' },
    { name: 'a path with blanks', in: 'a b', out: "'a b'" },
    { name: 'a path with a quote', in: "a'b", out: "'a'\\''b'" },
    { name: 'a path with a dollar', in: '$(x)', out: "'$(x)'" },
  ],
  quote,
);

t.run();
