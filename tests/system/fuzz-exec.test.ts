/** Programs that are given a connection: started for each input, watched, and gone with everything they have started. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { splitWords } from '../../host/fuzz/targets/exec/words.js';
import { compileC } from '../support/fuzz-fixtures.js';
import { type Bug, makeServers, type Servers } from '../support/fuzz-server.js';
import { fuzzing, fuzzJson, only } from '../support/fuzzing.js';
import { cli, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-exec');
const SLOW = { timeout: 80_000 };
let servers: Servers;

t.before(() => {
  servers = makeServers();
});
t.after(() => servers.remove());

const fuzzed = (command: string, runs: number, ...argv: string[]) =>
  fuzzJson([`exec:${command}`, '--runs', String(runs), '--seed', '1', '--no-artifacts', '--timeout', '4s', ...argv], {
    limit: 75_000,
  });

const BUGS: [bug: Bug, type: string, runs: number, name: string, cause: RegExp][] = [
  [
    'loop',
    'stream',
    3,
    'hang',
    /^the program does not come to the end of its message, as it does with a harmless one$/,
  ],
  ['waits', 'seqpacket', 3, 'hang', /^the program does not/],
  ['short', 'stream', 100, 'crash:SIGSEGV', /^the target crashed: SIGSEGV$/],
  ['short', 'seqpacket', 100, 'crash:SIGSEGV', /SIGSEGV/],
];

for (const [bug, type, runs, name, cause] of BUGS) {
  t.test(
    `${type}: a program with the bug '${bug}' is found to ${name}, and the run goes on`,
    async () => {
      const { code, lines, stderr } = await fuzzed(`${servers.program} ${bug} {fd}`, runs, '--type', type);
      assert.equal([code, stderr], [1, '']);
      const found = only(lines, 'finding');
      assert.equal(
        found.map((each) => each.class),
        [name],
      );
      assert.match(String(found[0]?.cause), cause);
      assert.is(only(lines, 'end')[0]?.executions, runs);
    },
    SLOW,
  );
}

for (const type of ['stream', 'seqpacket']) {
  t.test(
    `${type}: nothing is found in a program that is right`,
    async () => {
      const { code, lines, stderr } = await fuzzed(`${servers.program} none {fd}`, 100, '--type', type);
      assert.equal([code, stderr], [0, '']);
      assert.is(only(lines, 'end')[0]?.executions, 100);
    },
    SLOW,
  );
}

t.test(
  'what AddressSanitizer says is class and cause, its report is kept, the input is small, and replay shows it again',
  async () => {
    const { folder } = servers;
    const text = `#include <sys/socket.h>
      #include <stdlib.h>
      int main(void) {
        char *data = malloc(8);
        char control[64];
        struct iovec vector = {data, 8};
        struct msghdr message = {0, 0, &vector, 1, control, sizeof control, 0};
        while (recvmsg(3, &message, 0) > 0) {
          if (message.msg_controllen > 0) data[message.msg_controllen - 16] = 1;
          message.msg_controllen = sizeof control;
        }
      }`;
    const program = compileC(folder, 'asan', { text }, 'cc', '-fsanitize=address');
    const argv = [`exec:${program}`, '--runs', '60', '--seed', '1', '--artifacts', join(folder, 'found')];
    const { code, lines } = await fuzzJson(argv, { limit: 75_000 });
    assert.is(code, 1);
    const [found, ...others] = only(lines, 'finding');
    assert.equal([found?.class, others.length], ['sanitizer:heap-buffer-overflow', 0]);
    assert.match(String(found?.cause), /^AddressSanitizer: heap-buffer-overflow .*asan\.c:\d+ in main/);
    const record = JSON.parse(readFileSync(String(found?.file).replace(/bin$/, 'json'), 'utf8')) as {
      details: { stderr: string[] };
    };
    assert.ok(
      record.details.stderr.some((line) => line.includes('SUMMARY: AddressSanitizer')),
      record.details.stderr.join('\n'),
    );
    const replayed = await run(cli('fuzz', 'replay', String(found?.file), '--json'), { limit: 30_000 });
    assert.is((JSON.parse(replayed.stdout.toString()) as { class: string }).class, 'sanitizer:heap-buffer-overflow');
  },
  SLOW,
);

t.test(
  'a program has its connection as descriptor 3, as the environment says, and no other of ours',
  async () => {
    const script = `test "$ANCILLARY_FD $LISTEN_FDS $LISTEN_PID" = "3 1 $$" && test -S /proc/$$/fd/3 || kill -ABRT $$
      for n in $(seq 4 64); do test ! -e /proc/$$/fd/$n || kill -FPE $$; done
      exec cat <&3`;
    assert.is((await fuzzed(`bash -c '${script}'`, 2)).code, 0);
  },
  SLOW,
);

t.test(
  'an exit status is an answer, and one that stands for a signal is a crash',
  async () => {
    assert.is((await fuzzed('sh -c "cat <&3 >/dev/null; exit 3"', 3)).code, 0);
    const { code, stderr } = await fuzzed('sh -c "cat <&3 >/dev/null; exit 139"', 3);
    assert.is(code, 2);
    assert.match(stderr, /fails with a harmless message already: the target ended its process with 139/);
  },
  SLOW,
);

t.test(
  'of a program that reads only at times it is told how often it did not',
  () =>
    withTempDir(async (folder) => {
      const marker = join(folder, 'met');
      const script = `test -e ${marker} && exit; : >${marker}; exec cat <&3 >/dev/null`;
      const { code, lines } = await fuzzed(`sh -c '${script}'`, 20);
      assert.is(code, 0);
      const notes = only(lines, 'note').map(({ text }) => String(text));
      assert.match(notes.join('\n'), /^in \d+ of 20 runs the program ended, and had not read all that it was sent$/m);
    }),
  SLOW,
);

t.test(
  'further inputs that a program does not end with are given up sooner, and that is told',
  async () => {
    const { code, lines } = await fuzzed(`${servers.program} waits {fd}`, 4, '--type', 'seqpacket');
    assert.is(code, 1);
    const notes = only(lines, 'note').map(({ text }) => String(text));
    assert.match(notes.join('\n'), /^an input did not end within 4 s: each further one is given up after 1 s/m);
  },
  SLOW,
);

/** Processes that have a word of ours in their command. */
const runningWith = (word: string) =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(word);
    } catch {
      return false;
    }
  });

t.test(
  'what a program leaves behind is ended with it',
  async () => {
    const seconds = `${7_000_000 + process.pid}`;
    const { code } = await fuzzed(`sh -c "sleep ${seconds} <&- 3<&- & exec cat <&3 >/dev/null"`, 3);
    assert.is(code, 0);
    await until('they are gone', () => runningWith(seconds).length === 0);
  },
  SLOW,
);

t.test(
  'so is what has left its group and its session',
  async () => {
    const seconds = `${9_000_000 + process.pid}`;
    const { code } = await fuzzed(`sh -c "setsid sleep ${seconds} <&- 3<&- & exec cat <&3 >/dev/null"`, 3);
    assert.is(code, 0);
    await until('they are gone', () => runningWith(seconds).length === 0);
  },
  SLOW,
);

t.test(
  'a file that cannot be run, though it is marked so, is refused',
  () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'program');
      writeFileSync(file, '#!/nowhere/interpreter\n', { mode: 0o755 });
      const { code, stderr } = await fuzzed(file, 3);
      assert.is(code, 2);
      assert.match(stderr, /cannot run exec:.*program/);
    }),
  SLOW,
);

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  t.test(
    `${signal} of the command leaves no program, nor what it has started`,
    async () => {
      const seconds = `${8_000_000 + process.pid}`;
      const command = `sh -c "sleep ${seconds} 3<&- & cat <&3 >/dev/null; wait"`;
      const running = fuzzing([`exec:${command}`, '--no-artifacts', '--time', '60s', '--timeout', '30s']);
      await until('it runs', () => runningWith(seconds).length > 0, 20_000);
      await running.end(signal);
      await until('they are gone', () => runningWith(seconds).length === 0 && running.left().length === 0, 20_000);
    },
    SLOW,
  );
}

t.table(
  [
    { name: 'words', in: 'a  b\tc ', out: ['a', 'b', 'c'] },
    { name: 'quotes', in: `a 'b  "c' "d 'e" f'g'"h"`, out: ['a', 'b  "c', "d 'e", 'fgh'] },
    { name: 'an empty word', in: `a '' ""`, out: ['a', '', ''] },
    { name: 'backslashes', in: String.raw`a\ b \\ '\' "\" \\ \n"`, out: ['a b', '\\', '\\', '" \\ \\n'] },
    { name: 'the number', in: 'a --fd={fd} "{fd}"', out: ['a', '--fd=3', '3'] },
    { name: 'no expansion', in: 'a $HOME *', out: ['a', '$HOME', '*'] },
    { name: 'an open quote', in: `a 'b`, err: /opens a quote ' that is not closed/ },
    { name: 'an open double quote', in: 'a "b', err: /opens a quote " that is not closed/ },
    { name: 'a backslash at the end', in: 'a \\', err: /ends with a backslash/ },
    { name: 'blanks alone', in: '  ', err: /needs a command/ },
    { name: 'an empty program', in: "'' a", err: /needs a command/ },
    { name: 'NUL', in: 'a b\0c', err: /may not contain NUL/ },
  ],
  (command) => splitWords(command, 3),
);

const REFUSED: [command: string, message: RegExp, more?: string][] = [
  ['', /the target exec needs a command: exec:COMMAND/],
  ['ancillary-none', /cannot run ancillary-none: it is in no folder of PATH/],
  ['./none', /cannot run \.\/none: there is no such file/],
  ['/', /cannot run \/: it is no program that you may run/],
  ['sleep 100', /exec:sleep 100 does not read what it is sent on descriptor 3/, '--timeout 500ms'],
  ['true', /exec:true ends without reading what it is sent on descriptor 3: nothing would be tested/],
  ['sh -c "exit 3"', /ends without reading what it is sent/],
  ['true', /--rate is for socket, not for exec/, '--rate 5'],
  ['true', /cannot fuzz a program as i386-glibc/, '--abi i386-glibc'],
];

for (const [command, message, more = ''] of REFUSED) {
  t.test(
    `exec:${command} ${more}: refused in one line`,
    async () => {
      const { code, stderr } = await run(
        cli('fuzz', `exec:${command}`, '--runs', '1', ...more.split(' ').filter(Boolean)),
        { limit: 30_000 },
      );
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.is(
        stderr
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('fuzzing ')).length,
        1,
        stderr,
      );
    },
    SLOW,
  );
}

t.run();
