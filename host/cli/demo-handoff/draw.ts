import { type Cell, cell, type Drawing } from '../../view/drawing.js';
import { type Process, SPAN, type Story, tenth, totalsOf } from './story.js';

const LEVELS = ' ▁▂▃▄▅▆▇█';
/** What a process does in a span of time. */
const STARTS = '░';
const SERVES = '█';
const HANDS_OVER = '▒';
const KILLED = '✕';
/** Columns of a time line. */
const NARROWEST = 10;
const WIDEST = 60;
/** Columns beside it: what stands before it, and what is said of it where there is room, and where there is little. */
const BEFORE = 13;
const NOTE = 46;
const SHORT_NOTE = 18;
const ROOMY = 90;
/** Where there is no terminal. */
const USUAL = 100;

/** The story so far: a time line of each process, what moved, the load, and what it came to. */
export function drawStory(story: Story, width = USUAL): Drawing {
  const room = width - BEFORE - (width < ROOMY ? SHORT_NOTE : NOTE);
  const columns = Math.max(NARROWEST, Math.min(WIDEST, room));
  const length = Math.max(story.spans.length * SPAN, ...story.processes.map(({ endedAt = 0 }) => endedAt), 1);
  const scale: Scale = { columns, length };
  const spans = perColumn(story, scale);
  const rates = spans.map(({ count }) => (count * 1000 * columns) / length);
  const rows = [
    ...story.processes.map((each) => processRow(each, scale, width >= ROOMY)),
    [cell('')],
    row('moving', levels(spans.map(({ moved }) => moved)), `${count(story.moved)} moved`, 'level'),
    row('requests/s', levels(rates), `${count((story.answers * 1000) / length)} a second`, 'length'),
    row('slowest', levels(spans.map(({ slowest }) => slowest)), `${tenth(story.slowest)} ms`, 'type'),
    row('', axis(scale), `${(length / 1000).toFixed(1)} s`, 'offset'),
  ];
  return [{ rows }, totals(story)];
}

interface Scale {
  readonly columns: number;
  /** Milliseconds of all columns. */
  readonly length: number;
}

function row(name: string, line: string, note: string, role: Cell['role']): Cell[] {
  return [cell(name), cell(line, role), cell(note)];
}

function processRow(process: Process, scale: Scale, isRoomy: boolean): Cell[] {
  const { pid, started, acceptingAt, handedAt, endedAt, end, isDoomed } = process;
  const at = (time: number) => Math.min(scale.columns - 1, Math.floor((time / scale.length) * scale.columns));
  const to = endedAt ?? scale.length;
  let line = '';
  for (let i = 0; i < scale.columns; i++) {
    if (i < at(started) || i > at(to)) line += ' ';
    else if (end?.signal && i === at(to)) line += KILLED;
    else if (acceptingAt === undefined || i < at(acceptingAt)) line += STARTS;
    else line += handedAt !== undefined && i > at(handedAt) ? HANDS_OVER : SERVES;
  }
  return [
    cell(`pid ${pid}`),
    cell(line, isDoomed ? 'problem' : 'payload'),
    cell(isRoomy ? noteOf(process) : shortNoteOf(process)),
  ];
}

function noteOf({ number, moved, took, acceptingAt = 0, firstAnswerAt, end, isDoomed }: Process): string {
  if (end && isDoomed) return `ended by ${end.signal ?? end.code} before it confirmed`;
  if (number === 1) return 'serves first';
  if (moved === undefined || took === undefined) return 'starts';
  const first = firstAnswerAt === undefined ? '' : `, answers after ${tenth(firstAnswerAt - acceptingAt)} ms`;
  return `took ${moved} in ${tenth(took)} ms${first}`;
}

/** The same, of SHORT_NOTE characters at most. */
function shortNoteOf({ number, moved, took, end, isDoomed }: Process): string {
  if (end && isDoomed) return `ended by ${end.signal ?? end.code}`;
  if (number === 1) return 'serves first';
  return moved === undefined || took === undefined ? 'starts' : `${moved} in ${Math.round(took)} ms`;
}

/** What was in each column; a span that falls on the edge of two counts for the first. */
function perColumn(story: Story, { columns, length }: Scale) {
  const all = Array.from({ length: columns }, () => ({ count: 0, slowest: 0, moved: 0 }));
  for (const [i, span] of story.spans.entries()) {
    const column = all[Math.min(columns - 1, Math.floor((i * SPAN * columns) / length))] as (typeof all)[number];
    column.count += span.count;
    column.slowest = Math.max(column.slowest, span.slowest);
    column.moved += span.moved;
  }
  return all;
}

/** Each value as a bar, beside the highest of all; what is not zero is seen. */
function levels(values: readonly number[]): string {
  const most = Math.max(...values, 1);
  return values.map((value) => LEVELS[Math.ceil((value / most) * (LEVELS.length - 1))]).join('');
}

/** A mark at each second, and where they would be too close at each fifth or so. */
function axis({ columns, length }: Scale): string {
  const column = (second: number) => Math.floor((second * 1000 * columns) / length);
  const step = [1, 2, 5, 10, 30, 60, 300, 600].find((each) => column(each) >= 5) ?? 3600;
  let line = '';
  for (let second = 0; column(second) < columns; second += step) {
    const label = `${second}s`;
    if (column(second) + label.length > columns) break;
    line = line.padEnd(column(second), '·') + label;
  }
  return line.padEnd(columns, '·');
}

function totals(story: Story): Drawing[number] {
  const { requests, failed, reset, closed, twice, moved, kept, slowestMs, isGood } = totalsOf(story);
  const bad = failed + reset + closed + twice > 0;
  return {
    rows: [
      [cell('requests'), cell(`${count(requests)}, ${count(failed)} failed`, bad ? 'problem' : 'title')],
      [cell('connections'), cell(`${count(moved)} moved, ${count(kept)} kept when a taker was killed`)],
      [cell(''), cell(`${reset} reset, ${closed} closed; ${twice} requests answered twice`, bad ? 'problem' : 'text')],
      [cell('slowest'), cell(`${slowestMs} ms`)],
      ...(isGood ? [] : story.faults.map((fault) => [cell('fault'), cell(fault, 'problem')])),
    ],
  };
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
