/** The walks (assembly/rows/walks.json) as a table. */
import { Bytes } from './bytes.mjs';

const NEEDS = ['header', 'more', 'aligned'];
const ROOMS = ['left', 'sum', 'address', 'offset'];

/**
 * @typedef {{ id: string, rejectsShort: boolean, need: string, room: string, nextWhole?: boolean, summary: string,
 *   source: string }} Walk
 */

/**
 * walk (6 bytes): 0 id u16, 2 rejects short u8, 3 need u8, 4 room u8, 5 next whole u8
 * @param {Walk[]} walks @param {import('./bytes.mjs').Names} names
 */
export function packWalks(walks, names) {
  const bytes = new Bytes();
  for (const { id, rejectsShort, need, room, nextWhole = false } of walks) {
    bytes
      .u16(names.of(id))
      .u8(rejectsShort ? 1 : 0)
      .u8(NEEDS.indexOf(need))
      .u8(ROOMS.indexOf(room))
      .u8(nextWhole ? 1 : 0);
  }
  return bytes;
}
