import { escapeControls } from '../check/escape.js';
import type { Verdict } from '../oracle/answer.js';
import type { CheckedRow } from '../oracle/ask-all.js';
import { columns } from '../view/columns.js';

/** Colours a mark, or leaves it as it is. */
export type Paint = (mark: string, state: Verdict['state']) => string;

const MARKS: Record<Verdict['state'], string> = { agrees: '✓', differs: '✗', document: 'document', 'not run': '-' };
/** So many names of rows stand before the text that they share. */
const MOST_NAMES = 4;
/** Longer texts are cut: lists of what headers do not have are long. */
const LONGEST = 240;

/** The table, and below it the first difference of each cross, why what was not run was not, and what else was said. */
export function drawCheck(rows: readonly CheckedRow[], oracles: readonly string[], paint: Paint): string[] {
  return [
    ...drawTable(rows, oracles, paint),
    ...section('Differences:', rows, oracles, (verdict) => (verdict.state === 'differs' ? [verdict.difference] : [])),
    ...section('Not run (-):', rows, oracles, (verdict) => (verdict.state === 'not run' ? [verdict.reason] : [])),
    ...section('Notes:', rows, oracles, (verdict) =>
      verdict.state === 'agrees' ? (verdict.notes ?? []) : verdict.state === 'document' ? [verdict.note] : [],
    ),
  ];
}

/** Painted when the widths are known: the codes of colours have none. */
function drawTable(rows: readonly CheckedRow[], oracles: readonly string[], paint: Paint): string[] {
  const cells = rows.map(({ kind, id, proof, answers }) => [
    kind === 'walk' ? `walk ${id}` : id,
    ...oracles.map((name) => MARKS[answers[name]?.state ?? 'not run']),
    MARKS[proof],
  ]);
  const lines = columns([['', ...oracles, 'row'], ...cells]);
  return lines.map((line, i) => {
    const id = cells[i - 1]?.[0] ?? line;
    return id + line.slice(id.length).replace(/✓|✗|document/g, (mark) => paint(mark, stateOf(mark)));
  });
}

function stateOf(mark: string): Verdict['state'] {
  const [state] = Object.entries(MARKS).find(([, each]) => each === mark) ?? [];
  return state as Verdict['state'];
}

/** Texts by oracle, each once, with the rows that it is said of. */
function section(
  title: string,
  rows: readonly CheckedRow[],
  oracles: readonly string[],
  textsOf: (verdict: Verdict) => readonly string[],
): string[] {
  const lines = oracles.flatMap((oracle) => {
    const byText = new Map<string, string[]>();
    for (const { id, answers } of rows) {
      for (const text of textsOf(answers[oracle] as Verdict)) byText.set(text, [...(byText.get(text) ?? []), id]);
    }
    // Compilers and strace may say anything.
    return [...byText].map(([text, ids]) =>
      escapeControls(`  ${oracle}, ${describe(ids, rows.length)}: ${shorten(text)}`),
    );
  });
  return lines.length > 0 ? ['', title, ...lines] : [];
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/,? \S*$/, '')} ... (--json has all)`;
}

function describe(ids: readonly string[], all: number): string {
  if (ids.length === all && all > 1) return 'all';
  const [first, ...more] = ids;
  return ids.length <= MOST_NAMES ? ids.join(', ') : `${first} and ${more.length} others`;
}
