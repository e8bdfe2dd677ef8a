/** Nothing of the outside is trusted at call time: what others replace, break or throw does not reach descriptors. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('globals');

const PRELUDE = `
  import { openSync, readdirSync, readlinkSync } from 'node:fs';
  import { mock } from 'node:test';
  import { socketpair, UnixListener, UnixStream } from 'ancillary';
  const { setTimeout: later } = globalThis;
  const sleep = (ms) => new Promise((resolve) => later(resolve, ms));
  const count = () => readdirSync('/proc/self/fd').length;
  const file = openSync('/dev/null');
  const [a, b] = socketpair();
  process.on('warning', ({ code }) => { if (code === 'ANCILLARY_LEAK') console.log('warning', code); });
`;

/** Runs a module; it must end by itself, and well. */
async function outputOf(text: string, ...flags: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(script(PRELUDE + text, '--expose-gc', '--no-warnings', ...flags));
  assert.is(code, 0, stderr);
  return stdout.toString().trim();
}

const DROP = `
  const drop = () => { a.sendSync('x', { fds: [file] }); b.receiveSync({ maxFds: 1 }); };
  const before = count();
`;
const COLLECT = `
  for (let i = 0; i < 200 && count() > before; i++) { await sleep(5); gc(); }
  await sleep(5);
  console.log(count() - before);
`;

t.test('fake timers, while a descriptor comes or later, do not end the watch for leaks', async () => {
  const out = await outputOf(`
    ${DROP}
    mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'setInterval'] });
    drop();
    mock.timers.reset();
    drop();
    ${COLLECT}
  `);
  assert.is(out, 'warning ANCILLARY_LEAK\nwarning ANCILLARY_LEAK\n0');
});

for (const api of ['setTimeout', 'setImmediate', 'clearTimeout', 'queueMicrotask', 'performance', 'process.hrtime']) {
  t.test(`with ${api} gone waits, timeouts and floods go on`, async () => {
    const out = await outputOf(`
      globalThis.${api} = ${api === 'performance' ? '{ now() { throw new Error() } }' : '() => { throw new Error(); }'};
      const timeout = await b.receive({ timeout: 20 }).catch(({ code }) => code);
      const aborted = new AbortController();
      const wait = b.receive({ signal: aborted.signal }).catch(({ code }) => code);
      aborted.abort();
      for (let i = 0; i < 100; i++) a.sendSync('x');
      let got = 0;
      for (let i = 0; i < 100; i++) got += (await b.receive({ maxData: 1 })).data.length;
      console.log(timeout, await wait, got);
      for (const end of [a, b]) end.closeSync();
    `);
    assert.is(out, 'ETIMEDOUT ABORT_ERR 100');
  });
}

for (const [what, text] of [
  ['is no list', 'Error.prepareStackTrace = () => 5'],
  ['throws', 'Error.prepareStackTrace = () => { throw new Error(); }'],
  ['is a list of calls', 'Error.prepareStackTrace = (_, calls) => calls'],
  ['is nothing', 'Error.stackTraceLimit = 0'],
  ['cannot be captured', 'Error.captureStackTrace = () => { throw new Error(); }'],
]) {
  t.test(`a stack that ${what} costs the line in the warning, and nothing else`, async () => {
    assert.is(await outputOf(`${text};${DROP} drop(); ${COLLECT}`), 'warning ANCILLARY_LEAK\n0');
  });
}

t.test('a process.emitWarning that throws keeps nothing from being closed', async () => {
  const out = await outputOf(`${DROP} process.emitWarning = () => { throw new Error(); }; drop(); ${COLLECT}`);
  assert.match(out, /0$/);
});

const SIGNALS: Record<string, string> = {
  'whose addEventListener throws': '{ addEventListener() { throw new Error("mine"); } }',
  'whose removeEventListener throws': '{ addEventListener() {}, removeEventListener() { throw new Error("mine"); } }',
  'whose aborted throws': '{ get aborted() { throw new Error("mine"); }, addEventListener() {} }',
  'that has no removeEventListener': '{ addEventListener() {} }',
  'that calls back at once': '{ addEventListener(_, f) { f(); }, removeEventListener() {} }',
  'that calls back again and again': '{ addEventListener(_, f) { for (let i = 0; i < 3; i++) f(); } }',
};
for (const [what, signal] of Object.entries(SIGNALS)) {
  t.test(`a signal ${what} ends no process, and the next wait is served`, async () => {
    const out = await outputOf(`
      process.on('uncaughtException', ({ message }) => console.log('uncaught', message));
      const listener = await UnixListener.listen('/tmp/ancillary-signal-' + process.pid);
      const wait = (start) => { try { return start({ signal: ${signal}, timeout: 100 }).catch(({ name }) => name); } catch { return 'threw'; } };
      const results = [b.receive, b.forEachMessage.bind(b, () => {}), listener.accept].map((f, i) => wait((o) => f.call(i === 2 ? listener : b, o)));
      await sleep(10);
      a.sendSync('x');
      const client = UnixStream.connectSync(listener.path);
      await sleep(10);
      a.sendSync('y');
      await sleep(10);
      a.sendSync('z');
      client.closeSync();
      await Promise.all(results);
      await a.send('last');
      let text = '';
      while (!text.endsWith('last')) text += (await b.receive()).data;
      console.log(true);
      listener.closeSync(); a.closeSync(); b.closeSync();
    `);
    assert.match(out, /^true/);
    assert.not.match(out, /uncaught/);
  });
}

t.test('a clock that stands still from before the import on ends no wait and no rest', async () => {
  const { code, stdout, stderr } = await run(
    script(`
      performance.now = () => 0;
      globalThis.queueMicrotask = () => {};
      const { openSync, closeSync, mkdtempSync, rmSync } = await import('node:fs');
      const { tmpdir } = await import('node:os');
      const { UnixListener, UnixStream } = await import('ancillary');
      const koffi = (await import('koffi')).default;
      const prlimit = koffi.load(null).func('int prlimit(int, int, void *, void *)');
      const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
      const listener = UnixListener.listenSync(folder + '/s');
      const aborted = new AbortController();
      const wait = listener.accept({ signal: aborted.signal }).catch(({ code }) => code);
      aborted.abort();
      console.log(await wait);
      const client = UnixStream.connectSync(listener.path);
      const limit = new BigUint64Array(2);
      prlimit(0, 7, null, limit);
      const last = openSync('/dev/null');
      prlimit(0, 7, BigUint64Array.of(BigInt(last + 1), limit[1]), null);
      console.log(await listener.accept().catch(({ code }) => code));
      prlimit(0, 7, limit, null);
      (await listener.accept()).closeSync();
      console.log('accepted');
      closeSync(last); client.closeSync(); listener.closeSync();
      rmSync(folder, { recursive: true });
    `),
  );
  assert.equal([code, stdout.toString(), stderr], [0, 'ABORT_ERR\nEMFILE\naccepted\n', '']);
});

t.run();
