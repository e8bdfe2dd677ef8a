/** `ancillary check`: what it says, when it fails, and what it leaves of compilers that do not behave. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { assertFails, tempInside } from '../support/bad-input.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-check');

interface Answer {
  agrees: boolean;
  oracles: string[];
  rows: {
    kind: string;
    id: string;
    proof: string;
    answers: Record<string, { state: string; [name: string]: unknown }>;
  }[];
}

async function check(...argv: string[]): Promise<Answer & { code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await run(cli('check', '--json', ...argv));
  return { ...JSON.parse(stdout.toString()), code, stderr };
}

t.test(
  'nothing on this machine differs, every row and every walk has an answer of each, and no progress is told to a pipe',
  async () => {
    const { code, stderr, agrees, oracles, rows } = await check(
      '--oracle',
      'btf',
      'libc',
      'kernel',
      'strace',
      'vectors',
    );
    const differences = rows.filter(({ proof }) => proof === 'differs');
    assert.equal([code, stderr, agrees], [0, '', true], JSON.stringify(differences).slice(0, 2000));
    for (const { id, answers, proof } of rows) {
      assert.equal(Object.keys(answers), oracles, id);
      for (const answer of Object.values(answers)) {
        if (answer.state === 'not run') assert.ok(answer.reason, id);
        else assert.ok(Number(answer.facts) > 0, id);
      }
      const isExecuted = Object.values(answers).some(({ state }) => state === 'agrees');
      assert.is(proof, isExecuted ? 'agrees' : 'document', id);
    }
    for (const kind of ['abi', 'walk'])
      assert.ok(
        rows.some((row) => row.kind === kind),
        kind,
      );
  },
);

t.test('only what is asked is asked, under the row’s own name, once', async () => {
  const { oracles, rows } = await check('--abi', 'x86_64-glibc', 'arm-glibc', 'armhf-glibc', '--oracle', 'vectors');
  assert.equal(oracles, ['vectors']);
  assert.equal(
    rows.map(({ id }) => id),
    ['x86_64-glibc', 'armhf-glibc'],
  );
});

t.test('a pipe gets the table without colours', async () => {
  const { stdout, stderr } = await run(cli('check', '--abi', 'x86_64-freebsd', '--oracle', 'btf'));
  assert.is(stderr, '');
  const [head, row] = stdout.toString().split('\n');
  assert.match(head as string, /^ +btf +row$/);
  assert.match(row as string, /^x86_64-freebsd +- +document$/);
});

const noScript = lacks('script', '-qec', 'true', '/dev/null');
if (noScript === undefined) {
  const onTerminal = async (environment: Record<string, string>) => {
    const argv = [...cli('check', '--abi', native().abiId, '--oracle', 'libc')].join(' ');
    const env = { TERM: 'xterm', NO_COLOR: '', ...environment };
    return (await run(['script', '-qec', argv, '/dev/null'], { env })).stdout.toString();
  };

  t.test('a terminal gets colours and progress, which is taken away again', async () => {
    const output = await onTerminal({});
    assert.ok(output.includes('\u001b[32m✓\u001b[0m'), output);
    assert.ok(output.includes('\r\u001b[Klibc\r\u001b[K'), output);
  });

  t.test('NO_COLOR takes the colours', async () => {
    const output = await onTerminal({ NO_COLOR: '1' });
    assert.ok(output.includes('✓') && !output.includes('\u001b[32m'), output);
  });
} else {
  t.skip('a terminal gets colours and progress', noScript);
}

for (const [name, argv, pattern] of [
  ['an unknown ABI', ['--abi', 'x86_64-glbc'], /abis` lists those/],
  ['an unknown oracle', ['--oracle', 'kernal'], /did you mean 'kernel'/],
  ['an oracle of no name', ['--oracle', 'nobody'], /there are btf, cc, libc/],
  ['no compiler', ['--cc', ' '], /must be the command of a compiler/],
  ['an argument', ['x86_64-glibc'], /too many arguments/],
] as [string, string[], RegExp][]) {
  t.test(`${name} is wrong usage`, () => assertFails(new Running(cli('check', ...argv)), 2, pattern));
}

/** A compiler that does what the shell script says, in a folder of its own; `$out` is what it has to make. */
async function withCompiler(body: string, work: (command: string, folder: string) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const command = join(folder, 'compiler');
    writeFileSync(command, `#!/bin/sh\nfor out; do :; done\n${body}\n`);
    chmodSync(command, 0o755);
    await work(command, folder);
  });
}

const asked = (command: string) => cli('check', '--oracle', 'cc', '--cc', command);

for (const [name, body, pattern] of [
  ['one that is not there', undefined, /--cc: there is no /],
  ['one that fails', 'echo "facts.c:1:1: error: no" >&2; exit 1', /--cc: .*compiler: facts\.c:1:1: error: no/],
  ['one that fails and says nothing', 'exit 3', /failed and said nothing/],
  ['one that acts on terminals', 'printf "error: \\033]0;x\\007\\n" >&2; exit 1', /error: \\u001b\]0;x\\u0007/],
  ['one that makes no file', 'exit 0', /--cc: the object of .*compiler cannot be read: ENOENT/],
  ['one that makes an empty file', ': > "$out"', /neither ELF, COFF nor wasm/],
  ['one that makes nonsense', 'printf "\\177ELF\\002\\001\\001" > "$out"', /not a sound ELF object/],
  ['one that makes a pipe', 'mkfifo "$out"', /the object of .*compiler is none/],
  ['one that makes a folder', 'mkdir "$out"', /the object of .*compiler is none/],
  ['one that makes a huge file', 'truncate -s 5G "$out"', /the object of .*compiler is none/],
  ['one that makes a link to what has no end', 'ln -s /dev/zero "$out"', /the object of .*compiler is none/],
  ['one that leaves its outputs to another', 'sleep 55 & exit 3', /compiler: failed and said nothing/],
  ['one that is killed', 'kill -9 $$', /compiler: failed and said nothing/],
  ['one that links', 'exec gcc -x c -shared -nostdlib -o "$out" /dev/null', /linked already/],
] as [string, string | undefined, RegExp][]) {
  t.test(`of the compilers, ${name} is told of in one line, and leaves nothing`, async () => {
    await withCompiler(body ?? '', async (command, folder) => {
      const temp = tempInside(folder);
      const argv = asked(body === undefined ? '/nowhere/cc' : command);
      await assertFails(new Running(argv, { env: { TMPDIR: temp } }), 1, pattern, temp);
    });
  });
}

t.test('a compiler that is named by a path from here is found', async () => {
  await withCompiler('echo "error: found" >&2; exit 1', async (command) => {
    await assertFails(new Running(asked(relative('.', command))), 1, /compiler: error: found/);
  });
});

t.test('the paths in the command of a compiler are from here, not from where its source lies', async () => {
  await withTempDir(async (folder) => {
    mkdirSync(join(folder, 'here'));
    writeFileSync(join(folder, 'here/cc'), '#!/bin/sh\ncat ./here/said >&2; exit 1\n', { mode: 0o755 });
    writeFileSync(join(folder, 'here/said'), 'error: read from here\n');
    const argv = asked('./here/cc -I ./here').map((word) => (word === 'build/cli.js' ? resolve(word) : word));
    const { code, stderr } = await run(['sh', '-c', `cd ${folder} && exec "$@"`, 'sh', ...argv]);
    assert.is(code, 1);
    assert.match(stderr, /--cc: \.\/here\/cc: error: read from here/);
  });
});

/** The command, where `shell` stands before it. */
function checkBehind(shell: string) {
  const argv = cli('check', '--json', '--oracle', 'cc', 'strace', '--abi', native().abiId);
  return run(['sh', '-c', `${shell}; exec "$@"`, 'sh', ...argv]);
}

/** What `cc` and `strace` say of this machine's row, if that is for this reason. */
function assertNotRun(stdout: Buffer, reason: RegExp): void {
  for (const answer of Object.values((JSON.parse(stdout.toString()) as Answer).rows[0]?.answers ?? {})) {
    assert.is(answer.state, 'not run');
    assert.match(String(answer.reason), reason);
  }
}

t.test('without a folder for temporary files, what needs one is not run, and says why', async () => {
  const { code, stdout, stderr } = await checkBehind('export TMPDIR=/nowhere');
  assert.equal([code, stderr], [0, '']);
  assertNotRun(stdout, /no temporary folder can be made: ENOENT/);
});

/** Has no descriptor left whenever a program is to be started: to load the command takes more than a program needs. */
const WITHOUT_ROOM = `
  import childProcess from 'node:child_process';
  import { closeSync, openSync } from 'node:fs';
  import { syncBuiltinESMExports } from 'node:module';
  const { spawn } = childProcess;
  childProcess.spawn = (...args) => {
    const held = [];
    try {
      for (;;) held.push(openSync('/dev/null'));
    } catch {}
    try {
      return spawn(...args);
    } finally {
      for (const fd of held) closeSync(fd);
    }
  };
  syncBuiltinESMExports();`;

t.test('without descriptors for a program, what needs one is not run, and says why', async () => {
  const preload = `data:text/javascript;base64,${Buffer.from(WITHOUT_ROOM).toString('base64')}`;
  const { code, stdout, stderr } = await checkBehind(`export NODE_OPTIONS='--import=${preload}'; ulimit -n 256`);
  assert.equal([code, stderr], [0, '']);
  assertNotRun(stdout, /EMFILE/);
});

for (const [name, body, reason] of [
  ['fails', 'echo no >&2; exit 1', /^no$/],
  ['writes nothing', 'exit 0', /the output of strace cannot be read: ENOENT/],
  ['makes a pipe', 'mkfifo "$2"', /the output of strace is none/],
] as [string, string, RegExp][]) {
  t.test(`a strace that ${name} is not asked, and leaves nothing`, async () => {
    await withTempDir(async (folder) => {
      writeFileSync(join(folder, 'strace'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      const temp = tempInside(folder);
      const argv = cli('check', '--json', '--oracle', 'strace', '--abi', native().abiId);
      const env = { PATH: `${folder}:${process.env.PATH}`, TMPDIR: temp };
      const { code, stdout, stderr } = await run(argv, { env });
      assert.equal([code, stderr], [0, '']);
      assert.match(JSON.parse(stdout.toString()).rows[0].answers.strace.reason, reason);
      assert.equal(readdirSync(temp), []);
    });
  });
}

t.test('a compiler that does not end, and what it has started, end with the command', async () => {
  await withCompiler('sleep 60 & sleep 60', async (command, folder) => {
    const temp = tempInside(folder);
    const running = new Running(asked(command), { env: { TMPDIR: temp } });
    await until('two sleep', () => running.left().length >= 4);
    const { code } = await running.end('SIGINT');
    assert.is(code, 130);
    await until('all ended', () => running.left().length === 0);
    assert.equal(readdirSync(temp), []);
  });
});

const noGcc = lacks('gcc', '--version');
if (noGcc === undefined && process.arch === 'x64') {
  t.test('a compiler that agrees exits 0, and says which row it is of', async () => {
    const { code, rows } = await check('--oracle', 'cc', '--cc', 'gcc -O2');
    const answered = rows.filter(({ answers }) => answers.cc?.state === 'agrees');
    assert.is(code, 0);
    assert.ok(answered.some(({ id, answers }) => id.startsWith('x86_64-') && answers.cc?.by === 'gcc -O2'));
  });

  t.test('one difference exits 1, after the whole table', async () => {
    const { code, stdout, stderr } = await run(cli('check', '--oracle', 'cc', '--cc', 'gcc -fpack-struct=1'));
    assert.equal([code, stderr], [1, '']);
    assert.match(stdout.toString(), /^Differences:\n {2}cc, x86_64-\w+.*: .* is \d+, the row says \d+$/m);
  });

  t.test('a compiler for an ABI of no row that is asked is an error', async () => {
    await assertFails(
      new Running(cli('check', '--oracle', 'cc', '--abi', 'x86_64-freebsd', '--cc', 'gcc')),
      1,
      /--cc: gcc compiles for x86_64-\w+, of which no row is asked/,
    );
  });
} else {
  t.skip('compilers that agree and differ', noGcc ?? 'gcc here is not for x86_64');
}

t.test('only the command has the oracles in it', () => {
  const isOracle = (file: string) => readFileSync(file, 'utf8').includes('/sys/kernel/btf');
  const [library, command] = ['build/cjs', 'build']
    .flatMap(javaScriptOf)
    .reduce(
      ([rest, own], file) => (/^build\/(cli|fuzz-job)/.test(file) ? [rest, [...own, file]] : [[...rest, file], own]),
      [[], []] as [string[], string[]],
    );
  assert.ok(reachable(command).some(isOracle));
  for (const file of reachable(library)) assert.not.ok(isOracle(file), file);
});

function javaScriptOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(folder, name));
}

/** These files, and the chunks that they load, now or later. */
function reachable(files: readonly string[]): string[] {
  const found = new Set(files);
  for (const file of found) {
    for (const [, chunk] of readFileSync(file, 'utf8').matchAll(
      /["'](?:\.\/chunks|\.)\/(chunk-\w+\.js|[\w-]+\.js)["']/g,
    )) {
      const path = join('build/chunks', String(chunk));
      if (existsSync(path)) found.add(path);
    }
  }
  return [...found];
}

t.run();
