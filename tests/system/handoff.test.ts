/** `offer` and `takeOver`: everything arrives as it was, in the order that lets nobody wait. */
import { openSync, readFileSync, readSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { inspect } from 'node:util';
import {
  fromNetServer,
  fromNetSocket,
  memfd,
  OwnedFd,
  parseAddress,
  socketpair,
  toNetServer,
  toNetSocket,
  UdpSocket,
  UnixListener,
  UnixSeqpacket,
  UnixSeqpacketListener,
  type UnixStream,
} from 'ancillary';
import {
  type HandoffProgress,
  type OfferedConnection,
  type OfferOptions,
  offer,
  type TakeOverOptions,
  takeOver,
} from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { encodeCounts } from '../../host/handoff/wire/answers.js';
import { GOODBYE, TAKER } from '../../host/handoff/wire/constants.js';
import { encodeHello } from '../../host/handoff/wire/hello.js';
import { F_GETFD, F_GETFL, SO_SNDBUF } from '../../host/libc/constants.js';
import { native } from '../../host/libc/native.js';
import { getOption } from '../../host/socket/options/socket-options.js';
import { arrived } from '../support/arrived.js';
import { channel, isAlive, leakTests, PlayedTaker } from '../support/handoff.js';
import { growSendBuffer } from '../support/native.js';
import { sleep, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { listenTcp } from '../support/tcp.js';
import { withTempDir } from '../support/temp.js';

const t = suite('handoff');
const test = leakTests(t);

/** A whole hand-off between two ends of a pair. */
async function handOff(offering: OfferOptions, taking: TakeOverOptions = {}) {
  const [a, b] = channel();
  const [offered, taken] = await Promise.all([offer(a, offering), takeOver(b, taking)]);
  assert.ok(a.closed && b.closed);
  return { offered, taken };
}

const closeTaken = (all: Iterable<{ fd: OwnedFd }>) => {
  for (const { fd } of all) fd[Symbol.dispose]();
};

/** Both ends of a TCP connection, and bytes that the server has read and not consumed. */
async function tcpPair(host: string): Promise<[server: Socket, client: Socket]> {
  const { server, port } = await listenTcp(host);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = connect(port, host);
  const socket = await accepted;
  server.close();
  return [socket, client];
}

for (const host of ['127.0.0.1', '::1']) {
  test(`a TCP connection at ${host} goes on with what had been read, what was in line, and what comes later`, async () => {
    const [server, client] = await tcpPair(host).catch((error) => {
      if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') return [];
      throw error;
    });
    if (!server || !client) return console.log(`skip: this machine has no ${host}`);
    client.write('read, ');
    await new Promise((resolve) => server.once('readable', resolve));
    const { fd, unread } = fromNetSocket(server);
    client.write('queued, ');
    const { taken, offered } = await handOff({ connections: [{ fd, unread, name: 'c', state: { id: 7 } }] });
    assert.equal([offered.moved, offered.kept, fd.closed], [1, 0, true]);
    const [connection] = taken.connections;
    assert.ok(connection);
    const { name, state, kind, domain, type } = connection;
    assert.equal({ name, state, kind, type }, { name: 'c', state: { id: 7 }, kind: 'connection', type: 1 });
    assert.is(domain, host === '::1' ? 10 : 2);
    const socket = toNetSocket(connection.fd);
    let heard = connection.unread.toString();
    socket.setEncoding('utf8').on('data', (text) => {
      heard += text;
    });
    client.write('later');
    await until('all is heard', () => heard === 'read, queued, later');
    socket.end('goodbye');
    client.setEncoding('utf8');
    let answer = '';
    for await (const text of client) answer += text;
    assert.is(answer, 'goodbye');
  });
}

test('Unix streams, seqpackets, datagrams and UDP sockets go on with what stands in line', async () => {
  const [stream, streamPeer] = socketpair();
  const [packets, packetsPeer] = socketpair({ type: 'seqpacket' });
  const [dgram, dgramPeer] = socketpair({ type: 'dgram' });
  const udp = await UdpSocket.bind({ address: '127.0.0.1', port: 0 });
  const udpPeer = await UdpSocket.connect(udp.address);
  const peers = [streamPeer, packetsPeer, dgramPeer, udpPeer];
  for (const peer of peers) await peer.send('hello');
  const { taken } = await handOff({ connections: [stream, packets, dgram, udp].map((fd) => ({ fd })) });
  assert.equal(
    taken.connections.map(({ domain, type }) => [domain, type]),
    [
      [1, 1],
      [1, 5],
      [1, 2],
      [2, 2],
    ],
  );
  for (const { fd } of taken.connections) {
    const buffer = Buffer.alloc(10);
    assert.is(buffer.toString('utf8', 0, readSync(fd.fd, buffer)), 'hello');
  }
  closeTaken(taken.connections);
  for (const peer of peers) peer.closeSync();
});

test('listeners come by their names, and a connection that waits at one is accepted by the taker', async () => {
  const { server, port } = await listenTcp();
  const tcp = fromNetServer(server);
  const streams = UnixListener.listenSync({ autobind: true });
  const packets = UnixSeqpacketListener.listenSync({ autobind: true });
  const udp = await UdpSocket.bind({ address: '127.0.0.1', port: 0 });
  // 255 bytes.
  const longName = `l${'ü'.repeat(127)}`;
  const client = connect(port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  const { taken, offered } = await handOff({
    listeners: new Map<string, OfferedConnection['fd']>([
      ['http', tcp],
      ['s', streams],
      ['p', packets],
      [longName, udp],
    ]),
  });
  assert.equal([...taken.listeners.keys()], ['http', 's', 'p', longName]);
  assert.equal([offered.moved, tcp.closed, streams.closed, packets.closed, udp.closed], [4, true, true, true, true]);
  const [http, ...rest] = taken.listeners.values();
  assert.ok(http);
  const mine = toNetServer(http.fd);
  const accepted = await new Promise<Socket>((resolve) => mine.once('connection', resolve));
  for (const each of [accepted, client]) each.destroy();
  mine.close();
  closeTaken(rest);
});

test('files, pipes and memfds come by their names, with their positions', async () => {
  const file = OwnedFd.adopt(openSync('package.json', 'r'));
  readSync(file.fd, Buffer.alloc(4));
  const { taken } = await handOff({ files: { file, memory: memfd('m', Buffer.from('kept')) } });
  const { file: here, memory } = Object.fromEntries(taken.files);
  assert.ok(here && memory);
  // S_IFREG
  assert.equal([here.domain, here.type], [0, 8]);
  const rest = Buffer.alloc(4);
  readSync(here.fd.fd, rest);
  assert.is(rest.toString(), readFileSync('package.json', 'utf8').slice(4, 8));
  assert.is(readFileSync(`/proc/self/fd/${memory.fd.fd}`, 'utf8'), 'kept');
  closeTaken(taken.files.values());
});

test('descriptors are close-on-exec at the taker, and O_NONBLOCK stays as it was', async () => {
  const [blocking, peer] = socketpair();
  const [server, client] = await tcpPair('127.0.0.1');
  const { fd } = fromNetSocket(server);
  const { taken } = await handOff({ connections: [{ fd: blocking }, { fd }] });
  const { libc } = native();
  const flags = taken.connections.map((each) => [
    libc.fcntl(each.fd.fd, F_GETFD, 0),
    libc.fcntl(each.fd.fd, F_GETFL, 0) & 0o4000,
  ]);
  assert.equal(flags, [
    [1, 0],
    [1, 0o4000],
  ]);
  closeTaken(taken.connections);
  peer.closeSync();
  client.destroy();
});

const STATES: [name: string, state: unknown][] = [
  ['no state', undefined],
  ['null', null],
  ['JSON', { a: [1, 'ü', null], __proto__x: true }],
  ['a text', 'text'],
  ['no bytes', Buffer.alloc(0)],
  ['bytes', Buffer.from([0, 255, 1])],
  ['bytes longer than a record', Buffer.alloc(300_000, 'x')],
  ['JSON longer than what goes together', 'y'.repeat(5_000_000)],
];
for (const [name, state] of STATES) {
  test(`the application and a connection can have ${name} for a state`, async () => {
    const [a, b] = socketpair();
    const { taken } = await handOff({ state, connections: [{ fd: a, state, unread: Buffer.from('u') }] });
    const [connection] = taken.connections;
    assert.equal(taken.state, state);
    assert.equal(connection?.state, state);
    assert.is(connection?.unread.toString(), 'u');
    closeTaken(taken.connections);
    b.closeSync();
  });
}

test('the state may be made once a taker has come', async () => {
  let made = 0;
  const { taken } = await handOff({ state: () => ++made });
  assert.equal([made, taken.state], [1, 1]);
});

test('connections are asked for when the taker is ready, and are served here until then', async () => {
  const [old, client] = socketpair();
  const listener = UnixListener.listenSync({ autobind: true });
  const events: string[] = [];
  const { taken } = await handOff(
    {
      timeout: 1500,
      state: 1,
      listeners: { l: listener },
      connections: () => {
        events.push('asked');
        return [{ fd: old }];
      },
    },
    {
      timeout: 1500,
      prepare: async (preparation) => {
        assert.equal(preparation, { state: 1, listeners: ['l'], files: [], total: undefined });
        // Longer than a step may take: the taker says that it lives.
        await sleep(2500);
        assert.ok(await isAlive(client, old));
        events.push('ready');
      },
      onTaken: ({ kind }) => events.push(kind),
    },
  );
  assert.equal(events, ['ready', 'listener', 'asked', 'connection']);
  closeTaken([...taken.connections, ...taken.listeners.values()]);
  client.closeSync();
});

test('a connection that is free later moves later, and does not keep the others', async () => {
  const pairs = [socketpair(), socketpair()];
  const order: string[] = [];
  async function* connections(): AsyncGenerator<OfferedConnection> {
    yield { fd: (pairs[0] as [UnixStream, UnixStream])[0] };
    // Longer than a step may take: the offerer says that it lives.
    await sleep(2500);
    order.push('free');
    yield { fd: (pairs[1] as [UnixStream, UnixStream])[0] };
  }
  const { taken } = await handOff(
    { connections, timeout: 1500 },
    { timeout: 1500, onTaken: () => order.push('taken') },
  );
  assert.equal(order, ['taken', 'free', 'taken']);
  closeTaken(taken.connections);
  for (const [, peer] of pairs) peer.closeSync();
});

test('when the taker goes while a connection is waited for, what comes later is kept', async () => {
  const [mine, theirs] = channel();
  const [late, peer] = socketpair();
  const taker = new PlayedTaker(theirs);
  let isEnded = false;
  let kept: unknown;
  async function* connections(): AsyncGenerator<OfferedConnection> {
    try {
      taker.close();
      await until('the offer is over', () => mine.closed);
      yield { fd: late };
    } finally {
      isEnded = true;
    }
  }
  const offering = thrownBy(() =>
    offer(mine, {
      connections,
      onKept: (connection, { code }) => {
        kept = [connection.fd, code];
      },
    }),
  );
  await taker.greet();
  await taker.confirm(await taker.batch());
  assert.is((await offering).code, 'ERR_ENDED');
  await until('it is kept', () => kept && isEnded);
  assert.equal(kept, [late, 'ERR_ENDED']);
  assert.ok(await isAlive(peer, late));
  for (const each of [late, peer]) each.closeSync();
});

/** What is offered beside two files, and how many there are in all, as the taker hears before it is ready. */
const TOTALS: [what: string, options: OfferOptions, total: number | undefined][] = [
  ['files alone', {}, 2],
  ['a list of connections', { connections: [undefined, undefined] as never }, 4],
  ['connections of which nobody knows how many', { connections: new Set() }, undefined],
  ['connections of which there are none, as is said', { connections: new Set(), total: 0 }, 2],
  ['connections of which it is said how many', { connections: () => [], total: 5 }, 7],
  ['connections that are counted when a taker has come', { connections: () => [], total: () => 6 }, 8],
];
for (const [what, options, total] of TOTALS) {
  test(`a taker hears how many descriptors there are in all: ${what}`, async () => {
    let heard: unknown = 'nothing';
    const { taken } = await handOff(
      { files: { a: memfd('a', 1), b: memfd('b', 1) }, ...options },
      {
        prepare: (preparation) => {
          heard = preparation.total;
        },
      },
    );
    assert.is(heard, total);
    closeTaken(taken.files.values());
  });
}

test('a list of connections that is made when the taker is ready is counted from then on', async () => {
  const [held, peer] = socketpair();
  const seen: HandoffProgress[] = [];
  const { taken } = await handOff({ connections: () => [{ fd: held }], onProgress: (each) => seen.push(each) });
  assert.equal(seen, [
    { moved: 0, total: undefined },
    { moved: 1, total: 1 },
  ]);
  closeTaken(taken.connections);
  peer.closeSync();
});

test('252 listeners and files go at once, with a state beyond the longest record, and no more of them', async () => {
  const files = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, memfd('f', 1)]));
  const state = 's'.repeat(70_000);
  const { taken } = await handOff({ files: files(252), state });
  assert.equal([taken.files.size, taken.state], [252, state]);
  closeTaken(taken.files.values());
  const more = files(253);
  assert.match(
    (await thrownBy(() => offer('/x', { files: more }))).message,
    /253 listeners and files .* 252 go at most/,
  );
  for (const each of Object.values(more)) each.close();
});

test('what is offered by a name is looked at before anybody is waited for', async () => {
  const [end, other] = socketpair();
  const file = memfd('m', 1);
  const rows: [OfferOptions, RegExp][] = [
    [{ files: { '': file } }, /needs a name/],
    [{ files: { a: file, b: file } }, /is offered twice, also as 'b'/],
    [{ files: { end } }, /a socket cannot be handed over as a file/],
    [{ listeners: { end } }, /a socket that does not listen cannot be handed over as a listening socket/],
    [{ listeners: { file } }, /no socket cannot be handed over as a listening socket/],
  ];
  for (const [options, err] of rows) assert.match((await thrownBy(() => offer('/x', options))).message, err);
  for (const each of [end, other, file]) each[Symbol.dispose]();
});

for (const buffer of ['the smallest buffer', 'a buffer for the longest record']) {
  test(`through ${buffer} a state goes in the record that just holds it, and in a memfd from there on`, async () => {
    for (const more of [0, 1]) {
      const [mine, theirs] = channel();
      growSendBuffer(mine.fd, buffer === 'the smallest buffer' ? 1 : 400_000);
      const longest = Math.min(65_536, (getOption(mine.fd, SO_SNDBUF) as number) - 32);
      // The head of a batch and its one item.
      const state = Buffer.alloc(longest - 44 + more, 's');
      const taker = new PlayedTaker(theirs);
      const offering = offer(mine, { state });
      await taker.greet();
      const head = await taker.batch();
      assert.equal([head.isApart, head.payloadLength], [more === 1, state.byteLength]);
      await taker.confirm(head);
      assert.is((await taker.next())[0], 6);
      await theirs.send(encodeCounts(GOODBYE, { moved: 0, kept: 0 }));
      await offering;
      taker.close();
    }
  });
}

test('the longest record comes whole to a taker', async () => {
  const state = Buffer.alloc(65_536 - 44, 's');
  assert.equal((await handOff({ state })).taken.state, state);
});

test('what waits for its batch is kept with those on their way when the taker goes', async () => {
  const [mine, theirs] = channel();
  const pairs = ['a', 'b', 'c'].map((name) => ({ name, ends: socketpair() }));
  const taker = new PlayedTaker(theirs);
  let kept = '';
  const offering = thrownBy(() =>
    offer(mine, {
      connections: pairs.map(({ name, ends: [fd] }) => ({ name, fd })),
      onKept: ({ name }) => {
        kept += name;
      },
    }),
  );
  await taker.greet({ descriptorsMost: 2 });
  await taker.confirm(await taker.batch());
  assert.is((await taker.batch()).items.length, 2);
  taker.close();
  assert.equal([(await offering).code, kept], ['ERR_ENDED', 'abc']);
  for (const { ends } of pairs) for (const end of ends) end.closeSync();
});

test('what has been gathered is kept when what makes the connections fails', async () => {
  const [a, b] = channel();
  const [held, peer] = socketpair();
  const taking = thrownBy(() => takeOver(b));
  const kept: string[] = [];
  const failing = function* () {
    yield { fd: held };
    fails();
  };
  const offering = thrownBy(() => offer(a, { connections: failing, onKept: (_, { message }) => kept.push(message) }));
  assert.equal([(await offering).message, kept], ['out of order', ['out of order']]);
  await taking;
  assert.ok(await isAlive(peer, held));
  for (const each of [held, peer]) each.closeSync();
});

test('several batches go one by one, each with its progress on both sides', async () => {
  const pairs = Array.from({ length: 600 }, () => socketpair());
  const seen: HandoffProgress[][] = [[], []];
  const { taken, offered } = await handOff(
    { connections: pairs.map(([fd], i) => ({ fd, state: i })), onProgress: (each) => seen[0]?.push(each) },
    { onProgress: (each) => seen[1]?.push(each) },
  );
  const expected = [0, 253, 506, 600].map((moved) => ({ moved, total: 600 }));
  assert.equal(seen, [expected, expected]);
  assert.equal([offered.moved, taken.moved], [600, 600]);
  assert.equal(
    taken.connections.map(({ state }) => state),
    pairs.map((_, i) => i),
  );
  closeTaken(taken.connections);
  for (const [, peer] of pairs) peer.closeSync();
});

test('large states of many connections go in memfds, through a socket of the smallest buffer', async () => {
  const [a, b] = channel();
  for (const each of [a, b]) growSendBuffer(each.fd, 1);
  const pairs = Array.from({ length: 300 }, () => socketpair());
  const state = 's'.repeat(20_000);
  const [offered, taken] = await Promise.all([
    offer(a, { connections: pairs.map(([fd], i) => ({ fd, state: `${state}${i}` })) }),
    takeOver(b),
  ]);
  assert.is(offered.moved, 300);
  assert.ok(taken.connections.every((each, i) => each.state === `${state}${i}`));
  closeTaken(taken.connections);
  for (const [, peer] of pairs) peer.closeSync();
});

test('not more than 4 MiB of states go together, which both sides hold in memory', async () => {
  const pairs = Array.from({ length: 5 }, () => socketpair());
  const steps: number[] = [];
  const { taken } = await handOff({
    connections: pairs.map(([fd]) => ({ fd, state: Buffer.alloc(1024 * 1024) })),
    onProgress: ({ moved }) => steps.push(moved),
  });
  assert.equal(steps, [0, 4, 5]);
  closeTaken(taken.connections);
  for (const [, peer] of pairs) peer.closeSync();
});

test('what the taker does not accept stays, for the reason that it says', async () => {
  const pairs = ['a', 'b', 'c'].map((name) => ({ name, ends: socketpair() }));
  const listener = UnixListener.listenSync({ autobind: true });
  const kept: string[] = [];
  const { taken, offered } = await handOff(
    {
      listeners: { l: listener },
      connections: pairs.map(({ name, ends }) => ({ fd: ends[0], name })),
      onKept: ({ name }, { message }) => kept.push(`${name}: ${message}`),
    },
    { accept: async ({ name }) => ({ b: 'no \x1broom', l: false, c: true })[name] },
  );
  assert.equal([taken.moved, taken.refused, offered.moved, offered.kept], [2, 2, 2, 2]);
  assert.equal([offered.keptListeners, kept], [['l'], ['b: the taker left it where it was: no \\u001broom']]);
  assert.ok(await isAlive(pairs[1]?.ends[1] as UnixStream, pairs[1]?.ends[0] as UnixStream));
  assert.not(listener.closed);
  closeTaken(taken.connections);
  listener.closeSync();
  for (const { ends } of pairs) for (const end of ends) end[Symbol.dispose]();
});

for (const where of ['prepare', 'accept'] as const) {
  test(`what ${where} throws refuses the hand-off, and is told on both sides`, async () => {
    const [a, b] = channel();
    const [held, peer] = socketpair();
    const fails = () => {
      throw Object.assign(new Error('no database'), { code: 'EPIPE' });
    };
    const [left, right] = await Promise.all([
      thrownBy(() => offer(a, { connections: [{ fd: held }] })),
      thrownBy(() => takeOver(b, { [where]: fails })),
    ]);
    assert.equal([left.message, right.message], ['the other side refused the hand-off: no database', 'no database']);
    assert.ok(await isAlive(peer, held));
    for (const each of [held, peer]) each.closeSync();
  });
}

for (const [mode, permissions] of [
  [undefined, 'for its user alone'],
  [0o640, 'for whom its mode says'],
] as const) {
  test(`at an address the offer waits, and its socket file is ${permissions}, and gone once somebody has come`, () =>
    withTempDir(async (folder) => {
      const path = `${folder}/h`;
      const taking = takeOver(path, { waitFor: 60_000 });
      await sleep(50);
      const offering = offer(path, { state: 'here', mode });
      assert.is(statSync(path).mode & 0o777, mode ?? 0o600);
      assert.is((await taking).state, 'here');
      await offering;
      assert.is((await thrownBy(() => takeOver(path))).code, 'ENOENT');
    }));
}

test('who comes to the address and cannot be meant is turned away, and the next one is taken', async () => {
  const address = parseAddress(`@handoff-${process.pid}`);
  const away: string[] = [];
  const offering = offer(address, { timeout: 500, onTurnedAway: ({ code }) => away.push(code) });
  // One that looks whether somebody listens, one of another protocol, one that says nothing, one that offers itself.
  (await UnixSeqpacket.connect(address)).closeSync();
  const odd = await UnixSeqpacket.connect(address);
  await odd.send('GET / HTTP/1.1');
  const silent = await UnixSeqpacket.connect(address);
  await until('three are turned away', () => away.length === 3);
  assert.equal(away, ['ERR_ENDED', 'ERR_PROTOCOL', 'ETIMEDOUT']);
  assert.is(arrived(await odd.receive({ timeout: 30_000 })).data[0], 4);
  const [{ moved }] = await Promise.all([offering, takeOver(address)]);
  assert.is(moved, 0);
  for (const each of [odd, silent]) each.closeSync();
});

test('whoever says nothing keeps nobody: a taker beside many of them is taken before their time is over', async () => {
  const address = parseAddress(`@handoff-silent-${process.pid}`);
  const away: string[] = [];
  const offering = offer(address, { timeout: 600_000, onTurnedAway: ({ code }) => away.push(code) });
  const silent: UnixSeqpacket[] = [];
  for (let i = 0; i < 20; i++) silent.push(await UnixSeqpacket.connect(address));
  // Those that have waited for longest make room.
  await until('four are turned away', () => away.length === 4);
  await Promise.all([offering, takeOver(address, { timeout: 60_000 })]);
  // The taker takes the place of one more. The others are let go when it has come, and nobody is told of them.
  for (const each of silent) while ((await each.receive({ timeout: 60_000 })) !== null);
  assert.equal([away.length, ...new Set(away)], [5, 'ABORT_ERR']);
  for (const each of silent) each.closeSync();
});

test('a taker may offer in turn at the address as soon as it has all', async () => {
  const address = parseAddress(`@handoff-in-turn-${process.pid}`);
  const offering = offer(address);
  await takeOver(address);
  const [{ state }] = await Promise.all([
    takeOver(address, { waitFor: 60_000 }),
    offer(address, { state: 'in turn' }),
    offering,
  ]);
  assert.is(state, 'in turn');
});

test('a taker that greets and goes at once keeps nobody from coming after it', async () => {
  const address = parseAddress(`@handoff-gone-${process.pid}`);
  const away: string[] = [];
  const offering = offer(address, { onTurnedAway: ({ code }) => away.push(code) });
  const gone = await UnixSeqpacket.connect(address);
  gone.sendSync(encodeHello({ role: TAKER }));
  gone.closeSync();
  await until('it is turned away', () => away.length === 1);
  await Promise.all([offering, takeOver(address)]);
  assert.equal(away, ['ERR_ENDED']);
});

test('an offer at an address can be aborted as long as it lasts, and its taker is told', async () => {
  const address = parseAddress(`@handoff-abort-${process.pid}`);
  const aborter = new AbortController();
  const offering = thrownBy(() => offer(address, { signal: aborter.signal, connections: [], total: 5 }));
  const taker = new PlayedTaker(await UnixSeqpacket.connect(address));
  assert.is((await taker.greet()).total, 5);
  await taker.batch();
  aborter.abort();
  assert.is((await offering).code, 'ABORT_ERR');
  const answer = await taker.next();
  assert.equal([answer[0], answer[8]], [4, 7]);
  taker.close();
});

test('a second taker is told that a hand-off is under way, or waits until it is over', async () => {
  const address = parseAddress(`@handoff-second-${process.pid}`);
  const away: string[] = [];
  const offering = offer(address, { onTurnedAway: ({ code }) => away.push(code) });
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let isAsked = false;
  const first = takeOver(address, {
    prepare: () => {
      isAsked = true;
      return opened;
    },
  });
  await until('the first is there', () => isAsked);
  const error = await thrownBy(() => takeOver(address));
  assert.equal([error.code, /under way.*waitFor/.test(error.message)], ['ERR_BUSY', true]);
  const waiting = takeOver(address, { waitFor: 60_000 });
  await until('the other has asked', () => away.length > 1);
  open();
  await Promise.all([first, offering]);
  assert.is((await Promise.all([waiting, offer(address, { state: 'next' })]))[0].state, 'next');
});

test('a second taker is told so also when waitFor of the offer is over, which is for the first alone', async () => {
  const address = parseAddress(`@handoff-late-${process.pid}`);
  const waitFor = 3000;
  const offering = offer(address, { waitFor });
  const over = sleep(waitFor + 100);
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = takeOver(address, { waitFor: 60_000, prepare: () => opened });
  await over;
  assert.is((await thrownBy(() => takeOver(address))).code, 'ERR_BUSY');
  open();
  await Promise.all([first, offering]);
});

test('a time in an error is a whole number, and no record is printed with one', async () => {
  const [left, right] = channel();
  const late = await thrownBy(() => offer(left, { timeout: 20.4 }));
  assert.match(late.message, 'took longer than 20 ms');
  right.closeSync();
  const [one, other] = channel();
  const taker = new PlayedTaker(one);
  const failing = thrownBy(() => takeOver(other));
  await taker.next();
  await one.send(new Uint8Array(60_000), { fds: [1] });
  const cut = await failing;
  assert.equal([cut.code, /\bdata\b/.test(inspect(cut))], ['ERR_TRUNCATED', false]);
  taker.close();
});

test('a peer that is not the one required gets nothing, on either side', async () => {
  const required = { uid: (process.geteuid?.() ?? 0) + 1 };
  for (const options of [
    [{ requirePeer: required }, {}],
    [{}, { requirePeer: required }],
  ]) {
    const [a, b] = channel();
    const codes = await Promise.all([thrownBy(() => offer(a, options[0])), thrownBy(() => takeOver(b, options[1]))]);
    assert.equal(codes.map(({ code }) => code).sort(), ['ERR_PEER', 'ERR_REFUSED']);
    assert.match(codes.map(({ message }) => message).join(), /refused the hand-off: the peer has uid/);
  }
  await handOff({ requirePeer: 'any' }, { requirePeer: { pid: process.pid } });
});

test('nobody who comes within the time, and nobody who offers, are errors of one line', async () => {
  const address = parseAddress(`@handoff-nobody-${process.pid}`);
  assert.is((await thrownBy(() => offer(address, { waitFor: 20 }))).code, 'ETIMEDOUT');
  assert.is((await thrownBy(() => takeOver(address, { waitFor: 50 }))).code, 'ECONNREFUSED');
  assert.is((await thrownBy(() => offer(address, { signal: AbortSignal.timeout(20) }))).code, 'ABORT_ERR');
});

test('what cannot be handed over is kept, and told one by one', async () => {
  const [good, goodPeer] = socketpair();
  const [twice, twicePeer] = socketpair();
  const listener = UnixListener.listenSync({ autobind: true });
  const file = OwnedFd.adopt(openSync('package.json', 'r'));
  const closed = OwnedFd.adopt(openSync('package.json', 'r'));
  closed.close();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const bad = [
    { fd: listener, name: 'listener' },
    { fd: file, name: 'file' },
    { fd: closed, name: 'closed' },
    { fd: twice, name: 'circular', state: circular },
    { fd: twice, name: 'function', state: () => 1 },
    { fd: twice, name: 'unread', unread: 'text' },
    { fd: twice, name: 'n'.repeat(256) },
    { fd: 3, name: 'number' },
    undefined,
  ] as unknown as OfferedConnection[];
  const kept: string[] = [];
  const { offered, taken } = await handOff({
    connections: [...bad, { fd: good }, { fd: twice }, { fd: twice }],
    onKept: (_, { code }) => kept.push(code),
  });
  const invalid = 'ERR_INVALID_ARGUMENT';
  assert.equal(kept, [
    'ERR_UNSUPPORTED',
    'ERR_UNSUPPORTED',
    'ERR_CLOSED',
    invalid,
    invalid,
    invalid,
    invalid,
    invalid,
    invalid,
    invalid,
  ]);
  assert.equal([offered.moved, offered.kept, taken.moved], [2, 10, 2]);
  closeTaken(taken.connections);
  for (const each of [goodPeer, twicePeer, listener, file]) each[Symbol.dispose]();
});

test('a connection that its owner closes while it waits in a batch is kept, and no stranger is sent for it', async () => {
  const [held, peer] = socketpair();
  const [other, otherPeer] = socketpair();
  const kept: string[] = [];
  let stranger: OwnedFd | undefined;
  const { taken } = await handOff({
    connections: function* () {
      yield { fd: held, state: 'of the closed one' };
      held.closeSync();
      stranger = OwnedFd.adopt(openSync('package.json', 'r'));
      yield { fd: other, state: 'of the other' };
    },
    onKept: (_, { code }) => kept.push(code),
  });
  assert.equal([taken.connections.map(({ state }) => state), kept], [['of the other'], ['ERR_CLOSED']]);
  closeTaken(taken.connections);
  stranger?.close();
  for (const each of [peer, otherPeer]) each.closeSync();
});

test('bytes that are offered travel as they were then, whatever becomes of them', async () => {
  const [held, peer] = socketpair();
  const bytes = Buffer.from('as it was');
  const { taken } = await handOff({
    connections: function* () {
      yield { fd: held, state: bytes, unread: bytes };
      bytes.fill(0);
    },
  });
  assert.equal(
    taken.connections.map(({ state, unread }) => [`${state}`, `${unread}`]),
    [['as it was', 'as it was']],
  );
  closeTaken(taken.connections);
  peer.closeSync();
});

test('more state than either side takes stays: of a connection with it, of the application with all', async () => {
  const [a, aPeer] = socketpair();
  const [b, bPeer] = socketpair();
  const kept: string[] = [];
  const { taken } = await handOff(
    {
      connections: [
        { fd: a, state: Buffer.alloc(2000) },
        // Just what is left.
        { fd: b, state: Buffer.alloc(1000) },
        { fd: a, state: Buffer.alloc(1) },
      ],
      onKept: (_, { code }) => kept.push(code),
    },
    { maxState: 1000 },
  );
  assert.equal([taken.moved, kept], [1, ['ERR_TOO_LARGE', 'ERR_TOO_LARGE']]);
  closeTaken(taken.connections);
  for (const [offering, taking] of [
    [{}, { maxState: 10 }],
    [{ maxState: 10 }, {}],
  ]) {
    const [left, right] = channel();
    const taken = thrownBy(() => takeOver(right, taking));
    assert.is((await thrownBy(() => offer(left, { state: 'x'.repeat(20), ...offering }))).code, 'ERR_TOO_LARGE');
    assert.is((await taken).code, 'ERR_REFUSED');
  }
  for (const each of [a, aPeer, bPeer]) each.closeSync();
});

test('what a callback throws is nobody else’s, and the hand-off goes on', async () => {
  const thrown: string[] = [];
  const listener = (error: Error) => thrown.push(error.message);
  process.on('uncaughtException', listener);
  try {
    const [held, peer] = socketpair();
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    const { taken } = await handOff(
      { connections: [{ fd: held }], onMoved: fail('onMoved') },
      { onTaken: fail('onTaken') },
    );
    await until('both are thrown', () => thrown.length === 2);
    assert.equal(thrown.sort(), ['onMoved', 'onTaken']);
    closeTaken(taken.connections);
    peer.closeSync();
  } finally {
    process.removeListener('uncaughtException', listener);
  }
});

t.table<() => unknown, unknown>(
  [
    {
      name: 'no option that is not known',
      in: () => offer('/x', { listener: {} } as never),
      err: /no option 'listener'; did you mean|no option 'listener'/,
    },
    { name: 'no timeout below zero', in: () => offer('/x', { timeout: -1 }), err: /timeout must be/ },
    {
      name: 'no time to wait that is a text',
      in: () => takeOver('/x', { waitFor: '1' as never }),
      err: /waitFor must be/,
    },
    {
      name: 'no state beyond what 32 bits count',
      in: () => takeOver('/x', { maxState: 2 ** 32 }),
      err: /maxState must be/,
    },
    {
      name: 'no rule that lets everybody pass',
      in: () => takeOver('/x', { requirePeer: {} }),
      err: /requirePeer needs/,
    },
    {
      name: 'no callback that cannot be called',
      in: () => offer('/x', { onMoved: 1 as never }),
      err: /onMoved must be a function/,
    },
    {
      name: 'no list of listeners',
      in: () => offer('/x', { listeners: [] as never }),
      err: /listeners must be an object/,
    },
    {
      name: 'no listener that is a number',
      in: () => offer('/x', { listeners: { l: 3 as never } }),
      err: /OwnedFd.adopt makes one/,
    },
  ],
  (call) => call(),
);

test('connections that cannot be gone through end the offer, and the taker is told', async () => {
  const [a, b] = channel();
  const taking = thrownBy(() => takeOver(b));
  assert.match((await thrownBy(() => offer(a, { connections: 5 as never }))).message, /connections must be a list/);
  assert.match((await taking).message, /connections must be a list/);
});

/** What throws of that which a caller gives. */
const FAILING: [what: string, options: OfferOptions][] = [
  ['the count of all', { connections: () => [], total: fails }],
  ['the state', { state: fails }],
  ['what makes the connections', { connections: fails }],
  ['the connections themselves', { connections: { [Symbol.asyncIterator]: () => ({ next: fails }) } }],
];
function fails(): never {
  throw new Error('out of order');
}
for (const [what, options] of FAILING) {
  test(`when ${what} cannot be had, the offer ends, and the taker hears why`, async () => {
    const [a, b] = channel();
    const taking = thrownBy(() => takeOver(b));
    assert.is((await thrownBy(() => offer(a, options))).message, 'out of order');
    const { code, message } = await taking;
    assert.equal([code, message], ['ERR_REFUSED', 'the other side refused the hand-off: out of order']);
  });
}

t.run();
