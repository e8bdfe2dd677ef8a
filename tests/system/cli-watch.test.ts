/** `ancillary watch`: the program does what it does without it, and every message of it is told of while it happens. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { encode } from '../../host/codec.js';
import { hexOfBytes } from '../../host/model/hex.js';
import { ACTING, assertFails, tempInside } from '../support/bad-input.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-watch');
const noStrace = lacks('strace', '-o', '/dev/null', 'true');
const noPython = noStrace ?? lacks('python3', '--version');
const noCompiler = noStrace ?? lacks('cc', '--version');
const programs = mkdtempSync(join(tmpdir(), 'ancillary-test-'));
t.after(() => rmSync(programs, { recursive: true, force: true }));

const python = (name: string, ...argv: string[]) => ['python3', `tests/fixtures/python/${name}.py`, ...argv];
const watch = (...argv: string[]) => cli('watch', ...argv);

/** A test that needs what `lack` says is missing. */
function testWith(lack: string | undefined, name: string, work: () => unknown): void {
  if (lack) t.skip(name, lack);
  else t.test(name, work);
}

interface Line {
  pid: number;
  call: string;
  fd: number;
  [member: string]: unknown;
}

/** What --json tells of a program, and what that printed itself. */
async function told(command: string[], ...options: string[]) {
  return withTempDir(async (folder) => {
    const output = join(folder, 'calls');
    const ended = await run(watch('--json', '--output', output, ...options, '--', ...command));
    const lines = readFileSync(output, 'utf8').split('\n').slice(0, -1);
    return { ...ended, lines: lines.map((line) => JSON.parse(line) as Line), text: lines.join('\n') };
  });
}

/** Without what differs from run to run. */
const plain = (text: string) =>
  text
    .replace(/^\d+ /gm, 'PID ')
    .replace(/UNIX:\[\d+->\d+/g, 'UNIX:[A->B')
    .replace(/0x7f[0-9a-f]+/g, 'ADDRESS')
    .replace(/(drawn: ).+/g, '$1REASON');

const MEMBERS = [
  ...['pid', 'command', 'call', 'index', 'fd', 'file', 'flags', 'result', 'error', 'name', 'size', 'data', 'msg_flags'],
  ...['fds', 'abi', 'control', 'messages', 'trailing', 'problem', 'controlText', 'text'],
];

testWith(
  noPython,
  'a CPython program with two processes: what each passed and got, and its own output as ever',
  async () => {
    const command = python('send-fds', '/dev/null');
    const [bare, watched] = [await run(command), await told(command)];
    assert.equal([watched.code, watched.stderr], [bare.code, bare.stderr], 'what it says and how it ends');
    const [, received, sent] = watched.stdout
      .toString()
      .split('\n', 3)
      .map((line) => JSON.parse(line));
    assert.is(watched.stdout.toString().split('\n')[0], bare.stdout.toString().split('\n')[0], 'its descriptors');
    const rights = (fds: number[]) => hexOfBytes(encode(watched.lines[0]?.abi as string, [{ fds }]).control);
    for (const [call, own] of [
      ['sendmsg', sent],
      ['recvmsg', received],
    ] as const) {
      const line = watched.lines.find((each) => each.call === call && each.pid === own.pid);
      assert.ok(line, `${call} of ${own.pid} in ${watched.text}`);
      const size = own.data.length / 2;
      assert.equal([line.fd, line.result, line.size, line.data], [own.socket, size, size, own.data]);
      assert.is(line.control, rights(own.fds));
      assert.equal(
        (line.messages as { fds: number[] }[]).map(({ fds }) => fds),
        [own.fds],
      );
      assert.equal(
        (line.fds as { fd: number }[]).map(({ fd }) => fd),
        own.fds,
      );
      assert.match(String(line.file), /^UNIX-STREAM:\[\d+->\d+\]$/);
      assert.match((line.fds as { file: string }[])[0]?.file ?? '', /^\/dev\/null/);
    }
  },
);

testWith(noPython, 'large and truncated data, an abstract name: all of it in JSON, a little in text', async () => {
  const { lines, text } = await told(python('send-fds', '/dev/null'));
  const [sent, received] = lines.slice(-2) as [Line, Line];
  assert.equal([sent.call, sent.result, sent.size], ['sendmsg', 70000, 70000]);
  assert.is(sent.data, '78'.repeat(65536), 'as much as strace shows');
  assert.is(String(sent.name).replace(/\d+$/, ''), '@name\x1b[1m');
  assert.equal([received.size, received.data, received.msg_flags], [3, '787878', ['MSG_TRUNC']]);
  assert.not.match(text.replaceAll('\n', ''), ACTING);
  for (const line of lines)
    assert.equal(
      Object.keys(line).filter((key) => !MEMBERS.includes(key)),
      [],
    );
});

testWith(noPython, '--only, --fd and --all choose calls', async () => {
  const command = python('send-fds', '/dev/null');
  const calls = async (...options: string[]) => (await told(command, ...options)).lines;
  const [all, every, sent, received] = [
    await calls(),
    await calls('--all'),
    await calls('--only', 'send'),
    await calls('--only', 'recv'),
  ];
  assert.equal(every.length, all.length + 1);
  assert.equal(
    every.filter(({ error }) => error !== undefined).map(({ call, error }) => [call, error]),
    [['recvmsg', 'EAGAIN']],
  );
  assert.equal(sent.length + received.length, all.length);
  assert.ok(sent.every(({ call }) => call === 'sendmsg') && received.every(({ call }) => call === 'recvmsg'));
  const socket = all[0]?.fd as number;
  assert.equal(
    (await calls('--fd', String(socket))).map(({ fd }) => fd),
    all.map(({ fd }) => fd).filter((fd) => fd === socket),
  );
});

const MESSAGES = String.raw`PID ev\u001b[31m>il sendmmsg(3 UNIX:[A->B], MSG_DONTWAIT) = 1
  [0] data  3 bytes  "one"
PID ev\u001b[31m>il sendmmsg(3 UNIX:[A->B]) = 2
  [0] data  3 bytes  "one"
  [1] data     8 bytes  "two\n\x1b[0m"
  [1] fd       0 /dev/null<char 1:3>
  [1] control  24 bytes
     0  14 00 00 00 00 00 00 00  cmsg_len    20 = CMSG_LEN(4)
     8  01 00 00 00              cmsg_level  1 SOL_SOCKET
    12  01 00 00 00              cmsg_type   1 SCM_RIGHTS
    16  00 00 00 00              fds[0]      0
    20  00 00 00 00              padding
PID ev\u001b[31m>il recvmmsg(4 UNIX:[A->B], MSG_CMSG_CLOEXEC) = 2
  [0] data   2 bytes  "on"
  [0] flags  MSG_TRUNC|MSG_CMSG_CLOEXEC
  [1] data     8 bytes  "two\n\x1b[0m"
  [1] flags    MSG_CMSG_CLOEXEC
  [1] fd       5 /dev/null<char 1:3>
  [1] control  24 bytes
     0  14 00 00 00 00 00 00 00  cmsg_len    20 = CMSG_LEN(4)
     8  01 00 00 00              cmsg_level  1 SOL_SOCKET
    12  01 00 00 00              cmsg_type   1 SCM_RIGHTS
    16  05 00 00 00              fds[0]      5
    20  00 00 00 00              padding
PID ev\u001b[31m>il sendmsg(3 UNIX:[A->B]) = EINVAL
  data     8 bytes  "two\n\x1b[0m"
  control  [{cmsg_len=3, cmsg_level=0x1, cmsg_type=0x1}, ... /* ADDRESS */]
           24 bytes that cannot be drawn: REASON
PID ev\u001b[31m>il sendmsg(3 UNIX:[A->B]) = 8
  data     8 bytes  "two\n\x1b[0m"
  control  [{cmsg_len=20, cmsg_level=0x4d, cmsg_type=0x1}]
           24 bytes that cannot be drawn: REASON
PID ev\u001b[31m>il sendmsg(3 UNIX:[A->B]) = EFAULT
PID ev\u001b[31m>il sendmsg(999, MSG_DONTWAIT|MSG_NOSIGNAL) = EBADF
  data     8 bytes  "two\n\x1b[0m"
  control  0x8
           24 bytes that cannot be drawn: REASON
`;

/** The C program, compiled. */
function messages(): string {
  const program = join(programs, 'messages');
  execFileSync('cc', ['-o', program, 'tests/fixtures/c/messages.c', '-pthread']);
  return program;
}

testWith(
  noCompiler,
  'a C program: each message of an array, a call that went on meanwhile, what no buffer can be made of',
  async () => {
    const { code, stdout, stderr } = await run(watch('--abi', 'x86_64-glibc', '--', messages()), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    assert.equal([code, stdout.toString()], [3, '']);
    // Which of the two threads is seen first is not said.
    const late = 'PID ev\\u001b[31m>il recvmsg(4 UNIX:[A->B]) = 3\n  data  3 bytes  "one"\n';
    const shown = plain(stderr).split(late);
    assert.is(shown.length, 2, stderr);
    assert.is(shown.join(''), MESSAGES);
  },
);

testWith(
  noCompiler,
  'the exit status is the program’s: its own, or 128 and the signal, also one of real time',
  async () => {
    const program = messages();
    for (const signal of [1, 6, 9, 11, 15, 35, 64]) {
      const { code } = await run(watch('--output', '/dev/null', '--', program, String(signal)));
      assert.is(code, 128 + signal);
    }
  },
);

const tick = python('tick');

testWith(noPython, 'a call is told of while the program runs, which a signal to the watch ends', async () => {
  for (const [signal, extra] of [
    ['SIGTERM', 1],
    ['SIGINT', 1],
    ['SIGHUP', 1],
    ['SIGQUIT', 1],
  ] as const) {
    const running = new Running(watch('--', ...tick));
    await until('two calls are shown', () => running.stderr.split('"tick"').length > 4);
    const { code, stderr } = await running.end(signal);
    assert.is(code, 10 + extra, signal);
    assert.match(stderr, /"last"\n$/, 'what it does behind the signal is told too');
    assert.equal(running.left(), []);
  }
});

testWith(
  noPython,
  'Ctrl-C at a terminal reaches the program once, and the watch ends with it; there are colours',
  async () => {
    const inTerminal = (...argv: string[]) => python('in-terminal', 'tick', '03', ...argv);
    const { code, stdout } = await run(inTerminal(...watch('--', ...tick)), {
      env: { TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '' },
    });
    assert.is(code, 11, stdout.toString());
    assert.match(stdout.toString(), /"last"/);
    assert.ok(stdout.includes('\x1b[1msendmsg('));
    const plainly = await run(inTerminal(...watch('--', ...tick)), {
      env: { TERM: 'xterm', NO_COLOR: '1', FORCE_COLOR: '' },
    });
    assert.is(plainly.code, 11);
    assert.not.ok(plainly.stdout.includes('\x1b'));
  },
);

/** Where only descendants may be attached to, strace(1) cannot either. */
function scopeOfPtrace(): string | undefined {
  const scope = '/proc/sys/kernel/yama/ptrace_scope';
  if (!existsSync(scope) || readFileSync(scope, 'utf8').trim() === '0' || process.getuid?.() === 0) return undefined;
  return 'only root may attach to a process that runs (kernel.yama.ptrace_scope)';
}

testWith(noPython ?? scopeOfPtrace(), '--pid watches a process that runs and leaves it as it was', async () => {
  const program = spawn('python3', tick.slice(1), { stdio: 'ignore' });
  try {
    const running = new Running(watch('--pid', String(program.pid)));
    await until('calls are shown', () => running.stderr.split('"tick"').length > 4);
    assert.is((await running.end('SIGINT')).code, 130);
    assert.equal(running.left(), []);
    assert.is(program.exitCode, null);
    const second = new Running(watch('--json', '--pid', String(program.pid), '--output', '-'));
    await until('calls are shown', () => second.stdout.includes('\n'));
    program.kill('SIGTERM');
    assert.equal([(await second.ended).code, second.stderr], [0, '']);
  } finally {
    program.kill('SIGKILL');
  }
});

for (const [name, argv, code, said] of [
  ['nothing', [], 2, /nothing to watch.*--help/],
  ['a command and a process', ['--pid', '1', '--', 'true'], 2, /too much.*--help/],
  ['an unknown option before the command', ['--frob', 'true'], 2, /unknown option '--frob'/],
  ['a direction that there is not', ['--only', 'up', '--', 'true'], 2, /send, recv/],
  ['a descriptor that is none', ['--fd', '-1', '--', 'true'], 2, /whole number from 0/],
  ['a process that cannot be', ['--pid', '0'], 2, /whole number from 1/],
  ['a process that there is not', ['--pid', '2147483646'], 1, /nothing is watched: attach.*No such process/],
  [
    'a command that there is not',
    ['--', 'no-such\x1b[31mcommand'],
    127,
    /cannot run no-such\\u001b.*no such program in PATH/,
  ],
  ['a path that there is not', ['--', './no/such'], 127, /no such program$/m],
  ['a command without a name', ['--', ''], 127, /no such program/],
  ['a file that may not be executed', ['--', './package.json'], 126, /no file that may be executed/],
  ['a folder', ['--', '/'], 126, /no file that may be executed/],
  ['an output that cannot be made', ['--output', '/no/such', '--', 'true'], 1, /cannot write to \/no\/such: ENOENT/],
] as const) {
  testWith(noStrace, `${name}: one line, exit ${code}`, () => assertFails(new Running(watch(...argv)), code, said));
}

testWith(noStrace, 'options behind the command are its own', async () => {
  const { code, stdout } = await run(watch('echo', '--json', '--help', '--', '-p'));
  assert.equal([code, stdout.toString()], [0, '--json --help -- -p\n']);
});

testWith(noStrace, 'an interpreter that there is not: strace says so, exit 127', () =>
  withTempDir(async (folder) => {
    writeFileSync(join(folder, 'odd'), '#!/no/such\n', { mode: 0o755 });
    const { code, stderr } = await run(watch('--', join(folder, 'odd')));
    assert.equal([code, stderr], [127, 'strace: exec: No such file or directory\n']);
  }),
);

t.test('strace is missing: one line, exit 1', () =>
  assertFails(new Running(watch('--', 'true'), { env: { PATH: '/no/such' } }), 1, /strace is not there.*install it/),
);

/** A folder with a program `strace` of this text; `PATH` begins with it. */
function withStrace<T>(text: string, work: (env: { PATH: string; TMPDIR: string }) => Promise<T>): Promise<T> {
  return withTempDir(async (folder) => {
    mkdirSync(join(folder, 'bin'));
    writeFileSync(join(folder, 'bin/strace'), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, 'bin/strace'), 0o755);
    return work({ PATH: `${join(folder, 'bin')}:${process.env.PATH}`, TMPDIR: tempInside(folder) });
  });
}

t.test('strace may not trace: one line that says what to do, exit 1, and the program has not begun', () =>
  withStrace('echo "strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted" >&2; exit 1', async (env) => {
    const running = new Running(watch('--', 'touch', join(env.TMPDIR, 'begun')), { env });
    await assertFails(running, 1, /cannot trace here: ptrace.*Operation not permitted; .*SYS_PTRACE/, env.TMPDIR);
  }),
);

testWith(noPython, 'a strace that knows no names of processes watches without them', () => {
  const strace = execFileSync('sh', ['-c', 'command -v strace'], { encoding: 'utf8' }).trim();
  const text = `for each; do [ "$each" = -Y ] && { echo "strace: invalid option -- 'Y'" >&2; exit 1; }; done\nexec ${strace} "$@"`;
  return withStrace(text, async (env) => {
    const { code, stderr } = await run(watch('--only', 'send', '--', ...python('send-fds', '/dev/null')), { env });
    assert.is(code, 0);
    assert.match(stderr, /^\d+ sendmsg\(/m);
    assert.equal(readdirSync(env.TMPDIR), []);
  });
});

testWith(noPython, 'an output that ends early: one line, exit 1, and the program is told to end', async () => {
  const running = new Running(watch('--output', '-', '--', ...tick));
  running.child.stdout?.once('data', () => running.child.stdout?.destroy());
  await assertFails(running, 1, /output was closed before all was written/);
});

testWith(noPython, 'a path with an escape sequence in it is shown and does nothing', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'a\x1b[31m\n>b');
    symlinkSync('/dev/null', join(folder, 'link'));
    writeFileSync(path, '');
    const { stderr } = await run(watch('--', ...python('send-fds', path)));
    assert.match(stderr, /fd +\d+ \/\S*a\\u001b\[31m\\n>b\n/);
    assert.match(stderr, /"a\\x1b\]0;b\\x07\\n\\xff"/);
    assert.not.match(stderr.replaceAll('\n', ''), ACTING);
  }),
);

t.run();
