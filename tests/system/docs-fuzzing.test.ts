/** docs/fuzzing.md, word for word: its files are written, its commands run, and what it shows of their output comes. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { makeProject } from '../support/npm-project.js';
import { isShown, readPage } from '../support/page.js';
import { Running, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('docs-fuzzing');
const steps = readPage(readFileSync('docs/fuzzing.md', 'utf8'));
const noCompiler = lacks('cc', '--version');
const noLibFuzzer = lacks(
  'sh',
  '-c',
  'echo "int LLVMFuzzerTestOneInput(){return 0;}" | clang -fsanitize=fuzzer -x c -o /dev/null -',
);
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const project = noCompiler
  ? { problem: noCompiler }
  : await makeProject({ 'fast-check': devDependencies['fast-check'] }, {});

const title = 'the page does what it says, from nothing to a finding, and back to none';
if ('problem' in project) t.skip(title, project.problem);
else {
  const { folder, remove } = project;
  t.after(remove);
  if (noLibFuzzer) t.skip('the page runs libFuzzer', noLibFuzzer);
  t.test(
    title,
    async () => {
      const shell = new Running(['bash', '-m'], { stdio: ['pipe', 'pipe', 'pipe'], limit: 550_000 });
      const tell = (line: string) => shell.child.stdin?.write(`${line}\n`);
      let name = '';
      try {
        tell(`cd ${folder}; export NO_COLOR=1; exec 2>/dev/null`);
        for (const [i, step] of steps.entries()) {
          if (step.kind === 'file') {
            name = step.name;
            assert.ok(name, step.text);
            writeFileSync(join(folder, name), step.text);
          } else if (step.kind === 'change') {
            const file = join(folder, 'server.c');
            const text = readFileSync(file, 'utf8');
            assert.is(text.split(`${step.from}\n`).length, 2, step.from);
            writeFileSync(file, text.replace(step.from, step.to));
          } else await runStep(step.command, step.shown, i);
        }
      } finally {
        tell('kill $(jobs -p); exit');
        shell.child.stdin?.end();
        await shell.ended;
      }

      async function runStep(command: string, shown: string, i: number): Promise<void> {
        // The project is what it installs, packed here.
        if (command.startsWith('npm install ')) return;
        if (noLibFuzzer && /^(clang|\.\/target) /.test(command)) return;
        const before = shell.stdout.length;
        const end = `-- end of step ${i} --`;
        // In the background it must be there before the next command.
        tell(command.endsWith('&') ? `rm -f server.socket; ${command}` : command);
        if (command.endsWith('&')) tell('until [ -S server.socket ]; do sleep 0.05; done');
        tell(`echo "${end}"`);
        await until(command, () => shell.stdout.includes(end, before), 110_000);
        const output = shell.stdout.subarray(before).toString().replace(end, '');
        if (shown !== '') assert.ok(isShown(output, shown), `${command}\nshown:\n${shown}\nprinted:\n${output}`);
      }
    },
    { timeout: 560_000 },
  );
}

t.run();
