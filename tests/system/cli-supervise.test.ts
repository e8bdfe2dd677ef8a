/** `ancillary handoff` restarts a program without a request that fails, and takes nothing bad for a new run. */
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { abstractName, noPython } from '../support/cli-sockets.js';
import { cli, Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { ask, endSupervised, Supervised } from '../support/supervised.js';
import { withTempDir } from '../support/temp.js';

const t = suite('cli-supervise');

const FIXTURES = 'tests/fixtures/handoff';
const LISTEN = ['--listen', 'web=127.0.0.1:0'];
const RESTARTS = 5;
const CALLERS = 4;

/** Calls until it is told to stop; every answer, and every failure. */
function load(port: number) {
  const answers = new Map<string, number>();
  const failures: string[] = [];
  let isOver = false;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      try {
        const answer = (await ask(port)).split(' ')[1] as string;
        answers.set(answer, (answers.get(answer) ?? 0) + 1);
      } catch (error) {
        failures.push(String(error));
      }
    }
  });
  const stop = async () => {
    isOver = true;
    await Promise.all(callers);
  };
  const count = () => [...answers.values()].reduce((sum, each) => sum + each, 0);
  return { answers, failures, stop, count };
}

const SERVERS: [name: string, argv: string[], lack?: string][] = [
  ['Node through ancillary/notify', ['--', 'node', `${FIXTURES}/notify-server.mjs`]],
  ['Node with server.listen({ fd: 3 })', ['--ready-after', '300', '--', 'node', `${FIXTURES}/plain-server.mjs`]],
  ['Python with socket.fromfd', ['--', 'python3', `${FIXTURES}/server.py`], noPython],
];

for (const [name, argv, lack] of SERVERS) {
  const title = `${name}: ${RESTARTS} restarts under load, and no request fails`;
  if (lack) {
    t.skip(title, lack);
    continue;
  }
  t.test(title, async () => {
    const supervised = new Supervised([...LISTEN, ...argv]);
    const port = await supervised.port();
    await supervised.told('ready');
    const { answers, failures, stop, count } = load(port);
    try {
      for (let restart = 1; restart <= RESTARTS; restart++) {
        supervised.child.kill('SIGHUP');
        const { pid } = await supervised.told('ready', restart + 1);
        await supervised.told('drained', restart);
        await until('the new one answers', () => answers.has(String(pid)) || failures.length > 0);
        const before = count();
        await until('there is load between restarts', () => count() >= before + 40 || failures.length > 0);
      }
    } finally {
      await stop();
      if (supervised.events('ready').length <= RESTARTS) await supervised.end();
    }
    assert.equal(failures, []);
    assert.ok(count() >= 200, `${count()} requests`);
    const ready = supervised.events('ready').map(({ pid }) => String(pid));
    assert.equal([...answers.keys()].sort(), ready.sort(), 'each run has answered, and nobody else');
    await supervised.finish(0);
  });
}

/** A server that does as the file says, which is watched. */
async function withTold(told: string, argv: string[], work: (it: Told) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const file = join(folder, 'told');
    writeFileSync(file, told);
    const command = ['--', 'node', `${FIXTURES}/as-told.mjs`, file];
    const supervised = new Supervised([...LISTEN, '--watch', file, ...argv, ...command]);
    try {
      await work({ supervised, port: await supervised.port(), tell: (text) => writeFileSync(file, text), folder });
      assert.equal(supervised.left(), [], 'processes left');
    } finally {
      await supervised.end();
    }
  });
}

interface Told {
  supervised: Supervised;
  port: number;
  tell(text: string): void;
  folder: string;
}

for (const [name, told, argv, why] of [
  ['ends at once', 'fail', [], /ended before it was ready: status 3/],
  ['never says READY=1', 'mute', ['--ready-timeout', '10s'], /was not ready within 10000 ms, having not said READY=1/],
] as const) {
  t.test(`a new run that ${name} is rolled back, and the old one goes on; the next good one replaces it`, () =>
    withTold('ok', [...argv], async ({ supervised, port, tell }) => {
      const first = await supervised.told('ready');
      tell(told);
      const event = await supervised.told('rolled-back');
      assert.match(String(event.why), why);
      assert.is(event.goesOn, first.pid);
      for (let i = 0; i < 5; i++) assert.is(await ask(port), `200 ${first.pid}`);
      await until('what failed is gone', () => !existsSync(`/proc/${event.pid}`));
      tell('ok');
      const second = await supervised.told('ready', 2);
      await supervised.told('drained');
      assert.is(await ask(port), `200 ${second.pid}`);
      await supervised.finish(0);
    }),
  );
}

t.test('--ready-url: what the old run answers proves nothing of the new one', () =>
  withTempDir(async (folder) => {
    // The port must be known before it starts.
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const file = join(folder, 'told');
    writeFileSync(file, 'well');
    const url = `http://127.0.0.1:${port}/health`;
    const argv = ['--listen', `127.0.0.1:${port}`, '--ready-url', url, '--ready-timeout', '10s', '--watch', file];
    const supervised = new Supervised([...argv, '--', 'node', `${FIXTURES}/as-told.mjs`, file]);
    try {
      assert.is((await supervised.told('ready')).by, `${url} answers`);
      for (const [count, told, why] of [
        [1, 'deaf', /another process has answered/],
        [2, 'ill', /answers with status 503|another process has answered/],
      ] as const) {
        writeFileSync(file, told);
        assert.match(String((await supervised.told('rolled-back', count)).why), why);
      }
      writeFileSync(file, 'well');
      const { pid } = await supervised.told('ready', 2);
      await supervised.told('drained');
      assert.is(await ask(port), `200 ${pid}`);
      await supervised.finish(0);
    } finally {
      await supervised.end();
    }
  }),
);

t.test(
  'a program that crashes again and again is started after ever longer pauses, until a signal ends it',
  async () => {
    const supervised = new Supervised(['--', 'sh', '-c', 'exit 7']);
    await supervised.told('waiting', 4);
    const pauses = supervised.events('waiting').map(({ ms }) => ms);
    assert.equal(pauses.slice(0, 4), [100, 200, 400, 800]);
    assert.match(String(supervised.events('not-ready')[0]?.why), /status 7/);
    await supervised.finish(143);
  },
);

for (const [name, script, argv, code] of [
  ['it ends otherwise and --no-restart is given', 'exit 7', ['--no-restart'], 7],
  ['a signal ends it and --no-restart is given', 'kill -9 $$', ['--no-restart'], 137],
  ['it was never ready and --no-restart is given', 'exec sleep 60', ['--no-restart', '--ready-timeout', '200ms'], 1],
  ['it ends with 0', 'exit 0', [], 0],
] as const) {
  t.test(`the command ends with the program when ${name}: status ${code}`, async () => {
    const supervised = new Supervised([...argv, '--', 'sh', '-c', script]);
    assert.is((await supervised.ended).code, code, supervised.stderr);
    assert.equal(supervised.left(), []);
  });
}

t.test('a ready program that is killed is started again, and who connects meanwhile is answered', () =>
  withTold('ok', [], async ({ supervised, port }) => {
    const { pid } = await supervised.told('ready');
    process.kill(pid, 'SIGKILL');
    await supervised.told('ended');
    const answer = await ask(port);
    const again = await supervised.told('ready', 2);
    assert.is(answer, `200 ${again.pid}`);
    await supervised.finish(0);
  }),
);

for (const [told, signal, code] of [
  ['five', 'SIGTERM', 5],
  ['five', 'SIGINT', 5],
  ['ok', 'SIGQUIT', 131],
] as const) {
  t.test(`${signal} is passed on, and the status is the program's: ${code}`, () =>
    withTold(told, [], async ({ supervised }) => {
      const { pid } = await supervised.told('ready');
      await supervised.finish(code, signal);
      if (code === 5) assert.match(supervised.stdout.toString(), new RegExp(`^${pid} ${signal}$`, 'm'));
    }),
  );
}

t.test('a program that does not end is killed when --drain is over', () =>
  withTold('stubborn', ['--drain', '200ms'], async ({ supervised }) => {
    await supervised.told('ready');
    await supervised.finish(137);
    assert.is(supervised.events('killed').length, 1);
  }),
);

t.test('a second signal kills it', () =>
  withTold('stubborn', [], async ({ supervised }) => {
    await supervised.told('ready');
    supervised.child.kill('SIGTERM');
    await until('it has got the first', () => supervised.stdout.includes('SIGTERM'));
    await supervised.finish(137);
  }),
);

t.test('when the supervisor is killed, nothing of the program is left, and the port is free', async () => {
  const server = ['sh', '-c', `node ${FIXTURES}/plain-server.mjs & wait`];
  const supervised = new Supervised([...LISTEN, '--ready-after', '1', '--', ...server]);
  const port = await supervised.port();
  await until('it serves', () => ask(port).then(() => true));
  assert.ok(supervised.left().length >= 3, 'supervisor, shell and server');
  await supervised.end('SIGKILL');
  await until('nothing is left', () => supervised.left().length === 0);
  const server2 = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve, reject) => server2.once('listening', resolve).once('error', reject));
  server2.close();
});

t.test('what the main process has left behind in its group ends with it', async () => {
  const supervised = new Supervised(['--ready-after', '1', '--', 'sh', '-c', 'sleep 1000 & sleep 1000 & wait']);
  await supervised.told('ready');
  await until('both run', () => supervised.left().length >= 4);
  await supervised.finish(143);
});

t.test('--watch of a folder: what is installed is left out, what is new in a new folder counts', () =>
  withTempDir(async (folder) => {
    mkdirSync(join(folder, 'node_modules'));
    const supervised = new Supervised(['--watch', folder, '--ready-after', '1', '--', 'sh', '-c', 'exec sleep 1000']);
    await supervised.told('ready');
    writeFileSync(join(folder, 'node_modules/x'), '');
    writeFileSync(join(folder, '.x'), '');
    mkdirSync(join(folder, 'new'));
    assert.is((await supervised.told('restart')).reason, `${join(folder, 'new')} changed`);
    await supervised.told('drained');
    writeFileSync(join(folder, 'new/y'), '');
    assert.is((await supervised.told('restart', 2)).reason, `${join(folder, 'new/y')} changed`);
    await supervised.told('drained', 2);
    await supervised.finish(143);
  }),
);

for (const { name, path, before, replace } of [
  {
    name: 'a folder that is made anew',
    path: 'src',
    before: (folder: string) => mkdirSync(join(folder, 'src')),
    replace: (folder: string) => {
      rmSync(join(folder, 'src'), { recursive: true });
      mkdirSync(join(folder, 'src'));
    },
  },
  {
    name: 'what a symbolic link leads to, once it leads elsewhere',
    path: 'current/lib',
    before: (folder: string) => {
      for (const version of ['v1', 'v2']) mkdirSync(join(folder, version, 'lib'), { recursive: true });
      symlinkSync('v1', join(folder, 'current'));
    },
    replace: (folder: string) => {
      symlinkSync('v2', join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'current'));
    },
  },
]) {
  t.test(`--watch: ${name} restarts the program, and goes on being watched`, () =>
    withTempDir(async (folder) => {
      before(folder);
      const watched = join(folder, path);
      const supervised = new Supervised([
        '--watch',
        watched,
        '--ready-after',
        '1',
        '--',
        'sh',
        '-c',
        'exec sleep 1000',
      ]);
      await supervised.told('ready');
      replace(folder);
      await supervised.told('drained');
      const restarts = supervised.events('restart').length;
      writeFileSync(join(watched, 'x'), '');
      assert.is((await supervised.told('restart', restarts + 1)).reason, `${join(watched, 'x')} changed`);
      await supervised.told('drained', restarts + 1);
      await supervised.finish(143);
    }),
  );
}

t.test('socket files and abstract names are there from the start and gone at the end', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const name = abstractName();
    const listen = ['--listen', `a=${path}`, '--listen', name, '--mode', '600'];
    const tell = 'echo "$LISTEN_FDS $LISTEN_FDNAMES $((LISTEN_PID - $$))"; exec sleep 1000';
    const supervised = new Supervised([...listen, '--ready-after', '1', '--', 'sh', '-c', tell]);
    await supervised.told('ready');
    await until('it has told', () => supervised.stdout.includes('\n'));
    assert.is(supervised.stdout.toString(), '2 a:unknown 0\n');
    for (const address of [path, { abstract: name.slice(1) }]) (await UnixStream.connect(address)).closeSync();
    await supervised.finish(143);
    assert.not.ok(existsSync(path));
  }),
);

t.test('with standard input closed it works as well, and what the program writes comes as it is', async () => {
  const wrapper = ['sh', '-c', 'exec "$@" <&-', 'sh'];
  const supervised = new Supervised(['--ready-after', '1', '--', 'sh', '-c', 'echo out; exec cat'], { wrapper });
  assert.is((await supervised.ended).code, 0, 'cat has found the end of /dev/null');
  assert.is(supervised.stdout.toString(), 'out\n');
});

const inTerminal = (keys: string) =>
  new Running([
    ...['python3', 'tests/fixtures/python/in-terminal.py', 'is ready', keys],
    ...cli('handoff', '--ready-after', '1', '--', 'sleep', '1000'),
  ]);
for (const title of ['Ctrl-C at a terminal ends it', 'when the terminal goes, all ends']) {
  if (noPython) t.skip(title, noPython);
  else {
    t.test(title, async () => {
      const isKey = title.startsWith('Ctrl-C');
      const running = inTerminal(isKey ? '03' : '');
      if (isKey) assert.is((await running.ended).code, 130, running.stdout.toString());
      else {
        await until('terminal, supervisor, guard and program are there', () => running.left().length >= 4);
        await running.end('SIGKILL');
      }
      await until('nothing is left', () => running.left().length === 0);
    });
  }
}

t.after(endSupervised);
t.run();
