/** Where descriptors stand among the bytes of a stream: the rule as the kernel has it for C, for CPython and for us. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { SO_INQ } from '../../host/libc/constants.js';
import { openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { enable } from '../support/native.js';
import { type Got, MOST, note, type Piece, sendPieces } from '../support/pieces.js';
import { run, until } from '../support/process.js';
import { targetOf, withPair } from '../support/sockets.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('stream-peers');

const folder = mkdtempSync(join(tmpdir(), 'ancillary-'));
const program = join(folder, 'send-pieces');
const noCompiler = lacks('cc', '--version');
const noPython = lacks('python3', '-c', 'import socket; socket.send_fds');

t.before(async () => {
  // What waiting itself opens stays open.
  await withPair((_, b) => b.receive({ timeout: 1 }).catch(() => undefined));
  if (noCompiler) return;
  execFileSync('cc', ['-Wall', '-Wextra', '-Werror', '-O1', '-o', program, 'tests/fixtures/c/send-pieces.c']);
});
t.after(() => rmSync(folder, { recursive: true }));

const python = (...argv: string[]) => ['python3', 'tests/fixtures/python/pieces.py', ...argv];
const flat = (pieces: readonly Piece[]) => pieces.flatMap(([text, count]) => [text, String(count)]);

/** What is sent, and what receives of so many bytes bring. */
const RULES: { name: string; pieces: Piece[]; size: number; out: Got[] }[] = [
  {
    name: 'bytes without descriptors stand in front of those with them, in one receive',
    pieces: [
      ['xx', 0],
      ['yy', 0],
      ['zz', 1],
    ],
    size: 100,
    out: [['xxyyzz', [6]]],
  },
  {
    name: 'what comes behind bytes with descriptors comes in another',
    pieces: [
      ['zz', 1],
      ['xx', 0],
      ['yy', 0],
    ],
    size: 100,
    out: [
      ['zz', [2]],
      ['xxyy', []],
    ],
  },
  {
    name: 'two that have descriptors are never one',
    pieces: [
      ['a', 1],
      ['b', 2],
      ['c', 253],
    ],
    size: 100,
    out: [
      ['a', [1]],
      ['b', [1, 1]],
      ['c', Array(253).fill(1)],
    ],
  },
  {
    name: 'a receive of fewer bytes has them with the first of theirs',
    pieces: [
      ['xx', 0],
      ['zz', 1],
      ['v', 0],
    ],
    size: 3,
    out: [
      ['xxz', [3]],
      ['zv', []],
    ],
  },
  {
    name: 'a receive that ends in front of them has none',
    pieces: [
      ['xx', 0],
      ['zz', 1],
    ],
    size: 2,
    out: [
      ['xx', []],
      ['zz', [2]],
    ],
  },
];

async function receiveAll(stream: UnixStream, size: number): Promise<Got[]> {
  const got: Got[] = [];
  for (;;) {
    const each = note(await stream.receive({ ...MOST, maxData: size }));
    if (each === null) return got;
    got.push(each);
  }
}

/** Has a program send, to its end, and closes our copy of its side. */
async function sentBy(argv: string[], a: UnixStream): Promise<void> {
  const { code, stderr } = await run(argv, { stdio: [a.fd, 'pipe', 'pipe'] });
  assert.is(code, 0, stderr);
  await a.close();
}

async function sentByUs(a: UnixStream, pieces: Piece[]): Promise<void> {
  await sendPieces(a, pieces);
  await a.close();
}

const SENDERS = {
  us: { lack: undefined, send: sentByUs },
  C: { lack: noCompiler, send: (a: UnixStream, pieces: Piece[]) => sentBy([program, ...flat(pieces)], a) },
  CPython: { lack: noPython, send: (a: UnixStream, pieces: Piece[]) => sentBy(python('send', ...flat(pieces)), a) },
};

for (const [who, { lack, send }] of Object.entries(SENDERS)) {
  for (const { name, pieces, size, out } of RULES) {
    const title = `sent by ${who}: ${name}`;
    if (lack) {
      t.skip(title, lack);
      continue;
    }
    t.test(title, async () => {
      const open = await settledFds();
      await withPair(async (a, b) => {
        await send(a, pieces);
        assert.equal(await receiveAll(b, size), out);
      });
      await withPair(async (a, b) => {
        await send(a, pieces);
        const text = pieces.map(([each]) => each).join('');
        const count = pieces.reduce((sum, [, fds]) => sum + fds, 0);
        if (count > 253) assert.is((await b.read(text.length, MOST).catch((error) => error)).code, 'ERR_TRUNCATED');
        else {
          // Of a whole read each has the place where its piece ends.
          const ends = pieces.flatMap(([, fds], i) =>
            Array(fds).fill(pieces.slice(0, i + 1).reduce((sum, [each]) => sum + each.length, 0)),
          );
          assert.equal(note(await b.read(text.length, MOST)), [text, ends]);
        }
      });
      await untilOpen(open);
    });
  }
}

for (const { name, pieces, size, out } of RULES) {
  const title = `received by CPython: ${name}`;
  if (noPython) {
    t.skip(title, noPython);
    continue;
  }
  t.test(title, () =>
    withPair(async (a, b) => {
      await sendPieces(a, pieces);
      await a.close();
      const { code, stdout, stderr } = await run(python('receive', String(size)), { stdio: [b.fd, 'pipe', 'pipe'] });
      assert.is(code, 0, stderr);
      const lines = out.map((each) => `${each?.[0]} ${each?.[1].length}\n`);
      assert.is(stdout.toString(), lines.join(''));
    }),
  );
}

t.test('descriptors of a send that the kernel takes in pieces come with the first', () =>
  withPair(async (a, b) => {
    const LONG = 150_000;
    const sent = sendPieces(a, [['x'.repeat(LONG), 1]]);
    const message = await b.read(LONG, MOST);
    await sent;
    assert.is(message?.fds.length, 1);
    const [position = 0] = message?.positions ?? [];
    assert.ok(position > 0 && position < LONG, `at ${position}`);
    assert.is(note(message)?.[0].length, LONG);
  }),
);

const say = (text: string) => ['sh', '-c', `printf %s '${text}' >&0`];

t.test('credentials are said of a read when one process sent all of its bytes, and not when two did', async () => {
  const open = await settledFds();
  for (const options of [{ credentials: true }, { pidfd: true }, { credentials: true, pidfd: true }]) {
    await withPair(async (a, b) => {
      const whose = async (size: number) => {
        const message = await b.read(size, MOST);
        message?.pidfd?.close();
        return [message?.credentials !== undefined, message?.pidfd !== undefined];
      };
      const { credentials = false, pidfd = false } = options as { credentials?: boolean; pidfd?: boolean };
      a.sendSync('ab', { credentials: true });
      a.sendSync('cd', { credentials: true });
      assert.equal(await whose(3), [credentials, pidfd], 'all of one');
      await run(say('ef'), { stdio: [a.fd, 'pipe', 'pipe'] });
      assert.equal(await whose(2), [false, false], 'd is ours, e another’s');
      assert.equal(await whose(1), [credentials, pidfd], 'the rest of another’s');
      // Piece by piece, while it waits.
      const waiting = whose(4);
      const open = openFds().length;
      for (const [i, text] of ['g', 'h', 'i', 'j'].entries()) {
        await until('what came before is taken', () => b.unread === i);
        await a.send(text, { credentials: true });
      }
      assert.equal(await waiting, [credentials, pidfd], 'all of one, in pieces');
      // What Node opens for a moment is gone in another.
      await until('one pidfd of one process is held', () => openFds().length <= open + 1);
    }, options);
  }
  await untilOpen(open);
});

t.test('of bytes that are taken in parts each part has a pidfd of its own', async () => {
  const open = await settledFds();
  await withPair(
    async (a, b) => {
      a.sendSync('abc', { credentials: true });
      assert.is((await b.read(9, { timeout: 5 }).catch((error) => error)).code, 'ETIMEDOUT');
      assert.is(b.unread, 3);
      for (const text of ['a', 'b', 'c']) {
        const message = text === 'b' ? b.receiveSync({ maxData: 1 }) : b.readSync(1);
        assert.is(message?.data.toString(), text);
        assert.is(targetOf(message?.pidfd?.fd ?? -1), 'anon_inode:[pidfd]');
        message?.pidfd?.close();
      }
    },
    { pidfd: true },
  );
  await untilOpen(open);
});

await withPair((_, probe) => {
  const title = 'how many bytes are left is said once of a read, as it was at its end';
  if (enable(probe.fd, SO_INQ) < 0) return t.skip(title, 'this kernel has no SO_INQ');
  t.test(title, () =>
    withPair(
      async (a, b) => {
        await sendPieces(a, [
          ['ab', 1],
          ['cd', 1],
          ['ef', 0],
        ]);
        const message = await b.read(5, MOST);
        assert.equal(
          message?.messages.map(({ inq }) => inq),
          [1],
        );
        assert.equal(note(message), ['abcde', [2, 4]]);
      },
      { inq: true },
    ),
  );
});

t.test('processes that send by turns do not fill the process with pidfds', async () => {
  const open = await settledFds();
  await withPair(
    async (a, b) => {
      const COUNT = 40;
      const waiting = b.read(COUNT + 2, MOST);
      const before = openFds().length;
      for (let i = 0; i < COUNT; i++) await run(say('x'), { stdio: [a.fd, 'pipe', 'pipe'] });
      await until('all came', () => b.unread === COUNT);
      // Some of them are about to be closed.
      assert.ok(openFds().length <= before + 20, `${openFds().length - before} more are open`);
      a.sendSync('yz', { credentials: true });
      const message = await waiting;
      assert.is(message?.pidfd, undefined);
      assert.equal(note(message), [`${'x'.repeat(COUNT)}yz`, []]);
    },
    { pidfd: true, credentials: true },
  );
  await untilOpen(open);
});

t.run();
