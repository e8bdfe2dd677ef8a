/** What the codec promises of any bytes on every ABI, wholly in the module. */

import { describeBroken } from '../../generate/classes.js';
import { findControlAbi, listAbis } from '../../model/rows.js';
import type { Target, TargetContext, Verdict } from '../target.js';

export function openCodec(_argument: string, { engine, options }: TargetContext): Target {
  const { fuzzCodec, fuzzTryCodec, fuzzCoverCodec, fuzzAbi, fuzzClass, fuzzClassCount } = engine.lab.exports;
  const abis = listAbis(engine.lab);
  const ids = abis.map(({ id }) => id);
  const told = new Set<number>();
  const verdict = (number: number, abi: number): Verdict => ({ ...describeBroken(number), details: { abi: ids[abi] } });
  return {
    name: 'codec',
    abi: options.abi,
    isDeterministic: true,
    run(input, details) {
      engine.set(input);
      const abi = findControlAbi(engine.lab, typeof details?.abi === 'string' ? details.abi : options.abi);
      const number = fuzzTryCodec(abi);
      return number >= 0 ? verdict(number, abi) : undefined;
    },
    runMany(count) {
      if (fuzzCodec(count) !== 1) return undefined;
      told.add(fuzzClass());
      return verdict(fuzzClass(), fuzzAbi());
    },
    cover(input) {
      engine.set(input);
      // It was kept for one of them, and may do something new on others.
      return abis.reduce((sum, { dialect }, abi) => sum + (dialect === '' ? 0 : fuzzCoverCodec(abi)), 0);
    },
    edgeCount: engine.statistics().edgeCount,
    classes: () => new Map([...told].map((number) => [describeBroken(number).class, fuzzClassCount(number)])),
    close: () => undefined,
  };
}
