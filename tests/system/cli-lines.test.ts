/** JSON Lines: answered one for one, in order, each at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { linesOf } from '../../host/cli/lines.js';
import { ABI, ask } from '../support/ask.js';
import { ACTING } from '../support/bad-input.js';
import { cli, Running, run, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-lines');

const ONE = '{"control":""}';
const END = { headers: [], end: 'end', at: 0 };

const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

t.table<string | Buffer, number>(
  [
    { name: 'the last line needs no newline', in: `${ONE}\n${ONE}`, out: 2 },
    { name: 'lines may end in CRLF', in: `${ONE}\r\n${ONE}\r\n`, out: 2 },
    { name: 'the last line may end in CR', in: `${ONE}\r\n${ONE}\r`, out: 2 },
    { name: 'a carriage return behind the last newline is no line', in: `${ONE}\n\r`, out: 1 },
    { name: 'the end of a file, as DOS marked it, is no line', in: `${ONE}\r\n\x1a`, out: 1 },
    { name: 'a byte order mark may begin the text', in: `\ufeff${ONE}\n${ONE}\n`, out: 2 },
    { name: 'texts with byte order marks may be joined', in: `\ufeff${ONE}\n\ufeff${ONE}\n`, out: 2 },
    { name: 'nothing but a byte order mark holds no line', in: '\ufeff', out: 0 },
    { name: 'UTF-16 as PowerShell redirects it', in: utf16le(`\ufeff${ONE}\r\n${ONE}\r\n`), out: 2 },
    { name: 'UTF-16 without a last newline', in: utf16le(`\ufeff${ONE}\n${ONE}`), out: 2 },
    { name: 'UTF-16, the high byte first', in: utf16be(`\ufeff${ONE}\r\n${ONE}\r\n`), out: 2 },
    { name: 'UTF-16 with nothing in it', in: utf16le('\ufeff'), out: 0 },
    { name: 'no input, no answer', in: '', out: 0 },
    { name: 'a line of 200,000 characters', in: `{"control":"","offsets":"${'00'.repeat(100_000)}"}\n`, out: 1 },
    {
      name: 'a line of 200,000 characters in UTF-16',
      in: utf16le(`\ufeff{"control":"","offsets":"${'\u20ac\u{1f600}'.repeat(50_000)}"}\r\n`),
      out: 1,
    },
  ],
  async (input) => {
    const all = await ask('walk', input);
    for (const answer of all) assert.equal(answer, END);
    return all.length;
  },
);

t.table<string | Buffer, number>(
  [
    { name: 'a byte order mark', in: Buffer.from('\ufeff'), out: 0 },
    { name: 'one byte that may begin a mark', in: Buffer.of(0xff), out: 1 },
    { name: 'UTF-16 that ends amid a character', in: Buffer.concat([utf16le(`\ufeff{}\n`), Buffer.of(0x7b)]), out: 2 },
    { name: 'an empty line, and one of blanks', in: '\n  \r\n', out: 2 },
  ],
  async (input) => {
    const all = await ask('walk', input, '--format', 'json');
    for (const answer of all) assert.equal(Object.keys(answer), ['error']);
    return all.length;
  },
);

for (const [name, text] of [
  ['UTF-8', Buffer.from(`\ufeff${ONE}\r\n${ONE}`)],
  ['UTF-16', utf16le(`\ufeff${ONE}\r\n${ONE}`)],
] as const) {
  t.test(`${name} with a byte order mark in a file, and byte for byte through a pipe`, () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'lines');
      writeFileSync(file, text);
      const { code, stdout } = await run(cli('walk', '--abi', ABI, file));
      assert.equal([code, stdout.toString()], [0, `${JSON.stringify(END)}\n`.repeat(2)]);
      const chunks = (async function* () {
        for (const byte of text) yield Buffer.of(byte);
      })();
      const lines: unknown[] = [];
      for await (const some of linesOf(chunks)) lines.push(...some);
      assert.equal(lines, [ONE, ONE]);
    }),
  );
}

t.test('what acts on a terminal is escaped in the answer, and is the same value', async () => {
  const acting = '\u202e\u009b31m\u007f\u2028\u{e0001}';
  const { code, stdout } = await run(cli('encode', '--abi', ABI), { input: `${acting}\n` });
  const text = stdout.toString();
  assert.is(code, 0);
  assert.not.match(text.slice(0, -1), ACTING);
  assert.ok((JSON.parse(text) as { error: string }).error.includes('\u202e'), text);
});

t.test('a line too large for the memory is answered with an error, the next one as ever', async () => {
  const [large, next] = await ask('walk', `{"control":"${'00'.repeat(3_000_000)}"}\n${ONE}\n`);
  assert.match(`${large?.error}`, /memory/);
  assert.equal(next, END);
});

t.test('a line of 40 MB is answered with an error before long, the next one as ever', async () => {
  const [large, next] = await ask('walk', `{"control":"${'00'.repeat(20_000_000)}"}\n${ONE}\n`);
  assert.type(large?.error, 'string');
  assert.equal(next, END);
});

t.test('lists 20,000 deep are answered with an error, the next line as ever', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const [answer, next] = await ask('encode', `{"messages":[{"fds":${deep}}]}\n{"messages":[]}\n`);
  assert.type(answer?.error, 'string');
  assert.is(next?.control, '');
});

t.test('--dialect walks as another libc does', async () => {
  // Two messages, the second a header that ends exactly at controllen: musl stops before it.
  const control = encode(ABI, [{ fds: [3, 4] }, { level: 1, type: 2, data: new Uint8Array(0) }]).control;
  const [glibc] = await ask('walk', JSON.stringify({ control: Buffer.from(control).toString('hex') }));
  const [musl] = await ask(
    'walk',
    JSON.stringify({ control: Buffer.from(control).toString('hex') }),
    '--dialect',
    'musl-1.2',
  );
  const visited = [glibc, musl].map((walk) => (walk as { headers: unknown[] }).headers.length);
  assert.equal(visited, [2, 1]);
});

t.test('10,000 lines at once, whatever they hold, get 10,000 answers in order', async () => {
  const r = random(seed());
  const values = [
    'null',
    'true',
    '-1',
    '1e99',
    '0.5',
    '""',
    '"ff"',
    '"0x"',
    '[]',
    '{}',
    '[null]',
    '[[1]]',
    '{"fds":1}',
  ];
  const members = ['messages', 'fill', 'tight', 'level', 'type', 'data', 'fds', 'credentials', 'label', 'pidfd', 'pid'];
  const object = (depth: number): string =>
    `{${Array.from({ length: r.below(4) }, () => `"${r.pick(members)}":${value(depth)}`).join(',')}}`;
  const value = (depth: number): string => {
    if (depth === 0 || r.below(3) === 0) return r.pick(values);
    return r.below(2) ? object(depth - 1) : `[${Array.from({ length: r.below(3) }, () => value(depth - 1)).join(',')}]`;
  };
  const input = Array.from({ length: 10_000 }, (_, i) =>
    i % 2 ? `{"messages":[{"level":${i},"type":0,"data":""}]}` : `{"messages":[${object(3)}],"x":${value(2)}}`,
  );
  const all = await ask('encode', input.join('\n'));
  assert.is(all.length, input.length);
  all.forEach((answer, i) => {
    const level = Buffer.alloc(4);
    level.writeInt32LE(i);
    if (i % 2) assert.is(answer.control, `1000000000000000${level.toString('hex')}00000000`);
    else assert.ok('control' in answer !== 'error' in answer, input[i]);
  });
});

t.test('a line is answered before the next is written', async () => {
  const running = new Running(cli('walk', '--abi', ABI), { stdio: ['pipe', 'pipe', 'pipe'] });
  for (let i = 1; i <= 3; i++) {
    running.child.stdin?.write(`${ONE}\n`);
    await until(`answer ${i}`, () => running.stdout.toString().split('\n').length === i + 1);
  }
  running.child.stdin?.end();
  assert.is((await running.ended).code, 0);
});

t.run();
