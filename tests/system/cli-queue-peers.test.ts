/** `ancillary queue` with others on the other end, that know a path and a number and nothing else. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ask, askJson, queue } from '../support/cli-queues.js';
import { Running, run, untilAsleep } from '../support/process.js';
import { checkQueues, noQueues, withKey } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-queue-peers');
checkQueues(t);
const test = (lack: string | undefined, name: string, fn: () => unknown) =>
  lack ? t.skip(name, lack) : t.test(name, fn);

test(noQueues, 'two shells that share a path and a number find each other', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'shared');
    writeFileSync(path, '');
    const words = (...argv: string[]) =>
      queue(...argv)
        .map((word) => `'${word}'`)
        .join(' ');
    const place = ['--ftok', `${path}:7`];
    // Each is a process of its own, with nothing of the other's.
    const server = [
      `${words('create', ...place)} >/dev/null`,
      `question=$(${words('recv', ...place, '--type', '1', '--wait')})`,
      `${words('send', ...place, '--type', '2')} "answer to $question"`,
    ].join(' && ');
    const client = [
      `until ${words('stat', ...place)} >/dev/null 2>&1; do sleep 0.05; done`,
      `${words('send', ...place, '--type', '1', 'a question')}`,
      `${words('recv', ...place, '--type', '2', '--timeout', '60000')}`,
    ].join(' && ');
    try {
      const [asked, served] = await Promise.all([run(['sh', '-c', client]), run(['sh', '-c', server])]);
      assert.equal([asked.code, served.code, asked.stderr, served.stderr], [0, 0, '', '']);
      assert.is(asked.stdout.toString(), 'answer to a question');
    } finally {
      await run(queue('rm', ...place));
    }
  }),
);

const C = {
  name: 'C',
  lack: lacks('cc', '--version'),
  argv: (folder: string) => {
    const program = join(folder, 'queue');
    execFileSync('cc', ['-o', program, 'tests/fixtures/c/queue.c']);
    return [program];
  },
};
const python = (program: string, name: string, lack: string | undefined) => ({
  name,
  lack,
  argv: () => [program, 'tests/fixtures/python/queue_peer.py'],
});
// Debian's package is for Debian's own Python.
const PYTHONS = ['python3', '/usr/bin/python3'];
const withModule = PYTHONS.find((program) => lacks(program, '-c', 'import sysv_ipc') === undefined);
const PEERS = [
  C,
  python('python3', 'Python, by ctypes or sysv_ipc,', lacks('python3', '-c', 'import ctypes')),
  python(withModule ?? '', 'Python with sysv_ipc', withModule ? undefined : 'there is no sysv_ipc for python3'),
  { name: 'Perl', lack: lacks('perl', '-e', '1'), argv: () => ['perl', 'tests/fixtures/perl/queue.pl'] },
];

for (const { name, lack, argv } of PEERS) {
  test(noQueues ?? lack, `a program in ${name} sends to the command, and waits for it`, () =>
    withTempDir((folder) =>
      withKey(async (key) => {
        const peer = (what: string, ...more: string[]) => new Running([...argv(folder), what, String(key), ...more]);
        await ask(['create', '--key', key]);
        const { code, stderr } = await peer('send', '7', 'from there').ended;
        assert.equal([code, stderr], [0, '']);
        const { type, text } = await askJson('recv', '--key', key, '--type', 7);
        assert.equal([type, text], [7, 'from there']);
        const receiver = peer('receive', '5');
        await untilAsleep(receiver.pid);
        await ask(['send', '--key', key, '--type', 5, 'from here']);
        assert.is((await receiver.ended).stdout.toString(), '5 from here\n');
      }),
    ),
  );
}

test(noQueues ?? C.lack, '--ftok is the key of ftok in C', () =>
  withTempDir(async (folder) => {
    const [program = ''] = C.argv(folder);
    const key = Number(execFileSync(program, ['ftok', program, '66'], { encoding: 'utf8' }));
    try {
      assert.is((await askJson('create', '--ftok', `${program}:B`)).key, key);
    } finally {
      await ask(['rm', '--ftok', `${program}:66`]);
    }
  }),
);

test(
  noQueues ?? lacks('ipcmk', '-V'),
  'ipcmk makes what the command uses, ipcs and ipcrm see what it has made',
  async () => {
    const id = Number(/\d+/.exec(execFileSync('ipcmk', ['-Q', '-p', '0600'], { encoding: 'utf8' }))?.[0]);
    try {
      await ask(['send', id, '--type', 1, 'abc']);
      assert.match(
        execFileSync('ipcs', ['-q', '-i', String(id)], { encoding: 'utf8' }),
        /cbytes=3\s+qbytes=\d+\s+qnum=1/,
      );
      assert.is((await askJson('stat', id)).cbytes, 3);
    } finally {
      await ask(['rm', id]);
    }
    const made = await askJson('create');
    execFileSync('ipcrm', ['-q', String(made.id)]);
    assert.is((await run(queue('stat', made.id))).code, 1);
  },
);

t.run();
