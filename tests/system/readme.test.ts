/** The whole programs of README.md do what it says of them, as they stand there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnixDatagram } from 'ancillary';
import { ftok, listQueues } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { withBus } from '../support/dbus.js';
import { makeProject } from '../support/npm-project.js';
import { Running, run, until } from '../support/process.js';
import { checkQueues, noQueues } from '../support/queues.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('readme');
checkQueues(t);
const root = process.cwd();
const text = readFileSync('README.md', 'utf8');

/** The programs, by the name in their first line. */
const programs = new Map(
  Array.from(text.matchAll(/```js\n\/\/ ([\w-]+\.mjs)\n([\s\S]*?)```/g), ([, name = '', code = '']) => [name, code]),
);

/** Runs `fn` with a folder that has the programs, in which `ancillary` is installed; their sockets are there, too. */
function withPrograms(fn: (start: (name: string, prefix?: string[]) => Running, folder: string) => unknown) {
  return () =>
    withTempDir(async (folder) => {
      mkdirSync(join(folder, 'node_modules'));
      symlinkSync(root, join(folder, 'node_modules/ancillary'));
      for (const [name, code] of programs) writeFileSync(join(folder, name), code.replaceAll('/tmp/', `${folder}/`));
      const started: Running[] = [];
      const start = (name: string, prefix: string[] = []) => {
        const running = new Running([...prefix, process.execPath, join(folder, name)]);
        started.push(running);
        return running;
      };
      try {
        await fn(start, folder);
      } finally {
        await Promise.all(started.map((running) => running.end()));
      }
    });
}

const isSocket = (path: string) => statSync(path, { throwIfNoEntry: false })?.isSocket();

t.test('there are the programs that are tested here', () =>
  assert.equal(
    [...programs.keys()],
    [
      'receive-file.mjs',
      'send-file.mjs',
      'rpc-server.mjs',
      'rpc-client.mjs',
      'log-reader.mjs',
      'dbus-fds.mjs',
      'activated.mjs',
      'restarted.mjs',
      'queue-reader.mjs',
      'queue-writer.mjs',
    ],
  ),
);

t.test(
  'a file is passed to another process',
  withPrograms(async (start, folder) => {
    const receiver = start('receive-file.mjs');
    await until('it listens', () => isSocket(join(folder, 'file.socket')));
    assert.equal((await start('send-file.mjs').ended).code, 0);
    const { code, stdout, stderr } = await receiver.ended;
    assert.equal([code, stdout.toString(), stderr], [0, `a file: ${readFileSync('/etc/hostname', 'utf8')}\n`, '']);
  }),
);

t.test(
  'another process is called, and answers with a descriptor',
  withPrograms(async (start, folder) => {
    start('rpc-server.mjs');
    await until('it listens', () => isSocket(join(folder, 'rpc.socket')));
    const { code, stdout, stderr } = await start('rpc-client.mjs').ended;
    assert.equal([code, stdout.toString(), stderr], [0, 'true SHOUT\n', '']);
  }),
);

t.test(
  'a log of datagrams is read',
  withPrograms(async (start, folder) => {
    const reader = start('log-reader.mjs');
    const path = join(folder, 'log.socket');
    await until('it is bound', () => isSocket(path));
    const writer = await UnixDatagram.connect(path);
    await writer.send('a line');
    writer.closeSync();
    await until('it is told', () => reader.stdout.length > 0);
    const pattern = new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000Z ${process.pid} a line\n$`);
    assert.match(reader.stdout.toString(), pattern);
  }),
);

const queueTitle = 'two programs meet at a queue';
if (noQueues) t.skip(queueTitle, noQueues);
else {
  t.test(
    queueTitle,
    withPrograms(async (start, folder) => {
      const path = join(folder, 'work.key');
      const reader = start('queue-reader.mjs');
      await until('there is a queue', () => existsSync(path) && isQueue(ftok(path, 1)));
      assert.equal((await start('queue-writer.mjs').ended).code, 0);
      const { code, stdout, stderr } = await reader.ended;
      assert.equal([code, stdout.toString(), stderr], [0, '3 to be done\n', '']);
      assert.not.ok(isQueue(ftok(path, 1)));
    }),
  );
}

function isQueue(key: number): boolean {
  return listQueues().some((queue) => queue.key === key);
}

t.test('the examples that it names are there', () => {
  for (const [file] of text.matchAll(/docs\/examples\/[\w-]+\.mjs/g)) assert.ok(existsSync(file), file);
});

t.test('its table of folders names each folder of the host', () => {
  const [, table = ''] = text.match(/^## Folders\n([^#]*)/m) ?? [];
  const named = Array.from(table.matchAll(/`(?:host\/)?([\w-]+)\/?`/g), ([, name]) => name);
  const folders = readdirSync('host', { withFileTypes: true }).filter((each) => each.isDirectory());
  const missing = folders.map(({ name }) => name).filter((name) => !named.includes(name));
  assert.equal(missing, []);
});

t.test('no table is torn: each that begins has its rule, and as many cells in every row', () => {
  const cells = (row: string) => row.replace(/\\\||`[^`]*`/g, '').split('|').length;
  for (const [table] of text.matchAll(/^\|.*\n(\|.*\n)*/gm)) {
    const [head = '', rule = '', ...rows] = table.trim().split('\n');
    assert.match(rule, /^\|[-:|]+\|$/, head);
    for (const row of [rule, ...rows]) assert.is(cells(row), cells(head), row);
  }
});

const noDaemon = lacks('dbus-daemon', '--version');
const project = noDaemon
  ? { problem: noDaemon }
  : await makeProject({ 'dbus-next': '0.10.2' }, { usocket: 'file:node_modules/ancillary/build/drop-in/usocket' });
const dbusTitle = 'a file is passed over D-Bus';
if ('problem' in project) t.skip(dbusTitle, project.problem);
else {
  const { folder, remove } = project;
  t.after(remove);
  t.test(dbusTitle, () =>
    withBus(folder, async (address) => {
      const file = join(folder, 'dbus-fds.mjs');
      writeFileSync(file, programs.get('dbus-fds.mjs') as string);
      const { code, stdout, stderr } = await run([process.execPath, '--no-deprecation', file], {
        env: { DBUS_SESSION_BUS_ADDRESS: address },
      });
      assert.equal([code, stdout.toString(), stderr], [0, `${readFileSync('/etc/hostname', 'utf8')}\n`, '']);
    }),
  );
}

/** What a service manager does: binds, listens, and becomes the service. */
const MANAGER = `
import os, socket, sys
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); notified.bind(sys.argv[1] + '/notify')
print(listener.getsockname()[1], flush=True)
pid = os.fork()
if pid == 0:
  os.dup2(listener.fileno(), 3); os.set_inheritable(3, True)
  os.environ.update(LISTEN_FDS='1', LISTEN_FDNAMES='web', LISTEN_PID=str(os.getpid()), NOTIFY_SOCKET=sys.argv[1] + '/notify')
  os.execv(sys.argv[2], sys.argv[2:])
print(notified.recv(100).decode(), flush=True)
sys.stdin.read()
os.kill(pid, 9)
os.wait()
`;
const noPython = lacks('python3', '--version');
const activated = 'a service is started by its socket, and says when it is ready';
if (noPython) t.skip(activated, noPython);
else {
  t.test(
    activated,
    withPrograms(async (_, folder) => {
      const argv = ['python3', '-c', MANAGER, folder, process.execPath, join(folder, 'activated.mjs')];
      const manager = new Running(argv, { stdio: ['pipe', 'pipe', 'inherit'] });
      try {
        await until('it is ready', () => manager.stdout.includes('READY=1'));
        const port = Number.parseInt(manager.stdout.toString(), 10);
        const answer = await fetch(`http://127.0.0.1:${port}/`);
        assert.is(await answer.text(), 'web says hello\n');
      } finally {
        manager.child.stdin?.end();
        await manager.ended;
      }
    }),
  );
}

t.run();
