/** Constants by set (assembly/rows/numbers.json) as tables. */
import { Bytes } from './bytes.mjs';

/** @typedef {{ like?: string, os?: string, numbers: Record<string, number> }} NumberSet */

/**
 * symbol (2 bytes):  name u16
 * set (6 bytes):     0 first entry u16, 2 entries u16, 4 number of the set it is like u8 (0xff: none), 5 system u8
 * entry (6 bytes):   0 symbol u16, 2 value i32
 * @param {Record<string, NumberSet>} sets @param {import('./bytes.mjs').Names} names
 */
export function packNumbers(sets, names) {
  const ids = Object.keys(sets);
  // SOL_SOCKET is looked up first and oftenest.
  const symbols = [...new Set(['SOL_SOCKET', ...Object.values(sets).flatMap(({ numbers }) => Object.keys(numbers))])];
  const systems = [...new Set(Object.values(sets).flatMap(({ os }) => os ?? []))];
  const symbolBytes = new Bytes();
  for (const symbol of symbols) symbolBytes.u16(names.of(symbol));
  const systemBytes = new Bytes();
  for (const system of systems) systemBytes.u16(names.of(system));
  const setBytes = new Bytes();
  const entryBytes = new Bytes();
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
      .u16(entryBytes.length / 6)
      .u16(Object.keys(numbers).length)
      .u8(parent)
      .u8(systems.indexOf(systemOf(id)));
    const entries = Object.entries(numbers).map(([symbol, value]) => ({ symbol: symbols.indexOf(symbol), value }));
    for (const { symbol, value } of entries.sort((a, b) => a.symbol - b.symbol)) entryBytes.u16(symbol).i32(value);
  }
  return { ids, symbols, systems, symbolBytes, systemBytes, setBytes, entryBytes };
}
