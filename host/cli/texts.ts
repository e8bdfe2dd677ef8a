/** What is said of rows to people: it is no part of the module, nor of the library. */
import texts from '../../build/rows/texts.json';

interface RowTexts {
  summary?: string;
  source: string;
}

const tables = texts as { abis: Record<string, RowTexts>; walks: Record<string, RowTexts> };

/** The rows with their texts. */
export function withTexts<Row extends { id: string }>(kind: keyof typeof tables, rows: Row[]): (Row & RowTexts)[] {
  return rows.map((row) => ({ ...row, ...(tables[kind][row.id] as RowTexts) }));
}
