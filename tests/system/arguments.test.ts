/** Whatever a careless caller gives: what cannot be meant is refused with the one error class, and names what it was. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import * as ancillary from 'ancillary';
import {
  AncillaryError,
  closeAll,
  encode,
  eventfd,
  layout,
  memfd,
  OwnedFd,
  type PairType,
  parse,
  socketpair,
  UdpSocket,
  UnixDatagram,
  UnixListener,
  UnixSeqpacketListener,
  UnixStream,
  walk,
} from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { openFds, untilOpen } from '../support/descriptors.js';
import { withFds, withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('arguments');

/** An array whose memory is another's by now. */
function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

/** One of which memory that became shorter has nothing left. */
function outOfBounds(): Uint8Array {
  const Resizable = ArrayBuffer as new (size: number, options: { maxByteLength: number }) => ArrayBuffer;
  const memory = new Resizable(8, { maxByteLength: 8 });
  const bytes = new Uint8Array(memory, 4, 4);
  (memory as unknown as { resize(size: number): void }).resize(2);
  return bytes;
}

/** What a program in JavaScript may pass where something else belongs. */
const ODD: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  5n,
  '',
  'odd',
  Symbol('odd'),
  [],
  [null],
  {},
  Object.create(null),
  { toString: null, valueOf: null },
  () => {},
  -0,
  new Array(3),
  new Date(Number.NaN),
  detached(),
  new Uint16Array(3),
  new DataView(new ArrayBuffer(8)),
];

type Call = (...args: never[]) => unknown;

/** Calls with one argument odd and the others right: succeeds, or throws or rejects with an AncillaryError. */
async function tryAll(call: Call, right: readonly unknown[], undo: (result: unknown) => void = () => {}) {
  for (let place = 0; place < right.length; place++) {
    for (const odd of ODD) {
      const args = right.map((value, i) => (i === place ? odd : value));
      try {
        undo(await call(...(args as never[])));
      } catch (error) {
        assert.ok(error instanceof AncillaryError, `argument ${place} as ${String(typeof odd)}: ${String(error)}`);
        assert.ok(!error.message.includes('\n'), error.message);
      }
    }
  }
}

/** The same for every option of the last argument. */
async function tryOptions(
  call: (options: never) => unknown,
  names: readonly string[],
  undo?: (result: unknown) => void,
) {
  for (const name of names) await tryAll((odd: never) => call({ [name]: odd } as never), [undefined], undo);
}

const ABI = 'x86_64-glibc';
const waits = { timeout: 1 };

t.test('encode, parse, walk and layout throw nothing but an AncillaryError', async () => {
  const bytes = new Uint8Array(32);
  await tryAll(encode as Call, [ABI, [{ fds: [1] }], {}]);
  await tryAll(((message: never) => encode(ABI, [message])) as Call, [{}]);
  await tryAll(((fd: never) => encode(ABI, [{ fds: [fd] }])) as Call, [1]);
  await tryAll(((data: never) => encode(ABI, [{ level: 1, type: 1, data }])) as Call, [bytes]);
  await tryAll(((level: never, type: never) => encode(ABI, [{ level, type, data: bytes }])) as Call, [1, 1]);
  await tryOptions((options) => encode(ABI, [], options), ['fill', 'tight']);
  await tryAll(parse as Call, [ABI, bytes]);
  await tryAll(walk as Call, [ABI, bytes, {}]);
  await tryOptions((options) => walk(ABI, bytes, options), ['dialect', 'controllen', 'address']);
  await tryAll(layout as Call, [ABI]);
});

t.test('send and receive throw nothing but an AncillaryError, and leave nothing open', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      await thrownBy(() => b.receive(waits));
      const before = openFds();
      const drop = () => {
        for (;;) {
          try {
            closeAll(arrived(b.receiveSync({ maxFds: 253 })).fds);
          } catch {
            return;
          }
        }
      };
      await tryAll(((data: never, o: never) => a.send(data, o)) as Call, ['x', {}], drop);
      await tryAll(((data: never, o: never) => a.sendSync(data, o)) as Call, ['x', {}], drop);
      const sending = ['fds', 'transfer', 'credentials', 'resume'];
      await tryOptions((o) => a.send('x', o), [...sending, 'signal', 'timeout'], drop);
      await tryOptions((o) => a.sendSync('x', o), sending, drop);
      const oneFd = ((fd: never) => a.send('x', { fds: [fd] })) as Call;
      // Numbers that are open here are right: only what is no number is odd.
      for (const odd of ODD.filter((value) => typeof value !== 'number')) {
        assert.is((await thrownBy(() => oneFd(odd as never))).code, 'ERR_INVALID_ARGUMENT');
      }
      for (const member of ['pid', 'uid', 'gid']) {
        const own = { pid: process.pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
        await tryAll(((id: never) => a.send('x', { credentials: { ...own, [member]: id } })) as Call, [1], drop);
      }
      await tryAll(((o: never) => b.receiveSync(o)) as Call, [{}]);
      const receiving = ['maxData', 'maxFds'];
      await tryOptions((o) => b.receiveSync(o), receiving);
      await tryOptions((o) => b.receive({ ...waits, ...(o as object) }), receiving);
      await tryOptions((o) => b.receive({ signal: AbortSignal.timeout(1), ...(o as object) }), ['timeout']);
      await tryAll(((f: never, o: never) => b.forEachMessage(f, { ...waits, ...(o as object) })) as Call, [
        () => {},
        {},
      ]);
      await tryAll(closeAll as Call, [fds]);
      await untilOpen(before);
    }),
  ),
);

t.test('socketpair, connect and listen throw nothing but an AncillaryError', async () => {
  const close = (made: unknown) => {
    for (const each of Array.isArray(made) ? made : [made]) each[Symbol.dispose]();
  };
  const path = '/nonexistent/socket';
  await tryAll(socketpair as Call, [{}], close);
  await tryOptions(socketpair, ['credentials'], close);
  for (const open of [UnixStream.connect, UnixStream.connectSync, UnixListener.listen, UnixListener.listenSync]) {
    await tryAll(open as Call, [path, {}], close);
    await tryOptions((options) => open(path, options), ['credentials', 'backlog', 'signal', 'timeout'], close);
  }
});

for (const Class of [OwnedFd, UnixStream, UnixListener]) {
  t.test(`new ${Class.name} says how one is made`, async () => {
    for (const odd of ODD) {
      const error = await thrownBy(() => new (Class as unknown as new (odd: unknown) => unknown)(odd));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT', String(error));
    }
  });
}

t.test('every class and function is exported once, with a name', () => {
  for (const [name, value] of Object.entries(ancillary)) {
    if (typeof value === 'function') assert.is((value as { name: string }).name, name);
  }
});

const slips: [string, (a: UnixStream, b: UnixStream) => unknown, RegExp][] = [
  ['a list of descriptors where options belong', (a) => a.sendSync('x', [0] as never), /options of sendSync.*array/],
  ['fd for fds', (a) => a.send('x', { fd: 0 } as never), /send has no option 'fd'; did you mean 'fds'\?/],
  ['maxfds for maxFds', (_, b) => b.receive({ maxfds: 1 } as never), /'maxfds'; did you mean 'maxFds'\?/],
  ['max_data', (_, b) => b.receiveSync({ max_data: 1 } as never), /did you mean 'maxData'\?/],
  ['a timeout for what does not wait', (_, b) => b.receiveSync({ timeout: 1 } as never), /no option 'timeout'/],
  ['credential', () => socketpair({ credential: true } as never), /did you mean 'credentials'\?/],
  ['a number for a stream', (a) => a.forEachMessage(5 as never), /must be a function, not 5/],
  ['inherited names too', (a) => a.send('x', Object.create({ fsd: [] })), /'fsd'; did you mean 'fds'/],
  ['an option of encode', () => encode(ABI, [], { padding: 1 } as never), /encode has no option 'padding'/],
  ['a name in a message', () => encode(ABI, [{ fds: [3], x: 1 } as never]), /messages\[0\] has no option 'x'/],
  [
    'a name in a raw message',
    () => encode(ABI, [{ level: 1, type: 1, data: new Uint8Array(0), dat: 1 } as never]),
    /'dat'; did you mean 'data'\?/,
  ],
  [
    'a name in credentials that are encoded',
    () => encode(ABI, [{ credentials: { pid: 1, uid: 1, gid: 1, guid: 1 } }]),
    /messages\[0\].credentials has no option 'guid'/,
  ],
  [
    'a name in credentials that are sent',
    (a) => a.sendSync('x', { credentials: { pid: 1, uid: 1, gid: 1, guid: 1 } as never }),
    /credentials has no option 'guid'/,
  ],
  ['an option of walk', () => walk(ABI, new Uint8Array(0), { dialekt: 'x' } as never), /did you mean 'dialect'\?/],
];
for (const [what, call, message] of slips) {
  t.test(`a slip is told, not ignored: ${what}`, () =>
    withPair(async (a, b) => {
      const error = await thrownBy(() => call(a, b));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
      assert.match(error.message, message);
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN', 'nothing was sent');
    }),
  );
}

for (const [id, value] of [
  ['uid', 2 ** 32],
  ['uid', -1],
  ['gid', 2 ** 32],
  ['gid', 2 ** 32 - 1],
  ['pid', 2 ** 31],
  ['pid', 2 ** 32 + 1],
  ['uid', 0.5],
] as const) {
  t.test(`credentials with ${id} ${value} are not sent as those of somebody else`, () =>
    withPair(
      async (a, b) => {
        const credentials = { pid: process.pid, uid: 0, gid: 0, [id]: value };
        for (const send of [() => a.send('x', { credentials }), () => a.sendSync('x', { credentials })]) {
          const error = await thrownBy(send);
          assert.is(error.code, 'ERR_INVALID_ARGUMENT');
          assert.match(error.message, new RegExp(`credentials.${id} must be an integer from`));
        }
        assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN');
      },
      { credentials: true },
    ),
  );
}

t.test('a Uint8Array of another realm is one, everywhere', () =>
  withPair(async (a, b) => {
    const foreign = runInNewContext('Uint8Array.of(104, 105)') as Uint8Array;
    assert.not(foreign instanceof Uint8Array);
    await a.send(foreign);
    a.sendSync(foreign);
    assert.is(arrived(b.receiveSync()).data.toString(), 'hihi');
    const { control } = encode(ABI, [{ level: 1, type: 5, data: foreign }]);
    const copy = runInNewContext(`Uint8Array.of(${control.join()})`) as Uint8Array;
    assert.equal(parse(ABI, copy).messages.length, 1);
    assert.is(walk(ABI, copy).headers.length, 1);
  }),
);

t.test('what only looks like a Uint8Array is none', async () => {
  await withPair(async (a) => {
    for (const fake of [Object.create(Uint8Array.prototype), { length: 1, 0: 1 }, new Int8Array(1)]) {
      assert.is((await thrownBy(() => a.sendSync(fake))).code, 'ERR_INVALID_ARGUMENT');
      assert.is((await thrownBy(() => parse(ABI, fake))).code, 'ERR_INVALID_ARGUMENT');
    }
  });
});

t.test('-0 is 0: to the calls of Node that take it on, it would be the end of the process', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'socket');
    for (const bind of [UnixListener.listenSync, UnixSeqpacketListener.listenSync, UnixDatagram.bindSync]) {
      const socket = bind(path, { mode: -0 });
      assert.is(statSync(path).mode & 0o777, 0);
      socket.closeSync();
    }
    UnixListener.listenSync(path, { backlog: -0 }).closeSync();
    for (const made of [memfd('empty', -0), eventfd(-0), UdpSocket.bindSync({ port: -0 })]) made[Symbol.dispose]();
    await withPair(async (a, b) => {
      await a.send('x', { fds: [-0] });
      closeAll(arrived(await b.receive({ maxFds: 1, timeout: 1000 })).fds);
      assert.is((await thrownBy(() => b.receive({ maxFds: -0, timeout: -0 }))).code, 'ETIMEDOUT');
    });
  }),
);

for (const [what, makeGone] of Object.entries({ transferred: detached, 'made smaller': outOfBounds })) {
  t.test(`bytes whose memory was ${what} are refused, and not sent as none`, async () => {
    const gone = makeGone();
    const refused: (() => unknown)[] = [
      () => memfd('gone', gone),
      () => encode(ABI, [{ level: 1, type: 1, data: gone }]),
      () => parse(ABI, gone),
    ];
    for (const type of ['stream', 'seqpacket', 'dgram'] as const) {
      const [a, b] = socketpair({ type });
      const control = [{ level: 1, type: 1, data: gone }];
      for (const send of [
        () => a.send(gone),
        () => a.sendSync(['some', gone]),
        () => a.sendMany([{ data: 'some' }, { data: gone }]),
        () => a.send('some', { control }),
      ]) {
        const { code, message } = await thrownBy(send);
        assert.is(code, 'ERR_INVALID_ARGUMENT');
        assert.match(message, 'lost its memory');
      }
      assert.is((await thrownBy(() => b.receiveSync())).code, 'EAGAIN', type);
      for (const end of [a, b]) end.closeSync();
    }
    for (const call of refused) assert.match((await thrownBy(call)).message, 'lost its memory');
  });
}

t.test('a hole in a list of data is nothing that can be sent', () =>
  withPair(async (a) => {
    const holed: string[] = ['x'];
    holed[2] = 'y';
    for (const send of [() => a.send(holed), () => a.sendSync(holed), () => a.sendMany([{ data: holed }])]) {
      assert.match((await thrownBy(send)).message, /data\[1\] must be a string or a Uint8Array, not undefined$/);
    }
  }),
);

t.test('an address that is null is no wish to be bound to all of them', async () => {
  const { code } = await thrownBy(() => UdpSocket.bind({ address: null as never }));
  assert.is(code, 'ERR_INVALID_ARGUMENT');
});

t.test('a value of which nothing can be asked is refused as an object', async () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  for (const wait of [{ timeout: proxy }, { maxFds: proxy }, { peek: proxy }]) {
    await withPair(async (a) => {
      assert.match((await thrownBy(() => a.receive(wait as never))).message, /not an object$/);
    });
  }
});

t.test('which sockets a pair is of may be known only when the program runs', () => {
  for (const type of ['stream', 'seqpacket', 'dgram'] as PairType[]) {
    const [a, b] = socketpair({ type });
    a.sendSync('x');
    assert.is(arrived(b.receiveSync()).data.toString(), 'x');
    for (const end of [a, b]) end.closeSync();
  }
});

t.test('closeAll closes all the others when something wrong is among them, and says what', () =>
  withFds(4, (fds) =>
    withPair(async (a, b) => {
      for (const odd of [5, null, undefined, 'x', {}, a]) {
        a.sendSync('x', { fds });
        const received = arrived(b.receiveSync({ maxFds: 4 })).fds;
        const error = await thrownBy(() => closeAll([received[0], odd, ...received.slice(1)] as never));
        assert.is(error.code, 'ERR_INVALID_ARGUMENT');
        assert.match(error.message, /only an OwnedFd/);
        assert.ok(received.every((fd) => fd.closed));
      }
      a.sendSync('x', { fds });
      const received = arrived(b.receiveSync({ maxFds: 4 })).fds;
      const broken = (function* () {
        yield* received.slice(0, 2);
        throw new Error('no more');
      })();
      assert.is((await thrownBy(() => closeAll(broken))).message, 'no more');
      assert.equal(
        received.map((fd) => fd.closed),
        [true, true, false, false],
      );
      closeAll(received);
    }),
  ),
);

for (const [what, odd] of [
  ['a promise', Promise.resolve({ fds: [0] })],
  ['a Map', new Map([['fds', [0]]])],
  ['a date', new Date()],
] as [string, never][]) {
  t.test(`${what} is no object of options`, () =>
    withPair(async (a, b) => {
      for (const call of [() => a.sendSync('x', odd), () => b.receiveSync(odd), () => socketpair(odd)]) {
        assert.match((await thrownBy(call)).message, /must be an object, like/);
      }
    }),
  );
}

t.test('an OwnedFd or a stream where options belong is refused', () =>
  withFds(1, (fds) =>
    withPair(async (a, b) => {
      a.sendSync('x', { fds });
      const received = arrived(b.receiveSync({ maxFds: 1 })).fds;
      assert.is((await thrownBy(() => a.sendSync('x', received[0] as never))).code, 'ERR_INVALID_ARGUMENT');
      assert.is((await thrownBy(() => b.receiveSync(a as never))).code, 'ERR_INVALID_ARGUMENT');
      closeAll(received);
    }),
  ),
);

t.test('options may be an object of any class that has them, and all of them count', () =>
  withPair(async (a, b) => {
    class Room {
      timeout = 20;
      get maxData() {
        return 1;
      }
    }
    assert.is((await thrownBy(() => b.receive(new Room()))).code, 'ETIMEDOUT');
    a.sendSync('xy');
    assert.is(arrived(await b.receive(new Room())).data.length, 1);
  }),
);

t.test('an option is asked for once: what it says the second time does not count', () =>
  withPair(async (a, b) => {
    for (const odd of [-1, 1.5, 2 ** 40, 'x']) {
      let times = 0;
      const room = {
        get maxData() {
          return times++ === 0 ? 10 : (odd as number);
        },
        maxFds: 0,
      };
      a.sendSync(Buffer.alloc(30));
      assert.is(arrived(b.receiveSync(room)).data.length, 10);
      assert.is(arrived(b.receiveSync()).data.length, 20);
    }
  }),
);

t.test('what somebody has put on every object is no option of anybody', () =>
  withPair((a, b) => {
    const prototype = Object.prototype as { legacy?: number };
    prototype.legacy = 1;
    try {
      a.sendSync('x', { fds: [] });
      b.receiveSync({ maxFds: 0 });
      for (const end of socketpair({})) end.closeSync();
      walk(ABI, new Uint8Array(0), { controllen: 0 });
    } finally {
      delete prototype.legacy;
    }
  }),
);

t.test('what is shown of an odd value acts on no terminal', async () => {
  const acting = '\u202e\u2028\u009b31m';
  await withPair(async (a) => {
    for (const call of [() => a.sendSync('x', { [acting]: 1 } as never), () => layout(acting)]) {
      assert.not.match((await thrownBy(call)).message, /[\p{Cc}\p{Cf}\p{Zl}]/u);
    }
  });
});

t.test('what parse says of an unknown message can be encoded again', () => {
  const { control } = encode(ABI, [{ level: 7, type: 9, data: Uint8Array.of(1, 2, 3) }]);
  assert.equal(encode(ABI, parse(ABI, control).messages).control, control);
});

t.run();
