/**
 * Either side of a hand-off is killed at a random moment. The judge is this process, which holds the other end of every
 * connection: none is served by both, and whatever is served by nobody has been counted. `RUNS=200 npm test -- kills`.
 */
import type { UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { HandoffProcess } from '../support/handoff-processes.js';
import { until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('handoff-kills');

const RUNS = Number(process.env.RUNS ?? 6);
/** Some batches. */
const COUNT = 700;
/** About as long as a hand-off takes here, in milliseconds. */
const DURATION = 120;

const STEPS = {
  old: ['pull', 'moved', 'progress'],
  new: ['prepare', 'accept', 'taken', 'progress'],
} as const;
/** How often a step comes. */
const TIMES: Record<string, number> = { prepare: 1, progress: 4 };

const { below, pick } = random(seed());
const PATIENCE = 60_000;

/** What a client hears: who serves it, and its answer; `end` behind it where the connection is over. */
async function ask(client: UnixStream): Promise<string> {
  let heard = '';
  await client.send('ping').catch(() => 0);
  try {
    while (!heard.includes('ping')) {
      const message = await client.receive({ timeout: PATIENCE });
      if (message === null) return `${heard}end`;
      heard += message.data;
    }
  } catch (error) {
    // A reset: what was asked stands unread where nobody serves it any more.
    if ((error as { code?: string }).code !== 'ECONNRESET') throw error;
    return `${heard}end`;
  }
  return heard;
}

for (let run = 1; run <= RUNS; run++) {
  const victim = pick(['old', 'new'] as const);
  const isTimed = below(2) === 0;
  const name = pick(STEPS[victim]);
  const step = `${name}:${1 + below(TIMES[name] ?? COUNT)}`;
  const delay = below(DURATION * 10) / 10;
  const when = isTimed ? `${delay} ms after the greeting` : `at step ${step}`;

  t.test(
    `${run}: ${victim === 'old' ? 'the offerer' : 'the taker'} is killed ${when}: nothing is served twice, nothing lost uncounted`,
    () =>
      withTempDir(async (folder) => {
        const stepOf = (side: string) => (side === victim && !isTimed ? step : '');
        const old = new HandoffProcess('old', COUNT, `${folder}/s`, { step: stepOf('old') });
        const taker = new HandoffProcess('new', COUNT, `${folder}/s`, { step: stepOf('new') });
        const [dead, survivor] = victim === 'old' ? [old, taker] : [taker, old];
        const clients = await old.connect(COUNT);
        try {
          if (isTimed) {
            await until('they have greeted each other', () => old.said().includes('greeted'));
            for (const end = performance.now() + delay; performance.now() < end; );
            dead.running.child.kill('SIGKILL');
          }
          await dead.running.ended;
          const { moved, kept = 0, lost = 0, closed } = await survivor.outcome();
          const heard = await Promise.all(clients.map(ask));
          const letter = victim === 'old' ? 'T' : 'O';
          const servedHere = heard.filter((each) => each === `${letter} serves\n${letter} ping`).length;
          // Of the dead one it can only have been heard that it began to serve.
          const over = heard.filter((each) => /^(T serves\n(T ping)?)?end$/.test(each)).length;
          const strange = heard.find(
            (each) => !/^(T serves\n(T ping)?)?end$/.test(each) && each !== `${letter} serves\n${letter} ping`,
          );
          assert.is(strange, undefined);
          assert.is(servedHere + over, COUNT);
          if (victim === 'old') assert.equal([servedHere, over], [moved, lost]);
          else assert.equal([servedHere, over, closed], [kept, moved, moved]);
        } finally {
          for (const client of clients) client.closeSync();
          for (const each of [old, taker]) each.close();
        }
        assert.is(await survivor.leaked(), 0);
      }),
  );
}

t.run();
