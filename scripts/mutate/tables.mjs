/** Mutants of rows as the tables that are packed of them, and those tables in a module that is compiled already. */
import { parseRows, writeTables } from '../rows/pack.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */

export const TABLES = 'build/rows/tables.ts';
const TABLE = /(?<=memory\.data<u8>\(\[)[\d,]*/g;

/** The text of tables.ts; undefined where these rows cannot be packed. @param {Map<string, string>} rowFiles */
export function tablesOf(rowFiles) {
  try {
    return writeTables(parseRows(rowFiles));
  } catch {
    return undefined;
  }
}

/**
 * `wasm`, compiled with the tables `before`, as it would be with `after`: another value of a table is another byte of
 * the module. Undefined where that is not all: where a table has another length, or its bytes stand there twice.
 * @param {Uint8Array} wasm @param {string} before @param {string} after
 */
export function patchTables(wasm, before, after) {
  if (before.replace(TABLE, '') !== after.replace(TABLE, '')) return undefined;
  const original = Buffer.from(wasm);
  const patched = Buffer.from(wasm);
  const changed = bytesOf(after);
  for (const [i, table] of bytesOf(before).entries()) {
    const other = changed[i] ?? table;
    if (other.equals(table)) continue;
    const at = original.indexOf(table);
    if (other.length !== table.length || at < 0 || original.indexOf(table, at + 1) >= 0) return undefined;
    patched.set(other, at);
  }
  return patched;
}

/** @param {string} tables */
function bytesOf(tables) {
  return Array.from(tables.matchAll(TABLE), ([list]) => Buffer.from(list.split(',').map(Number)));
}
