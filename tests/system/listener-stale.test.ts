/** Replacing a stale socket file: whoever else wants the place, and whatever goes wrong in the middle. */
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds } from '../support/descriptors.js';
import { bindOnly, bindOther } from '../support/native.js';
import { isBound, isListening, Running, run, script, sleep, until } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { listenScript, makeStale, noStrace, runInjected } from '../support/stale.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('listener-stale');
const r = random(seed());

/** A server of node:net at `path`. */
async function listenPlain(path: string) {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return server.unref();
}

t.test('a stale file is replaced; the socket has the path as its name, and no other name or descriptor is left', () =>
  withTempDir((folder) => {
    const path = join(folder, 's');
    // What the first of all opens stays open.
    UnixListener.listenSync(path).closeSync();
    makeStale(path);
    const before = openFds();
    const listener = UnixListener.listenSync(path);
    assert.equal(readdirSync(folder), ['s']);
    assert.ok(isListening(path));
    const [client, server] = [UnixStream.connectSync(path), listener.acceptSync()];
    for (const each of [client, server, listener]) each.closeSync();
    assert.equal([readdirSync(folder), openFds()], [[], before]);
  }),
);

t.test('a stranger who holds the abstract name that was the lock keeps nobody from replacing it', async () => {
  await withTempDir(async (folder) => {
    const path = join(folder, 's');
    makeStale(path);
    const { dev, ino } = statSync(path);
    const held = bindOther('datagram', `\0ancillary-stale-${dev}:${ino}`);
    try {
      const { stdout } = await run(listenScript(path));
      assert.is(stdout.toString(), 'listens\n');
    } finally {
      closeSync(held);
    }
  });
});

for (const size of [96, 97, 106, 107]) {
  t.test(`a path of ${size} bytes is replaced though there is no room for a longer name beside it`, () =>
    withTempDir((temp) => {
      const folder = join(temp, 'x'.repeat(size - temp.length - 3));
      mkdirSync(folder);
      const path = join(folder, 's');
      assert.is(path.length, size);
      const dead = UnixListener.listenSync(join(temp, 'dead'));
      renameSync(dead.path, path);
      dead.closeSync();
      const listener = UnixListener.listenSync(path);
      assert.equal([readdirSync(folder), isListening(path)], [['s'], true]);
      listener.closeSync();
      assert.equal(readdirSync(folder), []);
    }),
  );
}

t.test('a relative path is replaced in the folder that it means', () =>
  withTempDir(async (folder) => {
    makeStale(join(folder, 's'));
    const { stdout, stderr } = await run(
      script(`
        import { readdirSync } from 'node:fs';
        const { UnixListener } = await import('ancillary');
        process.chdir(${JSON.stringify(folder)});
        const listener = UnixListener.listenSync('s');
        console.log(readdirSync('.').join());
        listener.closeSync();
        console.log(readdirSync('.').join());
      `),
    );
    assert.is(stdout.toString(), 's\n\n', stderr);
  }),
);

/** A process that listens where each line says, at the moment it says, until the line `close`; it answers each. */
const CONTENDER = script(`
  import { createInterface } from 'node:readline';
  import { UnixListener } from 'ancillary';
  let listener;
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') {
      listener?.closeSync();
      listener = undefined;
      console.log('closed');
      continue;
    }
    const [path, at] = JSON.parse(line);
    while (Date.now() < at);
    try {
      listener = UnixListener.listenSync(path);
      console.log('listens');
    } catch ({ name, code }) {
      console.log(name + ' ' + code);
    }
  }
`);

/** Runs `fn` with `count` contenders: it gets a function that says a line to all, and resolves to their answers. */
async function withContenders(count: number, fn: (ask: (line: string) => Promise<(string | undefined)[]>) => unknown) {
  const stdio = ['pipe', 'pipe', 'pipe'] as ['pipe', 'pipe', 'pipe'];
  const contenders = Array.from({ length: count }, () => new Running(CONTENDER, { stdio }));
  const linesOf = ({ stdout }: Running) => stdout.toString().split('\n').slice(0, -1);
  let asked = 0;
  try {
    await fn(async (line) => {
      for (const { child } of contenders) child.stdin?.write(`${line}\n`);
      asked++;
      await until('all have answered', () => contenders.every((each) => linesOf(each).length === asked));
      return contenders.map((each) => linesOf(each).at(-1));
    });
  } finally {
    for (const { child } of contenders) child.stdin?.end();
    for (const { ended } of contenders) assert.is((await ended).stderr, '');
  }
}

const LOST = 'AncillaryError EADDRINUSE';

for (const [count, rounds] of [
  [4, 25],
  [12, 12],
] as const) {
  t.test(`of ${count} processes that replace a stale socket at once exactly one listens, and can be connected to`, () =>
    withTempDir((folder) =>
      withContenders(count, async (ask) => {
        await ask('close');
        for (let round = 0; round < rounds; round++) {
          const path = join(folder, `${round}`);
          makeStale(path);
          const answers = await ask(JSON.stringify([path, Date.now() + 10]));
          const losers = Array.from({ length: count - 1 }, () => LOST);
          assert.equal(answers.sort(), [...losers, 'listens'], `round ${round}`);
          assert.equal(readdirSync(folder), [`${round}`]);
          assert.ok(isListening(path));
          UnixStream.connectSync(path).closeSync();
          await ask('close');
          assert.equal(readdirSync(folder), []);
        }
      }),
    ),
  );
}

t.test('a live socket that somebody moves to the path while 8 processes replace a stale one keeps its file', () =>
  withTempDir((folder) =>
    withContenders(8, async (ask) => {
      await ask('close');
      for (let round = 0; round < 25; round++) {
        const path = join(folder, 's');
        makeStale(path);
        const server = await listenPlain(`${path}-live`);
        const { ino } = statSync(`${path}-live`);
        const answers = ask(JSON.stringify([path, Date.now() + 8]));
        await sleep(6);
        for (const end = performance.now() + r.below(5000) / 1000; performance.now() < end; );
        renameSync(`${path}-live`, path);
        assert.ok((await answers).every((answer) => answer === LOST || answer === 'listens'));
        assert.equal([readdirSync(folder), statSync(path).ino], [['s'], ino], `round ${round}`);
        await ask('close');
        // Nor does a listener whose file it took the place of remove it.
        assert.equal([readdirSync(folder), statSync(path).ino], [['s'], ino], `round ${round}, closed`);
        UnixStream.connectSync(path).closeSync();
        server.close();
        unlinkSync(path);
      }
    }),
  ),
);

/** How long strace holds a call, in microseconds: what the test does meanwhile takes a moment, but may have to wait for it. */
const DELAY = 3_000_000;

/**
 * Runs `fn` while a new listener of another process has bound `path` and not yet looked at it; what it has there is at
 * `aside` then, and in its place the placeholder of a process that was about to replace it. Resolves to what was printed.
 */
async function withPlaceholder(folder: string, path: string, fn: (aside: string) => unknown): Promise<string> {
  const running = runInjected([`bind:delay_exit=${DELAY}:when=3`], listenScript(path));
  await until('the path is bound', () => isBound(path));
  const [aside, placeholder] = [join(folder, 'aside'), join(folder, 'placeholder')];
  const held = bindOnly(placeholder);
  try {
    chmodSync(placeholder, 0o1777);
    linkSync(path, aside);
    renameSync(placeholder, path);
    // Until it has looked: where that takes longer, less is tried, and nothing fails.
    await sleep(DELAY / 1000 + 700);
    await fn(aside);
    return (await running.ended).stdout.toString();
  } finally {
    closeSync(held);
  }
}

const isMarked = ({ mode }: Stats) => (mode & 0o1000) !== 0;

const injected: [name: string, test: (folder: string, path: string) => Promise<void>][] = [
  [
    'somebody who listens just before the exchange keeps his file',
    async (folder, path) => {
      const running = runInjected([`renameat2:delay_enter=${DELAY}:when=1`], listenScript(path));
      await until('the placeholder is there', () => readdirSync(folder).length === 2);
      unlinkSync(path);
      const server = await listenPlain(path);
      const { ino } = statSync(path);
      assert.match(
        (await running.ended).stdout.toString(),
        /EADDRINUSE.*: another process is beginning|EADDRINUSE.*listen/,
      );
      assert.equal([readdirSync(folder), statSync(path).ino], [['s'], ino]);
      UnixStream.connectSync(path).closeSync();
      server.close();
    },
  ],
  [
    'somebody who listens where for a moment nothing is wins',
    async (folder, path) => {
      const running = runInjected([`renameat2:delay_exit=${DELAY}:when=2`], listenScript(path));
      await until('nothing is there', () => !existsSync(path));
      const server = await listenPlain(path);
      assert.match((await running.ended).stdout.toString(), /^AncillaryError EADDRINUSE /);
      assert.equal(readdirSync(folder), ['s']);
      UnixStream.connectSync(path).closeSync();
      server.close();
    },
  ],
  [
    'a live socket that is moved over a placeholder just then keeps its file, though the place was just taken',
    async (folder, path) => {
      const both = `delay_enter=${DELAY}:delay_exit=${DELAY}`;
      const running = runInjected([`renameat2:${both}:when=2`], listenScript(path));
      await until('only the placeholder is there', () => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat && isMarked(stat) && readdirSync(folder).length === 1;
      });
      const live = await listenPlain(`${path}-live`);
      const { ino } = statSync(`${path}-live`);
      renameSync(`${path}-live`, path);
      let isOver = false;
      running.ended.then(() => {
        isOver = true;
      });
      await until('nothing is there', () => isOver || !existsSync(path));
      // Where this comes too late, less is tried, and nothing fails.
      const late = await listenPlain(path).catch(() => undefined);
      assert.match((await running.ended).stdout.toString(), /^AncillaryError EADDRINUSE /);
      assert.equal([readdirSync(folder), statSync(path).ino], [['s'], ino]);
      for (const server of [late, live]) server?.close();
    },
  ],
  [
    'a live socket that is moved over the placeholder in the place of a new listener is not removed when that closes',
    async (folder, path) => {
      const live = await listenPlain(`${path}-live`);
      const { ino } = statSync(`${path}-live`);
      const said = await withPlaceholder(folder, path, () => renameSync(`${path}-live`, path));
      assert.equal([said, statSync(path).ino], ['listens\n', ino]);
      live.close();
    },
  ],
  [
    'a new listener whose file is aside for a moment waits for it, and removes it when it closes',
    async (folder, path) => {
      const said = await withPlaceholder(folder, path, (aside) => renameSync(aside, path));
      assert.equal([said, readdirSync(folder)], ['listens\n', []]);
    },
  ],
  ...(['EINVAL', 'ENOSYS'] as const).map((code): [string, (folder: string, path: string) => Promise<void>] => [
    `where the file system cannot exchange (${code}) one line says to remove the file, which stays`,
    async (folder, path) => {
      const { ino } = statSync(path);
      const { stdout } = await runInjected([`renameat2:error=${code}`], listenScript(path)).ended;
      assert.match(
        stdout.toString(),
        new RegExp(`^AncillaryError ${code} [^\\n]*stale[^\\n]*: remove ${path}[^\\n]*\\n$`),
      );
      assert.equal([readdirSync(folder), statSync(path).ino], [['s'], ino]);
    },
  ]),
  [
    'a bind that fails once the stale file is gone leaves nothing',
    async (folder, path) => {
      const { stdout } = await runInjected(['bind:error=ENOMEM:when=3'], listenScript(path)).ended;
      assert.match(stdout.toString(), /^AncillaryError ENOMEM /);
      assert.equal(readdirSync(folder), []);
    },
  ],
];
for (const [name, test] of injected) {
  if (noStrace) t.skip(name, noStrace);
  else {
    t.test(name, () =>
      withTempDir(async (folder) => {
        const path = join(folder, 's');
        makeStale(path);
        await test(folder, path);
      }),
    );
  }
}

const STICKY = "in a sticky folder another user's stale file is left alone, and one line says whose it is";
const noOwner = ['setpriv', '--inh-caps=-fowner', '--bounding-set=-fowner'];
const noDrop = process.getuid?.() === 0 ? lacks('setpriv', ...noOwner.slice(1), 'true') : 'only root can do without';
if (noDrop) t.skip(STICKY, noDrop);
else {
  t.test(STICKY, () =>
    withTempDir(async (temp) => {
      const folder = join(temp, 'sticky');
      mkdirSync(folder);
      const path = join(folder, 's');
      makeStale(path);
      for (const each of [folder, path]) chownSync(each, 12345, 12345);
      chmodSync(folder, 0o1777);
      chmodSync(path, 0o777);
      const { stdout } = await run([...noOwner, ...listenScript(path)]);
      assert.match(stdout.toString(), /^AncillaryError (EPERM|EACCES) [^\n]*stale[^\n]*uid 12345[^\n]*\n$/);
      assert.equal(readdirSync(folder), ['s']);
    }),
  );
}

t.test('with ever so few descriptors left it is replaced or it stays, and nothing else is there', async () => {
  await withTempDir(async (folder) => {
    const path = join(folder, 's');
    const { code, stdout, stderr } = await run([
      'sh',
      '-c',
      'ulimit -n 64 && exec "$0" "$@"',
      ...script(`
        import { closeSync, linkSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
        import { UnixListener } from 'ancillary';
        process.stdout;
        const folder = ${JSON.stringify(folder)};
        const path = ${JSON.stringify(path)};
        UnixListener.listenSync(path).closeSync();
        const listFds = () => readdirSync('/proc/self/fd').length;
        for (let free = 0; free < 9; free++) {
          const dead = UnixListener.listenSync(folder + '/dead');
          rmSync(path, { force: true });
          linkSync(dead.path, path);
          dead.closeSync();
          const { ino } = statSync(path);
          const before = listFds();
          const held = [];
          try { for (;;) held.push(openSync('/dev/null')); } catch {}
          for (let i = 0; i < free; i++) closeSync(held.pop());
          let said = 'listens', listener;
          try { listener = UnixListener.listenSync(path); } catch ({ name, code }) { said = name + ' ' + code; }
          for (const fd of held) closeSync(fd);
          const isSame = statSync(path).ino === ino;
          const names = readdirSync(folder).join();
          listener?.closeSync();
          console.log(said, said === 'listens' || isSame, names, listFds() === before);
        }
      `),
    ]);
    assert.equal([code, stderr], [0, '']);
    const lines = stdout.toString().trim().split('\n');
    assert.is(lines.length, 9);
    for (const line of lines) assert.match(line, /^(listens|AncillaryError EMFILE) true s true$/);
    assert.match(lines[0] ?? '', /EMFILE/);
    assert.match(lines[8] ?? '', /listens/);
  });
});

t.run();
