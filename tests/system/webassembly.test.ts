/** Where the engine refuses WebAssembly, one line says so: in processes that it is really refused in. */
import * as assert from 'uvu/assert';
import { instantiate } from '../../host/wasm/instance.js';
import { run, script } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('WebAssembly');

const program = `
  import { AncillaryError, encode, socketpair } from 'ancillary';
  for (const call of [() => encode('x86_64-glibc', [{ fds: [3] }]), () => socketpair()]) {
    try {
      call();
      console.log('works');
    } catch (error) {
      console.log(error instanceof AncillaryError, error.code, error.message);
    }
  }`;

const noPrlimit = lacks('prlimit', '--version');
const refusal =
  'refused 2097152 bytes of WebAssembly memory \\(WebAssembly.Memory\\(\\): could not allocate memory\\); .*ulimit -v';
const jitless = /^true ERR_UNSUPPORTED there is no WebAssembly here, .*: start Node without --jitless$/;

t.test('where it is switched off the import works, and each call says so', async () => {
  const { stdout, stderr } = await run(script(program, '--jitless', '--no-warnings'));
  const lines = stdout.toString().trimEnd().split('\n');
  assert.is(lines.length, 2, stderr);
  for (const line of lines) assert.match(line, jitless);
});

const memory = 'where its memory is refused each call says so and how to get it';
if (noPrlimit) t.skip(memory, noPrlimit);
else {
  t.test(memory, async () => {
    // What Node 20 and 22 reserve of addresses for one memory is more than this; later ones get along with it.
    const { stdout, stderr } = await run(['prlimit', `--as=${8 * 2 ** 30}`, ...script(program)]);
    const lines = stdout.toString().trimEnd().split('\n');
    assert.is(lines.length, 2, stderr);
    for (const line of lines) assert.match(line, new RegExp(`^works$|^true ENOMEM .*${refusal}`));
    const reserves = Number(process.versions.node.split('.')[0]) < 24;
    if (reserves) assert.ok(!lines.includes('works'), 'the limit was too high to refuse anything');
  });
}

t.test('more memory than the engine can address is refused in one line', async () => {
  const error = await thrownBy(() => instantiate(undefined, 2 ** 17));
  assert.is(error.code, 'ENOMEM');
  assert.match(error.message, /^the engine refused 8589934592 bytes of WebAssembly memory \(.*\); /);
  assert.instance(error.cause, Error);
});

t.test('a module that the engine does not compile is refused in one line', async () => {
  const error = await thrownBy(() => instantiate(Uint8Array.of(0, 97, 115, 109)));
  assert.is(error.code, 'ERR_UNSUPPORTED');
  assert.match(error.message, /^the engine refused the WebAssembly module \(.*\); a page's Content-Security-Policy /);
  assert.instance(error.cause, Error);
});

t.test('so it is in a context that allows no code to be made', async () => {
  const { stdout, stderr } = await run(
    script(`
      import { createContext, runInContext } from 'node:vm';
      import { readFileSync } from 'node:fs';
      import { buildSync } from 'esbuild';
      const { outputFiles } = buildSync({
        entryPoints: ['build/codec.js'], bundle: true, format: 'iife', globalName: 'codec', write: false,
      });
      const context = createContext({}, { codeGeneration: { wasm: false } });
      runInContext(outputFiles[0].text, context);
      console.log(runInContext('try { codec.abis() } catch (error) { error.name + " " + error.message }', context));
    `),
  );
  assert.match(
    stdout.toString(),
    /^AncillaryError the engine refused the WebAssembly module \(.*disallowed.*\n$/,
    stderr,
  );
});

t.run();
