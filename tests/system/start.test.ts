/** What a start loads: every module of Node's takes its part of a millisecond. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('start');

/** What the library needs in other moments only, or could have of a cheaper place. */
const SPARED = ['perf_hooks', 'os', 'net', 'dgram', 'tty', 'child_process', 'worker_threads', 'stream'];

t.test('the import and the first sockets load no module of Node that only something else needs', async () => {
  const { code, stdout, stderr } = await run(
    script(`
      const list = () => process.moduleLoadList.map((name) => name.replace('NativeModule ', ''));
      const before = new Set(list());
      const { socketpair } = await import('ancillary');
      socketpair();
      const loaded = list().filter((name) => !before.has(name));
      console.log(JSON.stringify(loaded));
    `),
  );
  assert.is(code, 0, stderr);
  const loaded: string[] = JSON.parse(stdout.toString());
  // That the list tells what is loaded.
  assert.ok(loaded.length > 0);
  assert.equal(
    loaded.filter((name) => SPARED.includes(name)),
    [],
  );
});

t.test('the import alone loads no way to load koffi', async () => {
  const { code, stdout, stderr } = await run(
    script("await import('ancillary'); console.log(process.moduleLoadList.includes('NativeModule module'));"),
  );
  assert.equal([code, stdout.toString(), stderr], [0, 'false\n', '']);
});

/** Programs that have koffi of their own too, or not; each prints which files of koffi were loaded. */
const LOADED = `
  import { createRequire } from 'node:module';
  import { socketpair } from 'ancillary';
  const require = createRequire(import.meta.url);
  const list = () => Object.keys(require.cache).filter((file) => /koffi/.test(file)).map((file) => file.split('/').at(-1));
`;
const USE = 'for (const end of socketpair()) end.closeSync();';
const OWN = "const abs = require('koffi').load(null).func('int abs(int)'); console.log(abs(-5));";

for (const { name, text, out } of [
  { name: "the first sockets load koffi's binary, and not koffi", text: USE, out: 'index.js koffi.node' },
  {
    name: 'a program can have koffi later',
    text: USE + OWN,
    out: '5\nindex.js koffi.node index.cjs index.cjs static.cjs',
  },
  {
    name: 'a program can have koffi before',
    text: OWN + USE,
    out: '5\nindex.cjs index.cjs static.cjs index.js koffi.node',
  },
]) {
  t.test(`${name}: the binary is loaded once`, async () => {
    const { code, stdout, stderr } = await run(script(`${LOADED} ${text} console.log(list().join(' '));`));
    assert.equal([code, stdout.toString(), stderr], [0, `${out}\n`, '']);
  });
}

t.test('no line of the library is long, because Node prints the one that threw', () => {
  const lengths = readFileSync('build/cjs/library.js', 'utf8')
    .split('\n')
    .map((line) => line.length);
  assert.ok(lengths.length > 1000 && Math.max(...lengths) < 500, `${Math.max(...lengths)} characters`);
});

t.run();
