import { hexOfBytes } from '../model/hex.js';
import type { CodecInstance } from '../wasm/instance.js';
import { annotateControl, type Note } from './annotate.js';
import { type Block, type Cell, cell } from './drawing.js';

/** Bytes in a row, and rows of one stretch: of a long payload the beginning is enough to know it. */
const ROW = 8;
const MOST_ROWS = 4;
/** So many stretches are drawn, so that a large buffer is no flood. */
const MOST_NOTES = 1000;

/** The annotated dump of a control buffer: offset, bytes, what they are, what they say. */
export function drawControl(codec: CodecInstance, abiId: string, control: Uint8Array): Block {
  const notes = annotateControl(codec, abiId, control);
  const rows = notes.slice(0, MOST_NOTES).flatMap(drawNote);
  const next = notes[MOST_NOTES];
  if (next) {
    const left = control.length - next.offset;
    rows.push([
      cell(next.offset, 'offset'),
      cell('..', 'text'),
      cell(`${left} bytes more, in ${notes.length - MOST_NOTES} fields`),
    ]);
  }
  return { rows };
}

function drawNote({ offset, bytes, role, label, meaning }: Note): Cell[][] {
  const rows: Cell[][] = [];
  for (let at = 0; at < bytes.length && rows.length < MOST_ROWS; at += ROW) {
    const isFirst = at === 0;
    const part = hexOfBytes(bytes.subarray(at, at + ROW), ' ');
    const shown = [
      cell(offset + at, 'offset'),
      cell(part, role),
      cell(isFirst ? label : '', role),
      cell(isFirst ? meaning : '', role),
    ];
    rows.push(shown);
  }
  const left = bytes.length - MOST_ROWS * ROW;
  if (left > 0)
    rows.push([cell(offset + MOST_ROWS * ROW, 'offset'), cell('..', role), cell(`${left} more`, role), cell('')]);
  return rows;
}
