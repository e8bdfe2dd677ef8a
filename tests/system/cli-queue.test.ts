/** `ancillary queue`: queues are made, found, used, told of and removed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ftok, MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { ftokOf, keyOf, sentType, wantedType } from '../../host/cli/queue/options.js';
import { ask, askJson, queue } from '../support/cli-queues.js';
import { Running, run } from '../support/process.js';
import { checkQueues, noQueues, queueIds, queuesGone, withKey, withQueue } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-queue');
checkQueues(t);
const test = (name: string, fn: () => unknown, lack = noQueues) => (lack ? t.skip(name, lack) : t.test(name, fn));

t.table(
  [
    { name: 'the least key', in: '-2147483648', out: -(2 ** 31) },
    { name: 'the greatest key', in: '4294967295', out: -1 },
    { name: 'the greatest key in digits of either case', in: '0XFFFFffff', out: -1 },
    { name: 'a key of eight digits with zeros', in: '0x00000001', out: 1 },
  ],
  keyOf,
);

t.table(
  [
    { name: 'the least number beside a file', in: '/a:1', out: { path: '/a', id: 1 } },
    { name: 'the greatest number beside a file', in: '/a:255', out: { path: '/a', id: 255 } },
    { name: 'a hexadecimal number beside a file', in: '/a:0xFf', out: { path: '/a', id: 255 } },
    { name: 'a letter beside a file with a colon', in: 'a:b:z', out: { path: 'a:b', id: 122 } },
    { name: 'a file with a line feed', in: 'a\nb:Z', out: { path: 'a\nb', id: 90 } },
  ],
  ftokOf,
);

t.table(
  [
    { name: 'the least type to send', in: '1', out: 1n },
    { name: 'the greatest type to send', in: '0x7fffffffffffffff', out: 2n ** 63n - 1n },
    ...['-1', '-0', '01', '0x8000000000000000'].map((type) => ({
      name: `${type} is no type to send`,
      in: type,
      err: /whole number from 1 to 9223372036854775807/,
    })),
  ],
  sentType,
);

t.table(
  [
    { name: 'any type to receive', in: '0', out: 0n },
    { name: 'the least type to receive', in: '-9223372036854775808', out: -(2n ** 63n) },
    { name: 'the greatest type to receive', in: '9223372036854775807', out: 2n ** 63n - 1n },
    { name: 'a type to receive of 20 digits', in: '10000000000000000000', err: /whole number: 0, a type/ },
  ],
  wantedType,
);

test('create prints the id alone, which the other commands take', async () => {
  const id = (await ask(['create'])).stdout.toString();
  assert.match(id, /^\d+\n$/);
  await ask(['send', id.trim(), '--type', '7', 'a text']);
  assert.is((await ask(['recv', id.trim()])).stdout.toString(), 'a text');
  assert.equal((await ask(['rm', id.trim()])).stdout.length, 0);
  assert.not.ok(queueIds().includes(Number(id)));
});

test('create --json is id and key and nothing else, of a private queue with key 0', async () => {
  const text = (await ask(['create', '--json'])).stdout.toString();
  const [, id] = /^\{"id":(\d+),"key":0\}\n$/.exec(text) ?? [];
  assert.ok(id, text);
  assert.equal(await askJson('rm', id), { id: Number(id), removed: true });
});

test('a private queue has the mode that is given', async () => {
  const { id } = await askJson('create', '--mode', '620');
  assert.is((await askJson('stat', id)).mode, 0o620);
  await ask(['rm', id]);
});

test('a queue that is there is found; with --exclusive it is an error; its mode is as it was made with', () =>
  withKey(async (key) => {
    const made = await askJson('create', '--key', key, '--mode', '640');
    assert.equal(await askJson('create', '--key', `0x${key.toString(16)}`), made);
    assert.equal(made, { id: MessageQueue.open(key).id, key });
    const { code, stderr } = await run(queue('create', '--key', key, '--exclusive'));
    assert.is(code, 1);
    assert.match(stderr, /^ancillary: msgget for key 0x[0-9a-f]{8}: EEXIST, [^\n]*\n$/);
    assert.is(MessageQueue.open(key).stat().mode, 0o640);
  }));

test('a key is an int however it is written, above 2^31 too', () =>
  withKey(async (key) => {
    const high = (key | 0x80000000) >>> 0;
    const { id, key: told } = await askJson('create', '--key', high);
    try {
      assert.is(told, high | 0);
      for (const text of [`${high}`, `${high | 0}`, `0x${high.toString(16).toUpperCase()}`]) {
        assert.is((await askJson('stat', '--key', text)).id, id);
      }
    } finally {
      await ask(['rm', '--key', `${high | 0}`]);
    }
  }));

test('whoever only knows a path and an id uses every command by --ftok', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'a:b');
    writeFileSync(path, '');
    const place = ['--ftok', `${path}:A`];
    try {
      const { key } = await askJson('create', ...place);
      assert.is(key, ftok(path, 'A'));
      assert.is((await askJson('stat', '--ftok', `${path}:65`)).key, key);
      await ask(['send', ...place, '--type', '2', 'x']);
      assert.is((await askJson('peek', ...place, '0')).text, 'x');
      assert.is((await askJson('show', ...place)).qnum, 1);
      assert.is((await askJson('recv', ...place)).text, 'x');
    } finally {
      await ask(['rm', ...place]);
    }
  }));

test('every byte comes out as it went in, through pipes; empty messages too', () =>
  withQueue(async ({ id }) => {
    const bytes = Buffer.from(Array.from({ length: 8192 }, (_, i) => i & 0xff));
    for (const data of [bytes, Buffer.alloc(0), Buffer.from('\0\n\x1b[31m\xff', 'latin1')]) {
      await ask(['send', id, '--type', 1, '-'], { input: data });
      assert.equal((await ask(['peek', id])).stdout, data);
      assert.equal((await ask(['recv', id])).stdout, data);
    }
    await ask(['send', id, '--type', 1, '']);
    await ask(['send', id, '--type', 1], { input: 'no TEXT is standard input' });
    assert.equal(await askJson('recv', id), { type: 1, size: 0, data: '', text: '' });
    assert.is((await ask(['recv', id, '--raw'])).stdout.toString(), 'no TEXT is standard input');
  }));

test('types: the oldest, of a type, of another, the smallest up to one', () =>
  withQueue(async (made) => {
    for (const [type, text] of [
      [5, 'a'],
      [2, 'b'],
      [9, 'c'],
      [2, 'd'],
      [1, 'e'],
      [7, 'f'],
    ] as const)
      made.sendSync(type, text);
    const take = async (...argv: string[]) => (await ask(['recv', made.id, ...argv])).stdout.toString();
    assert.is(await take('--type', '5', '--except'), 'b');
    assert.is(await take('--type', '-6'), 'e');
    assert.is(await take('--type', '9'), 'c');
    assert.is(await take('--type', '0'), 'a');
    assert.is(await take('--type', '-0x8000000000000000'), 'd');
    assert.is(await take(), 'f');
  }));

test('a type that no number holds goes in and out as hexadecimal digits', () =>
  withQueue(async ({ id }) => {
    const sent = await askJson('send', id, '--type', '9223372036854775807', 'x');
    assert.equal(sent, { id, type: '0x7fffffffffffffff', size: 1 });
    assert.is((await askJson('peek', id)).type, '0x7fffffffffffffff');
    assert.is((await askJson('recv', id, '--type', '0x7fffffffffffffff')).text, 'x');
  }));

test('a longer message stays, and with --no-error it is cut', () =>
  withQueue(async (made) => {
    made.sendSync(1, 'abcdef');
    const { code, stderr, stdout } = await run(queue('recv', made.id, '--max-data', 4));
    assert.equal([code, stdout.length, made.stat().qnum], [1, 0, 1]);
    assert.match(stderr, /E2BIG.*more than 4 bytes and stays/);
    assert.is((await ask(['recv', made.id, '--max-data', 4, '--no-error'])).stdout.toString(), 'abcd');
  }));

test('--hex is lines, and --json has text only of what is text', () =>
  withQueue(async (made) => {
    made.sendSync(3, Buffer.from([0xff, 0x41]));
    const lines = `type 3, 2 bytes\n00000000  ${'ff 41'.padEnd(48)}  |.A|\n`;
    assert.is((await ask(['peek', made.id, 0, '--hex'])).stdout.toString(), lines);
    assert.equal(await askJson('peek', made.id, 0), { index: 0, type: 3, size: 2, data: 'ff41' });
  }));

test('ls and stat tell what the library tells, and ls lists all', () =>
  withQueue(async (made) => {
    made.sendSync(1, 'abc');
    const status = JSON.parse(JSON.stringify(made.stat()));
    assert.equal(await askJson('stat', made.id), status);
    assert.equal(
      (await askJson('ls')).find(({ id }: { id: number }) => id === made.id),
      status,
    );
    const [head = '', ...lines] = (await ask(['ls'])).stdout.toString().trimEnd().split('\n');
    assert.match(head, /^ *id {2}key +mode +uid +messages +bytes +qbytes +last sender +last receiver$/);
    const line = lines.find((each) => each.trim().startsWith(`${made.id} `)) ?? '';
    assert.match(line, new RegExp(`^ *${made.id} +0x00000000 +0600 +0 +1 +3 +\\d+ +${process.pid} +-$`));
    assert.match((await ask(['stat', made.id])).stdout.toString(), /^ {2}bytes +3 of \d+, 0 %$/m);
  }));

test(
  'ls shows a question mark for what a kernel before 4.17 does not tell of all queues',
  () =>
    withQueue(async (made) => {
      const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=msgctl:error=EINVAL:when=2+'];
      const { code, stdout } = await run([...strace, ...queue('ls')]);
      assert.is(code, 0);
      assert.match(stdout.toString(), new RegExp(`^ *${made.id} +0x00000000 +0600 +0 +0 +0 +\\? +- +-$`, 'm'));
    }),
  noQueues ?? lacks('strace', '-o', '/dev/null', '-e', 'inject=msgrcv:error=EIO', 'true'),
);

const noPython = noQueues ?? lacks('python3', '--version');
for (const raw of [[], ['--raw']]) {
  const title = `at a terminal what a message has ${raw.length > 0 ? 'with --raw acts' : 'is shown and does not act'}`;
  test(
    title,
    () =>
      withQueue(async (made) => {
        made.sendSync(1, 'a\x1b[31mb\u202e\tc\n');
        const argv = [
          'python3',
          'tests/fixtures/python/in-terminal.py',
          'never',
          '',
          ...queue('recv', made.id, ...raw),
        ];
        const out = (await run(argv)).stdout.toString();
        assert.ok(
          out.includes(raw.length > 0 ? 'a\x1b[31mb\u202e\tc' : 'a\\u001b[31mb\\u202e\tc'),
          JSON.stringify(out),
        );
      }),
    noPython,
  );
}

test('what was taken and cannot be written is said to be lost', () =>
  withQueue(async (made) => {
    made.sendSync(4, 'abc');
    const { code, stderr } = await run(['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...queue('recv', made.id)]);
    assert.is(code, 1);
    assert.match(stderr, /^ancillary: cannot write .*ENOSPC.*message \(type 4, 3 bytes\) was taken .* is lost\n$/);
  }));

test('a queue whose id cannot be printed is not left; one that was there before is', () =>
  withKey(async (key) => {
    const full = (...argv: string[]) => run(['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...queue('create', ...argv)]);
    const before = queueIds();
    assert.is((await full()).code, 1);
    assert.is((await full('--key', String(key))).code, 1);
    await queuesGone(before);
    const { id } = MessageQueue.create(key);
    assert.is((await full('--key', String(key))).code, 1);
    assert.is(MessageQueue.open(key).id, id);
  }));

test('bytes that are no UTF-8 are refused as an argument, and not sent as others', () =>
  withQueue(async (made) => {
    const line = `exec "$@" "$(printf 'a\\377b')"`;
    const running = new Running(['sh', '-c', line, 'sh', ...queue('send', made.id, '--type', 1)]);
    const { code, stderr } = await running.ended;
    assert.equal([code, made.stat().qnum], [1, 0]);
    assert.match(stderr, /TEXT is no UTF-8.*standard input/);
  }));

test('standard input without end is refused as soon as it is too long', () =>
  withQueue(async (made) => {
    const argv = ['sh', '-c', 'exec "$@" </dev/zero', 'sh', ...queue('send', made.id, '--type', 1, '-')];
    const { code, stderr } = await run(argv);
    assert.equal([code, made.stat().qnum], [1, 0]);
    const most = readFileSync('/proc/sys/kernel/msgmax', 'latin1').trim();
    assert.match(stderr, new RegExp(`standard input has more bytes than a message may have, ${most} `));
  }));

t.run();
