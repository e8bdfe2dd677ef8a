/** Buffers on which walks disagree: what each makes of them, and on which every two differ; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';
import { findLayout, isSameWalk, readWalkExamples, readWalkRows, walkOutcome } from '../support/walk-examples.js';

export function walksSuite(build: string, codec: CodecInstance): void {
  const t = suite(`walks, ${build}`);
  const { layouts, walkers, examples, smallest, pairs } = readWalkExamples();
  const rows = readWalkRows();
  const abis = Object.fromEntries(Object.entries(layouts).map(([name, layout]) => [name, findLayout(codec, layout)]));

  /** The outcomes of every example, the smallest among them, as one text each. */
  function outcomesOf(walker: string): Map<string, string> | undefined {
    const [dialect, layout] = walkers[walker] as [string, string];
    const abi = abis[layout];
    if (abi === undefined) return undefined;
    const all = [...examples, ...Object.entries(smallest).map(([name, control]) => ({ name, control, zeros: 0 }))];
    return new Map(
      all.map(({ name, control, zeros }) => [
        name.split(' ')[0] as string,
        JSON.stringify(walkOutcome(codec, abi, dialect, control, zeros)),
      ]),
    );
  }

  for (const [walker, [dialect, layout]] of Object.entries(walkers)) {
    const abi = abis[layout];
    const title = `${walker}: every example ends as it does there`;
    if (abi === undefined) {
      t.skip(title, `no ABI has the layout ${layout}`);
      continue;
    }
    t.test(title, () => {
      for (const { name, control, zeros, outcomes } of examples) {
        const { walkers: _, ...expected } = outcomes.find((outcome) => outcome.walkers.includes(walker)) ?? {};
        assert.equal(walkOutcome(codec, abi, dialect, control, zeros), expected, name);
      }
    });
  }

  t.test('a walk uses nothing that the one before it left, whichever that was', () => {
    const known = Object.entries(walkers).flatMap(([walker, [dialect, layout]]) => {
      const abi = abis[layout];
      return abi === undefined
        ? []
        : [{ walker, walk: (control: string) => walkOutcome(codec, abi, dialect, control, 0) }];
    });
    const short = examples.filter(({ zeros }) => !zeros);
    for (const before of known) {
      for (const { name, control, outcomes } of short) {
        for (const { walker, walk } of known) {
          before.walk(control);
          const { walkers: _, ...expected } = outcomes.find((outcome) => outcome.walkers.includes(walker)) ?? {};
          assert.equal(walk(control), expected, `${name}: ${walker} after ${before.walker}`);
        }
      }
    }
  });

  for (const [walker, row] of Object.entries(pairs)) {
    t.test(`${walker} differs from the others where it is said to, and nowhere from its equals`, () => {
      const mine = outcomesOf(walker);
      const names = Object.keys(walkers);
      for (const [i, example] of row.split(' ').entries()) {
        const other = names[names.indexOf(walker) + 1 + i] as string;
        const theirs = outcomesOf(other);
        if (!mine || !theirs) continue;
        if (example === '=') assert.equal(mine, theirs, other);
        else assert.is.not(mine.get(example), theirs.get(example), `${other} in ${example}`);
      }
    });
  }

  t.test('every walk has examples, or is the same as one that has', () => {
    const shown = new Set(Object.values(walkers).map(([dialect]) => dialect));
    for (const row of rows) assert.ok(shown.has(row.id) || (isSameWalk(row) && shown.has(row.like as string)), row.id);
  });

  for (const row of rows.filter(isSameWalk)) {
    t.test(`${row.id} is ${row.like} by another name`, () => {
      for (const abi of Object.values(abis)) {
        if (abi === undefined) continue;
        for (const { name, control, zeros } of examples) {
          const [own, same] = [row.id, row.like as string].map((id) => walkOutcome(codec, abi, id, control, zeros));
          assert.equal(own, same, name);
        }
      }
    });
  }

  t.run();
}
