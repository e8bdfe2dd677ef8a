/**
 * The model of queues beside the running kernel, in this process, which is started anew in an IPC namespace of its own:
 * nothing is found in a right one, and every rule that is another, and every lie of the kernel, is.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { Verdict } from '../../host/fuzz/target.js';
import { queueCalls } from '../../host/fuzz/targets/sysv/calls.js';
import { type Asked, type Disagreement, QueueCheck } from '../../host/fuzz/targets/sysv/check.js';
import { takeLimits } from '../../host/fuzz/targets/sysv/limits.js';
import { assertOwnNamespace, launchInIpcNamespace } from '../../host/fuzz/targets/sysv/namespace.js';
import { IPC_RMID } from '../../host/fuzz/targets/sysv/numbers.js';
import { dropPrivileges } from '../../host/fuzz/targets/sysv/privileges.js';
import { makeSequence, OPERATION } from '../../host/fuzz/targets/sysv/sequence.js';
import { shorten } from '../../host/fuzz/targets/sysv/shorten.js';
import { type QueueSeams, QueueTarget } from '../../host/fuzz/targets/sysv/target.js';
import { QUEUE_CASES } from '../cases/queues.js';
import { changedQueues } from '../support/changed-lab.js';
import { QUEUE_FAULTS } from '../support/queue-faults.js';
import { QUEUE_MUTANTS } from '../support/queue-mutants.js';
import { seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('queue target');
const MOST = 100_000;
const INSIDE = 'QUEUE_TARGET_INSIDE';
/** No rule takes more calls to be seen. */
const SHORT = 10;

/** Uses a target, after which no queue is left in the namespace. */
async function using<T>(seams: QueueSeams, work: (target: QueueTarget) => T | Promise<T>): Promise<T> {
  const target = new QueueTarget(takeLimits(), seams);
  try {
    return await work(target);
  } finally {
    target.close();
  }
}

/** Ids of the queues that are there (proc_sysvipc(5)): the second column. */
function queuesLeft(): number[] {
  const [, ...rows] = readFileSync('/proc/sysvipc/msg', 'latin1').trim().split('\n');
  return rows.map((row) => Number(row.trim().split(/\s+/)[1]));
}

/** What a lie has left. */
function removeQueues(): void {
  const { msgctl } = queueCalls();
  for (const id of queuesLeft()) msgctl(id, IPC_RMID, 0);
}

/** What a check asks, in this process. */
function askHere(target: QueueTarget): Asked {
  return {
    try: async (input) => target.run(input),
    close: async () => undefined,
    kill: () => undefined,
  };
}

/** The first sequence with which something is wrong, within so many operations. */
function find(target: QueueTarget, from: number): { input: Uint8Array; verdict: Verdict } | undefined {
  for (let number = 0, done = 0; done < MOST; number++) {
    const input = makeSequence(BigInt(from), number, MOST - done);
    const verdict = target.run(input);
    if (verdict) return { input, verdict };
    done += input.length / OPERATION;
  }
  return undefined;
}

function addTests(): void {
  const from = seed();
  dropPrivileges();

  t.test('the kernel does what the model says, and no queue is left', () =>
    using({}, (target) => {
      assert.is(find(target, from)?.verdict.cause, undefined);
      assert.ok(target.operations > MOST / 2);
      assert.equal(queuesLeft(), []);
    }),
  );

  t.test('the kernel does what the model says of every case that is written down', () =>
    using({}, (target) => {
      for (const { name, in: operations } of QUEUE_CASES) {
        assert.is(target.run(Uint8Array.from(operations.flat()))?.cause, undefined, name);
      }
    }),
  );

  t.test('a disagreement is told as the fewest calls, as a check does it', async () => {
    const lab = await changedQueues('assembly/kernel/queue/receive.ts', 'count > 0 ? 0 : -1;', '<i32>count - 1;');
    await using({ lab }, async (target) => {
      const check = new QueueCheck({ runs: MOST, seed: BigInt(from), abi: target.abi }, askHere(target));
      const found = await check.run();
      assert.ok(check.operations <= MOST);
      // Two messages that are not one, and the first of them asked for.
      const told = found?.calls.join('\n');
      assert.ok(Number(found?.calls.length) >= 4 && Number(found?.calls.length) <= SHORT, told);
      assert.match(found?.calls.at(-1) ?? '', /^msgrcv\(q\d, type 0, /);
      const { input } = found as Disagreement;
      assert.equal(await new QueueCheck({ runs: 1, seed: 1n, abi: target.abi }, askHere(target)).replay(input), found);
    });
    await using({}, async (target) => {
      const check = new QueueCheck({ runs: 5000, seed: BigInt(from), abi: target.abi }, askHere(target));
      assert.is(await check.run(), undefined);
      assert.is(check.operations, 5000);
    });
  });

  for (const { name, file, line, becomes } of QUEUE_MUTANTS) {
    t.test(`another rule is found, and in a short sequence: ${name}`, async () => {
      const lab = await changedQueues(file, line, becomes);
      await using({ lab }, async (target) => {
        const found = find(target, from);
        if (!found) return assert.unreachable(`not found within ${MOST} operations`);
        const { class: kind } = found.verdict;
        const input = await shorten(found.input, (bytes) => target.run(bytes)?.class === kind);
        const { cause, details } = target.run(input) as Verdict;
        const calls = details?.calls as string[];
        assert.ok(calls.length <= SHORT, calls.join('\n'));
        assert.is(calls.length, input.length / OPERATION + 1);
        assert.ok(calls.at(-1)?.includes(cause.split(': ')[0] as string), cause);
      });
      assert.equal(queuesLeft(), []);
    });
  }

  for (const { name, fault, out } of QUEUE_FAULTS) {
    t.test(`a wrong kernel is found: ${name}`, async () => {
      await using({ calls: fault(queueCalls()) }, (target) => {
        const found = find(target, from);
        assert.match(found?.verdict.class ?? '', out, found?.verdict.cause);
        assert.not.match(found?.verdict.cause ?? '', /\n/);
      });
      removeQueues();
    });
  }

  t.test('an input that is too long is refused in one line', () =>
    using({}, async (target) => {
      const error = await thrownBy(() => target.run(new Uint8Array(4097)));
      assert.is(error.code, 'ERR_TOO_LARGE');
    }),
  );

  t.run();
}

function startInside(): void {
  let words: readonly string[];
  try {
    ({ words } = launchInIpcNamespace());
  } catch (error) {
    t.skip('queues of the kernel beside the model', (error as Error).message);
    t.run();
    return;
  }
  t.test('nothing is tried in the namespace of the caller', async () => {
    // This process has that of the runner, which started it.
    const error = await thrownBy(assertOwnNamespace);
    assert.is(error.code, 'ERR_UNSUPPORTED');
  });
  t.test(
    'the tests in a namespace of their own hold',
    () => {
      const [command = '', ...argv] = [...words, process.execPath, process.argv[1] as string];
      const { status } = spawnSync(command, argv, { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' } });
      assert.is(status, 0);
    },
    { timeout: 500_000 },
  );
  t.run();
}

if (process.env[INSIDE]) addTests();
else startInside();
