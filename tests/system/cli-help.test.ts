/** Help that answers: every command says how it ends and how it is called, wherever that is written to. */
import * as assert from 'uvu/assert';
import { atEnd, cleanUp } from '../../host/cli/lifetime.js';
import { assertFails } from '../support/bad-input.js';
import { cli, Running, run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-help');

const COMMANDS =
  'read send recv handoff demo watch inspect diff layout abis dialects payloads encode walk parse check museum'.split(
    ' ',
  );
/** Commands of commands, whose examples need targets and findings of their own. */
const FUZZ = ['fuzz', ...'replay minimize merge corpus targets'.split(' ').map((name) => `fuzz ${name}`)];
const helpOf = async (command: string) => (await run(cli(...command.split(' '), '--help'))).stdout.toString();

const QUEUE = 'ls create stat rm send recv peek show check'.split(' ').map((name) => `queue ${name}`);

for (const command of [...COMMANDS, ...FUZZ, ...QUEUE, 'bench ipc']) {
  t.test(`${command} --help has an example and every exit status`, async () => {
    const help = await helpOf(command);
    assert.match(help, new RegExp(`^Examples?:\\n(  .*\\n)*  .*ancillary ${command}\\b`, 'm'));
    assert.match(help, /^Exit status: 0 when [\s\S]*, 1 [\s\S]*, 2 for wrong usage/m);
    assert.ok(
      help.split('\n').every((line) => line.length <= 120),
      'no line is too long',
    );
  });
}

for (const command of COMMANDS.slice(4)) {
  // `check` asks every compiler that there is.
  const timeout = command === 'check' ? 180_000 : 60_000;
  const examplesRun = async () => {
    const examples = (await helpOf(command)).match(/^ {2}(echo .*|ancillary (?!.*(jsonl|\/etc)).*)$/gm) ?? [];
    assert.ok(examples.length > 0);
    for (const example of examples) {
      const line = example.replaceAll(/\bancillary /g, '"$0" build/cli.js ');
      const { code, stdout, stderr } = await run(['sh', '-c', line, process.execPath], { limit: timeout });
      assert.equal([code, stderr], [0, ''], example);
      assert.not.match(stdout.toString(), /"error"/, example);
    }
  };
  const title = `the examples of ${command} --help that need no file of their own run`;
  const lack = command === 'watch' ? lacks('strace', '-o', '/dev/null', 'true') : undefined;
  if (lack) t.skip(title, lack);
  else t.test(title, examplesRun, { timeout });
}

/** argv of the command with a redirection. */
const redirected = (to: string, ...argv: string[]) => ['sh', '-c', `exec "$@" ${to}`, 'sh', ...cli(...argv)];

for (const argv of [['--help'], ['--version'], ['read', '--help'], ['encode', '--help'], ['abis']]) {
  t.test(`${argv.join(' ')} to a full device: one line, exit 1`, () =>
    assertFails(new Running(redirected('>/dev/full', ...argv)), 1, /cannot write to standard output: ENOSPC/),
  );
  t.test(`${argv.join(' ')} to a pipe that nobody reads: one line, exit 1`, () => {
    const running = new Running(cli(...argv));
    running.child.stdout?.destroy();
    return assertFails(running, 1, /the output was closed before all was written/);
  });
}

for (const [argv, code] of [
  [[], 2],
  [['frobnicate'], 2],
  [['read', '--frob'], 2],
  [['send', '--socket=', '/dev/null'], 2],
  [['send', '/nowhere/at/all'], 1],
  [['walk', '--abi', 'x86_64-glibc', '/nowhere/at/all'], 1],
] as const) {
  t.test(`'ancillary ${argv.join(' ')}' exits ${code}, also when it cannot say why`, async () => {
    assert.equal((await run(redirected('2>/dev/full', ...argv))).code, code);
    const running = new Running(cli(...argv));
    running.child.stderr?.destroy();
    assert.equal((await running.ended).code, code);
  });
}

t.test('what came last is cleaned up first, once, and a failure keeps nothing from being cleaned up', () => {
  const done: string[] = [];
  atEnd(() => done.push('first'));
  const early = atEnd(() => done.push('early'));
  atEnd(() => {
    throw new Error('cannot be removed');
  });
  atEnd(() => done.push('last'));
  early();
  cleanUp();
  cleanUp();
  assert.equal(done, ['early', 'last', 'first']);
});

t.run();
