/** QEMU's monitor (QMP) takes descriptors over its socket, uses them, and tells of them. */
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { socketpair, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { isListening, Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('real-peers-qemu');
const test = peerTests(t);

/** Any will do: it has no machine. The first is the smallest. */
const PROGRAMS = ['qemu-system-sparc', 'qemu-system-x86_64', 'qemu-system-aarch64', 'qemu-system-arm'];
const program = PROGRAMS.find((name) => !lacks(name, '--version')) ?? '';
const lack = program ? undefined : `there is none of ${PROGRAMS.join(', ')}`;

interface Answer {
  return?: unknown;
  error?: { class: string; desc: string };
  event?: string;
}

class Monitor {
  readonly #stream: UnixStream;

  constructor(stream: UnixStream) {
    this.#stream = stream;
  }

  async next(): Promise<Answer & { QMP?: unknown }> {
    const line = await this.#stream.readLine();
    return JSON.parse(line?.data.toString() ?? 'null');
  }

  /** The answer to a command that is sent in as many pieces as are given, the descriptors with the first. */
  async ask(pieces: readonly string[], fds: Parameters<UnixStream['send']>[1] = {}): Promise<Answer> {
    for (const [i, piece] of pieces.entries()) await this.#stream.send(piece, i === 0 ? fds : {});
    for (;;) {
      const answer = await this.next();
      if (answer.event === undefined) return answer;
    }
  }

  /** What a command returns; its error fails the test. */
  async run(execute: string, args: object = {}, fds?: Parameters<UnixStream['send']>[1]): Promise<unknown> {
    const answer = await this.ask([`${JSON.stringify({ execute, arguments: args })}\n`], fds);
    assert.is(answer.error, undefined, JSON.stringify(answer));
    return answer.return;
  }
}

function withMonitor(fn: (monitor: Monitor, pid: number, folder: string) => Promise<void>) {
  return async (folder: string) => {
    const path = join(folder, 'qmp');
    const machine = ['-machine', 'none', '-nodefaults', '-display', 'none'];
    const qemu = new Running([program, ...machine, '-qmp', `unix:${path},server=on,wait=off`]);
    try {
      await until('QEMU listens', () => isListening(path), 15_000);
      const stream = await UnixStream.connect(path);
      try {
        const monitor = new Monitor(stream);
        // Events may come before the greeting, where another client has just gone.
        while (!(await monitor.next()).QMP);
        await monitor.run('qmp_capabilities');
        await fn(monitor, qemu.pid, folder);
      } finally {
        stream.closeSync();
      }
    } finally {
      await qemu.end();
    }
  };
}

/** Writes a file of so many bytes, and opens it. */
async function openImage(folder: string, size: number) {
  const path = join(folder, 'image');
  writeFileSync(path, Buffer.alloc(size));
  return { path, file: await open(path) };
}

/** What the descriptors of a process stand for. */
function targetsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return 'closed meanwhile';
    }
  });
}

test(
  lack,
  'add-fd: QEMU has the very file, opens it as a block device, and lets it go',
  withMonitor(async (monitor, pid, folder) => {
    const SIZE = 4096;
    const { path, file } = await openImage(folder, SIZE);
    // A FileHandle as it is.
    const added = await monitor.run('add-fd', { 'fdset-id': 5, opaque: 'ours' }, { fds: [file] });
    await file.close();
    const { fd, 'fdset-id': id } = added as { fd: number; 'fdset-id': number };
    assert.is(id, 5);
    assert.is(readlinkSync(`/proc/${pid}/fd/${fd}`), path);
    assert.equal(await monitor.run('query-fdsets'), [{ 'fdset-id': 5, fds: [{ fd, opaque: 'ours' }] }]);

    await monitor.run('blockdev-add', {
      driver: 'file',
      'node-name': 'passed',
      filename: '/dev/fdset/5',
      'read-only': true,
    });
    const nodes = (await monitor.run('query-named-block-nodes', { flat: true })) as { image: object }[];
    assert.equal(
      nodes.map(({ image }) => (image as Record<string, unknown>)['virtual-size']),
      [SIZE],
    );
    await monitor.run('blockdev-del', { 'node-name': 'passed' });
    await monitor.run('remove-fd', { 'fdset-id': 5 });
    assert.equal(await monitor.run('query-fdsets'), []);
  }),
);

test(
  lack,
  'getfd: QEMU speaks over a socket that was passed, by its name',
  withMonitor(async (monitor) => {
    const [ours, theirs] = socketpair();
    try {
      await monitor.run('getfd', { fdname: 'line' }, { fds: [{ fd: theirs.fd }] });
      theirs.closeSync();
      const addr = { type: 'fd', data: { str: 'line' } };
      const backend = { type: 'socket', data: { addr, server: false } };
      await monitor.run('chardev-add', { id: 'line', backend });
      const list = (await monitor.run('query-chardev')) as { label: string; filename: string }[];
      assert.match(list.find(({ label }) => label === 'line')?.filename ?? '', /^unix:/);
      await monitor.run('chardev-remove', { id: 'line' });
      // The last who had the other end is gone.
      assert.is(await ours.receive(), null);
    } finally {
      ours.closeSync();
    }
  }),
);

test(
  lack,
  'a command in pieces has the descriptor of its first; one without is refused in words',
  withMonitor(async (monitor, pid, folder) => {
    const { path, file } = await openImage(folder, 1);
    const held = () => targetsOf(pid).filter((target) => target === path).length;
    const pieces = ['{"execute": "getfd", ', '"arguments": {"fdname": ', '"piece"}}\n'];
    assert.equal(await monitor.ask(pieces, { fds: [file] }), { return: {} });
    assert.is(held(), 1);
    // It takes the first, and closes the others.
    await monitor.run('getfd', { fdname: 'one' }, { fds: new Array(16).fill(file) });
    assert.is(held(), 2);
    await monitor.run('closefd', { fdname: 'one' });
    await monitor.run('closefd', { fdname: 'piece' });
    assert.is(held(), 0);
    await file.close();
    const { error } = await monitor.ask(['{"execute": "getfd", "arguments": {"fdname": "none"}}\n']);
    assert.match(error?.desc ?? '', /No file descriptor supplied/);
  }),
);

t.run();
