/** `ancillary museum`, and what it says of bugs that are not as their entries say. */
import * as assert from 'uvu/assert';
import { describeBehaviour, tryExhibit } from '../../host/cli/museum/run.js';
import type { Exhibit } from '../../host/museum/exhibit.js';
import { findExhibit, kindsOf } from '../../host/museum/find.js';
import { KINDS, type Kind } from '../../host/museum/names.js';
import { EXHIBITS, ROOMS } from '../../host/museum/rooms.js';
import { cli, run } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('museum command');

async function museum(...argv: string[]) {
  const { code, stdout, stderr } = await run(cli('museum', ...argv), { limit: 60_000 });
  return { code, stdout: stdout.toString(), stderr };
}

const listed = async (...argv: string[]) => {
  const { code, stdout } = await museum(...argv, '--json');
  return { code, ids: (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id) };
};

t.test('all bugs are listed, in the order of their rooms', async () => {
  assert.equal(await listed(), { code: 0, ids: EXHIBITS.map(({ id }) => id) });
  const { stdout } = await museum();
  for (const { letter, title } of ROOMS) assert.ok(stdout.includes(`${letter}, ${title}\n`), title);
  for (const { id, title } of EXHIBITS) assert.match(stdout, new RegExp(`^  ${id} .*${literally(title)}$`, 'm'));
});

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

t.test('a room is chosen by letter or name, a check and a kind by name, a text by what is in it', async () => {
  const room = EXHIBITS.filter(({ id }) => id.startsWith('K')).map(({ id }) => id);
  for (const name of ['K', 'k', 'alignment']) assert.equal((await listed('--room', name)).ids, room);
  for (const kind of Object.keys(KINDS) as Kind[]) {
    assert.equal(
      (await listed('--kind', kind)).ids,
      EXHIBITS.filter((each) => kindsOf(each).includes(kind)).map(({ id }) => id),
    );
  }
  assert.equal(
    (await listed('--check', 'pad')).ids,
    EXHIBITS.filter(({ checks }) => checks.includes('PAD')).map(({ id }) => id),
  );
  assert.equal((await listed('MOSH')).ids, ['G4']);
  assert.equal((await listed('--room', 'I', 'io_uring')).ids, ['I3']);
  assert.equal(await listed('nothing is called so'), { code: 1, ids: [] });
});

t.test('show tells the story with both programs beside each other, and the same as JSON', async () => {
  const { code, stdout } = await museum('show', 'c1');
  assert.is(code, 0);
  for (const line of [
    /^C1, /,
    /cmsg_len {4}20 = CMSG_LEN\(4\)/,
    /cmsg_len {4}24 = CMSG_LEN\(8\)/,
    /descriptor 0 \*/,
    /EBADF/,
  ]) {
    assert.match(stdout, line);
  }
  const told = JSON.parse((await museum('show', 'E5', '--json')).stdout);
  assert.equal(told.simulation.walks, ['musl-1.2', 'glibc-ge-2.37']);
  assert.equal(told.simulation.buggy, ['header at 0; then NULL']);
  assert.equal(told.simulation.right, ['headers at 0, 24; then NULL']);
  assert.match(told.simulation.trigger, /^[0-9a-f]{80}$/);
});

t.test('every bug can be told', async () => {
  for (const { id } of EXHIBITS.filter((_, i) => i % 8 === 0)) {
    const { code, stdout, stderr } = await museum('show', id);
    assert.equal([code, stderr], [0, ''], id);
    assert.match(stdout, new RegExp(`^${id}, .*\n  project `), id);
  }
});

t.test(
  'run tries bugs, each once, and all of them',
  async () => {
    const { code, stdout } = await museum('run', 'J2', 'j2', 'B1');
    assert.is(code, 0, stdout);
    assert.match(stdout, /^✓ J2 .*: reader shows it\n✓ B1 .*\n2 as they should be, 0 not; \d not replayed here\n$/);
    const all = JSON.parse((await museum('run', '--all', '--json')).stdout);
    assert.is(all.agrees, true, JSON.stringify(all.tried.filter((each: { agrees: boolean }) => !each.agrees)));
    assert.equal(
      all.tried.map(({ id }: { id: string }) => id),
      EXHIBITS.map(({ id }) => id),
    );
  },
  { timeout: 60_000 },
);

t.test('a process that may open few descriptors replays nothing, says why, and calls nothing wrong', async () => {
  const argv = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh', ...cli('museum', 'run', 'A5', 'C1')];
  const { code, stdout } = await run(argv);
  assert.is(code, 0, stdout.toString());
  assert.match(
    stdout.toString(),
    /^✓ A5 .*; not replayed, this process may open \d+ descriptors more, and \d+ are wanted/,
  );
  assert.match(stdout.toString(), /\n2 as they should be, 0 not; 2 not replayed here\n$/);
});

for (const [argv, problem] of [
  [['show', 'Z9'], /there is no exhibit 'Z9'; did you mean/],
  [['show', 'B7'], /there is no exhibit 'B7'/],
  [['show'], /missing required argument 'id' \(see ancillary museum show --help\)/],
  [['show', 'A1', 'A2'], /too many arguments/],
  [['run'], /which bugs\? Name them, or give --all \(see ancillary museum run --help\)/],
  [['run', '--all', 'A1'], /--all and ids exclude each other/],
  [['run', 'A1', 'nonsense'], /there is no exhibit 'nonsense'/],
  [['--room', 'trunctation'], /Did you mean 'truncation'\?/],
  [['--kind', 'wlak'], /Did you mean 'walk'\?/],
  [['--check', 'x'], /There are LAY, WALK/],
  [['--jsno'], /unknown option '--jsno'; did you mean '--json'\? \(see ancillary museum --help\)/],
] as const) {
  t.test(`museum ${argv.join(' ')} is refused in one line`, async () => {
    const { code, stdout, stderr } = await museum(...argv);
    assert.equal([code, stdout], [2, ''], stderr);
    assert.match(stderr, problem);
    assert.is(stderr.trimEnd().split('\n').length, 1);
  });
}

for (const command of [[], ['show'], ['run']]) {
  t.test(`museum ${[...command, '--help'].join(' ')} has an example and every exit status`, async () => {
    const { stdout } = await museum(...command, '--help');
    assert.match(stdout, new RegExp(`^Examples:\\n(  .*\\n)*  ancillary ${['museum', ...command].join(' ')}\\b`, 'm'));
    assert.match(stdout, /^Exit status: 0 when [\s\S]*, 1 [\s\S]*, 2 for wrong usage/m);
    assert.ok(stdout.split('\n').every((line) => line.length <= 120));
  });
}

for (const id of ['E10', 'C1']) {
  t.test(
    `fuzz dialects --against ${id} finds it on its own ABI, once, and nothing else`,
    async () => {
      const argv = ['fuzz', 'dialects', '--against', id, '--seed', '1', '--runs', '2000', '--no-artifacts', '--json'];
      const { code, stdout, stderr } = await run(cli(...argv), { limit: 60_000 });
      assert.is(code, 1, stderr);
      const events = stdout
        .toString()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const found = events.filter(({ event }) => event === 'finding');
      assert.equal(
        found.map((each) => each.class),
        [`museum:${id}`],
      );
    },
    { timeout: 60_000 },
  );
}

for (const [id, problem] of [
  ['B9', /B9 is not simulated/],
  ['Q7', /there is no exhibit 'Q7'/],
] as const) {
  t.test(`fuzz dialects --against ${id} is refused in one line`, async () => {
    const { code, stderr } = await run(cli('fuzz', 'dialects', '--against', id, '--runs', '10'), { limit: 60_000 });
    assert.is(code, 2, stderr);
    assert.match(stderr, problem);
  });
}

const spoilt = (id: string, change: Partial<Exhibit>) => ({ ...findExhibit(id), ...change });

t.test('a bug whose bytes do not show it, and one whose neighbours do, are told as wrong', async () => {
  const { simulation } = findExhibit('C2');
  if (!simulation) return assert.unreachable();
  const [sound] = simulation.neighbours;
  const dull = await tryExhibit(spoilt('C2', { simulation: { ...simulation, trigger: sound ?? '' } }));
  assert.equal([dull.agrees, dull.simulation?.problem], [false, 'its bytes do not show it']);
  const noisy = await tryExhibit(spoilt('C2', { simulation: { ...simulation, neighbours: [simulation.trigger] } }));
  assert.is(noisy.agrees, false);
  assert.match(describeBehaviour(noisy)[0] as string, /^✗ C2 .*its neighbour 0, which is right, shows it as well$/);
});

t.test('a kernel that does otherwise is told, with both', async () => {
  const behaviour = await tryExhibit(spoilt('J1', { replay: { calls: '', expected: ['msg_controllen 20'] } }));
  assert.equal([behaviour.agrees, behaviour.replay?.state], [false, 'differs']);
  const lines = describeBehaviour(behaviour);
  assert.match(lines[0] as string, /^✗ J1 .*the kernel does otherwise$/);
  assert.equal(lines.slice(1, 3), ['      expected: msg_controllen 20', '      was:      msg_controllen 24']);
});

t.test('an unknown room is answered with every room, each once', async () => {
  const { code, stderr } = await museum('--room', 'zz');
  assert.is(code, 2);
  assert.match(stderr, /^ancillary: [^\n]*There are A truncation, B [^\n]*, L lifetime\. [^\n]*\n$/);
  assert.is(stderr.split('truncation').length, 2, stderr);
});

t.run();
