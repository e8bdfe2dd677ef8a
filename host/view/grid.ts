/** What every printer of drawings needs: texts that do nothing, columns, lines. */
import { escapeControls } from '../check/escape.js';
import type { Cell } from './drawing.js';

/** The rows, with all that acts escaped. */
export function escapeRows(rows: readonly (readonly Cell[])[]): Cell[][] {
  return rows.map((row) => row.map((cell) => ({ ...cell, text: escapeControls(cell.text) })));
}

/** The widths of the columns; the last cell of a row, which nothing follows, does not count. */
export function widthsOf(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach(({ text }, i) => {
      if (i < row.length - 1) widths[i] = Math.max(widths[i] ?? 0, text.length);
    });
  }
  return widths;
}

/** Lines of at most `width`, broken at blanks where there are some. */
export function wrap(text: string, width = Number.POSITIVE_INFINITY): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const at = blank > 0 ? blank : width;
    lines.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return [...lines, rest];
}
