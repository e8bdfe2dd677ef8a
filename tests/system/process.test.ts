/** How the library lives in a process: what keeps it alive, what it loads, other users of descriptors, other systems. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

/** Both ends of a pair stay in reach: what is collected while it is open is told as a leak, at a moment of V8's choice. */
const SOCKETS = `
  import { UnixListener, UnixStream, socketpair as makePair } from 'ancillary';
  globalThis.pairs = [];
  function socketpair() {
    globalThis.pairs.push(makePair());
    return globalThis.pairs.at(-1);
  }
`;
const LISTENER = `
  import { mkdtempSync, rmSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
  process.on('exit', () => rmSync(folder, { recursive: true }));
`;

interface Row {
  name: string;
  text: string;
  out: string;
}

const rows: Row[] = [
  { name: 'open sockets without a wait let it end', text: `${SOCKETS}socketpair(); console.log('end');`, out: 'end' },
  {
    name: 'an open listener without a wait keeps it alive, as net.Server does, until it is closed',
    text: `${SOCKETS}${LISTENER}
      const listener = await UnixListener.listen(folder + '/s');
      setTimeout(() => console.log('still here') ?? listener.closeSync(), 100).unref();`,
    out: 'still here',
  },
  {
    name: 'an open listener lets it end after unref(), and not after ref()',
    text: `${SOCKETS}${LISTENER}
      const listener = await UnixListener.listen(folder + '/s');
      listener.unref().unref().ref().ref();
      setTimeout(() => console.log('still here') ?? listener.unref(), 100).unref();`,
    out: 'still here',
  },
  {
    name: 'an open listener that nobody has a hold of goes on accepting connections',
    text: `${SOCKETS}${LISTENER}
      UnixListener.listenSync(folder + '/s');
      import { setFlagsFromString } from 'node:v8';
      import { runInNewContext } from 'node:vm';
      setFlagsFromString('--expose-gc');
      const gc = runInNewContext('gc');
      for (let i = 0; i < 10; i++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        gc();
      }
      UnixStream.connectSync(folder + '/s').closeSync();
      console.log('connected');
      process.exit();`,
    out: 'connected',
  },
  {
    name: 'a finished wait lets it end though the sockets are open',
    text: `${SOCKETS}
      const [a, b] = socketpair();
      const message = b.receive();
      setTimeout(() => a.sendSync('x'), 20);
      console.log(String((await message).data));`,
    out: 'x',
  },
  {
    name: 'a wait keeps it alive until its timeout',
    text: `${SOCKETS}
      const [a] = socketpair();
      a.receive({ timeout: 200 }).catch(({ code }) => console.log(code));`,
    out: 'ETIMEDOUT',
  },
  {
    name: 'a wait without timeout keeps it alive for a peer in another process; after an abort it ends',
    text: `${SOCKETS}
      const [a] = socketpair();
      const controller = new AbortController();
      const wait = a.receive({ signal: controller.signal }).catch(({ name }) => console.log(name));
      setTimeout(() => console.log('still here') ?? controller.abort(), 100);`,
    out: 'still here\nAbortError',
  },
  {
    name: 'a wait after a rest keeps it alive again',
    text: `${SOCKETS}
      const [a, b] = socketpair();
      await a.receive({ timeout: 5 }).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 20));
      setTimeout(() => b.sendSync('again'), 50).unref();
      a.receive().then(({ data }) => console.log(String(data)), ({ code }) => console.log(code));`,
    out: 'again',
  },
  {
    name: 'what awaits a message goes on at once, not with the next timer',
    text: `${SOCKETS}
      const [a, b] = socketpair();
      const timer = setTimeout(() => console.log('the timer first'), 2000);
      setImmediate(() => a.sendSync('x'));
      await b.receive();
      clearTimeout(timer);
      console.log('at once');`,
    out: 'at once',
  },
  {
    name: 'process.exit() while waiting ends it with that code',
    text: `${SOCKETS}socketpair()[0].receive(); setTimeout(() => process.exit(0), 20); console.log('x');`,
    out: 'x',
  },
  {
    name: 'sockets of node:net and ours take turns on the same numbers',
    text: `${SOCKETS}${LISTENER}
      import net from 'node:net';
      const server = net.createServer((socket) => socket.pipe(socket)).listen(folder + '/s');
      await new Promise((resolve) => server.once('listening', resolve));
      let shared = 0;
      const ours = new Set();
      for (let i = 0; i < 100; i++) {
        const [a, b] = socketpair();
        ours.add(a.fd).add(b.fd);
        const message = b.receive();
        setImmediate(() => a.sendSync('x'));
        await message;
        a.closeSync();
        b.closeSync();
        const client = net.connect(folder + '/s');
        await new Promise((resolve) => client.once('connect', resolve));
        if (ours.has(client._handle.fd)) shared++;
        client.write('echo');
        const echo = await new Promise((resolve) => client.once('data', resolve));
        if (String(echo) !== 'echo') console.log('lost');
        client.destroy();
        await new Promise((resolve) => client.once('close', resolve));
      }
      server.close();
      console.log(shared > 0);`,
    out: 'true',
  },
  {
    name: 'ours talks with node:net, both ways',
    text: `${SOCKETS}${LISTENER}
      import net from 'node:net';
      const listener = await UnixListener.listen(folder + '/s');
      const client = net.connect(folder + '/s');
      const stream = await listener.accept();
      client.write('from net');
      console.log(String((await stream.receive()).data));
      await stream.send('from ours');
      await stream.close();
      let got = '';
      for await (const chunk of client) got += chunk;
      console.log(got);
      await listener.close();`,
    out: 'from net\nfrom ours',
  },
  {
    name: 'koffi is loaded by the first system call, not by the import, and not by the codec',
    text: `
      import { readFileSync } from 'node:fs';
      import { encode, socketpair } from 'ancillary';
      const isLoaded = () => readFileSync('/proc/self/maps', 'latin1').includes('koffi.node');
      encode('x86_64-glibc', [{ fds: [3] }]);
      console.log(isLoaded());
      for (const end of socketpair()) end.closeSync();
      console.log(isLoaded());`,
    out: 'false\ntrue',
  },
  {
    name: 'the package can be required',
    text: `
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/x.js');
      const [{ socketpair }, { abis }] = [require('ancillary'), require('ancillary/codec')];
      const [a, b] = socketpair();
      a.sendSync('x');
      console.log(String(b.receiveSync().data), abis().length > 0);
      for (const end of [a, b]) end.closeSync();`,
    out: 'x true',
  },
  ...[
    ['platform', 'darwin'],
    ['platform', 'win32'],
    ['arch', 'vax'],
  ].map(([property, value]) => ({
    name: `where process.${property} is '${value}' the import and the codec work, system calls throw ERR_UNSUPPORTED`,
    text: `
      Object.defineProperty(process, '${property}', { value: '${value}' });
      const { AncillaryError, encode, socketpair, UnixListener, UnixStream } = await import('ancillary');
      console.log(encode('x86_64-glibc', [{ fds: [3] }]).control.length);
      for (const call of [
        () => socketpair(),
        () => UnixStream.connectSync('/tmp/none'),
        () => UnixStream.connect('/tmp/none'),
        () => UnixListener.listen('/tmp/none/none'),
      ]) {
        const error = await (async () => call())().catch((error) => error);
        const isClear = error instanceof AncillaryError && error.message.includes('${value}');
        console.log(isClear ? error.code : error, /Linux|koffi|ABI/.test(error.message));
      }`,
    out: ['24', ...Array(4).fill('ERR_UNSUPPORTED true')].join('\n'),
  })),
];

const t = suite('process');

for (const { name, text, out } of rows) {
  t.test(name, async () => {
    const { code, signal, stdout, stderr } = await run(script(text));
    assert.is(stdout.toString().trim(), out, stderr);
    // Node 20 and 22 print that require() of an ES module is experimental.
    const lines = stderr
      .split('\n')
      .filter((line) => line !== '' && !/ExperimentalWarning|--trace-warnings/.test(line));
    assert.equal([code, signal, lines], [0, null, []]);
  });
}

t.test('what is started beside does not inherit the sockets', async () => {
  const { stdout } = await run(
    script(`${SOCKETS}
      import { execFileSync } from 'node:child_process';
      import { readdirSync } from 'node:fs';
      const list = () => execFileSync('/bin/sh', ['-c', 'ls /proc/self/fd']).toString();
      const before = list();
      const [a, b] = socketpair();
      a.receive({ timeout: 1 }).catch(() => {});
      console.log(list() === before);`),
  );
  assert.is(stdout.toString().trim(), 'true');
});

t.run();
