import { hexOfBytes } from '../../model/hex.js';
import { draw } from '../drawing.js';
import { atEnd } from '../lifetime.js';
import { complain, printJson, printLines } from '../output.js';
import { drawFinding } from './draw-finding.js';
import { askTarget, describeVersion, type GivenOptions, takeFinding } from './given-finding.js';
import { orRefuse } from './refuse.js';

/** `ancillary fuzz replay`. */
export async function replay(file: string, options: GivenOptions & { json?: true }, version: string): Promise<void> {
  const tried = await orRefuse(async () => {
    const given = takeFinding(file, options);
    const aged = describeVersion(given, version);
    if (aged !== undefined) complain(aged);
    const asked = askTarget(given, { note: complain, isShown: true });
    const forget = atEnd(() => asked.kill());
    try {
      return { given, verdict: await asked.try(given.input, given.details) };
    } finally {
      await asked.close();
      forget();
    }
  });
  if (!tried) return;
  const { given, verdict } = tried;
  const { target, input, expected } = given;
  if (verdict) process.exitCode = 1;
  if (options.json) {
    const { abi, between, against } = given.options;
    const what = { target, abi, between, against, bytes: input.length, input: hexOfBytes(input), expected };
    await printJson({ found: verdict !== undefined, ...verdict, ...what });
    return;
  }
  const before = expected === undefined ? '' : `; it was found as ${expected}`;
  if (!verdict) return printLines([`nothing is wrong with ${input.length} bytes for ${target}${before}`]);
  await draw(drawFinding({ ...verdict, target, input, options: given.options }));
  if (expected !== undefined && expected !== verdict.class) await printLines([`it was found as ${expected}`]);
}
