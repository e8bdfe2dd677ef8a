/** CPython's `socket.send_fds` and `recv_fds` at the other end: every type of Unix socket, both ways. */
import { readSync } from 'node:fs';
import { join } from 'node:path';
import {
  closeAll,
  memfd,
  type OwnedFd,
  UnixDatagram,
  UnixListener,
  UnixSeqpacket,
  UnixSeqpacketListener,
  UnixStream,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { peerTests } from '../support/peer-test.js';
import { Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('real-peers-cpython');
const test = peerTests(t);

const noPython = lacks('python3', '-c', 'import os, socket; socket.send_fds; os.memfd_create');
const python = (...argv: string[]) => ['python3', 'tests/fixtures/python/peer.py', ...argv];

/** Of one message: 253 is what the kernel takes at most. */
const COUNTS = [1, 253];
const MOST = { maxFds: 253, timeout: 20_000 };

const KINDS = {
  stream: { listener: UnixListener, socket: UnixStream },
  seqpacket: { listener: UnixSeqpacketListener, socket: UnixSeqpacket },
  dgram: undefined,
} as const;
type Kind = keyof typeof KINDS;
type Row = [kind: Kind, address: string, count: number];

/** As the peer writes them: a path or @name. */
const addressOf = (text: string) => (text.startsWith('@') ? { abstract: text.slice(1) } : text);

const rowsOf = (kind: Kind, folder: string): Row[] =>
  COUNTS.flatMap((count) => [join(folder, `${count}`), `@${folder}/${count}`].map((at): Row => [kind, at, count]));

/** What the memfds of a message hold: the place of each. */
const places = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);

function contentsOf(fds: readonly OwnedFd[]): string[] {
  const buffer = Buffer.alloc(10);
  const contents = fds.map(({ fd }) => buffer.toString('utf8', 0, readSync(fd, buffer, 0, 10, 0)));
  closeAll(fds);
  return contents;
}

const makeMemfds = (count: number) => places(count).map((text) => memfd('passed', Buffer.from(text)));

/** Binds at the address of a row; the result takes what comes there, to its end. */
function prepare([kind, address]: Row): { take: () => Promise<[string, string[]]>; close: () => void } {
  const classes = KINDS[kind];
  if (!classes) {
    const receiver = UnixDatagram.bindSync(addressOf(address));
    const take = async (): Promise<[string, string[]]> => {
      const { data, fds } = await receiver.receive(MOST);
      return [data.toString(), contentsOf(fds)];
    };
    return { take, close: () => receiver.closeSync() };
  }
  const listener = classes.listener.listenSync(addressOf(address));
  const take = async (): Promise<[string, string[]]> => {
    const connection = await listener.accept();
    try {
      const message = await connection.receive(MOST);
      assert.is(await connection.receive(MOST), null);
      return [message?.data.toString() ?? '', contentsOf(message?.fds ?? [])];
    } finally {
      connection.closeSync();
    }
  };
  return { take, close: () => listener.closeSync() };
}

async function sendTo([kind, address, count]: Row): Promise<void> {
  const fds = makeMemfds(count);
  const { connect } = KINDS[kind]?.socket ?? UnixDatagram;
  const socket = await connect(addressOf(address));
  try {
    // In parts, as the peer does it.
    assert.is(await socket.send(['from ', 'Node'], { fds, timeout: 20_000 }), 9);
  } finally {
    socket.closeSync();
    closeAll(fds);
  }
}

/** Starts a role of the peer that says when it can be sent to. */
async function startReady(...argv: string[]): Promise<Running> {
  const peer = new Running(python(...argv));
  await until('it is ready', () => peer.stdout.includes('ready\n'));
  return peer;
}

/** What it printed afterwards. */
async function linesOf(peer: Running): Promise<unknown[]> {
  const { code, stdout, stderr } = await peer.ended;
  assert.equal([code, stderr], [0, '']);
  const lines = stdout.toString().trimEnd().split('\n');
  return lines.filter((line) => line !== 'ready').map((line) => JSON.parse(line));
}

for (const kind of Object.keys(KINDS) as Kind[]) {
  test(
    noPython,
    `${kind}: 1 and 253 descriptors of CPython arrive in order, at a path and at an abstract name`,
    async (folder) => {
      const rows = rowsOf(kind, folder);
      const prepared = rows.map(prepare);
      try {
        const peer = run(python('send', JSON.stringify(rows)));
        for (const [i, { take }] of prepared.entries()) {
          assert.equal(await take(), ['from CPython', places(rows[i]?.[2] ?? 0)]);
        }
        const { code, stderr } = await peer;
        assert.equal([code, stderr], [0, '']);
      } finally {
        for (const { close } of prepared) close();
      }
    },
  );

  test(
    noPython,
    `${kind}: 1 and 253 descriptors arrive at CPython in order, at a path and at an abstract name`,
    async (folder) => {
      const rows = rowsOf(kind, folder);
      const peer = await startReady('receive', JSON.stringify(rows));
      for (const row of rows) await sendTo(row);
      assert.equal(
        await linesOf(peer),
        rows.map(([, , count]) => ({ data: 'from Node', contents: places(count), flags: [] })),
      );
    },
  );
}

for (const isAbstract of [false, true]) {
  test(
    noPython,
    `dgram: CPython states credentials, and is answered at its ${isAbstract ? 'abstract name' : 'path'}`,
    async (folder) => {
      const [to, own] = [join(folder, 'to'), `${isAbstract ? '@' : ''}${join(folder, 'own')}`] as const;
      const receiver = UnixDatagram.bindSync(to, { credentials: true });
      try {
        const peer = new Running(python('reply', to, own));
        const { data, fds, from, credentials } = await receiver.receive(MOST);
        assert.equal([data.toString(), contentsOf(fds), from], ['who am I?', places(2), addressOf(own)]);
        assert.equal(credentials, { pid: peer.pid, uid: process.geteuid?.(), gid: process.getegid?.() });
        const answer = makeMemfds(3);
        await receiver.send('you', { to: from, fds: answer });
        closeAll(answer);
        assert.equal(await linesOf(peer), [{ data: 'you', contents: places(3), flags: [], from: to }]);
      } finally {
        receiver.closeSync();
      }
    },
  );
}

test(
  noPython,
  'seqpacket: empty records of CPython are records, also with a descriptor, and its end is the end',
  async (folder) => {
    const path = join(folder, 's');
    const listener = UnixSeqpacketListener.listenSync(path, { maxFds: 253 });
    try {
      const peer = run(python('records', path));
      const connection = await listener.accept();
      // All of it is there, the end too.
      assert.is((await peer).code, 0);
      const got: unknown[] = [];
      for await (const { data, fds } of connection) got.push([data.toString(), contentsOf(fds)]);
      assert.equal(got, [
        ['', ['0']],
        ['', []],
        ['x', []],
      ]);
      connection.closeSync();
    } finally {
      listener.closeSync();
    }
  },
);

test(noPython, 'dgram: what CPython has no room for is its loss, and it is told', async (folder) => {
  const path = join(folder, 's');
  const peer = await startReady('narrow', path);
  await sendTo(['dgram', path, 2]);
  assert.equal(await linesOf(peer), [{ data: 'from', contents: ['0'], flags: ['MSG_TRUNC', 'MSG_CTRUNC'] }]);
});

t.run();
