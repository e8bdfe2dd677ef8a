/**
 * Every way in which one value of assembly/rows/*.json is changed:
 *
 *   a number            one more, one less
 *   true                false, and back
 *   a word              two others that stand under the same name in that file; an id, another one
 *   a C declaration     a member left out, or of another type, or one element more; its condition left off
 *
 * Texts for people are left alone, and what only a C compiler is told.
 */
import { apply } from './mutants.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */
/** @typedef {{ path: string[], from: number, to: number, value: unknown }} Value */

const TEXTS = new Set(['about', 'summary', 'source', 'link', 'include', 'struct', 'enum', 'probe', 'restated']);
const IDS = new Set(['id', 'aliases', 'arch', 'libc', 'os']);
/** Types that look alike: another width, another sign, another order. @type {Record<string, string>} */
const OTHER_TYPE = {
  int: 'long long',
  'unsigned int': 'int',
  long: 'int',
  'unsigned long': 'unsigned int',
  'void *': 'int',
  size_t: 'u32',
  socklen_t: 'size_t',
  time_t: 'long',
  suseconds_t: 'long',
  u8: 'u16',
  u16: 'be16',
  u32: 'be32',
  u64: 's64',
  be16: 'u16',
  be32: 'u32',
  fd: 'u32',
  in_addr: 'u32',
  pid_t: 'uid_t',
  uid_t: 'pid_t',
  gid_t: 'pid_t',
};

/** Every value of a JSON text, with the names that lead to it. @param {string} text @returns {Value[]} */
function valuesOf(text) {
  /** @type {Value[]} */
  const values = [];
  /** @type {string[]} */
  const path = [];
  const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[{}[\]:,]/g;
  let name = '';
  for (const match of text.matchAll(token)) {
    const [word] = match;
    const isName = word.startsWith('"') && /^\s*:/.test(text.slice(match.index + word.length));
    if (isName) name = JSON.parse(word);
    else if (word === '{' || word === '[') path.push(name);
    else if (word === '}' || word === ']') name = path.pop() ?? '';
    else if (!/^[:,]$/.test(word)) {
      values.push({ path: [...path, name], from: match.index, to: match.index + word.length, value: JSON.parse(word) });
    }
  }
  return values;
}

/** @param {string} declarations @returns {string[]} */
function otherDeclarations(declarations) {
  const parts = declarations.split(';').map((part) => part.trim());
  /** @param {number} at @param {string} part */
  const changed = (at, part) => parts.with(at, part).join('; ');
  return parts.flatMap((part, at) => {
    const results = [];
    if (parts.length > 1) results.push(parts.toSpliced(at, 1).join('; '));
    const type = Object.keys(OTHER_TYPE).find((word) =>
      new RegExp(`^(?:\\[\\w+\\] )?${word.replace('*', '\\*')}\\b`).test(`${part}`),
    );
    const other = type && OTHER_TYPE[type];
    if (type && other) results.push(changed(at, part.replace(type, type === 'void *' ? `${other} ` : other)));
    const count = /\[(\d+)\]$/.exec(part)?.[1];
    if (count) results.push(changed(at, part.replace(/\d+\]$/, `${Number(count) + 1}]`)));
    if (part.startsWith('[')) results.push(changed(at, part.replace(/^\[\w+\]\s*/, '')));
    return results;
  });
}

/** @param {Value} value @param {Value[]} all @returns {unknown[]} */
function othersOf({ path, value }, all) {
  const name = path.at(-1) ?? '';
  if (typeof value === 'number') return [value + 1, value - 1];
  if (typeof value === 'boolean') return [!value];
  if (typeof value !== 'string') return [];
  if (path.includes('structs') || name === 'body') return otherDeclarations(value);
  if (IDS.has(name)) return [`${value}x`];
  const words = [...new Set(all.filter((other) => other.path.at(-1) === name).map((other) => other.value))];
  const at = words.indexOf(value);
  return [...new Set([words[at + 1], words[at - 1]])].filter((word) => word !== undefined && word !== value);
}

/** @param {Map<string, string>} files the rows by path @returns {Mutant[]} */
export function findRowMutants(files) {
  return [...files].flatMap(([file, source]) => {
    // Also what stands within such a name.
    const all = valuesOf(source).filter(({ path }) => !path.some((name) => TEXTS.has(name)));
    return all.flatMap((value) =>
      othersOf(value, all).map((other) => apply(file, source, { ...value, is: JSON.stringify(other) })),
    );
  });
}
