/** Constants by set (assembly/rows/numbers.json) as tables. */
import { Bytes } from './bytes.mjs';

/** From here on a value stands for a wider one (assembly/abi/number.ts). */
const WIDE = 0xff00;

/** @typedef {{ like?: string, os?: string, numbers: Record<string, number> }} NumberSet */

/**
 * symbol (2 bytes):  name u16
 * set (6 bytes):     0 first entry u16, 2 entries u16, 4 number of the set it is like u8 (0xff: none), 5 system u8
 * entry (4 bytes):   0 symbol u16, 2 value u16, or WIDE and the place of an i32 among those that do not fit
 * @param {Record<string, NumberSet>} sets @param {import('./bytes.mjs').Names} names
 */
export function packNumbers(sets, names) {
  const ids = Object.keys(sets);
  // The first two are known to assembly/abi/number.ts.
  const symbols = [
    ...new Set(['SOL_SOCKET', 'SCM_RIGHTS', ...Object.values(sets).flatMap(({ numbers }) => Object.keys(numbers))]),
  ];
  const systems = [...new Set(Object.values(sets).flatMap(({ os }) => os ?? []))];
  const symbolBytes = new Bytes();
  for (const symbol of symbols) symbolBytes.u16(names.of(symbol));
  const systemBytes = new Bytes();
  for (const system of systems) systemBytes.u16(names.of(system));
  const setBytes = new Bytes();
  const entryBytes = new Bytes();
  /** @type {number[]} */
  const wide = [];
  /** @param {number} value */
  const narrow = (value) => {
    if (value >= 0 && value < WIDE) return value;
    if (!wide.includes(value)) wide.push(value);
    return WIDE + wide.indexOf(value);
  };
  /** @param {string} id @returns {string} */
  const systemOf = (id) => {
    const { os, like } = sets[id] ?? {};
    if (os) return os;
    if (!like) throw new Error(`numbers.json: ${id} has no os`);
    return systemOf(like);
  };
  for (const [i, [id, { like, numbers }]] of Object.entries(sets).entries()) {
    const parent = like === undefined ? 0xff : ids.indexOf(like);
    // A set stands behind the one it is like, so that none is like itself.
    if (parent !== 0xff && (parent < 0 || parent >= i)) throw new Error(`numbers.json: ${id} is like no set before it`);
    setBytes
      .u16(entryBytes.length / 4)
      .u16(Object.keys(numbers).length)
      .u8(parent)
      .u8(systems.indexOf(systemOf(id)));
    const entries = Object.entries(numbers).map(([symbol, value]) => ({ symbol: symbols.indexOf(symbol), value }));
    for (const { symbol, value } of entries.sort((a, b) => a.symbol - b.symbol))
      entryBytes.u16(symbol).u16(narrow(value));
  }
  const wideBytes = new Bytes();
  for (const value of wide) wideBytes.i32(value);
  return { ids, symbols, systems, symbolBytes, systemBytes, setBytes, entryBytes, wideBytes };
}
