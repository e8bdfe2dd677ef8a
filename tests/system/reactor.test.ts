/** Who is served when, of those that wait for descriptors. */
import * as assert from 'uvu/assert';
import { reactor, type Waiter } from '../../host/reactor/reactor.js';
import { beginTurn, inTurn } from '../../host/reactor/turn.js';
import { socketpair } from '../../host/socket/socketpair.js';
import { until } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('reactor');

t.test(
  'of very many that can be served on one descriptor a turn serves at most 64, then others have theirs',
  async () => {
    const [a, b] = socketpair();
    a.sendSync('never taken: it is always ready');
    const WAITERS = 500;
    let served = 0;
    for (let i = 0; i < WAITERS; i++) {
      const waiter: Waiter = {
        isParked: false,
        attempt: () => {
          served++;
          return 'done';
        },
        fail: () => assert.unreachable(),
      };
      reactor().wait(b.fd, 'read', waiter);
    }
    // An immediate comes once a turn.
    const counts = [0];
    const look = () => {
      counts.push(served);
      if (served < WAITERS) setImmediate(look);
    };
    setImmediate(look);
    await until('all are served', () => served === WAITERS);
    const most = Math.max(...counts.map((count, i) => count - (counts[i - 1] ?? 0)));
    assert.ok(most <= 64, `${most} in one turn`);
    for (const end of [a, b]) end.closeSync();
  },
);

t.test(
  'an event begins a turn: what is there at once then does not wait for another, whatever came before',
  async () => {
    const [a, b] = socketpair();
    beginTurn();
    inTurn(() => {});
    const first = b.receive({ maxData: 1 });
    setTimeout(() => a.sendSync('xy'), 5);
    await first;
    let isNextTurn = false;
    setImmediate(() => {
      isNextTurn = true;
    });
    await b.receive({ maxData: 1 });
    assert.is(isNextTurn, false);
    for (const end of [a, b]) end.closeSync();
  },
);

t.run();
