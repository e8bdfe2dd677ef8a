/** How long a listener and its socket file live, to whom they are handed on, and what connections are like. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, linkSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { socketpair, UnixListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { isListening, run, script } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { variants } from '../support/variants.js';

const t = suite('listener-life');

/** How a process with a listener at `path` ends, and whether the file is there afterwards. */
const ends: [name: string, text: string, isLeft: boolean][] = [
  ['process.exit()', 'process.exit();', false],
  ['its natural end', 'listener.unref();', false],
  ['an error that nobody catches', 'throw new Error("expected");', false],
  ['its natural end, the folder having changed', 'process.chdir("/"); listener.unref();', false],
  ['its end after release()', 'listener.release(); process.exit();', true],
  ['its end after it was sent', 'a.sendSync("x", { fds: [listener] }); process.exit();', true],
  ['its end after it was sent by a send that waited', 'await waited(); process.exit();', true],
  ['its end after its number was sent', 'a.sendSync("x", { fds: [listener.fd] }); process.exit();', false],
  [
    'its end after a send of it that failed',
    'b.closeSync(); try { a.sendSync("x", { fds: [listener] }); } catch {} process.exit();',
    false,
  ],
  [
    'its end when another has taken its place',
    'unlinkSync(path); createServer().listen(path, () => process.exit());',
    true,
  ],
  ['its end when a file has taken its place', 'unlinkSync(path); writeFileSync(path, ""); process.exit();', true],
];
for (const [name, text, isLeft] of ends) {
  t.test(`after ${name} its file is ${isLeft ? 'there' : 'gone'}`, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const { stdout, stderr } = await run(
        script(`
          import { unlinkSync, writeFileSync } from 'node:fs';
          import { createServer } from 'node:net';
          import { socketpair, UnixListener } from 'ancillary';
          process.chdir(${JSON.stringify(folder)});
          const path = 's';
          const [a, b] = socketpair();
          const waited = async () => {
            try { for (;;) a.sendSync(Buffer.alloc(65536)); } catch {}
            const sent = a.send('x', { fds: [listener] });
            const reader = b.forEachMessage(({ fds }) => { for (const fd of fds) fd.close(); }, { maxFds: 1 });
            await sent;
          };
          const listener = UnixListener.listenSync(path);
          // More than one, and one that is closed: there is one hook for all.
          for (let i = 0; i < 12; i++) UnixListener.listenSync('other' + i).unref();
          UnixListener.listenSync('closed').closeSync();
          console.log('listens');
          ${text}
        `),
      );
      assert.is(stdout.toString(), 'listens\n', stderr);
      assert.not.match(stderr, /MaxListeners/);
      assert.equal(existsSync(path), isLeft);
      assert.equal(
        readdirSync(folder).filter((each) => each !== 's'),
        [],
      );
    }),
  );
}

t.test('a worker that ends takes its socket file away', () =>
  withTempDir(async (folder) => {
    const path = join(folder, 's');
    const text = `
      import { createRequire } from 'node:module';
      const { UnixListener } = createRequire(process.cwd() + '/x.js')('ancillary');
      UnixListener.listenSync(${JSON.stringify(path)}).unref();
    `;
    const { stdout, stderr } = await run(
      script(`
        import { existsSync } from 'node:fs';
        import { Worker } from 'node:worker_threads';
        const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(text)})));
        worker.on('exit', () => console.log(existsSync(${JSON.stringify(path)})));
      `),
    );
    assert.is(stdout.toString(), 'false\n', stderr);
  }),
);

t.test('release gives the number away: it still listens, its file stays, and what waits fails', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    const accept = thrownBy(() => listener.accept());
    const { fd } = listener;
    assert.is(listener.release(), fd);
    assert.is((await accept).code, 'ERR_CLOSED');
    assert.ok(listener.closed && isListening(listener.path));
    for (const use of [() => listener.release(), () => listener.closeSync(), () => listener.fd]) {
      assert.is((await thrownBy(use)).code, 'ERR_CLOSED');
    }
    await listener.close();
    assert.is(listener.ref(), listener);
    assert.ok(existsSync(listener.path));
    closeSync(fd);
  }),
);

for (const v of variants) {
  t.test(`${v.name}: a listener that was sent leaves its file to the receiver when it closes`, () =>
    withTempDir(async (folder) => {
      const listener = await v.listen(join(folder, 's'));
      const [a, b] = socketpair();
      await v.send(a, 'x', { fds: [listener] });
      await v.close(listener);
      assert.ok(isListening(listener.path));
      const { fds } = arrived(await v.receive(b, { maxFds: 1 }));
      for (const each of [a, b]) each.closeSync();
      for (const fd of fds) fd.close();
      assert.not.ok(isListening(listener.path));
      unlinkSync(listener.path);
    }),
  );

  t.test(`${v.name}: connected ends are blocking, the listener is not`, () =>
    withTempDir(async (folder) => {
      const listener = await v.listen(join(folder, 's'));
      const client = await v.connect(listener.path);
      const server = await v.accept(listener);
      assert.equal(
        [listener, client, server].map(({ fd }) => isNonBlocking(fd)),
        [true, false, false],
      );
      for (const each of [client, server, listener]) each.closeSync();
    }),
  );

  for (const end of ['accepted', 'connected'] as const) {
    t.test(`${v.name}: a program that is given a ${end} end can wait on it`, () =>
      withTempDir(async (folder) => {
        const listener = await v.listen(join(folder, 's'));
        const client = await v.connect(listener.path);
        const server = await v.accept(listener);
        const [given, kept] = end === 'accepted' ? [server, client] : [client, server];
        // It waits: what it reads is sent only once it runs.
        const child = spawn('sh', ['-c', 'echo runs; head -c 5 <&3'], { stdio: ['ignore', 'pipe', 'pipe', given.fd] });
        let out = '';
        child.stdout?.on('data', (chunk) => {
          if (out === '') setTimeout(() => kept.sendSync('hello'), 50);
          out += chunk;
        });
        let err = '';
        child.stderr?.on('data', (chunk) => {
          err += chunk;
        });
        await new Promise((resolve) => child.on('close', resolve));
        for (const each of [client, server, listener]) each.closeSync();
        assert.equal([out, err], ['runs\nhello', '']);
      }),
    );
  }
}

/** Whether O_NONBLOCK is set; /proc shows it among the file's flags. */
function isNonBlocking(fd: number): boolean {
  const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return (Number.parseInt(flags, 8) & 0o4000) !== 0;
}

t.test('console.log shows what it is', () =>
  withTempDir((folder) => {
    const path = join(folder, "it's\n");
    const listener = UnixListener.listenSync(path);
    const shown = inspect(path);
    assert.is(inspect(listener), `UnixListener { fd: ${listener.fd}, path: ${shown} }`);
    assert.not.match(inspect({ listener }), /\p{Cc}(?<!\n)/u);
    listener.closeSync();
    assert.is(inspect(listener), `UnixListener { closed, path: ${shown} }`);
  }),
);

t.test('a copy of the file under another name, or a new file at its path, is not taken away', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    linkSync(listener.path, join(folder, 'copy'));
    unlinkSync(listener.path);
    writeFileSync(listener.path, 'new');
    await listener.close();
    assert.equal(readdirSync(folder).sort(), ['copy', 's']);
    assert.is(readFileSync(listener.path, 'utf8'), 'new');
  }),
);

t.run();
