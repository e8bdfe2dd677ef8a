/** A hostile peer of either side: one clear line, nothing taken, nothing left open. */
import { openSync } from 'node:fs';
import { memfd, OwnedFd, pipe, socketpair, UnixListener } from 'ancillary';
import { offer, takeOver } from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { decodeCounts, encodeAlive, encodeConfirm, encodeCounts } from '../../host/handoff/wire/answers.js';
import { decodeBatch, encodeBatch, type Item } from '../../host/handoff/wire/batch.js';
import { DONE, GOODBYE, OFFERER, TAKER, UNKNOWN } from '../../host/handoff/wire/constants.js';
import { encodeHello } from '../../host/handoff/wire/hello.js';
import { native } from '../../host/libc/native.js';
import { channel, connectionItem, isAlive, leakTests, PlayedOfferer, PlayedTaker } from '../support/handoff.js';
import { until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('handoff-hostile');
const test = leakTests(t);

const text = (value: string) => new TextEncoder().encode(value);
const state = (changes: Partial<Item> = {}) => connectionItem(1, { kind: 1, flags: 2, domain: 0, type: 0, ...changes });
const named = (id: number, name: string, changes: Partial<Item> = {}) =>
  connectionItem(id, { kind: 4, domain: 0, type: 1, nameLength: name.length, ...changes });

const listening = (id: number, name: string) => named(id, name, { kind: 2, domain: 1 });

/** A record of an offerer, with what it sends along. */
interface Sent {
  record: Uint8Array;
  fds?: () => OwnedFd[];
}

/** One end of a connection whose other end is gone. */
function oneEnd(type: 'stream' | 'seqpacket' = 'stream'): OwnedFd {
  const [end, other] = socketpair({ type });
  other.closeSync();
  return OwnedFd.adopt(end.release());
}

const sockets = (count: number) => () => Array.from({ length: count }, () => oneEnd());
const listener = () => OwnedFd.adopt(UnixListener.listenSync({ autobind: true }).release());
const pipeEnd = () => {
  const { read, write } = pipe();
  write.close();
  return [read];
};
const first = (items: Item[], payload: Uint8Array[] = [], length?: number) =>
  encodeBatch(1, UNKNOWN, items, length ?? payload.reduce((sum, each) => sum + each.byteLength, 0), payload);
const READY: Sent = { record: encodeBatch(1, UNKNOWN, [], 0, []) };
const apart = (length: number) => encodeBatch(1, UNKNOWN, [state({ stateLength: length })], length, undefined);

/** What an offerer sends after its greeting, and the error at the taker. Each must be refused. */
const OFFERERS: [name: string, sent: Sent[], err: RegExp][] = [
  ['garbage', [{ record: text('garbage that is long enough') }], /type 24935 came, where BATCH or DONE/],
  ['a record of one byte', [{ record: text('x') }], /type 0 came/],
  ['an empty record', [{ record: new Uint8Array(0) }], /type 0 came/],
  ['a second greeting', [{ record: encodeHello({ role: OFFERER }) }], /HELLO came/],
  ['garbage with descriptors', [{ record: text('garbage long enough'), fds: sockets(3) }], /came, where BATCH or DONE/],
  ['a sign of life with descriptors', [{ record: encodeAlive(), fds: sockets(1) }], /ALIVE came, where BATCH or DONE/],
  ['batch 2 first', [{ record: encodeBatch(2, 0, [], 0, []) }], /batch 2 came, where 1/],
  ['batch 1 twice', [READY, READY], /batch 1 came, where 2/],
  [
    'fewer descriptors than it says',
    [{ record: first([named(1, 'f')], [text('f')]) }],
    /0 descriptors came with batch 1, which says 1/,
  ],
  [
    'more descriptors than it says',
    [{ record: first([]), fds: sockets(253) }],
    /253 descriptors came with batch 1, which says 0/,
  ],
  ['an item of another id', [{ record: first([state({ id: 7 })]) }], /item 7 came, where 1/],
  [
    'a second item of another id',
    [{ record: first([state(), named(7, 'f')], [text('f')]), fds: pipeEnd }],
    /item 7 came, where 2/,
  ],
  [
    'a connection in the first batch',
    [{ record: first([connectionItem(1)]), fds: sockets(1) }],
    /item 1 is a connection, which is not due/,
  ],
  [
    'a file in a later batch',
    [READY, { record: encodeBatch(2, 0, [named(1, 'f')], 1, [text('f')]), fds: pipeEnd }],
    /a file, which is not due/,
  ],
  [
    'a state in a later batch',
    [READY, { record: encodeBatch(2, 0, [state()], 0, []) }],
    /which the first item alone is/,
  ],
  ['two states', [{ record: first([state(), state({ id: 2 })]) }], /which the first item alone is/],
  [
    'a state with a descriptor',
    [{ record: first([state({ flags: 3 })]), fds: sockets(1) }],
    /a state came with a descriptor/,
  ],
  [
    'a connection without a descriptor',
    [READY, { record: encodeBatch(2, 0, [connectionItem(1, { flags: 0 })], 0, []) }],
    /connection without a descriptor/,
  ],
  ['a file without a name', [{ record: first([named(1, '')]), fds: pipeEnd }], /without a name/],
  [
    'a file with bytes read',
    [{ record: first([named(1, 'f', { unreadLength: 1 })], [text('fx')]), fds: pipeEnd }],
    /with bytes read/,
  ],
  [
    'two files of one name',
    [{ record: first([named(1, 'f'), named(2, 'f')], [text('ff')]), fds: () => [...pipeEnd(), ...pipeEnd()] }],
    /two listeners or files/,
  ],
  [
    'two listeners of one name',
    [{ record: first([listening(1, 'l'), listening(2, 'l')], [text('ll')]), fds: () => [listener(), listener()] }],
    /two listeners or files/,
  ],
  [
    'a state that is no JSON',
    [{ record: first([state({ flags: 6, stateLength: 2 })], [text('{]')]) }],
    /the state of item 1 is no JSON/,
  ],
  [
    'a state whose JSON is no UTF-8',
    [{ record: first([state({ flags: 6, stateLength: 1 })], [Uint8Array.of(0xff)]) }],
    /is no JSON/,
  ],
  ['a payload in a pipe', [{ record: apart(5), fds: pipeEnd }], /the payload is in a pipe, where a memfd/],
  [
    'a payload in a file',
    [{ record: apart(5), fds: () => [OwnedFd.adopt(openSync('package.json', 'r'))] }],
    /in a file, where a memfd/,
  ],
  ['a memfd that is shorter', [{ record: apart(5), fds: () => [memfd('m', 4)] }], /has 4 bytes, and the batch says 5/],
  ['a memfd that is longer', [{ record: apart(5), fds: () => [memfd('m', 6)] }], /has 6 bytes, and the batch says 5/],
  [
    'more state than is taken',
    [{ record: apart(2 ** 31), fds: () => [memfd('m', 2 ** 31)] }],
    /2147483648 bytes of state, where 67108864 are left/,
  ],
  [
    'counts that are not so',
    [READY, { record: encodeCounts(DONE, { moved: 9, kept: 0 }) }],
    /says that 9 have moved, where 0 have/,
  ],
  ['GOODBYE', [READY, { record: encodeCounts(GOODBYE, { moved: 0, kept: 0 }) }], /GOODBYE came/],
];

for (const [name, sent, err] of OFFERERS) {
  test(`a taker refuses an offerer that sends ${name}`, async () => {
    const [theirs, mine] = channel();
    const offerer = new PlayedOfferer(theirs);
    let asked = 0;
    const taking = thrownBy(() => takeOver(mine, { accept: () => ++asked > 0 }));
    await offerer.greet();
    for (const { record, fds } of sent) {
      await theirs.send(record, { fds: fds?.() ?? [], transfer: true });
      if (record === READY.record && sent[0] !== sent[1]) assert.is((await offerer.next())[0], 3);
    }
    assert.match((await taking).message, err);
    let answer = await offerer.next();
    if (answer[0] === 3) answer = await offerer.next();
    assert.is(answer[0], 4, 'it is told');
    assert.ok(mine.closed);
    offerer.close();
  });
}

test('a taker takes no more bytes in all batches together than it says', async () => {
  const [theirs, mine] = channel();
  const offerer = new PlayedOfferer(theirs);
  const taking = takeOver(mine, { maxState: 10 });
  await offerer.greet();
  await theirs.send(first([state({ stateLength: 6 })], [text('123456')]));
  await offerer.next();
  const more = (number: number, size: number) => {
    const items = [connectionItem(number, { unreadLength: size })];
    return theirs.send(encodeBatch(number, 2, items, size, [new Uint8Array(size)]), {
      fds: sockets(1)(),
      transfer: true,
    });
  };
  // Just what is left; then nothing is.
  await more(2, 4);
  assert.is((await offerer.next())[0], 3);
  await more(3, 1);
  const { moved, connections, error } = await taking;
  assert.equal([moved, error?.code], [1, 'ERR_TOO_LARGE']);
  assert.match(error?.message ?? '', /1 bytes of state, where 0 are left/);
  for (const { fd } of connections) fd.close();
  offerer.close();
});

/** What is offered as a connection, and why it stays; the hand-off goes on. */
const UNFIT: [name: string, changes: Partial<Item>, fds: () => OwnedFd[], err: RegExp][] = [
  ['a pipe', {}, pipeEnd, /no socket cannot be handed over as a connection/],
  [
    'a socket of another type',
    {},
    () => [oneEnd('seqpacket')],
    /of family 1 and type 5, and was said to be of 1 and 1/,
  ],
  ['a socket of another family', { domain: 2 }, sockets(1), /family 1 and type 1, and was said to be of 2 and 1/],
  ['a kind of a later version', { kind: 77 }, sockets(1), /kind 77 is not known/],
  ['a kind of a later version, without a descriptor', { kind: 77, flags: 0 }, () => [], /kind 77 is not known/],
];
for (const [name, changes, fds, err] of UNFIT) {
  test(`a taker leaves ${name} where a connection is said to be`, async () => {
    const [theirs, mine] = channel();
    const offerer = new PlayedOfferer(theirs);
    const taking = takeOver(mine);
    await offerer.untilReady();
    await theirs.send(encodeBatch(2, 1, [connectionItem(1, changes)], 0, []), { fds: fds(), transfer: true });
    const answer = await offerer.next();
    assert.equal([answer[0], answer[8]], [3, 0]);
    assert.match(answer.toString('utf8', 40), err);
    await theirs.send(encodeCounts(DONE, { moved: 0, kept: 1 }));
    const { moved, refused, error } = await taking;
    assert.equal([moved, refused, error], [0, 1, undefined]);
    assert.equal(decodeCounts(await offerer.next(), GOODBYE), { moved: 0, kept: 1 });
    offerer.close();
  });
}

/** What a taker says to the batch of a connection, with descriptors or without. */
const TAKERS: [name: string, record: Uint8Array, fds: () => OwnedFd[], err: RegExp][] = [
  ['garbage', text('garbage that is long enough'), () => [], /where CONFIRM was due/],
  ['an empty record', new Uint8Array(0), () => [], /type 0 came/],
  ['descriptors', encodeConfirm(2, [true]), sockets(2), /descriptors/],
  ['a second greeting', encodeHello({ role: TAKER }), () => [], /HELLO came/],
  ['GOODBYE too early', encodeCounts(GOODBYE, { moved: 1, kept: 0 }), () => [], /GOODBYE came, where CONFIRM/],
  ['a batch of its own', encodeBatch(1, 0, [], 0, []), () => [], /BATCH came/],
];
for (const [name, record, fds, err] of TAKERS) {
  test(`an offerer keeps its connection from a taker that sends ${name}`, async () => {
    const [mine, theirs] = channel();
    const [held, client] = socketpair();
    const taker = new PlayedTaker(theirs);
    const offering = thrownBy(() => offer(mine, { connections: [{ fd: held }] }));
    await taker.untilConnections();
    await theirs.send(record, { fds: fds(), transfer: true });
    assert.match((await offering).message, err);
    assert.is((await taker.next())[0], 4, 'it is told');
    assert.ok(await isAlive(client, held));
    taker.close();
    for (const each of [held, client]) each.closeSync();
  });
}

test('descriptors that come while a connection is waited for are closed, and the hand-off goes on', async () => {
  const [mine, theirs] = channel();
  const [held, client] = socketpair();
  const taker = new PlayedTaker(theirs);
  let go = () => {};
  const free = new Promise<void>((resolve) => {
    go = resolve;
  });
  async function* connections() {
    await free;
    yield { fd: held };
  }
  const offering = offer(mine, { connections });
  await taker.greet();
  await taker.confirm(await taker.batch());
  await theirs.send(encodeAlive(), { fds: sockets(2)(), transfer: true });
  // The offerer looks after the taker whenever it says that it lives.
  assert.is((await taker.next())[0], 5);
  go();
  let record = await taker.next();
  while (record[0] === 5) record = await taker.next();
  await taker.confirm(decodeBatch(record));
  assert.is((await taker.next())[0], 6);
  await theirs.send(encodeCounts(GOODBYE, { moved: 1, kept: 0 }));
  assert.is((await offering).moved, 1);
  taker.close();
  client.closeSync();
});

test('a taker that hears nothing any more is not waited for', async () => {
  const [mine, theirs] = channel();
  const taker = new PlayedTaker(theirs);
  async function* connections() {
    await until('the offer is over', () => mine.closed);
  }
  const offering = thrownBy(() => offer(mine, { connections }));
  await taker.greet();
  await taker.confirm(await taker.batch());
  native().libc.shutdown(theirs.fd, 0);
  assert.is((await offering).code, 'ERR_ENDED');
  taker.close();
});

const GREETINGS: [name: string, record: Uint8Array, code: string, fds?: () => OwnedFd[]][] = [
  ['another version', encodeHello({ role: TAKER, version: 0 }), 'ERR_UNSUPPORTED'],
  ['a capability that nobody knows', encodeHello({ role: TAKER, required: 2 }), 'ERR_UNSUPPORTED'],
  ['the same role', encodeHello({ role: OFFERER }), 'ERR_UNSUPPORTED'],
  ['a sign of life and then garbage', text('garbage'), 'ERR_PROTOCOL'],
  ['descriptors', encodeHello({ role: TAKER }), 'ERR_TRUNCATED', sockets(2)],
];
for (const [name, record, code, fds] of GREETINGS) {
  test(`a greeting of ${name} is one clear error, for both sides`, async () => {
    const [mine, theirs] = channel();
    const offering = thrownBy(() => offer(mine));
    if (code === 'ERR_PROTOCOL') await theirs.send(encodeAlive());
    await theirs.send(record, { fds: fds?.() ?? [], transfer: true });
    const taker = new PlayedTaker(theirs);
    const error = await offering;
    assert.is(error.code, code);
    const answer = await taker.next();
    assert.equal([answer[0], answer.toString('utf8', 12)], [4, error.message]);
    taker.close();
  });
}

/** Which of nine connections go together to a taker of small records and few descriptors. */
const SMALL: [what: string, offered: number, together: number[]][] = [
  // What no record holds, and no memfd may, stays.
  ['no memfd', 0, [3, 3, 2]],
  // A memfd is one of the descriptors.
  ['a memfd', 1, [3, 3, 2, 1]],
];
for (const [what, offered, together] of SMALL) {
  test(`an offerer of which the taker takes small records, few descriptors and ${what} keeps to that`, async () => {
    const [mine, theirs] = channel();
    const taker = new PlayedTaker(theirs);
    const pairs = Array.from({ length: 9 }, () => socketpair());
    const offering = offer(mine, {
      connections: pairs.map(([fd], i) => ({ fd, state: Buffer.alloc(i === 8 ? 5000 : 1000) })),
    });
    await taker.greet({ recordMost: 4096, descriptorsMost: 3, offered });
    await taker.confirm(await taker.batch());
    const sizes: number[] = [];
    for (const _ of together) {
      const record = await taker.next();
      assert.ok(record.byteLength <= 4096);
      const head = decodeBatch(record);
      sizes.push(head.items.length);
      await taker.confirm(head);
    }
    assert.equal(sizes, together);
    assert.is((await taker.next())[0], 6);
    const count = sizes.reduce((sum, each) => sum + each);
    await theirs.send(encodeCounts(GOODBYE, { moved: count, kept: 0 }));
    const { moved, kept } = await offering;
    assert.equal([moved, kept], [count, 9 - count]);
    taker.close();
    for (const pair of pairs) for (const end of pair) end[Symbol.dispose]();
  });
}

test('whatever records an offerer sends, with whatever descriptors, the taker ends with one error and nothing open', async () => {
  const { below, bytes, pick } = random(seed());
  const records = [
    first([state({ flags: 6, stateLength: 2 }), named(2, 'f')], [text('{}f')]),
    apart(3),
    READY.record,
    encodeCounts(DONE, { moved: 0, kept: 0 }),
    encodeAlive(),
  ];
  const makers = [() => [], () => [], sockets(1), sockets(253), pipeEnd, () => [memfd('m', 3)]];
  for (let i = 0; i < 150; i++) {
    const [theirs, mine] = channel();
    const offerer = new PlayedOfferer(theirs);
    const taking = takeOver(mine, { timeout: 20_000 }).catch((error) => error);
    await offerer.greet();
    for (let n = 1 + below(4); n > 0; n--) {
      const record = Uint8Array.from(pick(records));
      for (let m = below(4); m > 0; m--) record.set(bytes(1), below(record.length));
      await theirs.send(record, { fds: pick(makers)(), transfer: true }).catch(() => {});
    }
    theirs.closeSync();
    const result = await taking;
    if (result instanceof Error) assert.match((result as { code?: string }).code ?? '', /^ERR_|^EPIPE/, result.message);
    else for (const { fd } of [...result.files.values(), ...result.listeners.values()]) fd.close();
  }
});

t.run();
