import { now } from '../../runtime/globals.js';
import { Lane, Tally } from './lane.js';
import { type LoadMessage, type LoadOrders, tell } from './messages.js';

const TELL_EVERY = 50;
/** So many connections are opened at once: a listening socket has room for 511 that nobody has accepted. */
const OPENED_AT_ONCE = 200;

/**
 * Asks a server until it is told to stop (any message does): connections that ask at a steady rate, and idle ones that
 * ask at the beginning and at the end.
 */
export async function runLoad({ port, busy, fresh, rate, idle }: LoadOrders): Promise<void> {
  const tally = new Tally();
  const report = (kind: LoadMessage['kind']) => {
    const { requests, failed, reset, closed } = tally;
    return tell({ kind, answers: tally.answers.splice(0), counts: { requests, failed, reset, closed } });
  };
  const stopped = new Promise((resolve) => process.once('message', resolve));
  const lanes = Array.from({ length: busy }, () => new Lane(port, tally));
  const resting = Array.from({ length: idle }, () => new Lane(port, tally));
  await askAll([...lanes, ...resting]);
  await report('opened');
  const timer = setInterval(() => void report('load'), TELL_EVERY);
  let isOver = false;
  const interval = (busy * 1000) / rate;
  const work = lanes.map((lane, i) => askSteadily(lane, i < fresh, (i * interval) / busy, interval, () => isOver));
  await stopped;
  isOver = true;
  await Promise.all(work);
  await askAll(resting);
  for (const lane of [...lanes, ...resting]) lane.close();
  clearInterval(timer);
  await report('done');
}

async function askAll(lanes: readonly Lane[]): Promise<void> {
  for (let i = 0; i < lanes.length; i += OPENED_AT_ONCE) {
    await Promise.all(lanes.slice(i, i + OPENED_AT_ONCE).map((lane) => lane.ask()));
  }
}

/** One request each `interval` milliseconds; those that an answer was too late for are left out. */
async function askSteadily(
  lane: Lane,
  isFresh: boolean,
  delay: number,
  interval: number,
  isOver: () => boolean,
): Promise<void> {
  const start = now() + delay;
  for (let turn = 0; ; turn = Math.max(turn + 1, Math.ceil((now() - start) / interval))) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, start + turn * interval - now())));
    if (isOver()) return;
    if (isFresh) lane.close();
    await lane.ask();
  }
}
