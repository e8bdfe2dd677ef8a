/** What listen, accept and connect refuse, what they say, and that nothing is left of what failed. */
import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AncillaryError, UnixListener, UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds } from '../support/descriptors.js';
import { bindOther } from '../support/native.js';
import { asOrdinary, noSetpriv } from '../support/ordinary.js';
import { run, script } from '../support/process.js';
import { listenScript, makeStale, noStrace, runInjected } from '../support/stale.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('listener-errors');

type Call = (path: never, options?: never) => unknown;
const calls: Record<string, Call> = {
  listen: (path, options) => UnixListener.listen(path, options),
  listenSync: (path, options) => UnixListener.listenSync(path, options),
  connect: (path, options) => UnixStream.connect(path, options),
  connectSync: (path, options) => UnixStream.connectSync(path, options),
};

const hostile = {
  toString() {
    throw new Error('from toString');
  },
};
const paths: [string, unknown][] = [
  ['a symbol', Symbol('s')],
  ['an object whose toString throws', hostile],
  ['an object without a prototype', Object.create(null)],
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['the empty string', ''],
  ['a string with NUL', 'a\0b'],
  ['a list', ['/tmp/x']],
  ['a URL', new URL('file:///tmp/x')],
  ['a string of 108 bytes', `/${'x'.repeat(107)}`],
  ['a string of a million letters', 'x'.repeat(1e6)],
];
for (const [name, call] of Object.entries(calls)) {
  for (const [what, path] of paths) {
    t.test(`${name}: ${what} is no path`, async () => {
      const error = await thrownBy(() => call(path as never, null as never));
      assert.instance(error, AncillaryError);
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(error.message, /^[^\n]*socket path[^\n]*$/);
      assert.ok(error.message.length < 600);
    });
  }
}

const noOptions: [string, unknown][] = [
  ['null', null],
  ['an array', [1]],
  ['a function', () => {}],
  ['a string', 'x'],
  ['an unknown name', { path: 'x' }],
  ['credentials that are no boolean', { credentials: 1 }],
];
const noBacklogs = [-1, 1.5, Number.NaN, 2 ** 31, 2 ** 32, '5', 5n, null].map(
  (backlog) => [`a backlog of ${typeof backlog} ${backlog}`, { backlog }] as [string, unknown],
);
for (const [name, call] of Object.entries(calls)) {
  for (const [what, options] of [...noOptions, ...(name.startsWith('listen') ? noBacklogs : [])]) {
    t.test(`${name}: ${what} is refused, and nothing is done`, () =>
      withTempDir(async (folder) => {
        const before = openFds();
        const error = await thrownBy(() => call(join(folder, 's') as never, options as never));
        assert.instance(error, AncillaryError);
        assert.is(error.code, 'ERR_INVALID_ARGUMENT', error.message);
        assert.equal([readdirSync(folder), openFds()], [[], before]);
      }),
    );
  }
}

t.test('a name that is almost right is guessed', () =>
  withTempDir(async (folder) => {
    for (const [call, guess] of [
      [() => UnixListener.listen(join(folder, 's'), { backLog: 1 } as never), 'backlog'],
      [() => UnixStream.connect(join(folder, 's'), { timeOut: 1 } as never), 'timeout'],
    ] as const) {
      assert.match((await thrownBy(call)).message, new RegExp(`did you mean '${guess}'`));
    }
  }),
);

t.test('accept refuses options that cannot be meant, and goes on accepting', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'), { backlog: 2 ** 31 - 1 });
    const client = UnixStream.connectSync(listener.path);
    for (const options of [null, [], () => {}, 'x', { timeOut: 5 }, { timeout: '5' }, { signal: {} }] as never[]) {
      const error = await thrownBy(() => listener.accept(options));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
      assert.instance(error, AncillaryError);
    }
    for (const each of [await listener.accept({ timeout: undefined, signal: undefined }), client, listener]) {
      each.closeSync();
    }
    assert.is((await thrownBy(() => listener.accept())).code, 'ERR_CLOSED');
  }),
);

t.test('a UnixListener cannot be made with new', async () => {
  const Listener = UnixListener as unknown as new (...args: unknown[]) => unknown;
  for (const args of [[], [Symbol('a UnixListener is made by listen')], ['/tmp/x', {}, {}, {}]]) {
    const error = await thrownBy(() => new Listener(...args));
    assert.instance(error, AncillaryError);
    assert.match(error.message, /UnixListener\.listen/);
  }
});

/** What is at the path, and what connect and listen say of it. */
const places: {
  name: string;
  at: string;
  make?: (path: string) => number | undefined;
  connect?: RegExp;
  listen?: RegExp;
}[] = [
  { name: 'nothing', at: 's', connect: /ENOENT[^;]*; nobody listens there, there is no such socket file$/ },
  {
    name: 'no folder for a name that begins with @',
    at: '@x/s',
    connect:
      /ENOENT[^;]*; [^;]*; a path that begins with @ is a file name here, an abstract name is { abstract: '[^']*' }$/,
    listen:
      /ENOENT[^;]*; its folder must exist; a path that begins with @ is a file name here, an abstract name is { abstract: '[^']*' }$/,
  },
  {
    name: 'a file',
    at: 's',
    make: (path) => void writeFileSync(path, ''),
    connect: /ECONNREFUSED[^;]*; nobody listens there, what is there is no socket$/,
    listen: /EADDRINUSE[^;]*; something that is no socket is there/,
  },
  {
    name: 'a stale file',
    at: 's',
    make: (path) => void makeStale(path),
    connect: /ECONNREFUSED[^;]*; nobody listens there$/,
  },
  {
    name: 'a datagram socket',
    at: 's',
    make: (path) => bindOther('datagram', path),
    connect: /EPROTOTYPE.*type datagram is bound there, where a stream socket is needed$/,
    listen: /EADDRINUSE.*a datagram socket is bound there/,
  },
  {
    name: 'a seqpacket socket',
    at: 's',
    make: (path) => bindOther('seqpacket', path),
    connect: /EPROTOTYPE.*type seqpacket is bound there, where a stream socket is needed$/,
    listen: /EADDRINUSE.*a seqpacket socket is bound there/,
  },
  {
    name: 'a name that would clear the screen, break the line and turn the text',
    at: 'a\u001b[2J\nb\u202ec\u009b',
    connect: /a\\u001b\[2J\\nb\\u202ec\\u009b: ENOENT/,
  },
];
for (const { name, at, make, connect, listen } of places) {
  t.test(`where ${name} is, connect and listen say so in one line, and leave it`, () =>
    withTempDir(async (temp) => {
      const path = at.startsWith('@') ? at : join(temp, at);
      const fd = make?.(path);
      const there = readdirSync(temp);
      for (const [call, pattern] of [
        [calls.connect, connect],
        [calls.connectSync, connect],
        [calls.listen, listen],
        [calls.listenSync, listen],
      ] as const) {
        if (!pattern) continue;
        const error = await thrownBy(() => call?.(path as never));
        assert.instance(error, AncillaryError);
        assert.match(error.message, pattern);
        assert.not.match(error.message, /\p{Cc}|start the receiver/u);
      }
      assert.equal(readdirSync(temp), there);
      if (fd !== undefined) closeSync(fd);
    }),
  );
}

t.test('probing a seqpacket or stream listener brings it no caller', () =>
  withTempDir(async (folder) => {
    const listener = UnixListener.listenSync(join(folder, 's'));
    assert.match((await thrownBy(() => UnixListener.listen(listener.path))).message, /somebody listens there/);
    assert.is((await thrownBy(() => listener.acceptSync())).code, 'EAGAIN');
    listener.closeSync();
  }),
);

const SECRET = "another user's socket that cannot be connected to: that is said, not that somebody listens";
const WAY = 'a folder that cannot be gone through is named as the cause';
if (noSetpriv) for (const name of [SECRET, WAY]) t.skip(name, noSetpriv);
else {
  t.test(SECRET, () =>
    withTempDir(async (folder) => {
      const listener = UnixListener.listenSync(join(folder, 's'));
      chmodSync(listener.path, 0);
      if (process.getuid?.() === 0) chownSync(listener.path, 12345, 12345);
      const { stdout } = await run([
        ...asOrdinary,
        ...script(`
          import { UnixListener, UnixStream } from 'ancillary';
          const path = ${JSON.stringify(listener.path)};
          for (const call of [() => UnixStream.connectSync(path), () => UnixListener.listenSync(path)]) {
            try { call(); } catch ({ name, code, message }) { console.log(name, code, message); }
          }
        `),
      ]);
      const [connect = '', listen = ''] = stdout.toString().split('\n');
      assert.match(
        connect,
        /^AncillaryError EACCES .*may not connect to the socket file there \(of uid \d+, mode 0\)$/,
      );
      assert.match(
        listen,
        /^AncillaryError EADDRINUSE .*\(of uid \d+, mode 0\), so whether somebody listens cannot be told/,
      );
      listener.closeSync();
    }),
  );

  t.test(WAY, () =>
    withTempDir(async (folder) => {
      const inner = join(folder, 'inner');
      mkdirSync(inner);
      const listener = UnixListener.listenSync(join(inner, 's'));
      chmodSync(inner, 0);
      const { stdout } = await run([
        ...asOrdinary,
        ...script(`
          import { UnixStream } from 'ancillary';
          try { UnixStream.connectSync(${JSON.stringify(listener.path)}); } catch (error) { console.log(error.message); }
        `),
      ]);
      chmodSync(inner, 0o700);
      listener.closeSync();
      assert.match(stdout.toString(), /EACCES.*; this user may not go through the folders on its way\n$/);
    }),
  );
}

for (const [injection, options] of [
  ['listen:error=EADDRINUSE', '{}'],
  ['setsockopt:error=EPERM', '{ credentials: true }'],
] as const) {
  const name = `when ${injection.split(':')[0]} fails no socket file is left`;
  if (noStrace) t.skip(name, noStrace);
  else {
    t.test(name, () =>
      withTempDir(async (folder) => {
        const { stdout } = await runInjected([injection], listenScript(join(folder, 's'), options)).ended;
        assert.match(stdout.toString(), /^AncillaryError (EADDRINUSE|EPERM) /);
        assert.equal(readdirSync(folder), []);
      }),
    );
  }
}

/** Runs a module in a folder of its own; returns what it printed. */
async function inFolder(text: string, ...flags: string[]): Promise<string> {
  return withTempDir(async (folder) => {
    const prelude = `
      import fs, { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
      const { UnixListener } = await import('ancillary');
      const folder = ${JSON.stringify(folder)};
      const path = folder + '/s';
      const listFds = () => readdirSync('/proc/self/fd').length;
      const attempt = (path) => {
        try { return UnixListener.listenSync(path); } catch ({ name, code }) { return name + ' ' + code; }
      };
      // With the first stream on a pipe libuv opens a spare descriptor; the reactor is made with the first listener.
      process.stdout;
      UnixListener.listenSync(path).closeSync();
    `;
    const { code, stdout, stderr } = await run(script(prelude + text, ...flags));
    assert.is(code, 0, stderr);
    return stdout.toString().trim();
  });
}

t.test('when the file cannot be looked at once it is there, it is removed and the socket closed', async () => {
  const out = await inFolder(`
    import { syncBuiltinESMExports } from 'node:module';
    const { lstatSync } = fs;
    const before = listFds();
    fs.lstatSync = () => { throw Object.assign(new Error('no'), { code: 'EIO', errno: -5 }); };
    syncBuiltinESMExports();
    console.log(attempt(path));
    fs.lstatSync = lstatSync;
    syncBuiltinESMExports();
    console.log(existsSync(path), listFds() === before);
  `);
  assert.is(out, 'AncillaryError EIO\nfalse true');
});

t.test('in a working directory that is gone a relative path is an error of ours', async () => {
  const out = await inFolder(`
    mkdirSync(folder + '/gone');
    process.chdir(folder + '/gone');
    rmdirSync(folder + '/gone');
    console.log(attempt('s'));
  `);
  assert.is(out, 'AncillaryError ENOENT');
});

t.test('however little of the stack is left, there is a listener or there is no file', async () => {
  const out = await inFolder(`
    const before = listFds();
    const wrong = [];
    let tried = 0, listened = 0;
    const descend = () => {
      try { descend(); } catch {}
      if (listened > 20) return;
      tried++;
      let listener;
      try { listener = UnixListener.listenSync(path); } catch {}
      let isThere;
      try { isThere = existsSync(path); } catch { return; }
      if (isThere !== (listener !== undefined)) wrong.push(tried);
      if (listener) { listened++; listener.closeSync(); }
    };
    descend();
    console.log(listened > 20, tried > listened, wrong.join(), existsSync(path), listFds() === before);
  `);
  assert.is(out, 'true true  false true');
});

const FORBIDDEN = 'where --permission forbids to look at the file or to remove it, none is made';
if (Number.parseInt(process.versions.node, 10) < 23) t.skip(FORBIDDEN, 'this Node has no --permission');
else {
  t.test(FORBIDDEN, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      for (const allowed of [[], [`--allow-fs-read=${folder}/*`]]) {
        const flags = ['--permission', '--allow-addons', `--allow-fs-read=${process.cwd()}/*`, ...allowed];
        const { stdout, stderr } = await run([process.execPath, ...flags, ...listenScript(path).slice(1)]);
        assert.match(stdout.toString(), /^AncillaryError ERR_ACCESS_DENIED .*--allow-fs-write/, stderr);
        assert.not.ok(existsSync(path));
      }
    }),
  );
}

t.run();
