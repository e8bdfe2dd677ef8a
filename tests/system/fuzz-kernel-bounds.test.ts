/** What a job that fuzzes the kernel is held to: limits, namespaces, and nothing open that somebody forgot. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { styleOf, withTrailer } from '../../host/fuzz/targets/kernel/choices.js';
import { launchInNamespaces, markCloseOnExec } from '../../host/fuzz/targets/kernel/namespaces.js';
import { openKernel } from '../../host/fuzz/targets/kernel.js';
import { F_GETFD, F_SETFD, FD_CLOEXEC } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { hostileBuffers } from '../../host/oracle/hostile.js';
import { asUser, noOtherUser } from '../support/ordinary.js';
import { run } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';

const CHILD = 'bounded';
const CASES = 3000;
const LIMIT = 60_000;
const NOBODY = 65534;
const t = suite('fuzz kernel bounds');
const self = fileURLToPath(import.meta.url);
const options = { abi: native().abiId, timeout: 1000, lane: 0, lanes: 1 };

/** Hostile buffers, and credentials of every sort as they are. */
function* inputs(): Iterable<Uint8Array> {
  for (const { control } of hostileBuffers(CASES, 8, 1)) yield control;
  const RAW = 5 << 8;
  assert.is(styleOf(RAW), 'raw');
  for (const pid of [process.pid, process.ppid, 1, 0, -1, 2 ** 31 - 1]) {
    for (const uid of [process.getuid?.() ?? 0, 0, 1, NOBODY, -1]) {
      for (const gid of [process.getgid?.() ?? 0, 0, 5, -1]) {
        for (const pair of [0, 1, 2, 3, 4, 5]) {
          const credentials = new Uint8Array(Int32Array.of(28, 0, 1, 2, pid, uid, gid, 0).buffer);
          yield withTrailer(credentials, RAW + pair);
        }
      }
    }
  }
}

if (process.argv[2] === CHILD) {
  const target = openKernel('', { options });
  const classes = new Set<string>();
  for (const input of inputs()) {
    const verdict = target.run(input);
    if (verdict && !(verdict instanceof Promise)) classes.add(`${verdict.class}: ${verdict.cause}`);
  }
  await target.close();
  const limits = readFileSync('/proc/self/limits', 'latin1');
  const hard = (name: string) => new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(limits)?.[1];
  const told = {
    classes: [...classes],
    limits: ['Max open files', 'Max file size', 'Max core file size'].map(hard),
    pid: process.pid,
    uid: process.getuid?.(),
    net: readlinkSync('/proc/self/ns/net'),
  };
  console.log(JSON.stringify(told));
  process.exit(0);
}

/** What the child tells, started with words before its command. */
async function child(...words: string[]) {
  const { code, stdout, stderr } = await run([...words, process.execPath, self, CHILD], { limit: LIMIT });
  assert.is(code, 0, stderr);
  return JSON.parse(stdout.toString());
}

const BOUNDS = ['1024', '0', '0'];
const timeout = { timeout: LIMIT + 5000 };

t.test(
  'it opens few files, writes none and leaves no core, and finds nothing in a right kernel',
  async () => {
    const { limits, classes } = await child();
    assert.equal(limits, BOUNDS);
    assert.equal(classes, []);
  },
  timeout,
);

const launch = launchInNamespaces();
if (launch.note) {
  t.skip('it runs in namespaces of its own', launch.note);
} else {
  t.test(
    'it runs in namespaces of its own, where root is nobody else, and finds nothing in a right kernel',
    async () => {
      const { classes, uid, pid, net } = await child(...launch.words);
      assert.equal(classes, []);
      assert.is(uid, 0);
      assert.is(pid, 1);
      assert.is.not(net, readlinkSync('/proc/self/ns/net'));
    },
    timeout,
  );
}

t.test('where namespaces cannot be had it runs without, and says so in one line', () => {
  const { words, note } = launchInNamespaces('/nonexistent/unshare');
  assert.equal(words, []);
  assert.match(note ?? '', /^the kernel is fuzzed without namespaces \(there is no \/nonexistent\/unshare\)$/);
});

if (noOtherUser) t.skip('an ordinary user can do the same', noOtherUser);
else {
  t.test(
    'an ordinary user can do the same, and is refused what root is not',
    async () => {
      const { classes, limits, uid } = await child(...asUser(NOBODY, process.cwd()));
      assert.equal(classes, []);
      assert.equal(limits, BOUNDS);
      assert.is(uid, NOBODY);
    },
    timeout,
  );
}

t.test('what was inherited is not handed on to a job', () => {
  const { libc } = native();
  const fd = openSync('/dev/null', 'r');
  try {
    libc.fcntl(fd, F_SETFD, 0);
    markCloseOnExec();
    assert.is(libc.fcntl(fd, F_GETFD, 0), FD_CLOEXEC);
    const { stdout } = spawnSync('readlink', [`/proc/self/fd/${fd}`], { encoding: 'utf8' });
    assert.is.not(stdout.trim(), '/dev/null');
  } finally {
    closeSync(fd);
  }
});

t.test('another ABI than that of this process is refused in a line', async () => {
  const { code, message } = await thrownBy(() => openKernel('', { options: { ...options, abi: 'wasm32-emscripten' } }));
  assert.is(code, 'ERR_UNSUPPORTED');
  assert.match(message, /^cannot fuzz the kernel as wasm32-emscripten: this process runs on [^\n]*$/);
});

t.run();
