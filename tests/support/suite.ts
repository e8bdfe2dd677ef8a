/** uvu, with a time limit for every test, a printed reason for every skip, and tables of cases. */
import { suite as uvuSuite } from 'uvu';
import * as assert from 'uvu/assert';

type Work = () => unknown;

/** How long a test may take, in milliseconds: only what hangs takes so long, on a machine however slow and busy. */
const TEST_LIMIT = 120_000;

/** One row of a table: what `fn(in)` returns, or the `code` (string) or message (pattern) of what it throws. */
export type Case<In, Out> = { name: string; in: In } & ({ out: Out } | { err: string | RegExp });

export interface Suite {
  test(name: string, fn: Work, options?: { timeout?: number }): void;
  skip(name: string, reason: string): void;
  table<In, Out>(cases: readonly Case<In, Out>[], fn: (input: In) => Out | Promise<Out>): void;
  before(fn: Work): void;
  after(fn: Work): void;
  run(): void;
}

async function limited(name: string, fn: Work, timeout: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`'${name}' took longer than ${timeout} ms`)), timeout);
  });
  try {
    await Promise.race([(async () => fn())(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `fn` throws or rejects with; a test expects it to, so returning is the failure. */
export async function thrownBy(fn: Work): Promise<Error & { code?: string }> {
  try {
    await fn();
  } catch (error) {
    assert.instance(error, Error);
    return error as Error & { code?: string };
  }
  return assert.unreachable('expected an error, got a result') as never;
}

export function suite(name: string): Suite {
  const tests = uvuSuite(name);
  // uvu drops an error of a `before` hook and runs no test: here every test of the suite fails with it instead.
  let setup: Promise<void> = Promise.resolve();

  const self: Suite = {
    test(title, fn, { timeout = TEST_LIMIT } = {}) {
      tests(title, async () => {
        await setup;
        await limited(title, fn, timeout);
      });
    },
    skip(title, reason) {
      console.log(`skip ${name}: ${title}: ${reason}`);
      tests.skip(title);
    },
    table(cases, fn) {
      for (const row of cases) {
        self.test(row.name, async () => {
          if ('out' in row) return assert.equal(await fn(row.in), row.out);
          const error = await thrownBy(() => fn(row.in));
          if (typeof row.err === 'string') assert.is(error.code, row.err, error.message);
          else assert.match(error.message, row.err);
        });
      }
    },
    before(fn) {
      tests.before(() => {
        setup = setup.then(() => limited(`before ${name}`, fn, TEST_LIMIT));
        return setup.catch(() => {});
      });
    },
    after: (fn) => tests.after(() => limited(`after ${name}`, fn, TEST_LIMIT)),
    run: () => tests.run(),
  };
  return self;
}
