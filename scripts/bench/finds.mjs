/** Measures of the kind 'finds': how long it takes from the start of a process until it has found something, by seeds. */
import { startSearch } from './child.mjs';
import { spread } from './statistics.mjs';
import { Absent } from './tools.mjs';

/**
 * @typedef {import('./targets.mjs').Finds} Finds
 * @typedef {import('./rounds.mjs').Row} Row
 *
 * @typedef {object} Find
 * @property {number} seed
 * @property {number | null} nanoseconds from the start of the process to its end; null where it found nothing in time
 * @property {number | null} executions inputs that were tried
 *
 * @typedef {Pick<Row, 'name' | 'state' | 'reason'> & { what: string, contender: string, finds: Find[] }} FindRow
 * @typedef {Pick<Finds, 'name' | 'title' | 'unit' | 'peer'> & { compare: 'finds', limit: number, rows: FindRow[] }} FindResult
 *
 * @typedef {{ row: FindRow, command?: import('./child.mjs').Command }} Contender
 */

/**
 * One seed after the other, and with each all contenders.
 *
 * @param {Finds} measure
 * @param {Pick<import('./rounds.mjs').Effort, 'rounds' | 'judge'>} effort
 * @param {Parameters<typeof import('./rounds.mjs').runMeasure>[2]} context
 * @returns {Promise<FindResult>}
 */
export async function runFinds(measure, { rounds, judge }, { prepare, directory, progress }) {
  const { name, title, unit, peer } = measure;
  const limit = judge ? measure.limit : 1;
  const seeds = Math.min(rounds, measure.seeds);
  /** @type {FindRow[]} */
  const rows = [];
  for (const [bug, what] of Object.entries(measure.bugs)) {
    /** @type {Contender[]} */
    const contenders = [];
    for (const entrant of measure.entrants) {
      const row = {
        name: `${bug}, ${entrant.name}`,
        what,
        contender: entrant.name,
        state: /** @type {const} */ ('measured'),
        finds: [],
      };
      contenders.push(await prepareContender(row, () => prepare(entrant)));
    }
    for (let seed = 1; seed <= seeds; seed++) {
      progress(`${name}: ${bug}, seed ${seed} of ${seeds}`);
      for (const contender of contenders) await findOnce(contender, { bug, seed, limit, directory });
    }
    rows.push(...contenders.map(({ row }) => row));
  }
  return { name, title, unit, compare: 'finds', peer, limit, rows };
}

/**
 * @param {FindRow} row @param {() => Promise<import('./child.mjs').Command>} prepare
 * @returns {Promise<Contender>}
 */
async function prepareContender(row, prepare) {
  try {
    return { row, command: await prepare() };
  } catch (error) {
    return { row: { ...row, state: error instanceof Absent ? 'absent' : 'failed', reason: reasonOf(error) } };
  }
}

/** @param {Contender} contender @param {{ bug: string, seed: number, limit: number, directory: string }} search */
async function findOnce({ row, command }, { bug, seed, limit, directory }) {
  if (row.state !== 'measured' || !command) return;
  const args = command.args.map((arg) => arg.replace('{bug}', bug).replace('{seed}', `${seed}`));
  try {
    row.finds.push({ seed, ...(await startSearch({ ...command, args }, directory, 1000 * limit)) });
  } catch (error) {
    Object.assign(row, { state: 'failed', reason: reasonOf(error), finds: [] });
  }
}

/** @param {unknown} error */
const reasonOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * The middle one of what each seed took; what was not found counts as longer than any. Undefined where that is the middle.
 *
 * @param {FindRow} row @param {'nanoseconds' | 'executions'} what
 */
export function middle({ finds }, what) {
  const { median } = spread(finds.map((find) => find[what] ?? Number.POSITIVE_INFINITY));
  return Number.isFinite(median) ? median : undefined;
}

/** How many searches found nothing. @param {FindRow} row */
export const inVain = ({ finds }) => finds.filter(({ nanoseconds }) => nanoseconds === null).length;
