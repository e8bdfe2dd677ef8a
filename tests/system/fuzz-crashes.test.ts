/** A target that ends its process, or never ends, is a finding like any other, and the run goes on behind it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Json } from '../support/ask.js';
import {
  assertWhole,
  filesOf,
  fuzzJson,
  linesOf,
  type MODULES,
  madeFolder,
  only,
  writeModule,
} from '../support/fuzzing.js';
import { run } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-crashes');

interface Kind {
  module: keyof typeof MODULES;
  class: string;
  cause: string;
  timeout?: string;
}

const LATE = 'the target did not end within 0.5 s';
const KINDS: Kind[] = [
  { module: 'exits', class: 'exit:3', cause: 'the target ended its process with 3' },
  { module: 'aborts', class: 'crash:SIGABRT', cause: 'the target crashed: SIGABRT' },
  { module: 'crashes', class: 'crash:SIGSEGV', cause: 'the target crashed: SIGSEGV' },
  { module: 'hangs', class: 'hang', cause: LATE, timeout: '500ms' },
  { module: 'waits', class: 'hang', cause: LATE, timeout: '500ms' },
];

for (const { module, class: name, cause, timeout = '20s' } of KINDS) {
  t.test(
    `a target that ${module} is a finding, saved, and the command that is printed shows it again`,
    () =>
      withTempDir(async (folder) => {
        const artifacts = join(folder, 'found here');
        // Each input that ends the process costs a new one.
        const argv = [writeModule(folder, module), '--runs', '4', '--seed', '1', '--timeout', timeout];
        const { code, stderr, lines } = await fuzzJson([...argv, '--artifacts', artifacts]);
        assert.equal([code, stderr], [1, '']);
        const [found, ...others] = only(lines, 'finding');
        assert.is(others.length, 0, 'one of each class');
        assert.equal([found?.class, found?.cause], [name, cause]);
        const input = readFileSync(String(found?.file));
        assert.is(input.toString('hex'), found?.input);
        assert.ok(input.length > 8, 'it still shows it');
        assertWhole(madeFolder(folder, 'none'), artifacts);
        assert.is(filesOf(artifacts).size, 2);

        const end = only(lines, 'end')[0] as Json;
        assert.equal([end.findings, end.executions], [1, 4]);
        assert.ok(((end.classes as Record<string, number>)[name] as number) > 1, 'further ones are counted');

        const replayed = await run(['sh', '-c', `${found?.replay} --json --timeout ${timeout}`], { limit: 30_000 });
        assert.is(replayed.code, 1, replayed.stderr);
        assert.is(linesOf(replayed.stdout)[0]?.class, name);
      }),
    { timeout: 60_000 },
  );
}

t.test(
  'a target that takes all memory is a finding, and the machine keeps its own',
  () =>
    withTempDir(async (folder) => {
      const argv = [writeModule(folder, 'hoards'), '--runs', '1', '--seed', '4', '--no-artifacts', '--timeout', '60s'];
      const env = { NODE_OPTIONS: '--max-old-space-size=128' };
      const { code, lines } = await fuzzJson(argv, { env });
      assert.is(code, 1);
      assert.is(only(lines, 'finding')[0]?.class, 'out-of-memory');
    }),
  { timeout: 80_000 },
);

t.run();
