import { startAnew, startServing } from './child.mjs';
import { compare, spread } from './statistics.mjs';
import { Absent } from './tools.mjs';

/**
 * @typedef {import('./child.mjs').Runner} Runner
 * @typedef {import('./targets.mjs').Entrant} Entrant
 * @typedef {import('./targets.mjs').Measure} Measure
 * @typedef {import('./statistics.mjs').Spread} Spread
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {'measured' | 'absent' | 'failed'} state
 * @property {string} [reason] why it is absent or failed
 * @property {number} [batch] operations in one sample
 * @property {number[]} samples nanoseconds for one operation, one a round
 * @property {number} [median]
 * @property {Spread} [versus] the peer of the measure: a ratio, or a difference in nanoseconds
 * @property {number} [target]
 * @property {number} [limit]
 * @property {boolean} [met]
 *
 * @typedef {Pick<Measure, 'name' | 'title' | 'unit' | 'compare' | 'peer'> & { rows: Row[] }} Result
 *
 * @typedef {object} Effort
 * @property {number} rounds
 * @property {number} sittings in how many parts: each starts every contender anew, because a process keeps for life
 *   what it was dealt at its start (where its memory lies, what its compiler saw first)
 * @property {number} batchTime nanoseconds
 * @property {number} warmUp nanoseconds that a contender runs before the first round
 * @property {boolean} judge
 *
 * @typedef {{ row: Row, entrant: Entrant, runner?: Runner }} Contender
 */

/**
 * @param {Measure} measure
 * @param {Effort} effort
 * @param {{ prepare: (entrant: Entrant) => Promise<import('./child.mjs').Command>, directory: string,
 *   progress: (text: string) => void }} context
 * @returns {Promise<Result>}
 */
export async function runMeasure(measure, effort, { prepare, directory, progress }) {
  const { name, title, unit, peer } = measure;
  /** @type {Contender[]} */
  const contenders = measure.entrants.map((entrant) => ({
    entrant,
    row: { name: entrant.name, state: 'measured', samples: [], target: entrant.target, limit: entrant.limit },
  }));

  /** @param {Contender} contender */
  const begin = async (contender) => {
    const command = await prepare(contender.entrant);
    if (measure.kind === 'starts') {
      contender.runner = startAnew(command, directory);
      contender.row.batch = 1;
    } else {
      contender.runner = startServing(command, directory);
      contender.row.batch = await calibrate(contender.runner, effort);
    }
  };

  const rounds = effort.rounds * (effort.judge ? (measure.repeat ?? 1) : 1);
  let round = 0;
  for (let sitting = 1; sitting <= effort.sittings; sitting++) {
    for (const contender of contenders) {
      progress(`${name}: warm-up of ${contender.row.name}`);
      await attempt(contender, () => begin(contender));
    }
    while (round < (rounds * sitting) / effort.sittings) {
      round++;
      progress(`${name}: round ${round} of ${rounds}`);
      for (const contender of contenders) await attempt(contender, () => sample(contender));
    }
    await Promise.all(contenders.map(({ runner }) => runner?.stop()));
  }

  const rows = contenders.map(({ row }) => row);
  summarize(rows, measure, effort.judge);
  return { name, title, unit, compare: measure.compare, peer, rows };
}

/**
 * A contender that cannot go on leaves the race; the others run on.
 *
 * @param {Contender} contender @param {() => Promise<void>} step
 */
async function attempt({ row }, step) {
  if (row.state !== 'measured') return;
  try {
    await step();
  } catch (error) {
    row.state = error instanceof Absent ? 'absent' : 'failed';
    row.reason = error instanceof Error ? error.message : String(error);
    row.samples = [];
  }
}

/** @param {Contender} contender */
async function sample({ row, runner }) {
  const batch = /** @type {number} */ (row.batch);
  row.samples.push((await /** @type {Runner} */ (runner).run(batch)) / batch);
}

/**
 * Warms a contender up and finds how many operations fill a batch.
 *
 * @param {Runner} runner @param {Effort} effort
 */
async function calibrate(runner, { batchTime, warmUp }) {
  let n = 1;
  for (let spent = 0; ; ) {
    const time = Math.max(await runner.run(n), 1);
    spent += time;
    const fitting = Math.ceil((n * batchTime) / time);
    if (time >= batchTime / 2 && spent >= warmUp) return fitting;
    // One operation that waits for a cold start says little about a million: grow in steps.
    n = Math.min(fitting, n * 10);
  }
}

/** @param {Row[]} rows @param {Measure} measure @param {boolean} judge */
function summarize(rows, measure, judge) {
  const peer = rows.find((row) => row.name === measure.peer);
  for (const row of rows) {
    if (row.samples.length === 0) continue;
    row.median = spread(row.samples).median;
    if (row === peer || !peer?.samples.length) continue;
    row.versus = compare(row.samples, peer.samples, measure.compare);
    if (judge && row.limit !== undefined) row.met = row.median <= row.limit * nanoseconds[measure.unit];
    if (!judge || row.target === undefined) continue;
    row.met = row.versus.median <= row.target * (measure.compare === 'ratio' ? 1 : nanoseconds[measure.unit]);
  }
}

/** How many nanoseconds a unit has. */
export const nanoseconds = { ns: 1, us: 1e3, ms: 1e6, s: 1e9 };
