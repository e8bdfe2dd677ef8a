import type { Asking, Oracle, Subject, Verdict } from './answer.js';

/** One line of the table: what each oracle said, and what that comes to. */
export interface CheckedRow extends Subject {
  /**
   * `agrees`: something executed or compiled here or where the vectors were made says so; `differs`: something says
   * otherwise; `document`: nothing but a text says so.
   */
  proof: 'agrees' | 'differs' | 'document';
  /** By the name of the oracle. */
  answers: Record<string, Verdict>;
}

/** Asks every oracle about every subject; those that wait for other programs work beside the rest. */
export async function askAll(oracles: readonly Oracle[], asking: Asking): Promise<CheckedRow[]> {
  const answers = new Map<string, Record<string, Verdict>>();
  const keyOf = ({ kind, id }: Subject) => `${kind} ${id}`;
  for (const subject of asking.subjects) answers.set(keyOf(subject), {});
  await Promise.all(
    oracles.map(({ name, ask }) =>
      ask(asking, (subject, verdict) => {
        const row = answers.get(keyOf(subject));
        if (row) row[name] = verdict;
      }),
    ),
  );
  return asking.subjects.map((subject) => {
    const told = answers.get(keyOf(subject)) ?? {};
    const all = oracles.map(({ name, scope }): [string, Verdict] => [
      name,
      told[name] ?? { state: 'not run', reason: scope },
    ]);
    return { ...subject, proof: proofOf(all.map(([, verdict]) => verdict)), answers: Object.fromEntries(all) };
  });
}

function proofOf(verdicts: readonly Verdict[]): CheckedRow['proof'] {
  if (verdicts.some(({ state }) => state === 'differs')) return 'differs';
  return verdicts.some(({ state }) => state === 'agrees') ? 'agrees' : 'document';
}
