/** SIGINT, SIGTERM and SIGHUP end every wait within a second, with 130, 143 and 129, and nothing is left. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { takeSignals } from '../../host/cli/lifetime.js';
import { cli, isListening, Running, sleep, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

/** What a test opened, closed at its end whatever happens. */
type Later = (close: () => void) => void;

interface State {
  name: string;
  /** Starts the command and brings it into the state. */
  enter: (folder: string, options: { env: { TMPDIR: string } }, later: Later) => Promise<Running>;
}

/** A FIFO with both ends open here, so that it has a writer and a reader and never ends. */
function endless(path: string, later: Later): number {
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR);
  later(() => closeSync(fd));
  return fd;
}

async function connected(path: string, running: Running, later: Later): Promise<UnixStream> {
  await until('it listens', () => isListening(path));
  const stream = await UnixStream.connect(path);
  later(() => stream.closeSync());
  await until('it has accepted', () => !existsSync(path) || running.child.exitCode !== null);
  return stream;
}

const states: State[] = [
  {
    name: 'read waits for a connection',
    async enter(folder, options) {
      const running = new Running(cli('read', '--socket', join(folder, 's')), options);
      await until('it listens', () => isListening(join(folder, 's')));
      return running;
    },
  },
  {
    name: 'read is connected and waits for descriptors',
    async enter(folder, options, later) {
      const running = new Running(cli('read', '--socket', join(folder, 's')), options);
      await connected(join(folder, 's'), running, later);
      return running;
    },
  },
  {
    name: 'read writes to a pipe that nobody empties',
    async enter(folder, options, later) {
      const output = endless(join(folder, 'out'), later);
      const stdio = ['ignore', output, 'pipe'] as ['ignore', number, 'pipe'];
      const running = new Running(cli('read', '--socket', join(folder, 's')), { ...options, stdio });
      const stream = await connected(join(folder, 's'), running, later);
      writeFileSync(join(folder, 'big'), Buffer.alloc(3_000_000));
      const big = openSync(join(folder, 'big'), 'r');
      stream.sendSync('x', { fds: [big] });
      closeSync(big);
      // A pipe holds 64 KiB; until it does, a signal would find the command in another state, no less allowed.
      await sleep(300);
      return running;
    },
  },
  {
    name: 'read reads a passed pipe that does not end',
    async enter(folder, options, later) {
      const fifo = endless(join(folder, 'fifo'), later);
      const running = new Running(cli('read', '--socket', join(folder, 's')), options);
      const stream = await connected(join(folder, 's'), running, later);
      stream.sendSync('x', { fds: [fifo] });
      await until('it reads', () => running.stdout.includes('Reading'));
      return running;
    },
  },
  {
    name: 'send waits for room in a backlog',
    async enter(folder, options, later) {
      const listener = UnixListener.listenSync(join(folder, 'full'), { backlog: 0 });
      later(() => listener.closeSync());
      const first = UnixStream.connectSync(listener.path);
      later(() => first.closeSync());
      const running = new Running(cli('send', '--socket', listener.path, '/dev/null'), options);
      await until('it has opened', () => running.stdout.includes('Opened'));
      await sleep(50);
      return running;
    },
  },
  {
    name: 'recv waits for a connection',
    async enter(folder, options) {
      const running = new Running(cli('recv', '--listen', join(folder, 's')), options);
      await until('it listens', () => isListening(join(folder, 's')));
      return running;
    },
  },
  {
    name: 'recv keeps descriptors for a program and waits for more',
    async enter(folder, options, later) {
      const argv = ['recv', '--listen', join(folder, 's'), '--count', '2', '--', 'true'];
      const running = new Running(cli(...argv), options);
      const stream = await connected(join(folder, 's'), running, later);
      stream.sendSync('x', { fds: [0] });
      await sleep(100);
      return running;
    },
  },
  {
    name: 'recv waits for datagrams',
    async enter(folder, options) {
      const running = new Running(cli('recv', '--listen', join(folder, 's'), '--type', 'dgram'), options);
      await until('it is bound', () => existsSync(join(folder, 's')));
      await sleep(50);
      return running;
    },
  },
  {
    name: 'send waits for somebody to call',
    async enter(folder, options) {
      const running = new Running(cli('send', '--listen', join(folder, 's'), '--data', 'x'), options);
      await until('it listens', () => isListening(join(folder, 's')));
      return running;
    },
  },
  {
    name: 'send waits for an answer',
    async enter(folder, options, later) {
      const listener = UnixListener.listenSync(join(folder, 'peer'));
      later(() => listener.closeSync());
      const running = new Running(cli('send', '--connect', listener.path, '--data', 'x', '--reply'), options);
      const stream = await listener.accept();
      later(() => stream.closeSync());
      await stream.receive();
      return running;
    },
  },
  {
    name: 'demo starts its sender',
    async enter(_folder, options) {
      const running = new Running(cli('demo'), options);
      await until('it listens', () => running.stdout.includes('listens'));
      await until('the sender runs', () => running.left().length > 1);
      return running;
    },
  },
  {
    name: 'demo reads a passed pipe that does not end',
    async enter(folder, options, later) {
      endless(join(folder, 'fifo'), later);
      const running = new Running(cli('demo', join(folder, 'fifo')), options);
      await until('it reads', () => running.stdout.includes('it holds'));
      return running;
    },
  },
  {
    name: 'walk waits for a line',
    async enter(_folder, options) {
      const stdio = ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'];
      const running = new Running(cli('walk', '--abi', 'x86_64-glibc'), { ...options, stdio });
      running.child.stdin?.write('{"control":""}\n');
      await until('it answers', () => running.stdout.length > 0);
      return running;
    },
  },
];

const t = suite('cli-signals');

for (const { name, enter } of states) {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    t.test(`${signal} while ${name}`, () =>
      withTempDir(async (folder) => {
        const temp = join(folder, 'tmp');
        mkdirSync(temp);
        const closes: (() => void)[] = [];
        try {
          const running = await enter(folder, { env: { TMPDIR: temp } }, (close) => closes.push(close));
          const ended = await running.end(signal);
          assert.equal([ended.code, ended.signal, ended.stderr], [code, null, '']);
          assert.equal(readdirSync(temp), [], 'temporary files');
          assert.not.ok(existsSync(join(folder, 's')), 'socket file');
          await until('no process is left', () => running.left().length === 0);
        } finally {
          for (const close of closes) close();
        }
      }),
    );
  }
}

t.test('a signal that has come but waits for its turn goes to whoever takes the signals meanwhile', async () => {
  const seen: string[] = [];
  process.once('SIGHUP', () => seen.push('nobody'));
  process.kill(process.pid, 'SIGHUP');
  takeSignals((signal) => seen.push(signal));
  await until('it is handled', () => seen.length > 0);
  assert.equal(seen, ['SIGHUP']);
});

t.test('a demo that a signal ends leaves no sender, even one that is stopped', () =>
  withTempDir(async (folder) => {
    const running = new Running(cli('demo'), { env: { TMPDIR: folder } });
    let sender = 0;
    // Not before it has become the command: until then the demo waits within spawn, which a stopped child never leaves.
    await until('the sender runs', () => {
      sender = running.left().find((pid) => readFileSync(`/proc/${pid}/cmdline`).includes('demo-sender')) ?? 0;
      return sender > 0;
    });
    process.kill(sender, 'SIGSTOP');
    try {
      running.child.kill('SIGINT');
      await until('no process is left', () => running.left().length === 0);
      const { code, stderr } = await running.ended;
      assert.equal([code, stderr], [130, '']);
      assert.equal(readdirSync(folder), [], 'temporary files');
    } finally {
      if (running.left().includes(sender)) process.kill(sender, 'SIGKILL');
    }
  }),
);

t.run();
