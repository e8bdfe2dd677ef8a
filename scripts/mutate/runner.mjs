/**
 * What stands for uvu in judge.mjs: runs every suite, says the first failure and ends. Those go first that killed
 * mutants of the same file, then the others, the quickest first.
 */

/** @typedef {{ name: string, run: () => unknown }} Step */
/**
 * @typedef {{ times: [name: string, ms: number][] } |
 *   { killedBy: string, message: string, suite?: number, isFatal?: boolean }} Verdict
 * @typedef {{ first: string[], durations: Map<string, number>,
 *   isWanted: (name: string) => boolean, begun: (name: string) => void, end: (verdict: Verdict) => void }} Run
 */

/** @type {Step[]} */
const steps = [];
let isScheduled = false;

/** @param {Run} run */
async function runAll({ first, durations, isWanted, begun, end }) {
  /** @param {Step} step */
  const rank = ({ name }) => (first.includes(name) ? first.indexOf(name) - first.length : (durations.get(name) ?? 0));
  const ranks = new Map(steps.map((step) => [step, rank(step)]));
  steps.sort((a, b) => Number(ranks.get(a)) - Number(ranks.get(b)));
  /** @type {[string, number][]} */
  const times = [];
  for (const { name, run } of steps) {
    if (!isWanted(name)) continue;
    begun(name);
    const start = performance.now();
    try {
      await run();
    } catch (error) {
      return end({ killedBy: name, message: String(/** @type {Error} */ (error)?.message) });
    }
    times.push([name, performance.now() - start]);
  }
  end({ times });
}

/** @param {string} name */
export function suite(name) {
  /** @param {string} title @param {() => unknown} run */
  const test = (title, run) => steps.push({ name: `${name}: ${title}`, run });
  const hooks = () => {
    throw new Error('no hooks: the tests of the codec are run in any order');
  };
  test.before = hooks;
  test.after = hooks;
  test.skip = () => {};
  test.run = () => {
    // @ts-expect-error: judge.worker.mjs gives it to the bundle.
    if (!isScheduled) setImmediate(runAll, mutant);
    isScheduled = true;
  };
  return test;
}
