/** The bugs of the museum that libFuzzer is given in C are those of the museum. */
import * as assert from 'uvu/assert';
import { Engine } from '../../host/generate/engine.js';
import { findExhibit } from '../../host/museum/find.js';
import { museumLab } from '../../host/museum/search.js';
import { simulate } from '../../host/museum/simulate.js';
import { wordsOf } from '../../host/museum/words.js';
import { compileC } from '../support/fuzz-fixtures.js';
import { run } from '../support/process.js';
import { seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('museum-contender');
const SOURCE = { file: 'scripts/bench/contenders/fuzz-museum.c' };
const COUNT = 20_000;
const lack = lacks('cc', '--version');

/** Inputs as the program reads them. */
const framed = (inputs: readonly Uint8Array[]) =>
  Buffer.concat(inputs.flatMap((input) => [Buffer.from(Uint32Array.of(input.length).buffer), input]));

for (const id of ['A9', 'B10', 'D11', 'E5', 'G2']) {
  const title = `${id} in C is shown by the inputs that show it in the museum, and by no others`;
  if (lack) {
    t.skip(title, lack);
    continue;
  }
  t.test(
    title,
    () =>
      withTempDir(async (folder) => {
        const simulated = simulate(museumLab(), findExhibit(id)) as NonNullable<ReturnType<typeof simulate>>;
        const engine = new Engine({ abi: simulated.abi, seed: BigInt(seed()) });
        for (const word of wordsOf(museumLab(), simulated.abi)) engine.addWord(word);
        const inputs = [simulated.trigger, ...simulated.neighbours];
        while (inputs.length < COUNT / 2) inputs.push(engine.next().slice());
        // Half of them close to what shows it.
        for (let last = simulated.trigger; inputs.length < COUNT; last = inputs.length % 4 ? last : simulated.trigger) {
          engine.set(last);
          engine.mutate();
          last = engine.input.slice();
          inputs.push(last);
        }
        const program = compileC(folder, id, SOURCE, '-DCHECK');
        const { code, stdout } = await run([program, id], { input: framed(inputs) });
        assert.is(code, 0);
        const shown = inputs.map((input) => simulated.isShown(input));
        const parted = inputs.find((_, i) => (stdout[i] === 0x31) !== shown[i]);
        assert.is(parted && Buffer.from(parted).toString('hex'), undefined);
        assert.is(stdout.length, inputs.length);
        assert.ok(shown.filter((is) => is).length > COUNT / 200, 'some show it');
      }),
    { timeout: 60_000 },
  );
}

t.run();
