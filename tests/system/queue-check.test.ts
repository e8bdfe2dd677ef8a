/** `ancillary queue check`: a million calls agree, and whatever ends it, nothing is left. */
import * as assert from 'uvu/assert';
import { launchInIpcNamespace } from '../../host/fuzz/targets/sysv/namespace.js';
import { assertFails } from '../support/bad-input.js';
import { cli, type Ended, Running, until } from '../support/process.js';
import { seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('queue check');
const MANY = 1_000_000;
const LONG = 400_000;
const FEW = '20000';
const ENDLESS = String(Number.MAX_SAFE_INTEGER);

const check = (...argv: string[]) => new Running(cli('queue', 'check', ...argv), { limit: LONG });

/** Lets it come to its end, with nothing left. */
async function ended(running: Running): Promise<Ended> {
  const end = await running.ended;
  await until('its end', () => running.left().length === 0);
  return end;
}

function addTests(words: readonly string[]): void {
  const from = String(seed());

  t.test(
    `${MANY} operations agree`,
    async () => {
      const argv = cli('queue', 'check', '--runs', String(MANY), '--seed', from, '--json');
      // In a namespace that nobody else uses, in which no queue may be left: of the list there is the first line alone.
      const look = '"$@"; status=$?; cat /proc/sysvipc/msg >&2; exit $status';
      const { code, stdout, stderr } = await ended(
        new Running([...words, 'sh', '-c', look, 'sh', ...argv], { limit: LONG }),
      );
      assert.is(code, 0);
      assert.match(stderr, /^ *key .*\n$/);
      const said = JSON.parse(stdout.toString());
      assert.equal([said.agrees, said.operations, said.seed], [true, MANY, from]);
      console.log(`${said.perSecond} operations a second`);
    },
    { timeout: LONG },
  );

  t.test('says in one line that they agree, and nothing else', async () => {
    const { code, stdout, stderr } = await ended(check('--runs', FEW, '--seed', '0x10'));
    assert.equal([code, stderr], [0, '']);
    assert.match(
      stdout.toString(),
      /^20000 operations \(seed 16\), and in each the kernel does .* \(\d+\.\d s, .*\/s\)\n$/,
    );
  });

  t.test('--replay tries the operations that it is given', async () => {
    const { code, stdout } = await ended(check('--replay', '0000030005000000', '--json'));
    const { agrees, operations, seed: told } = JSON.parse(stdout.toString());
    assert.equal([code, agrees, operations, told], [0, true, 2, undefined]);
    assert.is((await ended(check('--replay', ''))).code, 0);
  });

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    t.test(`${signal} ends it with what has been compared`, async () => {
      const running = check('--runs', ENDLESS, '--json');
      // The command, and its job.
      await until('a job', () => running.left().length > 1);
      running.child.kill(signal);
      const { code, stdout, stderr } = await ended(running);
      assert.equal([code, stderr], [status, '']);
      const { agrees, stopped } = JSON.parse(stdout.toString());
      assert.equal([agrees, stopped], [true, signal]);
    });
  }

  t.test('killed, it leaves no process', async () => {
    const running = check('--runs', ENDLESS);
    await until('a job', () => running.left().length > 1);
    running.child.kill('SIGKILL');
    await running.ended;
    await until('its end', () => running.left().length === 0);
  });

  t.test('to a full device: one line, exit 1', () =>
    assertFails(
      new Running(['sh', '-c', 'exec "$@" >/dev/full', 'sh', ...cli('queue', 'check', '--runs', '100')]),
      1,
      /cannot write to standard output: ENOSPC/,
    ),
  );
}

t.test('where there is no unshare: one line, exit 2', () =>
  assertFails(
    new Running(cli('queue', 'check'), { env: { PATH: '/nowhere' } }),
    2,
    /cannot make an IPC namespace to try queues in \(there is no unshare\)/,
  ),
);

for (const [argv, pattern] of [
  [['--runs', '0'], /must be a whole number from 1/],
  [['--seed', '-1'], /must be a whole number below 2\^64/],
  [['--replay', '123'], /must be bytes in hexadecimal digits/],
  [['--replay', '00'.repeat(4097)], /must be bytes in hexadecimal digits/],
  [['--replay', '00', '--runs', '5'], /cannot be used with option/],
  [['frobnicate'], /too many arguments/],
] as const) {
  t.test(`'queue check ${argv.join(' ').slice(0, 40)}': one line, exit 2`, () =>
    assertFails(check(...argv), 2, pattern),
  );
}

try {
  addTests(launchInIpcNamespace().words);
} catch (error) {
  t.skip('queues are compared', (error as Error).message);
}

t.run();
