import { rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { recordOf } from '../../fuzz/artifact.js';
import { makeSmaller } from '../../fuzz/smaller.js';
import { writeWhole } from '../../fuzz/whole-file.js';
import { hexOfBytes } from '../../model/hex.js';
import { draw } from '../drawing.js';
import { atEnd } from '../lifetime.js';
import { complain, printJson, printLines } from '../output.js';
import { drawFinding } from './draw-finding.js';
import { askTarget, describeVersion, type GivenOptions, takeFinding } from './given-finding.js';
import { orRefuse } from './refuse.js';

/** `ancillary fuzz minimize`. */
export async function minimizeFile(
  file: string,
  options: GivenOptions & { output?: string; json?: true },
  version: string,
): Promise<void> {
  const done = await orRefuse(async () => {
    const given = takeFinding(file, options);
    const aged = describeVersion(given, version);
    if (aged !== undefined) complain(aged);
    const asked = askTarget(given, { note: complain });
    const forget = atEnd(() => asked.kill());
    try {
      const verdict = await asked.try(given.input, given.details);
      if (!verdict)
        throw invalidArgument(`nothing is wrong with ${file} for ${given.target}: there is nothing to keep`);
      const input = await makeSmaller(asked, given.input, verdict);
      const again = verdict.class === 'hang' ? verdict : await asked.try(input, verdict.details);
      const isSame = again?.class === verdict.class;
      return {
        given,
        finding: { ...given, seed: 0n, ...(isSame ? again : verdict), input: isSame ? input : given.input },
      };
    } finally {
      await asked.close();
      forget();
    }
  });
  if (!done) return;
  const { given, finding } = done;
  const output = options.output ?? `${file.replace(/\.bin$/, '')}.min.bin`;
  writeResult(output, finding.input, `${JSON.stringify(recordOf(finding, version), null, 2)}\n`);
  const { target, input, class: name, cause } = finding;
  const before = given.input.length;
  if (options.json) {
    const { abi } = given.options;
    await printJson({
      class: name,
      cause,
      target,
      abi,
      file: output,
      bytes: input.length,
      before,
      input: hexOfBytes(input),
    });
    return;
  }
  await draw(drawFinding(finding));
  await printLines([`${before} bytes before, ${input.length} now: ${output}`]);
}

function writeResult(output: string, input: Uint8Array, record: string): void {
  const folder = dirname(output);
  const name = basename(output);
  const beside = `${name.replace(/\.bin$/, '')}.json`;
  try {
    writeWhole(folder, beside, record, { sync: true });
    writeWhole(folder, name, input, { sync: true });
  } catch (error) {
    rmSync(`${folder}/${beside}`, { force: true });
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot write ${output}: ${message}; the smaller input is ${hexOfBytes(input)}`);
  }
}
