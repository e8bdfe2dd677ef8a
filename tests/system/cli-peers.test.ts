/** `ancillary read` and `send` against peers that misbehave, and at the limit of open files. */
import { closeSync, existsSync, openSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import { encode } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import { assertFails } from '../support/bad-input.js';
import { limitFiles, sendControl } from '../support/native.js';
import { assertContents } from '../support/passed.js';
import { cli, isListening, Running, sleep, until, untilAsleep } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

interface Row {
  name: string;
  argv?: string[];
  /** What the peer does once it is connected; `open` gives a new descriptor of a file that holds `text`. */
  peer: (stream: UnixStream, open: (text: string, flags?: string) => number, reader: Running) => unknown;
  err?: RegExp;
  /** The contents that are printed all the same. */
  out?: string[];
}

const message = (level: number, type: number, data: Uint8Array) =>
  encode('x86_64-glibc', [{ level, type, data }]).control;

const rows: Row[] = [
  { name: 'closes having sent nothing', peer: () => {}, err: /after 0 descriptors, at least 1 expected/ },
  { name: 'sends data only', peer: (s) => s.sendSync('data'), err: /after 0 descriptors, at least 1 expected/ },
  {
    name: 'sends 100,000 bytes in small messages without a descriptor',
    peer: async (s) => {
      for (let i = 0; i < 1000; i++) await s.send(Buffer.alloc(100));
    },
    err: /after 0 descriptors/,
  },
  {
    name: 'sends data first and descriptors later',
    peer: async (s, open) => {
      s.sendSync('hello');
      await sleep(50);
      s.sendSync('x', { fds: [open('later')] });
    },
    out: ['later'],
  },
  {
    name: 'sends fewer than --count',
    argv: ['--count', '3'],
    peer: (s, open) => s.sendSync('x', { fds: [open('a'), open('b')] }),
    err: /after 2 descriptors, 3 expected/,
    out: ['a', 'b'],
  },
  {
    name: 'sends more than --count',
    argv: ['--count', '1'],
    peer: (s, open) => s.sendSync('x', { fds: [open('a'), open('b'), open('c')] }),
    err: /2 descriptors more than --count 1/,
    out: ['a'],
  },
  {
    name: 'sends --count in several messages',
    argv: ['--count', '3'],
    peer: (s, open) => {
      s.sendSync('x', { fds: [open('a')] });
      s.sendSync('y', { fds: [open('b'), open('c')] });
    },
    out: ['a', 'b', 'c'],
  },
  {
    name: 'sends credentials that nobody asked for',
    peer: (s, open) => s.sendSync('x', { fds: [open('a')], credentials: true }),
    out: ['a'],
  },
  {
    name: 'sends a control message of an unknown level',
    peer: (s) => assert.is(sendControl(s.fd, Buffer.from('x'), message(0x1234, 0x5678, new Uint8Array(8))), 1),
    err: /after 0 descriptors/,
  },
  {
    name: 'is refused garbage by the kernel and closes',
    peer: (s) => assert.is(sendControl(s.fd, Buffer.from('x'), Buffer.alloc(32, 0xff)), -22),
    err: /after 0 descriptors/,
  },
  {
    name: 'passes a directory',
    peer: (s) => {
      const directory = openSync('/', 'r');
      s.sendSync('x', { fds: [directory] });
      closeSync(directory);
    },
    err: /passed fd \d+ is a directory/,
  },
  {
    name: 'passes a file open for writing only',
    peer: (s, open) => s.sendSync('x', { fds: [open('a', 'a')] }),
    err: /passed fd \d+ is not open for reading/,
  },
  {
    name: 'passes the same description twice, which has one offset',
    peer: (s, open) => {
      const fd = open('once');
      s.sendSync('x', { fds: [fd, fd] });
    },
    out: ['once', ''],
  },
  {
    name: 'passes more than the receiver may have open',
    peer: (s, open, reader) => {
      const taken = new Set(readdirSync(`/proc/${reader.pid}/fd`).map(Number));
      let free = 0;
      while (taken.has(free)) free++;
      limitFiles(reader.pid, free + 2);
      s.sendSync('x', { fds: Array.from({ length: 20 }, () => open('a')) });
    },
    err: /limit of open files.*ulimit -n/,
  },
  {
    name: 'passes what is wanted, then more than the receiver may have open',
    argv: ['--count', '4'],
    peer: async (s, open, reader) => {
      s.sendSync('x', { fds: [open('came before'), open('the loss')] });
      const fds = () => readdirSync(`/proc/${reader.pid}/fd`).map(Number);
      const isOf = (fd: number) => readlinkSync(`/proc/${reader.pid}/fd/${fd}`);
      await until('both have come', () => fds().some((fd) => isOf(fd).endsWith('/1')));
      const taken = new Set(fds());
      let free = 0;
      while (taken.has(free)) free++;
      limitFiles(reader.pid, free + 1);
      s.sendSync('x', { fds: Array.from({ length: 2 }, () => open('lost')) });
    },
    err: /limit of open files.*ulimit -n/,
    out: ['came before', 'the loss'],
  },
];

const t = suite('cli-peers');

for (const { name, argv = [], peer, err, out } of rows) {
  t.test(`a peer that ${name}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const reader = new Running(cli('read', '--socket', path, ...argv));
      await until('it listens', () => isListening(path));
      const stream = await UnixStream.connect(path);
      await until('it has accepted', () => !existsSync(path));
      const opened: number[] = [];
      const open = (text: string, flags = 'r') => {
        const file = join(folder, `${opened.length}`);
        writeFileSync(file, text);
        const fd = openSync(file, flags);
        opened.push(fd);
        return fd;
      };
      try {
        await peer(stream, open, reader);
      } finally {
        stream.closeSync();
        opened.forEach((fd) => {
          closeSync(fd);
        });
      }
      const ended = err ? await assertFails(reader, 1, err) : await reader.ended;
      if (!err) assert.equal([ended.code, ended.stderr], [0, '']);
      if (out) {
        const contents = out.map((text) => Buffer.from(text));
        assertContents(ended.stdout, contents);
      }
    }),
  );
}

t.test('each of several things that are wrong has its line, and what is right is printed', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    writeFileSync(join(folder, 'file'), 'right');
    const reader = new Running(cli('read', '--socket', path, '--count', '4'));
    await until('it listens', () => isListening(path));
    const stream = await UnixStream.connect(path);
    const fds = ['/', join(folder, 'file'), '/'].map((file) => openSync(file, 'r'));
    stream.sendSync('x', { fds });
    stream.closeSync();
    fds.forEach((fd) => {
      closeSync(fd);
    });
    const { code, stdout, stderr } = await reader.ended;
    assert.is(code, 1);
    assert.match(stdout.toString(), /\nright/);
    assert.equal(
      stderr.split('\n').map((line) => /after 3 descriptors, 4 expected|passed fd \d+ is a directory|^$/.test(line)),
      [true, true, true, true],
      stderr,
    );
  }),
);

t.test('read at its limit of open files when somebody connects says so and leaves no socket file', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const reader = new Running(cli('read', '--socket', path));
    await until('it listens', () => isListening(path));
    await untilAsleep(reader.pid);
    // Lower than what is open: no number is free below it.
    limitFiles(reader.pid, 3);
    const stream = await UnixStream.connect(path);
    await assertFails(reader, 1, /EMFILE.*ulimit -n/);
    stream.closeSync();
    assert.not.ok(existsSync(path));
  }),
);

t.test('send to a receiver that closes at once: one line or none, never a hang', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const sender = new Running(cli('send', '--socket', listener.path, '/dev/null'));
    const stream = await listener.accept();
    stream.closeSync();
    listener.closeSync();
    const { code, stderr } = await sender.ended;
    assert.ok(
      code === 0 ? stderr === '' : /^ancillary: [^\n]*closed the connection without taking it[^\n]*\n$/.test(stderr),
      `${code} ${stderr}`,
    );
  }),
);

t.run();
