/** The table of docs/handoff-protocol.md: whoever dies, gives up or says no, and when, each connection has one server. */
import { openSync } from 'node:fs';
import { OwnedFd, socketpair, UnixListener, UnixStream } from 'ancillary';
import { type OfferedConnection, type OfferOptions, type OfferResult, offer, takeOver } from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { encodeAlive, encodeConfirm, encodeCounts, encodeRefuse } from '../../host/handoff/wire/answers.js';
import { encodeBatch } from '../../host/handoff/wire/batch.js';
import { GOODBYE, UNKNOWN } from '../../host/handoff/wire/constants.js';
import { native } from '../../host/libc/native.js';
import { channel, connectionItem, isAlive, leakTests, PlayedOfferer, PlayedTaker } from '../support/handoff.js';
import { sleep, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('handoff-decision');
const test = leakTests(t);

/** What becomes of two connections that are offered to a taker which is played. */
interface Offered {
  moved: string;
  kept: string;
  /** The codes of what was kept. */
  reasons: string;
  result: OfferResult | { code: string; message: string };
  /** Whether the kept ones can be served here. */
  served: boolean;
}

/** Two connections a and b are offered, with a listener; `play` is the taker. */
async function offerTo(
  play: (taker: PlayedTaker) => Promise<void>,
  options: OfferOptions = {},
  onKept = () => {},
): Promise<Offered> {
  const [mine, theirs] = channel();
  const pairs = ['a', 'b'].map((name) => ({ name, ends: socketpair() }));
  const listener = UnixListener.listenSync({ autobind: true });
  const taker = new PlayedTaker(theirs);
  const moved: OfferedConnection[] = [];
  const kept: OfferedConnection[] = [];
  const reasons = new Set<string>();
  try {
    const playing = play(taker);
    const result = await offer(mine, {
      timeout: 60_000,
      ...options,
      listeners: { l: listener },
      connections: pairs.map(({ name, ends: [fd] }) => ({ fd, name })),
      onMoved: (each) => moved.push(each),
      onKept: (each, { code }) => {
        onKept();
        kept.push(each);
        reasons.add(code);
      },
    }).catch((error) => error);
    await playing;
    assert.ok(mine.closed);
    for (const each of moved) assert.ok((each.fd as UnixStream).closed, 'what has moved is closed');
    let served = true;
    for (const { ends } of pairs) if (!ends[0].closed) served &&= await isAlive(ends[1], ends[0]);
    if (result.keptListeners?.length || !('moved' in result)) assert.not(listener.closed);
    const names = (list: OfferedConnection[]) => list.map(({ name }) => name).join('');
    return { moved: names(moved), kept: names(kept), reasons: [...reasons].join(), result, served };
  } finally {
    taker.close();
    for (const { ends } of pairs) for (const end of ends) end[Symbol.dispose]();
    listener[Symbol.dispose]();
  }
}

test('a taker that dies before it confirms anything has cost nothing, and the offer rejects', async () => {
  const { moved, result, served } = await offerTo(async (taker) => {
    await taker.greet();
    await taker.batch();
    taker.close();
  });
  // Connections were not even asked for: nobody has stopped serving them.
  assert.equal([moved, (result as Error & { code: string }).code, served], ['', 'ERR_ENDED', true]);
});

test('a taker that dies before it confirms its connections has cost none of them', async () => {
  const { moved, kept, result, served } = await offerTo(async (taker) => {
    await taker.untilConnections();
    taker.close();
  });
  assert.equal([moved, kept, served], ['', 'ab', true]);
  assert.is((result as { code: string }).code, 'ERR_ENDED');
});

test('what a taker confirmed before it died is not served here again', async () => {
  const { moved, kept, result } = await offerTo(async (taker) => {
    await taker.confirm(await taker.untilConnections());
    taker.close();
  });
  assert.equal([moved, kept], ['ab', '']);
  assert.equal((result as OfferResult).error?.code, 'ERR_ENDED');
  // Nobody accepts any more where the taker did.
  assert.equal((result as OfferResult).keptListeners, ['l']);
});

test('a confirmation counts that was sent by a taker which died with records unread', async () => {
  const { moved, kept } = await offerTo(async (taker) => {
    await taker.greet();
    await taker.confirm(await taker.batch());
    // Unread: the offerer is told ECONNRESET before it gets what was sent.
    const { fds } = await taker.socket
      .receive({ peek: true, maxFds: 253 })
      .then((message) => message as NonNullable<typeof message>);
    for (const fd of fds) fd.close();
    taker.socket.sendSync(encodeConfirm(2, [true, true]));
    taker.close();
  });
  assert.equal([moved, kept], ['ab', '']);
});

test('a taker that says no gets nothing, and its words are those of the error', async () => {
  const { moved, kept, reasons, result, served } = await offerTo(async (taker) => {
    await taker.untilConnections();
    await taker.socket.send(encodeRefuse({ code: 6, text: 'not \x1b[31mnow' }));
    taker.close();
  });
  assert.equal([moved, kept, reasons, served], ['', 'ab', 'ERR_REFUSED', true]);
  const { message } = result as { message: string };
  assert.match(message, /the other side refused the hand-off: not /);
  assert.not(message.includes('\x1b'));
});

test('of a batch that is taken in part each connection has the one server that its bit says', async () => {
  const { moved, kept, served, result } = await offerTo(async (taker) => {
    await taker.confirm(await taker.untilConnections(), [false, true], 'too many');
    await taker.next();
    await taker.socket.send(Buffer.from('07000000000000000200000001000000', 'hex'));
  });
  assert.equal([moved, kept, served], ['b', 'a', true]);
  const { error, ...counts } = result as OfferResult;
  assert.equal([error, counts], [undefined, { moved: 2, kept: 1, keptListeners: [], keptFiles: [] }]);
});

test('a confirmation that was sent before the offerer gave up counts', async () => {
  const { moved, kept } = await offerTo(
    async (taker) => {
      const head = await taker.untilConnections();
      // The offerer waits by now.
      await sleep(50);
      // The loop stands still past the time, from behind its poll phase on: then the timer comes before the record.
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + 600; performance.now() < end; );
      taker.socket.sendSync(encodeConfirm(head.number, [true, true]));
    },
    { timeout: 300 },
  );
  assert.equal([moved, kept], ['ab', '']);
});

test('a goodbye that was sent before the offerer gave up counts', async () => {
  const { moved, result } = await offerTo(
    async (taker) => {
      await taker.confirm(await taker.untilConnections());
      assert.is((await taker.next())[0], 6);
      // As above.
      await sleep(50);
      await new Promise((resolve) => setImmediate(resolve));
      for (const end = performance.now() + 600; performance.now() < end; );
      taker.socket.sendSync(encodeCounts(GOODBYE, { moved: 3, kept: 0 }));
    },
    { timeout: 300 },
  );
  const { error, keptListeners } = result as OfferResult;
  assert.equal([moved, error, keptListeners], ['ab', undefined, []]);
});

test('a goodbye before all has been offered ends nothing well, however often it is said', async () => {
  const { moved, kept, result } = await offerTo(async (taker) => {
    await taker.untilConnections();
    for (const count of [1, 3, 1]) taker.socket.sendSync(encodeCounts(GOODBYE, { moved: count, kept: 0 }));
  });
  assert.equal([moved, kept, (result as { code: string }).code], ['', 'ab', 'ERR_PROTOCOL']);
});

test('after the offerer has given up no confirmation can be sent, and everything is served here', async () => {
  const codes: (string | undefined)[] = [];
  let late: PlayedTaker | undefined;
  const { kept, result, served } = await offerTo(
    async (taker) => {
      late = taker;
      await taker.untilConnections();
      // It is told why, once the offerer hears nothing any more.
      assert.is((await taker.next())[0], 4);
    },
    { timeout: 300 },
    // From the first moment in which one of them could be served here.
    () => {
      try {
        late?.socket.sendSync(encodeConfirm(2, [true, true]));
      } catch (error) {
        codes.push((error as { code?: string }).code);
      }
    },
  );
  assert.equal([codes, kept, served, (result as { code: string }).code], [['EPIPE', 'EPIPE'], 'ab', true, 'ETIMEDOUT']);
});

async function sayAliveForEver({ socket }: PlayedTaker): Promise<void> {
  while (await socket.send(encodeAlive()).catch(() => 0)) await new Promise((resolve) => setTimeout(resolve, 20));
}

test('a taker that only says that it lives does not keep connections from being served', async () => {
  const { kept, result, served } = await offerTo(
    async (taker) => {
      await taker.untilConnections();
      await sayAliveForEver(taker);
    },
    { timeout: 300 },
  );
  assert.equal([kept, served, (result as { code: string }).code], ['ab', true, 'ETIMEDOUT']);
});

test('a taker that only says that it lives, where goodbye is due, does not keep listeners from being served', async () => {
  const { moved, result } = await offerTo(
    async (taker) => {
      await taker.confirm(await taker.untilConnections());
      await taker.next();
      await sayAliveForEver(taker);
    },
    { timeout: 300 },
  );
  const { error, keptListeners } = result as OfferResult;
  assert.equal([moved, keptListeners, error?.code], ['ab', ['l'], 'ETIMEDOUT']);
});

for (const [what, record] of Object.entries({
  'another batch': encodeConfirm(3, [true, true]),
  'an item that is not there': encodeConfirm(2, [true, true, true]),
})) {
  test(`a confirmation of ${what} moves nothing, and the taker is told`, async () => {
    const { moved, kept, reasons, served } = await offerTo(async (taker) => {
      await taker.untilConnections();
      await taker.socket.send(record);
      const answer = await taker.next();
      assert.equal([answer[0], answer[8]], [4, 4]);
    });
    assert.equal([moved, kept, reasons, served], ['', 'ab', 'ERR_PROTOCOL', true]);
  });
}

test('when the taker goes before it says goodbye the listeners are served here again', async () => {
  const { moved, result } = await offerTo(async (taker) => {
    await taker.confirm(await taker.untilConnections());
    await taker.next();
    taker.close();
  });
  const { keptListeners, error, ...counts } = result as OfferResult;
  assert.equal([moved, keptListeners, counts], ['ab', ['l'], { moved: 2, kept: 1, keptFiles: [] }]);
  assert.is(error?.code, 'ERR_ENDED');
});

test('a goodbye that counts otherwise is told, and the listeners are served here again', async () => {
  const { moved, result } = await offerTo(async (taker) => {
    await taker.confirm(await taker.untilConnections());
    await taker.next();
    await taker.socket.send(encodeCounts(GOODBYE, { moved: 2, kept: 0 }));
    const answer = await taker.next();
    assert.equal([answer[0], answer[8]], [4, 4]);
  });
  const { error, keptListeners } = result as OfferResult;
  assert.equal([moved, keptListeners, error?.code], ['ab', ['l'], 'ERR_PROTOCOL']);
});

test('an offer that is aborted keeps what is not confirmed', async () => {
  const aborter = new AbortController();
  const { kept, result, served } = await offerTo(
    async (taker) => {
      await taker.untilConnections();
      aborter.abort();
      const answer = await taker.next();
      assert.equal([answer[0], answer[8]], [4, 7]);
    },
    { signal: aborter.signal },
  );
  assert.equal([kept, served, (result as { code: string }).code], ['ab', true, 'ABORT_ERR']);
});

/** One connection is offered by a played process; `play` begins when the taker holds it and has not confirmed it. */
async function takeFrom(play: (offerer: PlayedOfferer, held: UnixStream) => void, when: 'accept' | 'onTaken') {
  const [theirs, mine] = channel();
  const [held, client] = socketpair();
  const offerer = new PlayedOfferer(theirs);
  const playing = offerer.untilReady(3).then(() => offerer.offer(2, 1, [held], 3));
  const act = () => play(offerer, held);
  const result = await takeOver(mine, { timeout: 60_000, [when]: act }).catch((error) => error);
  await playing;
  offerer.close();
  assert.ok(mine.closed);
  return { result, held, client };
}

test('a taker whose confirmation fails has closed its copies, and counts what died with the offerer', async () => {
  const { result, client } = await takeFrom((offerer, held) => {
    held.closeSync();
    offerer.close();
  }, 'accept');
  assert.is(result.code, 'ERR_ENDED');
  assert.match(result.message, /3 that were not confirmed/);
  assert.is(await client.receive({ timeout: 30_000 }), null);
  client.closeSync();
});

test('a confirmation that was sent is the decision, though the offerer died before it read it', async () => {
  const { result, client } = await takeFrom((offerer, held) => {
    held.closeSync();
    offerer.close();
  }, 'onTaken');
  assert.equal([result.moved, result.refused, result.lost, result.error.code], [1, 0, 2, 'ERR_ENDED']);
  const taken = UnixStream.adopt(result.connections[0].fd);
  assert.ok(await isAlive(client, taken));
  for (const each of [client, taken]) each.closeSync();
});

test('a taker whose offerer gave up closes its copies, and nothing is lost', async () => {
  const { result, held, client } = await takeFrom((offerer) => {
    native().libc.shutdown(offerer.socket.fd, 0);
    offerer.socket.sendSync(encodeRefuse({ code: 8, text: 'too slow' }));
  }, 'accept');
  assert.equal([result.code, result.message], ['ERR_REFUSED', 'the other side refused the hand-off: too slow']);
  assert.ok(await isAlive(client, held));
  for (const each of [client, held]) each.closeSync();
});

/** How many there are in all, as far as the offerer has said, and how many of those are lost with it. */
const BETWEEN: [what: string, total: number, lost: number][] = [
  ['counts the rest as lost', 5, 4],
  ['counts nothing where nobody has said how many there are', UNKNOWN, 0],
];
for (const [what, total, lost] of BETWEEN) {
  test(`between two batches the taker keeps what it confirmed, and ${what}`, async () => {
    const [theirs, mine] = channel();
    const [held, client] = socketpair();
    const offerer = new PlayedOfferer(theirs);
    const taking = takeOver(mine, { timeout: 60_000 });
    await offerer.untilReady(total);
    await offerer.offer(2, 1, [held], total);
    await offerer.next();
    held.closeSync();
    offerer.close();
    const result = await taking;
    assert.equal([result.moved, result.lost, result.error?.code], [1, lost, 'ERR_ENDED']);
    for (const { fd } of result.connections) fd.close();
    client.closeSync();
  });
}

/** What the offerer has said of how many there are, in its greeting and in a batch of a state and a file, when it dies. */
const GONE: [what: string, greeted: number, batch: number | undefined, err: RegExp][] = [
  ['all of which its greeting told', 3, undefined, /: 3 that were not confirmed/],
  ['all of which its last batch told', 3, 4, /: 4 that were not confirmed/],
  ['what was on its way, where nobody has said how many there are', UNKNOWN, UNKNOWN, /: 1 that were not confirmed/],
  ['nothing, where nothing was on its way', UNKNOWN, undefined, /in the middle of the hand-off$/],
];
for (const [what, greeted, batch, err] of GONE) {
  test(`an offerer that dies before anything is confirmed has taken with it ${what}`, async () => {
    const [theirs, mine] = channel();
    const offerer = new PlayedOfferer(theirs);
    const taking = thrownBy(() => takeOver(mine, { timeout: 60_000, accept: () => void offerer.close() }));
    await offerer.greet({ total: greeted });
    if (batch === undefined) offerer.close();
    else {
      const items = [
        connectionItem(1, { kind: 1, flags: 2 }),
        connectionItem(2, { kind: 4, domain: 0, type: 8, nameLength: 1 }),
      ];
      const file = OwnedFd.adopt(openSync('package.json', 'r'));
      await theirs.send(encodeBatch(1, batch, items, 1, [Buffer.from('f')]), { fds: [file], transfer: true });
    }
    assert.match((await taking).message, err);
  });
}

test('a taker that makes itself ready hears when its offerer is gone', async () => {
  const [theirs, mine] = channel();
  const offerer = new PlayedOfferer(theirs);
  const prepare = () => {
    offerer.close();
    return until('it is over', () => mine.closed);
  };
  const taking = thrownBy(() => takeOver(mine, { timeout: 600_000, prepare }));
  await offerer.greet();
  await offerer.offer(1, 1, []);
  assert.is((await taking).code, 'ERR_ENDED');
});

test('an offerer that has given up, and only says that it lives, keeps nobody', async () => {
  const [theirs, mine] = channel();
  const [held, client] = socketpair();
  const offerer = new PlayedOfferer(theirs);
  const accept = () => void native().libc.shutdown(theirs.fd, 0);
  const taking = thrownBy(() => takeOver(mine, { timeout: 300, accept }));
  await offerer.untilReady(1);
  await offerer.offer(2, 1, [held], 1);
  while (!mine.closed) {
    await theirs.send(Buffer.from('0500000000000000', 'hex')).catch(() => 0);
    await sleep(20);
  }
  assert.is((await taking).code, 'ERR_ENDED');
  offerer.close();
  for (const each of [client, held]) each.closeSync();
});

test('what a taker has left where it was is not lost with the offerer', async () => {
  const [theirs, mine] = channel();
  const pairs = ['a', 'b'].map(() => socketpair());
  const offerer = new PlayedOfferer(theirs);
  let asked = 0;
  const taking = takeOver(mine, { timeout: 60_000, accept: () => ++asked > 1 });
  await offerer.untilReady(5);
  await offerer.offer(
    2,
    1,
    pairs.map(([held]) => held),
    5,
  );
  await offerer.next();
  offerer.close();
  const { moved, refused, lost, connections } = await taking;
  assert.equal([moved, refused, lost], [1, 1, 3]);
  for (const { fd } of connections) fd.close();
  for (const ends of pairs) for (const end of ends) end.closeSync();
});

test('a taker whose application does not answer gives up in time, and everything is served where it was', async () => {
  const [mine, theirs] = channel();
  const [held, client] = socketpair();
  const taking = thrownBy(() => takeOver(theirs, { timeout: 300, accept: () => new Promise(() => {}) }));
  const offering = thrownBy(() => offer(mine, { connections: [{ fd: held }] }));
  assert.equal([(await taking).code, (await offering).code], ['ETIMEDOUT', 'ERR_REFUSED']);
  assert.ok(await isAlive(client, held));
  for (const each of [client, held]) each.closeSync();
});

test('a taker whose offerer had closed before hears why, where that was said', async () => {
  const codes: (string | undefined)[] = [];
  for (const code of [undefined, 6, 9]) {
    const [theirs, mine] = channel();
    if (code) await theirs.send(encodeRefuse({ code, text: 'not now' }));
    theirs.closeSync();
    codes.push((await thrownBy(() => takeOver(mine))).code);
  }
  assert.equal(codes, ['ERR_ENDED', 'ERR_REFUSED', 'ERR_BUSY']);
});

test('a taker that is aborted while it makes itself ready has taken nothing', async () => {
  const [mine, theirs] = channel();
  const [held, client] = socketpair();
  const aborter = new AbortController();
  let isAsked = false;
  const prepare = () =>
    new Promise<void>(() => {
      isAsked = true;
    });
  const taking = thrownBy(() => takeOver(theirs, { prepare, signal: aborter.signal }));
  const offering = thrownBy(() => offer(mine, { connections: [{ fd: held }] }));
  await until('it makes itself ready', () => isAsked);
  aborter.abort();
  assert.equal([(await taking).code, (await offering).code], ['ABORT_ERR', 'ERR_REFUSED']);
  assert.ok(await isAlive(client, held));
  for (const each of [client, held]) each.closeSync();
});

t.run();
