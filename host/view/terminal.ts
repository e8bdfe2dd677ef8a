import { escapeControls } from '../check/escape.js';
import type { Block, Cell, Drawing, Role } from './drawing.js';
import { escapeRows, widthsOf, wrap } from './grid.js';

/** Select Graphic Rendition, ECMA-48 8.3.117. */
const COLOURS: Record<Role, string> = {
  length: '36',
  level: '35',
  type: '33',
  payload: '32',
  pad: '2',
  problem: '1;31',
  different: '1;33',
  title: '1',
  offset: '2',
  text: '',
};

const GAP = '  ';
const INDENT = '  ';
/** The last column is not made narrower than this, however narrow the terminal. */
const NARROWEST = 16;

export interface TerminalOptions {
  colour: boolean;
  /** Columns that there are; the last column of a row is broken to fit. */
  width?: number;
}

/** A drawing as lines of a terminal; no text in it does anything to one. Blocks are apart by an empty line or an arrow. */
export function printDrawing(drawing: Drawing, options: TerminalOptions): string[] {
  return drawing.flatMap((block, i) => {
    const { arrow, level = 0 } = block;
    const indent = INDENT.repeat(level);
    const { colour, width } = options;
    const inside = width === undefined ? options : { colour, width: Math.max(NARROWEST, width - indent.length) };
    const between = i === 0 ? [] : arrow === undefined ? [''] : printArrow(arrow, indent, options);
    return [...between, ...printBlock(block, inside).map((line) => (line === '' ? '' : indent + line))];
  });
}

function printArrow(label: string, indent: string, { colour }: TerminalOptions): string[] {
  return [`│ ${escapeControls(label)}`, '▼'].map((line) => indent + paint(line.trimEnd(), 'offset', colour));
}

function printBlock({ title, rows }: Block, options: TerminalOptions): string[] {
  const heading = title ? printTitle(title, options) : [];
  const cells = escapeRows(rows);
  const widths = widthsOf(cells);
  const indent = title ? INDENT : '';
  return [...heading, ...cells.flatMap((row) => printRow(row, widths, indent, options))];
}

function printTitle(title: readonly Cell[], { colour, width }: TerminalOptions): string[] {
  const text = title.map((cell) => escapeControls(cell.text)).join(' ');
  // One colour is broken into lines with ease; several are left as they are.
  const [only, second] = title;
  if (!only || second) return [title.map((cell) => paint(escapeControls(cell.text), cell.role, colour)).join(' ')];
  return wrap(text, width).map((line) => paint(line, only.role, colour));
}

function printRow(row: readonly Cell[], widths: readonly number[], indent: string, options: TerminalOptions): string[] {
  const { colour, width } = options;
  const before = row.slice(0, -1);
  const used = before.reduce((sum, _, i) => sum + (widths[i] ?? 0) + GAP.length, indent.length);
  const start = before.map(({ text, role, right }, i) => {
    const space = ' '.repeat((widths[i] ?? 0) - text.length);
    return (right ? space : '') + paint(text, role, colour) + (right ? '' : space);
  });
  const last = row.at(-1);
  const column = widths[row.length - 1] ?? 0;
  const text = last?.right ? last.text.padStart(column) : (last?.text ?? '');
  const lines = wrap(text, width === undefined ? undefined : Math.max(NARROWEST, width - used));
  return lines.map((line, i) => {
    const left = i === 0 ? indent + start.map((each) => each + GAP).join('') : ' '.repeat(used);
    return trimEnd(left, paint(line, last?.role ?? 'text', colour));
  });
}

/** A line without blanks at its end. */
function trimEnd(left: string, last: string): string {
  return last === '' ? left.trimEnd() : left + last;
}

function paint(text: string, role: Role, colour: boolean): string {
  return colour && text !== '' && COLOURS[role] !== '' ? `\x1b[${COLOURS[role]}m${text}\x1b[0m` : text;
}
