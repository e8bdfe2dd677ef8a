import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export const usage = `Usage: npm run mutate -- [OPTION...]

Compiles assembly/ with one thing changed (scripts/mutate/mutants.mjs says what), and runs the codec's tests on it.
A change that no test notices is a survivor: told with file and line, unless scripts/mutate/equivalents.json has its
reason. Ends with 'N passed, N failed, N skipped': noticed, survived, known to be equivalent. Exit code 1 if any
survived, or if what is listed there exists no more or is noticed after all.

  --sample N       only N of them, picked at random
  --seed N         what is picked, and the seed of the random tests; printed either way
  --seconds N      begins no further one after that time
  --file FILTER    only those in files whose path contains FILTER, or one of several
  --jobs N         how many at a time (the number of processors)
  --json           each result as a line of JSON, and each problem: { problem }
  --help           this text`;

/** @param {string | undefined} text @param {string} name @param {number} otherwise @param {number} least */
function integer(text, name, otherwise, least) {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${name} must be an integer from ${least} on`);
}

export function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        sample: { type: 'string' },
        seed: { type: 'string' },
        seconds: { type: 'string' },
        file: { type: 'string', multiple: true, default: [''] },
        jobs: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { file: filters, json, help } = values;
    return {
      filters,
      json,
      help,
      sample: integer(values.sample, 'sample', Number.MAX_SAFE_INTEGER, 1),
      seed: integer(values.seed, 'seed', Math.floor(Math.random() * 2 ** 32), 0),
      seconds: integer(values.seconds, 'seconds', Number.MAX_SAFE_INTEGER, 1),
      jobs: integer(values.jobs, 'jobs', availableParallelism(), 1),
    };
  } catch (error) {
    console.error(`${/** @type {Error} */ (error).message}\n\n${usage}`);
    return process.exit(2);
  }
}
