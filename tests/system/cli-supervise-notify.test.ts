/** What a program says at NOTIFY_SOCKET of `ancillary handoff`, and what its own manager hears. */
import { UnixDatagram } from 'ancillary';
import * as assert from 'uvu/assert';
import { abstractName } from '../support/cli-sockets.js';
import { run, script, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { endSupervised, Supervised } from '../support/supervised.js';

const t = suite('cli-supervise-notify');

const LISTEN = ['--listen', 'web=127.0.0.1:0'];
/** argv of a program in JavaScript. */
const program = (text: string) => ['--', ...script(`import { notify } from 'ancillary/notify';\n${text}`)];
const WAIT = 'setInterval(() => undefined, 1000);';

for (const mode of ['--one', '--no-overlap']) {
  t.test(
    `${mode}: stored descriptors come behind the sockets in every later run, and no two runs live at once`,
    async () => {
      const supervised = new Supervised([...LISTEN, mode, '--', 'node', 'tests/fixtures/handoff/keeper.mjs']);
      for (let restart = 1; restart <= 3; restart++) {
        await supervised.told('ready', restart);
        if (restart < 3) supervised.child.kill('SIGHUP');
      }
      await supervised.finish(0);
      assert.is(supervised.stdout.toString(), '1 web\n2 web:count\n3 web:count\n');
      const order = supervised
        .events()
        .map(({ event }) => event)
        .filter((event) => /^(started|drained)$/.test(event));
      assert.equal(order, ['started', 'drained', 'started', 'drained', 'started', 'drained']);
      assert.equal(
        supervised.events('stored').map(({ name, count }) => [name, count]),
        [
          ['count', 1],
          ['dead', 1],
          ['other', 0],
          ['count', 0],
          ['count', 0],
        ],
        'what is there already is kept once',
      );
      assert.equal(
        supervised.events('status').map(({ text }) => text),
        ['run 1', 'run 2', 'run 3'],
      );
    },
  );
}

t.test('overlapping, the next run gets them too', async () => {
  const supervised = new Supervised([...LISTEN, '--', 'node', 'tests/fixtures/handoff/keeper.mjs']);
  await supervised.told('ready');
  supervised.child.kill('SIGHUP');
  await supervised.told('drained');
  await supervised.finish(0);
  assert.is(supervised.stdout.toString(), '1 web\n2 web:count\n');
});

t.test('READY=1 of a stranger is ignored and told of; RELOADING and STOPPING are told', async () => {
  const text = `console.log(process.env.NOTIFY_SOCKET);
    process.stdin.once('data', async () => {
      await notify({ READY: 1 });
      await notify({ RELOADING: 1 });
      await notify({ STOPPING: 1 }, { barrier: true });
      process.exit(0);
    });`;
  const supervised = new Supervised(program(text), { stdio: ['pipe', 'pipe', 'pipe'] });
  await until('its socket is known', () => supervised.stdout.includes('\n'));
  const NOTIFY_SOCKET = supervised.stdout.toString().trim();
  const stranger = script("import { notify } from 'ancillary/notify'; await notify({ READY: 1 }, { barrier: true });");
  assert.is((await run(stranger, { env: { NOTIFY_SOCKET } })).code, 0);
  assert.match(String((await supervised.told('ignored')).why), /is none of the program/);
  assert.equal(supervised.events('ready'), []);
  supervised.child.stdin?.end('go');
  assert.is((await supervised.ended).code, 0, supervised.stderr);
  const kinds = supervised.events().map(({ event }) => event);
  // What comes at once may be told before the wait for readiness has ended.
  assert.equal(kinds.filter((kind) => /ready|reloading|stopping/.test(kind)).sort(), [
    'ready',
    'reloading',
    'stopping',
  ]);
});

t.test('a child of the program may say it; what is too long, or brings no value, ends nothing', async () => {
  const child = `import { connect } from 'node:net'; import { UnixDatagram } from 'ancillary';
    const socket = await UnixDatagram.connect({ abstract: process.env.NOTIFY_SOCKET.slice(1) });
    for (const text of ['', '\\n=\\nREADY', 'x'.repeat(5000), '\\xff\\0', 'MAINPID=1', 'MAINPID=-1', 'READY=1']) await socket.send(text);
    ${WAIT}`;
  const supervised = new Supervised(
    program(`import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(child)}], { detached: true, stdio: 'inherit' });
      process.on('SIGTERM', () => { child.kill('SIGKILL'); process.exit(0); }); ${WAIT}`),
  );
  await supervised.told('ready');
  assert.is(supervised.events('ignored').length, 3, supervised.stderr);
  // The child is in a session of its own: the program ends it itself.
  await supervised.finish(0);
});

t.test('MAINPID: the program goes on when its first process has ended, and gets the signals', async () => {
  const child = `process.on('SIGTERM', () => { console.log('ended'); process.exit(0); }); console.log('runs'); ${WAIT}`;
  const supervised = new Supervised(
    program(`import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.once('data', async () => {
        await notify({ MAINPID: child.pid, READY: 1 }, { barrier: true });
        process.exit(0);
      });`),
  );
  const { pid, main } = await supervised.told('main');
  await supervised.told('ready');
  await until('the first has ended', () => !supervised.left().includes(pid));
  assert.ok(supervised.left().includes(Number(main)));
  assert.equal(supervised.events('ended'), []);
  await supervised.finish(0);
});

t.test('--watchdog: a program that stops saying WATCHDOG=1 is ended with SIGABRT and started again', async () => {
  const text = `import { watchdogInterval } from 'ancillary/notify';
    const ms = watchdogInterval();
    await notify({ READY: 1 });
    let count = 0;
    setInterval(() => { if (count++ < 5) void notify({ WATCHDOG: 1 }); }, ms / 4);`;
  const supervised = new Supervised(['--watchdog', '2s', ...program(text)]);
  await supervised.told('ready');
  assert.match(String((await supervised.told('killed')).why), /no WATCHDOG=1 within 2000 ms/);
  assert.is((await supervised.told('ended')).how, 'SIGABRT');
  await supervised.told('ready', 2);
  await supervised.finish(143);
});

t.test(
  'the manager above hears READY=1 and STOPPING=1 of the supervisor, and the program does not reach it',
  async () => {
    const name = abstractName();
    const manager = await UnixDatagram.bind({ abstract: name.slice(1) }, { credentials: true });
    const said: string[] = [];
    const from = new Set<number | undefined>();
    const heard = manager.forEachMessage(({ data, credentials }) => {
      said.push(data.toString());
      from.add(credentials?.pid);
    });
    heard.catch(() => undefined);
    const text = `console.log(process.env.NOTIFY_SOCKET, process.env.LISTEN_PID); await notify({ READY: 1 }); ${WAIT}`;
    const supervised = new Supervised(program(text), {
      env: { NOTIFY_SOCKET: name, LISTEN_PID: '1', LISTEN_FDS: '2' },
    });
    await until('it has heard', () => said.some((each) => each.includes('READY=1')));
    await supervised.finish(143);
    await until('it has heard the end', () => said.includes('STOPPING=1'));
    manager.closeSync();
    assert.equal([...from], [supervised.pid]);
    assert.match(supervised.stdout.toString(), /^@ancillary-\S+ undefined\n$/);
  },
);

t.test(
  '--json alone is JSON; lines for people have no colour but at a terminal, and --quiet tells what goes wrong',
  async () => {
    for (const [options, env, pattern] of [
      [['--json'], {}, /^(\{"time":"[^"]+","event":"[^"]+",.*\}\n)+$/],
      [[], {}, /^(\d\d:\d\d:\d\d [ -~]+\n)+$/],
      [[], { FORCE_COLOR: '1' }, /\[32mpid \d+ is ready/],
      [['--quiet'], {}, /^\d\d:\d\d:\d\d pid \d+ ended: status 3\n$/],
    ] as const) {
      const argv = ['handoff', ...options, '--no-restart', '--ready-after', '1', '--', 'sh', '-c', 'sleep 0.3; exit 3'];
      const ended = await run([process.execPath, 'build/cli.js', ...argv], { env });
      assert.is(ended.code, 3);
      assert.match(ended.stderr, pattern);
    }
  },
);

t.after(endSupervised);
t.run();
