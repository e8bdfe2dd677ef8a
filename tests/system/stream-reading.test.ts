/** read, readLine, readUntil: exactly what is asked for, with its descriptors, and nothing lost however a read ends. */
import { constants } from 'node:buffer';
import { channel } from 'node:diagnostics_channel';
import { type StreamMessage, toNetSocket, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { lowestFree, openFds, settledFds, untilOpen } from '../support/descriptors.js';
import { enable, limitFiles } from '../support/native.js';
import { expected, type Got, joined, MOST, note, type Piece, sendPieces, sendPiecesSync } from '../support/pieces.js';
import { sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { withFds, withPair } from '../support/sockets.js';
import { type Case, suite, thrownBy } from '../support/suite.js';

const t = suite('stream-reading');

const warnings: Error[] = [];
process.on('warning', (warning) => warnings.push(warning));

type Read = ['read', number] | ['line'] | ['until', string | Uint8Array] | ['receive', number?];

function readOnce(stream: UnixStream, [how, what]: Read): Promise<StreamMessage | null> {
  if (how === 'read') return stream.read(what as number, MOST);
  if (how === 'line') return stream.readLine(MOST);
  if (how === 'until') return stream.readUntil(what as string, MOST);
  return stream.receive({ ...MOST, maxData: (what as number | undefined) ?? 65536 }) as Promise<StreamMessage | null>;
}

function readOnceSync(stream: UnixStream, [how, what]: Read): StreamMessage | null {
  if (how === 'read') return stream.readSync(what as number, MOST);
  if (how === 'line') return stream.readLineSync(MOST);
  if (how === 'until') return stream.readUntilSync(what as string, MOST);
  return stream.receiveSync({ ...MOST, maxData: (what as number | undefined) ?? 65536 }) as StreamMessage | null;
}

const READS: Case<{ pieces: Piece[]; reads: Read[] }, Got[]>[] = [
  {
    name: 'exactly so many bytes, of one piece or of several',
    in: {
      pieces: [
        ['abcdef', 0],
        ['ghi', 0],
      ],
      reads: [
        ['read', 4],
        ['read', 1],
        ['read', 4],
        ['read', 1],
      ],
    },
    out: [['abcd', []], ['e', []], ['fghi', []], null],
  },
  {
    name: 'no bytes are an empty message, even at the end',
    in: {
      pieces: [['a', 1]],
      reads: [
        ['read', 0],
        ['read', 1],
        ['read', 0],
        ['read', 1],
      ],
    },
    out: [['', []], ['a', [1]], ['', []], null],
  },
  {
    name: 'descriptors with their places among the bytes',
    in: {
      pieces: [
        ['xx', 0],
        ['yy', 0],
        ['zz', 1],
        ['v', 2],
        ['w', 0],
      ],
      reads: [['read', 8]],
    },
    out: [['xxyyzzvw', [6, 7, 7]]],
  },
  {
    name: 'descriptors come with the first byte that is read of theirs, and not before',
    in: {
      pieces: [
        ['xx', 0],
        ['zzz', 1],
      ],
      reads: [
        ['read', 2],
        ['read', 1],
        ['read', 2],
      ],
    },
    out: [
      ['xx', []],
      ['z', [1]],
      ['zz', []],
    ],
  },
  {
    name: 'lines without their newline, whatever else ends them',
    in: {
      pieces: [
        ['one\r\n\ntw', 0],
        ['o\nthree\n', 1],
      ],
      reads: [['line'], ['line'], ['line'], ['line'], ['line']],
    },
    out: [['one\r', []], ['', []], ['two', [4]], ['three', []], null],
  },
  {
    name: 'a delimiter of several bytes, in pieces itself',
    in: {
      pieces: [
        ['GET\r', 0],
        ['\n\r', 1],
        ['\nbody', 0],
      ],
      reads: [
        ['until', '\r\n\r\n'],
        ['read', 4],
      ],
    },
    out: [
      ['GET', [6]],
      ['body', []],
    ],
  },
  {
    name: 'a delimiter that begins again within itself',
    in: {
      pieces: [
        ['aab', 0],
        ['aabaac', 0],
      ],
      reads: [['until', Buffer.from('aabaac')], ['receive']],
    },
    out: [['aab', []], null],
  },
  {
    name: 'reads and receives by turns',
    in: {
      pieces: [
        ['head', 1],
        ['line\n', 0],
        ['rest', 1],
      ],
      reads: [['read', 3], ['receive', 1], ['line'], ['receive', 2], ['receive'], ['receive']],
    },
    out: [['hea', [3]], ['d', []], ['line', []], ['re', [2]], ['st', []], null],
  },
];

t.table(READS, ({ pieces, reads }) =>
  withPair(async (a, b) => {
    await sendPieces(a, pieces);
    await a.close();
    const got: Got[] = [];
    for (const read of reads) got.push(note(await readOnce(b, read)));
    assert.is(b.unread, 0, 'nothing is read ahead');
    return got;
  }),
);

t.table(
  READS.map((row) => ({ ...row, name: `${row.name}, at once` })),
  ({ pieces, reads }) =>
    withPair(async (a, b) => {
      await sendPieces(a, pieces);
      await a.close();
      return reads.map((read) => note(readOnceSync(b, read)));
    }),
);

t.table(
  // A receive takes what has come so far, which here is a piece.
  READS.filter(({ in: { reads } }) => reads.every(([how]) => how !== 'receive')).map((row) => ({
    ...row,
    name: `${row.name}, all reads in line before anything comes`,
  })),
  ({ pieces, reads }) =>
    withPair(async (a, b) => {
      const waiting = reads.map((read) => readOnce(b, read));
      await sleep(2);
      for (const piece of pieces) {
        await sendPieces(a, [piece]);
        await sleep(1);
      }
      await a.close();
      return (await Promise.all(waiting)).map(note);
    }),
);

const WRONG: Case<(stream: UnixStream) => unknown, never>[] = [
  ...[-1, 1.5, Number.NaN, '3', undefined, null, constants.MAX_LENGTH + 1, 3n, {}].flatMap((size) => [
    { name: `read(${String(size)})`, in: (s: UnixStream) => s.read(size as number), err: /the size of a read must be/ },
    { name: `readSync(${String(size)})`, in: (s: UnixStream) => s.readSync(size as number), err: /of a readSync must/ },
  ]),
  ...['', new Uint8Array(0), 10, null, undefined, ['\n'], new Uint16Array(1)].map((delimiter) => ({
    name: `readUntil(${JSON.stringify(delimiter)})`,
    in: (s: UnixStream) => s.readUntil(delimiter as string),
    err: /a delimiter must/,
  })),
  { name: 'max of less than nothing', in: (s) => s.readLine({ max: -1 }), err: /max must be an integer/ },
  { name: 'a max that no Buffer has', in: (s) => s.readLine({ max: constants.MAX_LENGTH }), err: /max must be/ },
  { name: 'maxFds of 254', in: (s) => s.read(1, { maxFds: 254 }), err: /maxFds must be an integer from 0 to 253/ },
  { name: 'an option of something else', in: (s) => s.read(1, { max: 1 } as object), err: /read has no option 'max'/ },
  {
    name: 'a timeout where nothing waits',
    in: (s) => s.readSync(1, { timeout: 1 } as object),
    err: /no option 'timeout'/,
  },
  {
    name: 'options that are none',
    in: (s) => s.readLine(5 as never),
    err: /the options of readLine must be an object/,
  },
  { name: 'a timeout that is none', in: (s) => s.read(1, { timeout: -1 }), err: /timeout must be/ },
];

t.table(
  WRONG.map((each) => ({ ...each, name: `refused: ${each.name}` })),
  (call) =>
    withPair(async (a, b) => {
      a.sendSync('x');
      try {
        return (await call(b)) as never;
      } catch (error) {
        assert.is((error as { code?: string }).code, 'ERR_INVALID_ARGUMENT');
        assert.is(note(b.receiveSync())?.[0], 'x', 'nothing was taken');
        throw error;
      }
    }),
);

/** Every way to go on with what a read has left. */
const WAYS: Record<string, (b: UnixStream, size: number) => Promise<Got[]>> = {
  read: async (b, size) => [note(await b.read(size, MOST))],
  readSync: async (b, size) => [note(b.readSync(size, MOST))],
  readUntil: async (b) => [note(await b.readUntil('$', MOST))],
  receive: async (b) => all(async () => note(await b.receive(MOST))),
  receiveSync: async (b) => all(async () => note(b.receiveSync(MOST))),
  'receive of one byte at a time': async (b) => all(async () => note(await b.receive({ ...MOST, maxData: 1 }))),
  'receive into memory': async (b) =>
    all(async () => {
      const into = [Buffer.alloc(1), new Uint8Array(0), Buffer.alloc(2)];
      const head = await b.receive({ ...MOST, into });
      return head && note({ ...head, data: Buffer.concat(into).subarray(0, head.size) });
    }),
  receiveMany: async (b) => {
    const got: Got[] = [];
    for (let many = await b.receiveMany(MOST); many; many = await b.receiveMany(MOST)) got.push(...many.map(note));
    return got;
  },
  receiveManySync: async (b) => {
    const got: Got[] = [];
    for (let many = b.receiveManySync(MOST); many; many = b.receiveManySync(MOST)) got.push(...many.map(note));
    return got;
  },
  forEachMessage: async (b) => {
    const got: Got[] = [];
    await b.forEachMessage((message) => void got.push(note(message)), MOST);
    return got;
  },
  'forEachMessage that waits': async (b) => {
    const got: Got[] = [];
    await b.forEachMessage(async (message) => {
      await sleep(1);
      got.push(note(message));
    }, MOST);
    return got;
  },
  'for await': async (b) => {
    const got: Got[] = [];
    for await (const message of b) got.push(note(message));
    return got;
  },
};

async function all(next: () => Promise<Got>): Promise<Got[]> {
  const got: Got[] = [];
  for (let each = await next(); each !== null; each = await next()) got.push(each);
  return got;
}

const PIECES: Piece[] = [
  ['ab', 1],
  ['c', 0],
  ['de', 2],
  ['f', 0],
  ['g', 1],
  ['$', 0],
];

/** The pieces with one cut in two at each byte: what has come when a read ends, and what comes later. */
function cutAt(at: number): [Piece[], Piece[]] {
  const before: Piece[] = [];
  const after: Piece[] = [];
  let begin = 0;
  for (const [text, fds] of PIECES) {
    const here = Math.min(Math.max(at - begin, 0), text.length);
    if (here > 0) before.push([text.slice(0, here), fds]);
    if (here < text.length) after.push([text.slice(here), here > 0 ? 0 : fds]);
    begin += text.length;
  }
  return [before, after];
}

/** All bytes in order, and each descriptor at a byte of the piece that it was sent with. */
function assertAll(got: { text: string; places: number[] }, pieces: readonly Piece[], what: string): void {
  const { text, places } = expected(pieces);
  assert.is(got.text, text, what);
  assert.is(got.places.length, places.length, `${what}: as many descriptors`);
  for (const [i, end] of places.entries()) {
    const length = pieces.find((_, j) => expected(pieces.slice(0, j + 1)).text.length === end)?.[0].length ?? 0;
    const place = got.places[i] as number;
    assert.ok(place > end - length && place <= end, `${what}: descriptor ${i} at ${place}, not ${end}`);
  }
}

const SIZE = expected(PIECES).text.length;
/** Begins a read, and says how it is ended and with what. */
type End = (start: (options: object) => Promise<unknown>) => { read: Promise<unknown>; end: () => void; code: string };

const ENDS: Record<string, End> = {
  aborted: (start) => {
    const controller = new AbortController();
    return { read: start({ signal: controller.signal }), end: () => controller.abort(), code: 'ABORT_ERR' };
  },
  'out of time': (start) => ({ read: start({ timeout: 10 }), end: () => undefined, code: 'ETIMEDOUT' }),
};

for (const [how, endOf] of Object.entries(ENDS)) {
  for (const reader of ['read', 'readUntil'] as const) {
    for (const [way, goOn] of Object.entries(WAYS)) {
      t.test(`${reader}, ${how} after any byte, loses nothing for ${way}`, async () => {
        const open = await settledFds();
        for (let at = 0; at < SIZE; at++) {
          const [before, after] = cutAt(at);
          const got = await withPair(async (a, b) => {
            const start = (options: object) =>
              reader === 'read' ? b.read(SIZE, { ...MOST, ...options }) : b.readUntil('$', { ...MOST, ...options });
            const { read, end, code } = endOf(start);
            const failure = thrownBy(() => read);
            await sendPieces(a, before);
            // Where the time is up before all is taken, the rest is in the kernel: no less is expected.
            if (code === 'ABORT_ERR') await until('all is taken', () => b.unread === at);
            end();
            assert.is((await failure).code, code);
            await sendPieces(a, after);
            await a.close();
            return goOn(b, SIZE);
          }, MOST);
          const delimiter = way === 'readUntil' ? '$' : '';
          assertAll(joined(got, delimiter), [...before, ...after], `ended after ${at} bytes`);
        }
        await untilOpen(open);
      });
    }
  }
}

t.test('a read that is there at once is not lost to a signal that has aborted within it', () =>
  withPair(async (a, b) => {
    a.sendSync('abc');
    assert.is((await thrownBy(() => b.read(3, { signal: AbortSignal.abort() }))).code, 'ABORT_ERR');
    assert.equal(note(await b.read(3)), ['abc', []]);
  }),
);

for (const [way, goOn] of Object.entries(WAYS)) {
  if (way.endsWith('Sync')) continue;
  t.test(`who stands in line behind a read that is aborted gets what it had taken: ${way}`, () =>
    withPair(async (a, b) => {
      const controller = new AbortController();
      const failure = thrownBy(() => b.read(100, { ...MOST, signal: controller.signal }));
      const behind = goOn(b, SIZE);
      await sendPieces(a, PIECES);
      await until('all is taken', () => b.unread === SIZE);
      controller.abort();
      assert.is((await failure).code, 'ABORT_ERR');
      // Nothing more is sent until it has these bytes: epoll has nothing to tell of.
      const isReady = Promise.race([behind, until('the bytes are given', () => b.unread === 0)]);
      await isReady;
      await a.close();
      assert.equal(joined(await behind, way === 'readUntil' ? '$' : ''), expected(PIECES));
    }, MOST),
  );
}

for (const [what, next] of Object.entries({
  reads: (b: UnixStream) => b.read(1),
  receives: (b: UnixStream) => b.receive({ maxData: 1 }),
})) {
  t.test(`a hundred ${what} in line behind one that is aborted each get theirs`, () =>
    withPair(async (a, b) => {
      const controller = new AbortController();
      const failure = thrownBy(() => b.read(1000, { signal: controller.signal }));
      const behind = Array.from({ length: 100 }, () => next(b));
      a.sendSync(Buffer.alloc(100, 'x'));
      await until('all is taken', () => b.unread === 100);
      controller.abort();
      await failure;
      for (const each of await Promise.all(behind)) assert.is(note(each)?.[0], 'x');
    }),
  );
}

t.test('the end within the bytes is one error that has them, and closes what came with them; then null', async () => {
  const open = await settledFds();
  for (const read of [
    (b: UnixStream) => b.read(10, MOST),
    async (b: UnixStream) => b.readSync(10, MOST),
    (b: UnixStream) => b.readLine(MOST),
    async (b: UnixStream) => b.readLineSync(MOST),
    (b: UnixStream) => b.readUntil('\r\n', MOST),
  ]) {
    await withPair(async (a, b) => {
      await sendPieces(a, PIECES);
      await a.close();
      const error = (await thrownBy(() => read(b))) as Error & { code?: string; data?: Uint8Array };
      assert.is(error.code, 'ERR_ENDED', error.message);
      assert.is(Buffer.from(error.data ?? []).toString(), 'abcdefg$');
      assert.match(error.message, /after 8 (of 10 bytes|bytes without a delimiter); 4 descriptors .* are closed/);
      assert.is(await read(b), null);
      assert.is(b.unread, 0);
    });
  }
  await untilOpen(open);
});

t.test('a connection that is reset within the bytes leaves them in the stream', () =>
  withPair(async (a, b) => {
    b.sendSync('never received');
    const failure = thrownBy(() => b.read(5, MOST));
    await sendPieces(a, [['abc', 1]]);
    await until('all is taken', () => b.unread === 3);
    a.closeSync();
    assert.is((await failure).code, 'ECONNRESET');
    assert.equal(note(await b.receive(MOST)), ['abc', [3]]);
    assert.is(await b.read(5), null);
  }),
);

t.test('a line longer than max is refused, and stays', () =>
  withPair(async (a, b) => {
    const line = 'x'.repeat(70_000);
    const sent = a.send(`${line}\n`);
    const error = await thrownBy(() => b.readLine());
    assert.is(error.code, 'ERR_TOO_LARGE', error.message);
    assert.match(error.message, /no delimiter behind the first 65536 bytes/);
    assert.is((await thrownBy(() => b.readLine({ max: 69_999 }))).code, 'ERR_TOO_LARGE');
    assert.equal(note(await b.readLine({ max: 70_000 })), [line, []]);
    await sent;
  }),
);

const LIMITS: Case<{ text: string; max: number }, string>[] = [
  { name: 'max counts the bytes in front of the delimiter', in: { text: 'abc\r\n', max: 3 }, out: 'abc' },
  { name: 'one more is refused', in: { text: 'abcd\r\n', max: 3 }, err: 'ERR_TOO_LARGE' },
  { name: 'max of 0 is for an empty line', in: { text: '\r\n', max: 0 }, out: '' },
  { name: 'max of 0 refuses a byte', in: { text: 'a\r\n', max: 0 }, err: 'ERR_TOO_LARGE' },
  { name: 'refused as soon as it is plain, delimiter or not', in: { text: 'abcde', max: 3 }, err: 'ERR_TOO_LARGE' },
];

t.table(LIMITS, ({ text, max }) =>
  withPair(async (a, b) => {
    a.sendSync(text);
    try {
      return note(await b.readUntil('\r\n', { max, timeout: 20_000 }))?.[0] as string;
    } catch (error) {
      assert.is(note(await b.read(text.length))?.[0], text, 'it is all there');
      throw error;
    }
  }),
);

t.test('maxFds counts for the whole read: more is an error with all its bytes, and the stream goes on', async () => {
  const open = await settledFds();
  await withPair(async (a, b) => {
    await sendPieces(a, [
      ['a', 1],
      ['b', 1],
      ['c', 1],
      ['d', 1],
    ]);
    const error = (await thrownBy(() => b.read(4, { maxFds: 2 }))) as Error & { data?: Uint8Array };
    assert.match(error.message, /3 descriptors came with 3 bytes, 2 asked for: closed; raise maxFds/);
    assert.is(Buffer.from(error.data ?? []).toString(), 'abc');
    assert.equal(note(await b.read(1, { maxFds: 1 })), ['d', [1]]);
  });
  await untilOpen(open);
});

const TAKERS: Record<string, (b: UnixStream) => unknown> = {
  receive: (b) => b.receive({ maxFds: 1 }),
  receiveSync: (b) => b.receiveSync({ maxFds: 1 }),
  read: (b) => b.read(2, { maxFds: 1 }),
  'a longer read': (b) => b.readSync(4, { maxFds: 1 }),
  readUntil: (b) => b.readUntil('b', { maxFds: 1 }),
};

for (const [name, take] of Object.entries(TAKERS)) {
  t.test(`what a read has left with more descriptors than ${name} takes is refused, as when it comes`, async () => {
    const open = await settledFds();
    await withPair(async (a, b) => {
      await sendPieces(a, [
        ['ab', 2],
        ['c', 0],
      ]);
      const isLong = name === 'a longer read';
      assert.is((await thrownBy(() => b.readSync(9, MOST))).code, 'EAGAIN');
      if (isLong) a.sendSync('d');
      const error = (await thrownBy(() => take(b))) as Error & { data?: Uint8Array; code?: string };
      assert.is(error.code, 'ERR_TRUNCATED');
      assert.is(Buffer.from(error.data ?? []).toString(), isLong ? 'abcd' : 'ab');
      if (!isLong) assert.is(note(b.receiveSync())?.[0], 'c');
    });
    await untilOpen(open);
  });
}

for (const [before, closed] of [
  [0, ''],
  [1, '; 1 descriptor that came before in the same read is closed'],
  [2, '; 2 descriptors that came before in the same read are closed'],
] as const) {
  t.test(
    `descriptors lost at the limit of open files, ${before} before them, are an error with all bytes of the read`,
    async () => {
      const open = await settledFds();
      await withPair(async (a, b) => {
        await sendPieces(a, [
          ['ab', before],
          ['cd', 0],
          ['ef', 10],
          ['gh', 0],
        ]);
        let error: (Error & { code?: string; data?: Uint8Array }) | undefined;
        await settledFds();
        const limit = limitFiles(0, lowestFree() + 4);
        try {
          error = await thrownBy(() => b.readSync(8, MOST));
        } finally {
          limitFiles(0, limit);
        }
        assert.is(error.code, 'ERR_TRUNCATED');
        assert.is(Buffer.from(error.data ?? []).toString(), 'abcdef');
        const [, told] = /RLIMIT_NOFILE.*ulimit -n(.*)$/.exec(error.message) ?? [];
        assert.is(told, closed, error.message);
        assert.equal(note(await b.read(2)), ['gh', []]);
      });
      await untilOpen(open);
    },
  );
}

t.test('a peer that sends 253 descriptors with each byte has no more than two such open', async () => {
  const open = await settledFds();
  await withFds(1, ([fd]) =>
    withPair(async (a, b) => {
      const before = openFds().length;
      const codes: (string | undefined)[] = [];
      let most = 0;
      for (let i = 0; i < 20; i++) {
        sendPiecesSync(a, [[`${i % 10}`, 253]], fd as number);
        const count = await b.read(100, { ...MOST, timeout: 3 }).then(String, ({ code }) => code);
        codes.push(count);
        most = Math.max(most, openFds().length - before);
      }
      assert.ok(codes.includes('ERR_TRUNCATED') && codes.includes('ETIMEDOUT'), codes.join());
      // Those refused are closed aside, a little later: at most a quarter of the limit waits for that.
      assert.ok(most <= 253 * 2 + 512, `${most} were open`);
    }),
  );
  await untilOpen(open);
});

t.test('a delimiter in front of bytes with descriptors is found without them', () =>
  withPair(async (a, b) => {
    await sendPieces(a, [
      ['one\n', 0],
      ['two\n', 200],
    ]);
    const open = openFds();
    assert.equal(note(await b.readLine()), ['one', []]);
    assert.equal(openFds(), open, 'no descriptor was made');
    assert.equal(note(await b.readLine(MOST)), ['two', Array(200).fill(4)]);
    assert.equal(openFds(), open);
  }),
);

t.test('release refuses to give away less than the stream, and gives it once nothing is unread', () =>
  withPair(async (a, b) => {
    await sendPieces(a, [['abc', 1]]);
    await thrownBy(() => b.readSync(9, MOST));
    const error = await thrownBy(() => b.release());
    assert.is(error.code, 'ERR_UNREAD');
    assert.match(error.message, /left 3 bytes .* take them first, as with readSync\(3\)/);
    assert.is((await thrownBy(() => toNetSocket(b))).code, 'ERR_UNREAD');
    assert.not(b.closed);
    assert.equal(note(b.readSync(3, MOST)), ['abc', [3]]);
    const c = UnixStream.adopt(b.release());
    a.sendSync('d');
    assert.equal(note(c.receiveSync()), ['d', []]);
    c.closeSync();
  }),
);

t.test('closing closes what a read has left', async () => {
  const open = await settledFds();
  await withPair(async (a, b) => {
    await sendPieces(a, PIECES);
    await thrownBy(() => b.readSync(9, MOST));
    assert.is(b.unread, 8);
    const waiting = thrownBy(() => b.read(9, MOST));
    b.closeSync();
    assert.is((await waiting).code, 'ERR_CLOSED');
    assert.is(b.unread, 0);
    assert.is((await thrownBy(() => b.read(0))).code, 'ERR_CLOSED');
    assert.is((await thrownBy(() => b.readLineSync())).code, 'ERR_CLOSED');
  });
  await untilOpen(open);
});

t.test('a synchronous read does not overtake one that waits', () =>
  withPair(async (a, b) => {
    const waiting = b.read(2);
    for (const read of [() => b.readSync(1), () => b.readLineSync(), () => b.receiveSync()]) {
      assert.is((await thrownBy(read)).code, 'ERR_BUSY');
    }
    a.sendSync('ab');
    assert.equal(note(await waiting), ['ab', []]);
  }),
);

t.test('a peek at what a read has left shows it each time, with duplicates', async () => {
  const open = await settledFds();
  await withPair(async (a, b) => {
    await sendPieces(a, [
      ['ab', 2],
      ['c', 0],
    ]);
    await thrownBy(() => b.readSync(9, MOST));
    for (let i = 0; i < 3; i++) {
      assert.equal(note(await b.receive({ ...MOST, peek: true })), ['ab', [2, 2]]);
      assert.equal(note(b.receiveSync({ peek: true, maxData: 1 })), ['a', []]);
    }
    assert.equal(note(await b.read(3, MOST)), ['abc', [2, 2]]);
  });
  await untilOpen(open);
});

t.test('a read of more than there will ever be allocates as it comes', () =>
  withPair(async (a, b) => {
    const { arrayBuffers } = process.memoryUsage();
    const failure = thrownBy(() => b.read(constants.MAX_LENGTH, { timeout: 20 }));
    a.sendSync(Buffer.alloc(1000));
    assert.is((await failure).code, 'ETIMEDOUT');
    assert.ok(process.memoryUsage().arrayBuffers - arrayBuffers < 1 << 21);
    assert.is(b.unread, 1000);
  }),
);

t.test('megabytes in one read', () =>
  withPair(async (a, b) => {
    const bytes = Buffer.from(random(1).bytes(5 << 20));
    const sent = a.send(bytes);
    const message = await b.read(bytes.length);
    assert.ok(message?.data.equals(bytes));
    await sent;
  }),
);

t.test('a delimiter and a list of the caller may change while a read waits', () =>
  withPair(async (a, b) => {
    const delimiter = Buffer.from('\n');
    const waiting = b.readUntil(delimiter);
    delimiter.fill('x');
    a.sendSync('axb\n');
    assert.equal(note(await waiting), ['axb', []]);
  }),
);

/** Done by whoever is told of the first receive of `read(4)`: what that gives then, and what is done within. */
const WITHIN: Record<string, { act: (b: UnixStream) => Promise<Got>; outer: Got; inner: Got }> = {
  readSync: {
    act: async (b) => [String((await thrownBy(() => b.readSync(1))).code), []],
    outer: ['abcd', [2, 4]],
    inner: ['EAGAIN', []],
  },
  read: { act: async (b) => note(await b.read(2, MOST)), outer: ['abcd', [2, 4]], inner: null },
  readLine: { act: async (b) => note(await b.readLine(MOST)), outer: ['abcd', [2, 4]], inner: null },
  receive: { act: async (b) => note(await b.receive(MOST)), outer: ['ERR_ENDED', []], inner: ['cd', [2]] },
  closeSync: {
    act: async (b) => {
      b.closeSync();
      return null;
    },
    outer: ['ERR_CLOSED', []],
    inner: null,
  },
};

for (const [name, { act, outer, inner }] of Object.entries(WITHIN)) {
  t.test(`who is told of a receive within a read may call ${name} on the same stream`, async () => {
    const open = await settledFds();
    await withPair(async (a, b) => {
      await sendPieces(a, [
        ['ab', 1],
        ['cd', 1],
      ]);
      await a.close();
      let done: Promise<Got> | undefined;
      let hasActed = false;
      const onMessage = () => {
        // What it does has it told of another.
        if (hasActed) return;
        hasActed = true;
        done = act(b);
      };
      channel('ancillary:recvmsg').subscribe(onMessage);
      try {
        const got = await b.read(4, MOST).then(note, ({ code }): Got => [String(code), []]);
        assert.equal([got, await done], [outer, inner]);
      } finally {
        channel('ancillary:recvmsg').unsubscribe(onMessage);
      }
    });
    await untilOpen(open);
  });
}

t.test('a peek begins at the next byte, whatever was set on a socket before it was adopted', () =>
  withPair(async (a, b) => {
    const SO_PEEK_OFF = 42;
    assert.is(enable(b.fd, SO_PEEK_OFF), 0);
    const c = UnixStream.adopt(b.release());
    a.sendSync('a\nb\nc');
    assert.equal(note(await c.readLine()), ['a', []]);
    assert.equal(note(c.receiveSync()), ['b\nc', []]);
    c.closeSync();
  }),
);

const ROUNDS = 60;
t.test('bytes and descriptors split at random are all there, in order and in their places', async () => {
  const from = seed();
  const open = await settledFds();
  for (let round = 0; round < ROUNDS; round++) {
    const { below, pick } = random(from + round);
    const pieces = Array.from({ length: 1 + below(20) }, (): Piece => {
      const text = Array.from({ length: 1 + below(pick([3, 30, 3000])) }, () => pick(['a', 'b', 'c', '\n'])).join('');
      return [text, pick([0, 0, 1, 2, 20])];
    });
    const { text, places } = expected(pieces);
    const got: { text: string; places: number[] } = { text: '', places: [] };
    await withPair(async (a, b) => {
      const sent = (async () => {
        for (const piece of pieces) {
          if (below(3) === 0) await sleep(0);
          await sendPieces(a, [piece]);
        }
        await a.close();
      })();
      while (got.text.length < text.length) {
        const left = text.length - got.text.length;
        const options = { ...MOST, ...(below(3) === 0 && { timeout: below(2) }) };
        const how = below(6);
        const size = 1 + below(Math.min(left, pick([2, 20, 2000])));
        const reads = [
          () => b.read(size, options),
          () => b.readLine({ ...options, max: 1 << 20 }),
          () => b.readUntil('ab', { ...options, max: 1 << 20 }),
          () => b.receive({ ...options, maxData: size }),
          async () => b.readSync(size, MOST),
          async () => b.receiveSync({ ...MOST, maxData: size }),
        ] as const;
        try {
          const message = note((await (reads[how] as () => Promise<StreamMessage | null>)()) as StreamMessage);
          if (message === null) break;
          got.places.push(...message[1].map((position) => got.text.length + position));
          got.text += message[0] + (how === 1 ? '\n' : how === 2 ? 'ab' : '');
        } catch (error) {
          const { code, data } = error as { code?: string; data?: Uint8Array };
          if (code === 'ERR_ENDED') {
            // Its descriptors are closed: the places up to here are accounted for by what is left.
            got.text += Buffer.from(data ?? []).toString();
            got.places.push(...places.slice(got.places.length));
          } else if (code === 'ERR_TRUNCATED') {
            // More than 253 for one long line.
            got.text += Buffer.from(data ?? []).toString();
            got.places.push(...places.filter((place, i) => i >= got.places.length && place <= got.text.length));
          } else if (code !== 'ETIMEDOUT' && code !== 'EAGAIN') throw error;
          else await sleep(0);
        }
      }
      await sent;
    });
    assertAll(got, pieces, `seed ${from}, round ${round}`);
  }
  await untilOpen(open);
});

t.test('nothing was left to the collector', () => assert.equal(warnings, []));

t.run();
