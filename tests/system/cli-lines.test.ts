/** JSON Lines: answered one for one, in order, each at once. */
import { encode } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { ABI, ask } from '../support/ask.js';
import { cli, Running, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('cli-lines');

const ONE = '{"control":""}';
const END = { headers: [], end: 'end', at: 0 };

t.table<string, number>(
  [
    { name: 'the last line needs no newline', in: `${ONE}\n${ONE}`, out: 2 },
    { name: 'lines may end in CRLF', in: `${ONE}\r\n${ONE}\r\n`, out: 2 },
    { name: 'no input, no answer', in: '', out: 0 },
    { name: 'a line of 200,000 characters', in: `{"control":"","more":"${'00'.repeat(100_000)}"}\n`, out: 1 },
  ],
  async (input) => {
    const all = await ask('walk', input);
    for (const answer of all) assert.equal(answer, END);
    return all.length;
  },
);

t.test('a line too large for the memory is answered with an error, the next one as ever', async () => {
  const [large, next] = await ask('walk', `{"control":"${'00'.repeat(3_000_000)}"}\n${ONE}\n`);
  assert.match(`${large?.error}`, /memory/);
  assert.equal(next, END);
});

t.test(
  'a line of 40 MB is answered with an error within seconds, the next one as ever',
  async () => {
    const start = performance.now();
    const [large, next] = await ask('walk', `{"control":"${'00'.repeat(20_000_000)}"}\n${ONE}\n`);
    const took = performance.now() - start;
    assert.type(large?.error, 'string');
    assert.equal(next, END);
    assert.ok(took < 8000, `took ${took} ms`);
  },
  { timeout: 20_000 },
);

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
