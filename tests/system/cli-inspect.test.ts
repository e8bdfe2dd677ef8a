/** inspect, diff and layout: what people are shown, wherever the bytes come from and wherever it is printed. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { encodeControl } from '../../host/model/encode.js';
import { hexOfBytes } from '../../host/model/hex.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { ACTING, assertFails } from '../support/bad-input.js';
import { cli, Running, run, type StartOptions } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-inspect');
const ABI = ['--abi', 'x86_64-glibc'];
const RIGHTS = '180000000000000001000000010000000300000004000000';
const BOTH = `${RIGHTS}1c0000000000000001000000020000000f7d0000e8030000e803000000000000`;

/** What a command prints; it must succeed. */
async function shown(argv: string[], options: StartOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(cli(...argv), options);
  assert.equal([code, stderr], [0, ''], argv.join(' '));
  return stdout.toString();
}

const PLAIN = `\
x86_64-glibc, 56 bytes from the argument, read as plain hexadecimal

 0  18 00 00 00 00 00 00 00  cmsg_len    24 = CMSG_LEN(8)
 8  01 00 00 00              cmsg_level  1 SOL_SOCKET
12  01 00 00 00              cmsg_type   1 SCM_RIGHTS
16  03 00 00 00              fds[0]      3
20  04 00 00 00              fds[1]      4
24  1c 00 00 00 00 00 00 00  cmsg_len    28 = CMSG_LEN(12)
32  01 00 00 00              cmsg_level  1 SOL_SOCKET
36  02 00 00 00              cmsg_type   2 SCM_CREDENTIALS
40  0f 7d 00 00              pid         32015
44  e8 03 00 00              uid         1000
48  e8 03 00 00              gid         1000
52  00 00 00 00              padding

strict reader: messages at 0, 24; nothing is wrong

walk glibc-ge-2.37: headers at 0, 24; then NULL
`;

const BROKEN = `\
powerpc-glibc, 28 bytes from the argument, read as plain hexadecimal

 0  00 00 00 0e  cmsg_len    14 = CMSG_LEN(2)
 4  00 00 00 01  cmsg_level  1 SOL_SOCKET
 8  00 00 00 02  cmsg_type   2 SCM_CREDENTIALS
12  ab cd        payload     2 bytes are no SCM_CREDENTIALS
14  00 00        padding
16  00 00 00 04  cmsg_len    the message at 16 claims 4 bytes; 12 to 12 are possible
20  00 00 00 01  cmsg_level  1 SOL_SOCKET
24  00 00 00 01  cmsg_type   1 SCM_RIGHTS

strict reader: message at 0; the message at 16 claims 4 bytes; 12 to 12 are possible

walk glibc-ge-2.37: headers at 0, 16; then NULL
`;

const DIFF = `\
x86_64-glibc, 16 bytes from the argument, read as plain hexadecimal

.. walks disagree, in 4 ways

no header; then the one at 0 is refused: the call fails with EINVAL
  walks  linux-send ..
         at once it refuses 0, where x86_64-glibc's own goes to 0

no header; then the one at 0 is refused: it and all behind it are left out
  walks  cpython-glibc-ge-2.37 ..
         at once it refuses 0, where x86_64-glibc's own goes to 0

header at 0; then the one at 0 again, for ever
  walks  bionic ..
         behind 0 it loops, where x86_64-glibc's own ends

header at 0; then NULL
  walks  glibc-ge-2.37 ..
         x86_64-glibc's own walk is one of them

strict reader: no message; the message at 0 claims 0 bytes; 16 to 16 are possible
`;

t.table(
  [
    { name: 'inspect: sound messages', in: ['inspect', ...ABI, BOTH], out: PLAIN },
    {
      name: 'inspect: what is wrong, at its bytes',
      in: ['inspect', '--abi', 'powerpc-glibc', '0000000e 00000001 00000002 abcd0000 00000004 00000001 00000001'],
      out: BROKEN,
    },
  ],
  (argv) => shown(argv),
);

t.test('diff: walks that part, in groups', async () => {
  const output = await shown(['diff', ...ABI, '00000000000000000100000001000000']);
  // Of the walks, which are many and grow in number, the first of each group.
  assert.is(output.replace(/^\d+ walks/m, '.. walks').replace(/^( {2}walks {2}[^,]+), .*$/gm, '$1 ..'), DIFF);
});

t.test('layout: side by side, with a mark at what differs', async () => {
  const output = await shown(['layout', '--abi', 'x86_64-glibc,x86_64-musl,powerpc-glibc']);
  const [, cmsghdr = ''] = /(struct cmsghdr\n[\s\S]*?\n)\n/.exec(output) ?? [];
  assert.is(
    cmsghdr,
    `\
struct cmsghdr
      x86_64-glibc            x86_64-musl               powerpc-glibc
      16 bytes, aligned to 8  16 bytes, aligned to 4 *  12 bytes, aligned to 4 *
   0  cmsg_len 8              cmsg_len 4 *              cmsg_len 4 *
   4                          padding 4 *               cmsg_level 4 *
   8  cmsg_level 4            cmsg_level 4              cmsg_type 4 *
  12  cmsg_type 4             cmsg_type 4
`,
  );
  assert.match(output, /^ {2}CMSG_SPACE\(4\) +24 +24 +16 \*$/m);
});

t.test('layout: a struct that an ABI does not declare is absent', async () => {
  const output = await shown(['layout', '--abi', 'x86_64-glibc,x86_64-freebsd']);
  assert.match(output, /^struct sock_extended_err\n.*\n +16 bytes, aligned to 4 +absent \*$/m);
});

t.test('layout --json: one object a line for each ABI, in their order', async () => {
  const lines = (await shown(['layout', '--abi', 'x86_64-freebsd,x86_64-glibc', '--json'])).trim().split('\n');
  assert.equal(
    lines.map((line) => JSON.parse(line).abi),
    ['x86_64-freebsd', 'x86_64-glibc'],
  );
});

t.test(
  'without --abi inspect, diff and layout take this machine’s, an older name is taken for the present one',
  async () => {
    const { abi } = JSON.parse(await shown(['inspect', '--json', RIGHTS]));
    assert.match(abi, /-(glibc|musl)$/);
    assert.is(JSON.parse(await shown(['diff', '--json', RIGHTS])).abi, abi);
    assert.is(JSON.parse(await shown(['layout', '--json'])).abi, abi);
    assert.is(JSON.parse(await shown(['layout', '--abi', 'arm-glibc', '--json'])).abi, 'armhf-glibc');
  },
);

t.test('inspect --json: every byte in one field, the same messages as parse and the same headers as walk', async () => {
  const answer = JSON.parse(await shown(['inspect', ...ABI, '--json', BOTH]));
  assert.equal(Object.keys(answer), ['abi', 'dialect', 'dump', 'control', 'fields', 'messages', 'trailing', 'walk']);
  assert.equal(answer.dump, { source: 'the argument', format: 'hex', reading: 'plain hexadecimal', bytes: 56 });
  let end = 0;
  for (const { offset, size } of answer.fields) {
    assert.is(offset, end);
    end += size;
  }
  assert.is(end, 56);
  const { messages } = JSON.parse(await shown(['parse', ...ABI, BOTH]));
  const { headers } = JSON.parse(await shown(['walk', ...ABI, BOTH]));
  assert.equal([answer.messages, answer.walk.headers], [messages, headers]);
});

t.test('diff --json: groups with every walk once, and whether they agree', async () => {
  const agreed = JSON.parse(await shown(['diff', '--abi', 'i386-glibc', '--json', '10000000010000000100000003000000']));
  assert.equal([agreed.agree, agreed.outcomes.length, agreed.outcomes[0].offsets], [true, 1, [0]]);
  const parted = JSON.parse(await shown(['diff', ...ABI, '--json', '00000000000000000100000001000000']));
  assert.equal([parted.agree, parted.outcomes.at(-1).isOwn, parted.outcomes[0].reason], [false, true, 'EINVAL']);
  const ids = (await shown(['dialects', '--json'])).match(/"id":"[^"]+"/g) ?? [];
  assert.is(parted.outcomes.flatMap((outcome: { dialects: string[] }) => outcome.dialects).length, ids.length);
});

t.test('walk and parse: a dump is answered like the same bytes in JSON, and says what it was taken for', async () => {
  for (const command of ['walk', 'parse']) {
    const json = await shown([command, ...ABI], { input: `{"control":"${BOTH}"}\n` });
    const { dump, ...answer } = JSON.parse(await shown([command, ...ABI, BOTH]));
    assert.equal(answer, JSON.parse(json));
    assert.equal([dump.format, dump.bytes], ['hex', 56]);
    const xxd = `00000000: ${BOTH.slice(0, 32).replace(/..../g, '$& ')}\n00000010: 0300 0000 0400 0000\n`;
    assert.is(
      JSON.parse(await shown([command, ...ABI, '-'], { input: xxd })).dump.reading,
      'lines of bytes behind hexadecimal offsets',
    );
  }
});

t.test(
  'walk and parse: JSON Lines in the argument, behind blanks, and whatever the first line is with --format json',
  async () => {
    assert.is(await shown(['walk', ...ABI, '{"control":""}']), '{"headers":[],"end":"end","at":0}\n');
    const behind = await shown(['walk', ...ABI], { input: `\n  { "control" : "" }\n` });
    assert.equal(behind.trim().split('\n').length, 2);
    const lines = await shown(['parse', ...ABI, '--format', 'json'], { input: `1400\n{"control":""}\n` });
    assert.equal(
      lines
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line))),
      [['error'], ['messages', 'trailing']],
    );
  },
);

t.test('walk answers JSON Lines as they come, before the input ends', async () => {
  const running = new Running(cli('walk', ...ABI), { stdio: ['pipe', 'pipe', 'pipe'] });
  const answered = new Promise((resolve) => running.child.stdout?.once('data', resolve));
  running.child.stdin?.write('{"control":""}\n');
  await answered;
  running.child.stdin?.end();
  assert.is((await running.ended).code, 0);
});

t.test('a file of that name is read before the text, whatever the name is; --format makes a path a text', () =>
  withTempDir(async (folder) => {
    for (const name of ['1400', '-x', '{"control":""}', '\x1b[31m\u202e', ' ', '=']) {
      writeFileSync(join(folder, name), RIGHTS);
      const argv = [process.execPath, join(process.cwd(), 'build/cli.js'), 'inspect', ...ABI, '--', name];
      const { code, stdout, stderr } = await run(['sh', '-c', 'cd "$0" && exec "$@"', folder, ...argv]);
      assert.equal([code, stderr], [0, ''], name);
      assert.match(stdout.toString(), /24 bytes from /);
      assert.not.match(stdout.toString().replaceAll('\n', ''), ACTING);
    }
    const output = await shown(['inspect', ...ABI, '--format', 'base64', '//////////8BAAAAAQAAAA==']);
    assert.match(output, /claims 0xffffffffffffffff bytes/);
  }),
);

t.test('a file that cannot be read is no text: one line, exit 1', () =>
  withTempDir(async (folder) => {
    symlinkSync('loop', join(folder, 'loop'));
    mkdirSync(join(folder, 'd'));
    for (const name of ['loop', 'd', 'none/x']) {
      await assertFails(new Running(cli('inspect', join(folder, name))), 1, /cannot read/);
    }
  }),
);

const ESCAPES = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');
const hasColour = (output: string) => output.search(ESCAPES) >= 0;
for (const [name, env, isColoured] of [
  ['in a pipe', {}, false],
  ['in a pipe with FORCE_COLOR', { FORCE_COLOR: '1' }, true],
  ['in a pipe with FORCE_COLOR=0', { FORCE_COLOR: '0' }, false],
  ['with NO_COLOR', { NO_COLOR: '1' }, false],
  // Node itself warns of the two, from 22 on.
  ['with FORCE_COLOR before NO_COLOR', { NO_COLOR: '1', FORCE_COLOR: '3', NODE_NO_WARNINGS: '1' }, true],
] as const) {
  t.test(`inspect: ${isColoured ? 'colours' : 'no colour'} ${name}, and the same text`, async () => {
    const output = await shown(['inspect', ...ABI, BOTH], { env });
    assert.is(hasColour(output), isColoured);
    assert.is(output.replaceAll(ESCAPES, ''), PLAIN);
  });
}

t.test('each kind of field has its colour', async () => {
  const output = await shown(['inspect', ...ABI, `${RIGHTS}04`], { env: { FORCE_COLOR: '1' } });
  for (const line of [
    '\x1b[36m18 00 00 00 00 00 00 00\x1b[0m  \x1b[36mcmsg_len\x1b[0m    \x1b[36m24 = CMSG_LEN(8)\x1b[0m',
    '\x1b[35m01 00 00 00\x1b[0m              \x1b[35mcmsg_level\x1b[0m  \x1b[35m1 SOL_SOCKET\x1b[0m',
    '\x1b[33m01 00 00 00\x1b[0m              \x1b[33mcmsg_type\x1b[0m   \x1b[33m1 SCM_RIGHTS\x1b[0m',
    '\x1b[32m03 00 00 00\x1b[0m              \x1b[32mfds[0]\x1b[0m      \x1b[32m3\x1b[0m',
    '\x1b[2m04\x1b[0m                       \x1b[2mtrailing\x1b[0m',
  ]) {
    assert.ok(output.includes(line), JSON.stringify(output));
  }
  const wrong = await shown(['inspect', ...ABI, '00000000000000000100000001000000'], { env: { FORCE_COLOR: '1' } });
  assert.ok(wrong.includes('\x1b[1;31mcmsg_len\x1b[0m'));
});

const noScript = lacks('script', '-qec', 'true', '/dev/null');
if (noScript) t.skip('at a terminal', noScript);
else {
  /** What a terminal of so many columns gets. */
  const terminal = (columns: number, env: string, ...argv: string[]) => {
    const command = `stty cols ${columns}; ${env} '${process.execPath}' build/cli.js ${argv.join(' ')}`;
    return run(['script', '-qec', command, '/dev/null'], { env: { TERM: 'xterm' } });
  };
  t.test('at a terminal there are colours, but none with NO_COLOR or at a dumb one', async () => {
    for (const [env, isColoured] of [
      ['', true],
      ['NO_COLOR=1', false],
      ['NO_COLOR=', true],
      ['TERM=dumb', false],
    ] as const) {
      const { stdout } = await terminal(100, env, 'inspect', ...ABI, BOTH);
      assert.match(stdout.toString(), /cmsg_len/);
      assert.is(hasColour(stdout.toString()), isColoured, env);
    }
  });
  t.test('no line is wider than the terminal, and a layout has several tables then', async () => {
    for (const argv of [
      ['diff', ...ABI, RIGHTS.repeat(20)],
      ['layout', '--abi', 'x86_64-glibc,x86_64-musl,powerpc-glibc'],
    ]) {
      const { stdout } = await terminal(78, 'NO_COLOR=1', ...argv);
      for (const line of stdout.toString().split(/\r?\n/)) assert.ok(line.length <= 78, `${line.length}: ${line}`);
      if (argv[0] === 'layout') assert.is(stdout.toString().match(/struct cmsghdr/g)?.length, 2);
    }
  });
  t.test('a terminal of one column gets something', async () => {
    assert.match((await terminal(1, 'NO_COLOR=1', 'inspect', ...ABI, RIGHTS)).stdout.toString(), /cmsg_len/);
  });
}

t.test('a buffer of a mebibyte is drawn in a thousand lines, and is whole in JSON', async () => {
  const message = encodeControl(codecInstance(), 'x86_64-glibc', [{ level: 9, type: 9, data: new Uint8Array(0) }]);
  const input = hexOfBytes(message.control).repeat(65536);
  const output = await shown(['inspect', ...ABI], { input });
  assert.match(output, /^ *\d+ +\.\. +\d+ bytes more, in 195608 fields$/m);
  assert.ok(output.split('\n').length < 1100);
  assert.ok((await shown(['diff', ...ABI], { input })).split('\n').length < 40);
  assert.is(JSON.parse(await shown(['inspect', ...ABI, '--json'], { input })).fields.length, 196608);
});

t.test('10 MB that are no dump end in one line before long', async () => {
  await assertFails(new Running(cli('inspect'), { input: '14'.repeat(5_000_000) }), 2, /more than 1048576 bytes/);
  await assertFails(new Running(cli('inspect'), { input: Buffer.alloc(20 << 20, 'z') }), 2, /16777216 characters/);
});

for (const argv of [['inspect', RIGHTS], ['diff', RIGHTS], ['layout'], ['walk', RIGHTS], ['parse', RIGHTS]]) {
  t.test(`${argv[0]} to a pipe that nobody reads: one line, exit 1`, () => {
    const running = new Running(cli(argv[0] as string, ...ABI, ...argv.slice(1)));
    running.child.stdout?.destroy();
    return assertFails(running, 1, /the output was closed before all was written/);
  });
}

t.run();
