import { inVain, middle } from './finds.mjs';
import { nanoseconds } from './rounds.mjs';

/**
 * @typedef {import('./rounds.mjs').Result} Result
 * @typedef {import('./finds.mjs').FindResult} FindResult
 * @typedef {import('./finds.mjs').FindRow} FindRow
 * @typedef {import('./rounds.mjs').Row} Row
 */

const heads = ['', 'median', 'beside', 'quartiles', 'target', ''];
const findHeads = ['', 'median', 'beside', 'inputs', 'in vain', ''];

/**
 * @param {(Result | FindResult)[]} results
 * @returns {string}
 */
export function drawTable(results) {
  const lines = results.map((result) => ({
    result,
    cells:
      result.compare === 'finds'
        ? [findHeads, ...result.rows.map((row) => drawFindRow(row, result))]
        : [heads, ...result.rows.map((row) => drawRow(row, result))],
  }));
  const all = lines.flatMap(({ cells }) => cells);
  const widths = heads.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  /** @param {string[]} cells */
  const align = (cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return lines
    .map(({ result, cells }) => {
      const title = `${result.name}: ${result.title}, ${result.unit}, beside ${result.peer}`;
      const reasons = result.rows.filter((row) => row.reason).map((row) => `  ${row.name} ${row.state}: ${row.reason}`);
      return [title, ...cells.map((row) => `  ${align(row)}`), ...reasons].join('\n');
    })
    .join('\n\n');
}

/** @param {Row} row @param {Result} result @returns {string[]} */
function drawRow(row, { unit, compare }) {
  if (row.median === undefined) return [row.name, row.state];
  const scale = nanoseconds[unit];
  const time = (/** @type {number} */ value) => round(value / scale);
  const versus =
    compare === 'ratio'
      ? (/** @type {number} */ value) => value.toFixed(2)
      : (/** @type {number} */ value) => `${value < 0 ? '' : '+'}${(value / scale).toFixed(1)}`;
  return [
    row.name,
    time(row.median),
    row.versus ? versus(row.versus.median) : '',
    row.versus ? `${versus(row.versus.low)}..${versus(row.versus.high)}` : '',
    goalOf(row, compare),
    row.met === undefined ? '' : row.met ? 'met' : 'MISSED',
  ];
}

/** @param {FindRow} row @param {FindResult} result @returns {string[]} */
function drawFindRow(row, { unit, limit, peer, rows }) {
  if (row.state !== 'measured') return [row.name, row.state];
  const [time, inputs] = [middle(row, 'nanoseconds'), middle(row, 'executions')];
  const other = rows.find(({ what, contender }) => what === row.what && contender === peer);
  const versus = other && other !== row && other.state === 'measured' ? middle(other, 'nanoseconds') : undefined;
  return [
    row.name,
    time === undefined ? `> ${limit}` : round(time / nanoseconds[unit]),
    time === undefined || versus === undefined ? '' : (time / versus).toFixed(2),
    inputs === undefined ? '' : `${Math.round(inputs)}`,
    `${inVain(row)} of ${row.finds.length}`,
    row.what,
  ];
}

/** @param {Row} row @param {Result['compare']} compare */
function goalOf({ target, limit }, compare) {
  if (limit !== undefined) return `time <= ${limit}`;
  return target === undefined ? '' : `<= ${compare === 'ratio' ? target.toFixed(2) : `+${target}`}`;
}

/** Three digits that mean something. @param {number} value */
const round = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
