/** `ancillary demo handoff`: what it promises, what it shows, and that nothing is left however it ends. */
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { noPython } from '../support/cli-sockets.js';
import { cli, Running, type StartOptions, sleep, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-demo-handoff');

/** As short as it can be: each step still waits for the one before. */
const SHORT = ['--time', '1s'];

/** ECMA-48: what begins a sequence, and those that move the cursor up, and that colour. */
const ESCAPE = '\x1b';
const UP = new RegExp(`${ESCAPE}\\[\\d+A`);
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');

interface Told {
  event: string;
  pid: number;
  [name: string]: unknown;
}

function toldBy(running: Running): Told[] {
  const lines = running.stdout.toString().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Told);
}

/** Runs it in a folder of its own, and sees that nothing is left of it. */
async function play(argv: string[], then: (running: Running) => unknown, options: StartOptions = {}): Promise<void> {
  await withTempDir(async (folder) => {
    const running = new Running(argv, { ...options, env: { ...options.env, TMPDIR: folder } });
    try {
      await then(running);
      await running.ended;
      await until('no process is left', () => running.left().length === 0);
      assert.equal(readdirSync(folder), []);
    } finally {
      running.child.kill('SIGKILL');
    }
  });
}

t.test('--json: four servers take over, one is killed; no request fails, and no connection is reset or closed', () =>
  play(cli('demo', 'handoff', '--json', ...SHORT), async (running) => {
    const { code, stderr } = await running.ended;
    const told = toldBy(running);
    const totals = told.at(-1) as Told;
    assert.equal([code, stderr], [0, ''], JSON.stringify(totals));
    const { requests, moved, kept, slowestMs, ...rest } = totals;
    const none = { failed: 0, reset: 0, closed: 0, twice: 0, faults: [] };
    assert.equal(rest, { event: 'totals', answered: requests, ...none, isGood: true });
    assert.ok(Number(requests) > 200 && Number(slowestMs) > 0);
    const of = (kind: string) => told.filter(({ event }) => event === kind);
    assert.is(of('started').length, 6);
    assert.is(of('took-over').length, 4);
    // Of 200 connections, a few of which may be between two at that moment.
    const sum = of('took-over').reduce((all, { connections }) => all + Number(connections), 0);
    assert.is(moved, sum);
    assert.ok(sum > 4 * 180, `${sum} moved`);
    assert.is(of('kept').length, 1);
    assert.is(kept, of('kept')[0]?.connections);
    assert.ok(Number(kept) > 180, `${kept} kept`);
    const killed = of('ended').filter(({ signal }) => signal === 'SIGKILL');
    assert.is(killed.length, 1);
    assert.not.ok(of('took-over').some(({ pid }) => pid === killed[0]?.pid));
  }),
);

t.test('not a terminal: events as lines, then the drawing, and no escape sequence', () =>
  play(cli('demo', 'handoff', ...SHORT), async (running) => {
    const { code, stdout, stderr } = await running.ended;
    assert.equal([code, stderr], [0, '']);
    const text = stdout.toString();
    assert.not.ok(text.includes(ESCAPE));
    for (const part of [/^ +\d+\.\d{3} s {2}pid \d+ {2}took over \d+ connections/m, /^moving +/m, /, 0 failed$/m]) {
      assert.match(text, part);
    }
    assert.is(text.match(/^pid \d+ .*[█✕]/gm)?.length, 6);
  }),
);

for (const [when, ms] of [
  ['as soon as it serves', 0],
  ['under load, before anybody has taken over', 1500],
] as const) {
  t.test(`a server that is killed ${when}: the totals say so, and the exit status is 1`, () =>
    play(cli('demo', 'handoff', '--json', '--time', '20s'), async (running) => {
      await until('one serves', () => toldBy(running).some(({ event }) => event === 'serves'));
      const { pid } = toldBy(running).find(({ event }) => event === 'serves') as Told;
      await sleep(ms);
      process.kill(pid, 'SIGKILL');
      const { code } = await running.ended;
      const totals = toldBy(running).at(-1);
      assert.is(code, 1);
      assert.is(totals?.event, 'totals');
      assert.is(totals?.isGood, false);
      assert.match(String(totals?.faults), new RegExp(`\\b${pid}\\b`));
    }),
  );
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const) {
  t.test(`${signal} in the middle: no process is left`, () =>
    withTempDir(async (folder) => {
      const running = new Running(cli('demo', 'handoff', '--json', '--time', '60s'), { env: { TMPDIR: folder } });
      await until('the second has started', () => toldBy(running).filter(({ pid }) => pid).length >= 3);
      running.child.kill(signal);
      await until('no process is left', () => running.left().length === 0);
      assert.is((await running.ended).code, status);
      if (signal !== 'SIGKILL') assert.equal(readdirSync(folder), []);
    }),
  );
}

t.test('an output that nobody reads any more: one line, exit status 1, nothing left', () =>
  play(['sh', '-c', '"$@" | head -n 1; wait', 'sh', ...cli('demo', 'handoff', '--json', ...SHORT)], async (running) => {
    const { stderr } = await running.ended;
    assert.match(stderr, /^(ancillary: the output was closed before all was written\n)?$/);
  }),
);

for (const argv of [['--time', 'soon'], ['--time', '0'], ['--quick'], ['more']]) {
  t.test(`wrong usage: ${argv.join(' ')}`, () =>
    play(cli('demo', 'handoff', ...argv), async (running) => {
      const { code, stdout, stderr } = await running.ended;
      assert.equal([code, stdout.length], [2, 0]);
      assert.match(stderr, /^ancillary: .*\n$/);
    }),
  );
}

/** At a terminal of so many columns and rows. */
const atTerminal = (columns: number, rows: number, ...argv: string[]) => [
  'python3',
  'tests/fixtures/terminal.py',
  `${columns}`,
  `${rows}`,
  ...cli('demo', 'handoff', ...argv),
];

/** What stands on the screen at the end. */
const lastDrawing = (text: string) => text.split(`${ESCAPE}[J`).at(-1)?.replaceAll('\r', '') ?? '';

const cases = [
  { name: '100 columns', columns: 100, rows: 40, env: {}, isColoured: true, isLive: true },
  { name: '40 columns, NO_COLOR', columns: 40, rows: 40, env: { NO_COLOR: '1' }, isColoured: false, isLive: true },
  { name: 'too few rows to draw again', columns: 100, rows: 5, env: {}, isColoured: true, isLive: false },
  { name: 'a dumb one', columns: 80, rows: 40, env: { TERM: 'dumb' }, isColoured: false, isLive: false },
];

for (const { name, columns, rows, env, isColoured, isLive } of cases) {
  const title = `a terminal: ${name}`;
  if (noPython) t.skip(title, noPython);
  else
    t.test(title, () =>
      play(
        atTerminal(columns, rows, ...SHORT),
        async (running) => {
          const { code, stdout } = await running.ended;
          const text = stdout.toString();
          assert.is(code, 0, text);
          assert.is(UP.test(text), isLive, 'drawn over itself');
          const last = lastDrawing(text);
          assert.is(last.search(COLOUR) >= 0, isColoured, 'coloured');
          // What is told as it happens is not broken into lines.
          const lines = last
            .replaceAll(COLOUR, '')
            .split('\n')
            .filter((line) => !/^ +\d+\.\d{3} s /.test(line));
          for (const line of lines) assert.ok(line.length <= columns, `${line.length} columns: ${line}`);
          assert.ok(lines.some((line) => /, 0 failed$/.test(line)));
        },
        { env: { TERM: 'xterm', FORCE_COLOR: undefined, NO_COLOR: undefined, ...env } },
      ),
    );
}

if (noPython) t.skip('Ctrl-C at a terminal', noPython);
else
  t.test('Ctrl-C at a terminal: exit status 130, no complaint, nothing left', () =>
    withTempDir(async (folder) => {
      const running = new Running(atTerminal(100, 40, '--time', '60s'), {
        env: { TMPDIR: folder, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      await until('it draws', () => running.stdout.includes('serves first'));
      running.child.stdin?.end('^C\n');
      const { code, stdout } = await running.ended;
      assert.is(code, 130);
      assert.not.match(stdout.toString(), /ancillary: /);
      await until('no process is left', () => running.left().length === 0);
      assert.equal(readdirSync(folder), []);
    }),
  );

t.run();
