// crowd-ancillary.mjs IDLE BUSY: so many pairs on which nobody sends, and so many that are sent 64 bytes to and fro, all
// waited for in one process; the time of one message.
import { socketpair } from 'ancillary';
import { serve } from './serve.mjs';

const [idle, busy] = process.argv.slice(2).map(Number);
const room = { maxData: 64 };
const data = Buffer.alloc(64);
for (let i = 0; i < Number(idle); i++) {
  const [a, b] = socketpair();
  a.forEachMessage(() => {});
  b.forEachMessage(() => {});
}
let left = 0;
let done = () => {};
const first = Array.from({ length: Number(busy) }, () => {
  const [a, b] = socketpair();
  for (const end of [a, b]) {
    end.forEachMessage((message) => {
      if (message.size !== 64) throw new Error('a message came in pieces');
      if (--left > 0) end.sendSync(data);
      else if (left === 0) done();
    }, room);
  }
  return a;
});

serve(
  (n) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        // Those that are on their way when the count ends would count for the next batch: it begins with nothing under way.
        left = n;
        done = () => setImmediate(resolve);
        for (const end of first.slice(0, n)) end.sendSync(data);
      })
    ),
);
