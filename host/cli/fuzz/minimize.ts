import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { writeArtifact } from '../../fuzz/artifact.js';
import type { Finding } from '../../fuzz/finding.js';
import { makeSmaller } from '../../fuzz/smaller.js';
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
  writeResult(output, finding, version);
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

function writeResult(output: string, finding: Finding, version: string): void {
  try {
    writeArtifact(output, finding, version);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    const rest = `the smaller input is ${hexOfBytes(finding.input)}`;
    throw new AncillaryError(code, `cannot write ${output}: ${message}; ${rest}`);
  }
}
