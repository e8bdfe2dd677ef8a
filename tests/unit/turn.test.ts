/** How much one turn of the event loop may have of what is there at once. */
import { setImmediate } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { beginTurn, inTurn } from '../../host/reactor/turn.js';
import { suite } from '../support/suite.js';

const t = suite('turn');

/** Whether a result that is there now is told of within this turn. */
function isToldNow(): boolean {
  let isTold = false;
  inTurn(() => {
    isTold = true;
  });
  return isTold;
}

/** Keeps the thread busy, as slow work between two results does. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

t.test('after slow work a second result waits for the next turn, long before there have been many', async () => {
  beginTurn();
  assert.is(isToldNow(), true);
  work(5);
  assert.is(isToldNow(), false);
  await setImmediate();
});

t.test('a turn tells of so many results and no more, and the next one of the others', async () => {
  beginTurn();
  let told = 0;
  for (let i = 0; i < 1000; i++) inTurn(() => told++);
  assert.ok(told >= 1 && told < 1000, `${told}`);
  await setImmediate();
  assert.is(told, 1000);
});

t.test('the turn that tells of what had to wait has room for results of its own', async () => {
  beginTurn();
  assert.is(isToldNow(), true);
  work(5);
  await new Promise<void>((resolve) => inTurn(resolve));
  assert.is(isToldNow(), true);
});

t.run();
