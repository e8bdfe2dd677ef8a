/** Names that act on a terminal, break lines, or mean something else: every line stays one, and says what is meant. */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { escapeControls } from '../../host/check/escape.js';
import { ACTING, assertFails, tempInside } from '../support/bad-input.js';
import { cli, isListening, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-names');

t.table(
  [
    { name: 'a newline', in: 'a\nb', out: 'a\\nb' },
    { name: 'carriage return and tab', in: '\r\t', out: '\\r\\t' },
    { name: 'what begins a sequence of the terminal', in: '\x1b[31m', out: '\\u001b[31m' },
    { name: 'the same in one character', in: '\u009b31m', out: '\\u009b31m' },
    { name: 'a rubout', in: '\x7f', out: '\\u007f' },
    { name: 'the direction of text', in: '\u202egnp.exe\u2066', out: '\\u202egnp.exe\\u2066' },
    { name: 'separators of lines and paragraphs', in: '\u2028\u2029', out: '\\u2028\\u2029' },
    { name: 'half a character', in: '\ud800', out: '\\ud800' },
    { name: 'a format character beyond 16 bits', in: '\u{e0001}', out: '\\udb40\\udc01' },
    { name: 'nothing else', in: 'ä€\u{1f600} \\ "x"', out: 'ä€\u{1f600} \\ "x"' },
  ],
  escapeControls,
);

/** A name that has them all. */
const ODD = '\x1b[31mred\x07\nancillary: all is well\r\u202etxt.\u2066\u009b\x7f\u2028';

for (const [name, code, argv, err] of [
  ['a missing file', 1, (at: string) => ['send', join(at, ODD)], /cannot open .*\\u001b\[31mred.*no such file/],
  ['a directory', 1, (at: string) => ['send', join(at, `d${ODD}`)], /cannot pass .*\\nancillary: all.* directory/],
  ['a socket to connect to', 1, (at: string) => ['send', '--socket', join(at, 's\x1b'), '/dev/null'], /s\\u001b/],
  ['a socket to listen at', 1, (at: string) => ['read', '--socket', join(at, 'no\n', 's')], /no\\n/],
  ['a taken socket', 1, (at: string) => ['read', '--socket', join(at, `d${ODD}`)], /all is well.* no socket/],
  ['a missing file of the demo', 1, (at: string) => ['demo', join(at, ODD)], /cannot open .*\\u202e/],
  ['lines from a missing file', 1, (at: string) => ['walk', '--abi', 'x86_64-glibc', join(at, ODD)], /\\u2028/],
  ['an unknown command', 2, () => [ODD], /unknown command .*\\u001b/],
  ['an unknown option', 2, () => ['read', `--${ODD}`], /unknown option .*\\u001b/],
  ['an unknown ABI', 2, () => ['layout', '--abi', ODD], /\\u009b/],
  ['a count', 2, () => ['read', '--count', ODD], /\\u007f/],
  ['an abstract name', 2, () => ['read', '--socket', `@${ODD}`], /\\u202e/],
  [
    'an abstract name that nobody has',
    1,
    () => ['send', '--connect', `@${ODD}`, '--data', 'x'],
    /\\u202e.*nobody listens/,
  ],
  ['a socket of any peer', 1, (at: string) => ['recv', '--connect', join(at, ODD)], /\\u001b.*nobody listens/],
  [
    'a program',
    127,
    (at: string) => ['recv', '--listen', join(at, 's'), '--', join(at, ODD)],
    /\\u202e.*no such program/,
  ],
] as const) {
  t.test(`an odd name of ${name}: one line that does nothing to a terminal, exit ${code}`, () =>
    withTempDir(async (folder) => {
      mkdirSync(join(folder, `d${ODD}`));
      const temp = tempInside(folder);
      await assertFails(new Running(cli(...argv(folder)), { env: { TMPDIR: temp } }), code, err, temp);
    }),
  );
}

t.test('the demo prints odd names escaped, of files and of its folder', () =>
  withTempDir(async (folder) => {
    const temp = join(folder, 'tmp\x1b');
    mkdirSync(temp);
    const file = join(folder, ODD);
    writeFileSync(file, 'content');
    const { code, stdout, stderr } = await run(cli('demo', file), { env: { TMPDIR: temp } });
    assert.equal([code, stderr], [0, '']);
    const text = stdout.toString();
    assert.is(text.split('\\u001b[31mred\\u0007\\nancillary: all is well\\r\\u202e').length, 3, 'named by both');
    assert.match(text, /tmp\\u001b\/ancillary-/);
    for (const line of text.split('\n')) assert.not.match(line, ACTING);
  }),
);

for (const argv of [['read'], ['send', '/dev/null']]) {
  t.test(`${argv[0]} --socket @name: refused as an abstract name, and no such file is made`, () =>
    withTempDir(async (folder) => {
      const inside = ['sh', '-c', 'cd "$0" && exec "$@"', folder];
      const [node = '', main = '', ...rest] = cli(...argv, '--socket', '@name');
      const running = new Running([...inside, node, join(process.cwd(), main), ...rest]);
      await assertFails(running, 2, /'@name'.*Abstract names are not supported.*\.\/@name/);
      assert.equal(readdirSync(folder), []);
    }),
  );
}

t.test('./@name is a file', () =>
  withTempDir(async (folder) => {
    const path = join(folder, '@name');
    const reader = new Running(cli('read', '--socket', path));
    await until('it listens', () => isListening(path));
    assert.is((await run(cli('send', '--socket', path, '/dev/null'))).code, 0);
    assert.is((await reader.ended).code, 0);
  }),
);

t.test('a file whose name is not UTF-8: says that it cannot be given', () =>
  withTempDir(async (folder) => {
    // Node cannot give such an argument either: the shell does.
    const argv = ['sh', '-c', 'touch "$(printf "$0/\\377")" && exec "$@" "$(printf "$0/\\377")"', folder];
    await assertFails(new Running([...argv, ...cli('send')]), 1, /name that is not UTF-8/);
  }),
);

const noTerminal = lacks('setsid', '--wait', 'true') ?? (existsSync('/dev/tty') ? undefined : 'there is no /dev/tty');
if (noTerminal) t.skip('/dev/tty', noTerminal);
else {
  t.test('/dev/tty without a controlling terminal, by that name and another', () =>
    withTempDir(async (folder) => {
      execFileSync('ln', ['-s', '/dev/tty', join(folder, 'link')]);
      for (const file of ['/dev/tty', join(folder, 'link')]) {
        const running = new Running(['setsid', '--wait', ...cli('send', file)]);
        await assertFails(running, 1, /cannot open .*: this process has no controlling terminal/);
      }
    }),
  );
}

/** Why there can be no device without a driver here, or undefined. */
async function noBareDevice(): Promise<string | undefined> {
  return withTempDir((folder) => {
    const device = join(folder, 'device');
    const problem = lacks('mknod', device, ...BARE);
    if (problem) return problem;
    try {
      closeSync(openSync(device, 'r'));
      return 'something answers there';
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENXIO' || code === 'ENODEV' ? undefined : `opening it fails with ${code}`;
    }
  });
}

const BARE = ['c', '250', '250'];
const noDevice = await noBareDevice();
if (noDevice) t.skip('a device without driver', noDevice);
else {
  t.test('a device without driver', () =>
    withTempDir(async (folder) => {
      const device = join(folder, 'device');
      execFileSync('mknod', [device, ...BARE]);
      await assertFails(new Running(cli('send', device)), 1, /device: it is a device that no driver answers for/);
    }),
  );
}

t.run();
