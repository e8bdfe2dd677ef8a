/** A descriptor that is ready while nobody waits for it costs nothing: the event loop sleeps. */
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { sleep } from '../support/process.js';
import { fill, withPair } from '../support/sockets.js';
import { suite } from '../support/suite.js';

const t = suite('idle');

/**
 * How often the event loop went round in 200 ms in which nothing was to be done: a few times, or tens of thousands. The
 * quietest of some such times: what would wake it for ever does so in each. What V8 has to do once does not: the marking
 * of its first collection has the loop of Node 20 go round until its helper threads have had their turn, some hundred
 * times on a busy machine (`--no-incremental-marking` ends that).
 */
async function turnsWhileIdle(): Promise<number> {
  const { nodeTiming } = performance as unknown as { nodeTiming: { uvMetricsInfo: { loopCount: number } } };
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5 && least >= 200; i++) {
    const before = nodeTiming.uvMetricsInfo.loopCount;
    await sleep(200);
    least = Math.min(least, nodeTiming.uvMetricsInfo.loopCount - before);
  }
  return least;
}

t.test('data that comes when nobody receives any more does not wake the process again and again', () =>
  withPair(async (a, b) => {
    const received = b.receive();
    a.sendSync('x');
    await received;
    a.sendSync('nobody takes it');
    assert.ok((await turnsWhileIdle()) < 200);
    assert.is(arrived(await b.receive()).data.toString(), 'nobody takes it');
  }),
);

t.test('nor does a peer that has closed', () =>
  withPair(async (a, b) => {
    const received = b.receive();
    a.sendSync('x');
    await received;
    a.closeSync();
    assert.ok((await turnsWhileIdle()) < 200);
    assert.is(await b.receive(), null);
  }),
);

t.test('nor room to send, once all has been sent', () =>
  withPair(async (a, b) => {
    const filled = fill(a);
    const sent = a.send('x');
    for (let left = filled + 1; left > 0; ) left -= arrived(await b.receive()).data.length;
    await sent;
    assert.ok((await turnsWhileIdle()) < 200);
  }),
);

t.test('nor a message behind one whose callback has not ended', () =>
  withPair(async (a, b) => {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const texts: string[] = [];
    const all = b.forEachMessage(({ data }) => {
      texts.push(data.toString());
      return ended;
    });
    a.sendSync('first');
    await sleep(5);
    a.sendSync('second');
    assert.ok((await turnsWhileIdle()) < 200);
    end();
    a.closeSync();
    await all;
    assert.equal(texts.join(), 'first,second');
  }),
);

t.run();
