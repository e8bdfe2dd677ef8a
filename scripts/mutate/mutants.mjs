/**
 * Every way in which one thing of a source is changed:
 *
 *   a number              one more, one less; doubled and halved as well from 256 on; room for data only made smaller
 *   a comparison          its boundary moved, or turned round
 *   arithmetic            + for -, << for >>, & for |, ~ left off, and back
 *   a condition           && for ||, ! left off, true for false; an `if` or a choice that always or never holds
 *   a constant of a row   another one of its kind: LITTLE for BIG, NEED_MORE for NEED_HEADER
 *   an id                 another one (texts for people are left alone)
 *   a statement           left out
 */
import { findConstants, relatives } from './constants.mjs';
import { closing, importSpans, tokenize } from './tokens.mjs';

/** @typedef {import('./tokens.mjs').Token} Token @typedef {import('./constants.mjs').Constant} Constant */
/** @typedef {{ from: number, to: number, is: string }} Change */
/** @typedef {{ file: string, line: number, was: string, is: string, original: string, becomes: string, change: () => string }} Mutant `change` gives the whole text: there are thousands */

/** @type {Record<string, string[]>} */
const OPERATORS = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '==': ['!='],
  '!=': ['=='],
  '+': ['-'],
  '-': ['+'],
  '*': ['+'],
  '/': ['*'],
  '<<': ['>>'],
  '>>': ['<<'],
  '&': ['|'],
  '|': ['&'],
  '~': [''],
  '!': [''],
  '&&': ['||'],
  '||': ['&&'],
  '++': ['--'],
  '--': ['++'],
  '+=': ['-='],
  '-=': ['+='],
};
/** What may stand before a binary operator. */
const OPERAND = /^(?:number|name|string)$/;
const STATEMENT = /^(?:[\w.]+(?:<\w+>)?\(.*\)|[\w.]+ (?:[-+*/&|]?=) .*|[\w.]+(?:\+\+|--)|break|continue);$/;
const DECLARES = /^(?:return|if|for|while|else|const|let|export|import)\b/;

/** @param {Map<string, string>} sources by path @returns {Mutant[]} */
export function findMutants(sources) {
  const constants = findConstants(sources);
  const ids = dialectIds(sources);
  return [...sources].flatMap(([file, source]) => {
    const tokens = tokenize(source);
    const spans = importSpans(tokens);
    const visible = new Set(tokens.filter(({ kind }) => kind === 'name').map(({ text }) => text));
    const context = { tokens, constants, visible, ids, isTable: file.endsWith('/rows.ts') };
    const changes = tokens.flatMap((_, i) => changesAt(context, i));
    return [...changes, ...statements(source)]
      .filter(({ from }) => !spans.some(([start, end]) => from >= start && from < end))
      .map((change) => apply(file, source, change))
      .sort((a, b) => a.line - b.line);
  });
}

/** @param {Map<string, string>} sources */
function dialectIds(sources) {
  const table = [...sources].find(([file]) => file.endsWith('dialect/rows.ts'))?.[1] ?? '';
  return Array.from(table.matchAll(/^addDialect\(\s*('[^']*')/gm), ([, id]) => id ?? '');
}

/** @typedef {{ tokens: Token[], constants: Constant[], visible: Set<string>, ids: string[], isTable: boolean }} Context */

/** @param {Context} context @param {number} i @returns {Change[]} */
function changesAt(context, i) {
  const { tokens } = context;
  const token = /** @type {Token} */ (tokens[i]);
  const [before, after] = [tokens[i - 1], tokens[i + 1]];
  /** @param {string[]} list */
  const replace = (list) => list.map((is) => ({ from: token.at, to: token.at + token.text.length, is }));
  switch (token.kind) {
    case 'number':
      return replace(numbersNear(token.text, isRoom(tokens, i)));
    case 'string':
      return context.isTable ? replace(textsNear(context, token.text)) : [];
    case 'name':
      if (token.text === 'true') return replace(['false']);
      if (token.text === 'false') return replace(['true']);
      if ((token.text === 'if' || token.text === 'while') && after) return conditions(tokens, i + 1);
      // Not where it is declared.
      return before?.text === 'const' ? [] : replace(constantsNear(context, token.text));
    case 'operator': {
      if (token.text === '?') return choices(tokens, i);
      const isBinary = before && before.text !== 'return' && (OPERAND.test(before.kind) || /^[)\]]$/.test(before.text));
      const isPrefix = token.text === '!' || token.text === '~';
      const isStep = token.text === '++' || token.text === '--';
      return isBinary || isPrefix || isStep ? replace(OPERATORS[token.text] ?? []) : [];
    }
    default:
      return [];
  }
}

/** memory.data(64): more of it does no harm. @param {Token[]} tokens @param {number} i */
function isRoom(tokens, i) {
  const before = tokens.slice(Math.max(0, i - 4), i);
  return before.map(({ text }) => text).join('') === 'memory.data(';
}

/** @param {string} text @param {boolean} isRoom */
function numbersNear(text, isRoom) {
  const value = BigInt(text.replaceAll('_', ''));
  const near = [value + 1n, value - 1n, ...(value >= 256n ? [value * 2n, value / 2n] : [])];
  return near
    .filter((n) => n >= 0n && !(isRoom && n > value))
    .map((n) => (text.startsWith('0x') ? `0x${n.toString(16)}` : String(n)));
}

/** @param {Context} context @param {string} text */
function textsNear({ ids }, text) {
  if (/ |:\/\//.test(text)) return [];
  return ids.includes(text) ? ids.filter((id) => id !== text) : [`${text.slice(0, -1)}x'`];
}

/** @param {Context} context @param {string} name */
function constantsNear({ constants, visible }, name) {
  const own = constants.find((constant) => constant.name === name);
  if (own?.type === 'bool') return [`!${name}`];
  return relatives(constants, name)
    .map((other) => other.name)
    .filter((other) => visible.has(other));
}

/** An `if` or a `while` whose bracket opens at `open`. @param {Token[]} tokens @param {number} open @returns {Change[]} */
function conditions(tokens, open) {
  const [start, end] = [tokens[open], tokens[closing(tokens, open)]];
  if (!start || !end) return [];
  return ['true', 'false'].map((is) => ({ from: start.at + 1, to: end.at, is }));
}

/** `condition ? a : b` with the mark at `mark`. @param {Token[]} tokens @param {number} mark @returns {Change[]} */
function choices(tokens, mark) {
  let depth = 0;
  let first = mark;
  for (let i = mark - 1; i >= 0; i--) {
    const text = tokens[i]?.text ?? '';
    if (text === ')') depth++;
    else if (text === '(') depth--;
    if (depth < 0 || (depth === 0 && /^(?:=|,|:|=>|return|\?|;|\+=)$/.test(text))) break;
    first = i;
  }
  const [start, question] = [tokens[first], tokens[mark]];
  if (!start || !question) return [];
  return ['true', 'false'].map((is) => ({ from: start.at, to: question.at, is: `${is} ` }));
}

/** Statements of one line. @param {string} source @returns {Change[]} */
function statements(source) {
  return Array.from(source.matchAll(/^[ ]*(\S.*)$/gm)).flatMap((match) => {
    const text = match[1] ?? '';
    if (!STATEMENT.test(text) || DECLARES.test(text)) return [];
    const from = match.index + match[0].length - text.length;
    return [{ from, to: from + text.length, is: ';' }];
  });
}

/** @param {string} file @param {string} source @param {Change} change @returns {Mutant} */
export function apply(file, source, { from, to, is }) {
  const start = source.lastIndexOf('\n', from - 1) + 1;
  const end = (source.indexOf('\n', to) + 1 || source.length + 1) - 1;
  return {
    file,
    line: source.slice(0, from).split('\n').length,
    was: source.slice(from, to).trim(),
    is: is.trim(),
    original: source.slice(start, end).trim(),
    becomes: `${source.slice(start, from)}${is}${source.slice(to, end)}`.trim(),
    change: () => source.slice(0, from) + is + source.slice(to),
  };
}
