/** The demo, seen from outside: what it prints, and which system calls carried it. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { cli, run } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const CALLS = 'sendmsg,recvmsg,sendmmsg,recvmmsg,sendto,recvfrom';
const noStrace = lacks('strace', '-o', '/dev/null', 'true');
const r = random(seed());

interface Call {
  pid: number;
  text: string;
}

/** The calls of each process and thread; strace -ff writes a file for each. */
async function trace(folder: string): Promise<{ calls: Call[]; stdout: string }> {
  const traces = join(folder, 'traces');
  mkdirSync(traces);
  const { code, stdout, stderr } = await run(
    ['strace', '-ff', '-o', join(traces, 't'), '-e', `trace=${CALLS}`, '-e', 'signal=none', ...cli('demo')],
    { env: { TMPDIR: folder } },
  );
  assert.equal([code, stderr], [0, '']);
  const calls = readdirSync(traces).flatMap((name) =>
    readFileSync(join(traces, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('+++'))
      .map((text) => ({ pid: Number(name.split('.')[1]), text })),
  );
  return { calls, stdout: stdout.toString() };
}

const t = suite('cli-demo');

if (noStrace) t.skip('one sendmsg, one recvmsg, two processes', noStrace);
else {
  t.test('one sendmsg with SCM_RIGHTS, one recvmsg with MSG_CMSG_CLOEXEC, two pids, nothing else sent', () =>
    withTempDir(async (folder) => {
      const { calls, stdout } = await trace(folder);
      const done = calls.filter(({ text }) => !/ = -1 EAGAIN/.test(text));
      assert.is(done.length, 2, done.map(({ text }) => text).join('\n'));
      const [sent, received] = ['sendmsg(', 'recvmsg('].map((name) => done.find(({ text }) => text.startsWith(name)));
      const rights = /cmsg_type=SCM_RIGHTS, cmsg_data=\[\d+, \d+\]/;
      assert.match(sent?.text ?? '', rights);
      assert.match(sent?.text ?? '', /MSG_NOSIGNAL.*\) = [1-9]\d*$/);
      assert.match(received?.text ?? '', rights);
      assert.match(received?.text ?? '', /MSG_CMSG_CLOEXEC\) = [1-9]\d*$/);
      assert.is.not(sent?.pid, received?.pid);
      for (const [role, call] of [
        ['sender', sent],
        ['receiver', received],
      ] as const) {
        assert.match(stdout, new RegExp(`^${role} +pid ${call?.pid} `, 'm'));
      }
    }),
  );
}

/** Runs the demo on files with these contents; checks each and returns the output. */
async function demo(folder: string, contents: readonly Buffer[], nameOf = (i: number) => `${i}.bin`): Promise<string> {
  const files = contents.map((content, i) => {
    writeFileSync(join(folder, nameOf(i)), content);
    return join(folder, nameOf(i));
  });
  const { code, stdout, stderr } = await run(cli('demo', ...files), { env: { TMPDIR: folder } });
  assert.equal([code, stderr], [0, '']);
  let at = 0;
  for (const [i, content] of contents.entries()) {
    const line = `, ${nameOf(i)}: dev `;
    // The sender names it first, the receiver last.
    at = stdout.indexOf('the same file on both sides; it holds:\n', stdout.indexOf(line, at));
    assert.ok(at > 0, `${nameOf(i)} is announced`);
    at = stdout.indexOf('\n', at) + 1;
    assert.ok(stdout.subarray(at, at + content.length).equals(content), `${nameOf(i)} is printed byte for byte`);
    at += content.length;
  }
  return stdout.toString('latin1');
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

t.test('two files: both contents byte for byte, control bytes explained on both sides, the same inodes', () =>
  withTempDir(async (folder) => {
    const output = await demo(folder, [everyByte, Buffer.from(r.bytes(200_000))]);
    const pids = [...output.matchAll(/^(?:sender|receiver) +pid (\d+)/gm)].map((match) => match[1]);
    assert.is(new Set(pids).size, 2, 'two processes');
    for (const line of [/cmsg_len +24 = CMSG_LEN\(8\)/g, /cmsg_level +1 SOL_SOCKET/g, /cmsg_type +1 SCM_RIGHTS/g]) {
      assert.is([...output.matchAll(line)].length, 2, `${line} on both sides`);
    }
    assert.is([...output.matchAll(/^ +\d+ {2}([0-9a-f]{2} ){3}[0-9a-f]{2} +fds\[\d\] +\d+$/gm)].length, 4);
    const inodes = [...output.matchAll(/(\d\.bin): dev (\d+), inode (\d+)/g)].map(([, ...parts]) => parts.join(' '));
    assert.equal(inodes.slice(0, 2), inodes.slice(2));
  }),
);

t.test('without arguments: two samples', async () => {
  const { code, stdout, stderr } = await run(cli('demo'));
  assert.equal([code, stderr], [0, '']);
  for (const name of ['first.txt', 'second.txt']) {
    assert.ok(stdout.includes(readFileSync(`build/samples/${name}`)), name);
  }
});

for (const count of [1, 253]) {
  t.test(`${count} ${count === 1 ? 'file' : 'files'}`, () =>
    withTempDir(async (folder) => {
      const output = await demo(
        folder,
        Array.from({ length: count }, (_, i) => Buffer.from(`content ${i}`)),
      );
      assert.match(output, new RegExp(`= CMSG_LEN\\(${4 * count}\\)`));
    }),
  );
}

t.test('253 files whose names have 200 characters', () =>
  withTempDir(async (folder) => {
    const contents = Array.from({ length: 253 }, (_, i) => Buffer.from(`content ${i}`));
    await demo(folder, contents, (i) => `${i}`.padEnd(200, 'n'));
  }),
);

t.test('a file whose name begins with a dash', () =>
  withTempDir(async (folder) => {
    writeFileSync(join(folder, '-x.txt'), 'behind the dash');
    const inside = ['sh', '-c', 'cd "$0" && exec "$@"', folder, process.execPath, resolve('build/cli.js')];
    const { code, stdout, stderr } = await run([...inside, 'demo', '--', '-x.txt'], { env: { TMPDIR: folder } });
    assert.equal([code, stderr], [0, '']);
    assert.ok(stdout.includes('behind the dash'));
  }),
);

t.run();
