/** A drawing as a picture: a card for each block, columns as at a terminal, cells in the colour of their role. */
import { escapeControls } from '../check/escape.js';
import type { Block, Cell, Drawing, Role } from './drawing.js';
import { escapeRows, widthsOf, wrap } from './grid.js';

/** Colour of the text, and behind it. */
const COLOURS: Record<Role, { ink: string; paper?: string; bold?: true }> = {
  length: { ink: '#0b6a7a', paper: '#dff4f8' },
  level: { ink: '#7b2d8e', paper: '#f6e8fa' },
  type: { ink: '#8a4a00', paper: '#fff0db' },
  payload: { ink: '#226b2c', paper: '#e6f6e8' },
  pad: { ink: '#5f6670', paper: '#eef0f2' },
  problem: { ink: '#b42318', paper: '#fdecea', bold: true },
  different: { ink: '#8a4a00', bold: true },
  title: { ink: '#14181f', bold: true },
  offset: { ink: '#5f6670' },
  text: { ink: '#262b33' },
};

/** All lengths are in pixels; a character of most monospaced fonts is 0.6 of its height wide, of some a little more. */
const FONT = 14;
const CHARACTER = 8.5;
const LINE = 22;
const PAD = 12;
const MARGIN = 16;
const STEP = 36;
const GAP = 14;
const ARROW = 44;
/** Characters between two columns, and at most in the last one, which is broken to fit. */
const COLUMN_GAP = 2;
const LONGEST = 100;

/** A text of a card, in characters and lines from its corner. */
interface Placed extends Cell {
  column: number;
  line: number;
}

interface Card {
  texts: Placed[];
  /** In characters and lines. */
  width: number;
  height: number;
}

/** The text of an SVG file; no text in the drawing is markup in it, or does anything. `name` is what the picture is of. */
export function printSvg(drawing: Drawing, name: string): string {
  const shapes: string[] = [];
  let y = MARGIN;
  let right = 0;
  for (const [i, block] of drawing.entries()) {
    const { arrow, level = 0 } = block;
    const card = layOut(block);
    const x = MARGIN + level * STEP;
    if (i > 0) {
      if (arrow !== undefined) shapes.push(...drawArrow(x, y, arrow));
      y += arrow === undefined ? GAP : ARROW;
      if (arrow !== undefined) right = Math.max(right, x + STEP + arrow.length * CHARACTER);
    }
    const width = card.width * CHARACTER + 2 * PAD;
    const height = card.height * LINE + 2 * PAD;
    shapes.push(`<rect class="card" x="${x}" y="${y}" width="${round(width)}" height="${height}" rx="6"/>`);
    shapes.push(...card.texts.flatMap((text) => drawText(text, x + PAD, y + PAD)));
    y += height;
    right = Math.max(right, x + width);
  }
  const [width, height] = [Math.ceil(right + MARGIN), Math.ceil(y + MARGIN)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${markup(escapeControls(name))}</title>`,
    `<style>${styles()}</style>`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

function styles(): string {
  const roles = Object.entries(COLOURS).map(
    ([role, { ink, bold }]) => `.${role}{fill:${ink}${bold ? ';font-weight:bold' : ''}}`,
  );
  return [
    `text{font:${FONT}px 'DejaVu Sans Mono',Menlo,Consolas,monospace;white-space:pre}`,
    '.card{fill:#fcfcfd;stroke:#c3c8d0}',
    '.arrow{fill:none;stroke:#5f6670;stroke-width:1.5}',
    ...roles,
  ].join('');
}

function layOut({ title = [], rows }: Block): Card {
  const texts: Placed[] = [];
  let line = 0;
  const [only, second] = title;
  if (only && !second) {
    for (const text of wrap(escapeControls(only.text), LONGEST)) texts.push({ ...only, text, column: 0, line: line++ });
  } else if (title.length > 0) {
    let column = 0;
    for (const cell of escapeRows([title])[0] as Cell[]) {
      texts.push({ ...cell, column, line });
      column += cell.text.length + 1;
    }
    line++;
  }
  const escaped = escapeRows(rows);
  const widths = widthsOf(escaped);
  for (const row of escaped) line += placeRow(row, widths, line, texts);
  const width = Math.max(0, ...texts.map(({ column, text }) => column + text.length));
  return { texts, width, height: line };
}

/** Adds the cells of a row; how many lines it takes. */
function placeRow(row: readonly Cell[], widths: readonly number[], line: number, texts: Placed[]): number {
  let column = 0;
  let lines = 1;
  for (const [i, cell] of row.entries()) {
    const width = widths[i] ?? 0;
    const isLast = i === row.length - 1;
    const parts = isLast ? wrap(cell.text, LONGEST) : [cell.text];
    lines = Math.max(lines, parts.length);
    for (const [k, text] of parts.entries()) {
      const shift = cell.right ? Math.max(0, width - text.length) : 0;
      if (text !== '') texts.push({ ...cell, text, column: column + shift, line: line + k });
    }
    column += width + COLUMN_GAP;
  }
  return lines;
}

function drawText({ text, role, column, line }: Placed, left: number, top: number): string[] {
  const x = round(left + column * CHARACTER);
  const y = top + line * LINE;
  const width = round(text.length * CHARACTER);
  const { paper } = COLOURS[role];
  return [
    ...(paper
      ? [
          `<rect x="${round(x - 4)}" y="${y + 1}" width="${round(width + 8)}" height="${LINE - 3}" rx="3" fill="${paper}"/>`,
        ]
      : []),
    // Fitted to its place, whatever font there is.
    `<text class="${role}" x="${x}" y="${y + FONT + 1}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${markup(text)}</text>`,
  ];
}

function drawArrow(left: number, top: number, label: string): string[] {
  const x = left + STEP / 2;
  const [start, end] = [top + 4, top + ARROW - 4];
  const text = escapeControls(label);
  return [
    `<path class="arrow" d="M${x} ${start}V${end}M${x - 5} ${end - 7}L${x} ${end}L${x + 5} ${end - 7}"/>`,
    ...drawText({ text, role: 'offset', column: 0, line: 0 }, left + STEP, top + (ARROW - LINE) / 2),
  ];
}

/** The text as XML has it, without what it cannot have. */
function markup(text: string): string {
  const NAMES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[\ufffe\uffff]/g, '\ufffd').replace(/[&<>"]/g, (character) => NAMES[character] as string);
}

function round(pixels: number): number {
  return Math.round(100 * pixels) / 100;
}
