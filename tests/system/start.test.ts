/** What a start loads: every module of Node's takes its part of a millisecond. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('start');

/** What the library needs in other moments only, or could have of a cheaper place. */
const SPARED = ['perf_hooks', 'os', 'dgram', 'child_process'];

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

t.run();
