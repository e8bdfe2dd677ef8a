/** The ABIs (assembly/rows/abis.json) as tables. */
import { Bytes } from './bytes.mjs';

/**
 * @typedef {{ id: string, aliases?: string[], arch: string, libc: string, model: string, headers: string[],
 *   numbers: string, cmsg?: Cmsg, walk: string, proof: 'executed' | 'compiled' | 'document', source: string }} Abi
 * @typedef {{ align: string | number, data?: string | number }} Cmsg
 */

const PROOFS = ['executed', 'compiled', 'document'];
/** At most. */
const HEADERS = 6;

/**
 * abi (16 bytes):   0 arch u16, 2 libc u16, 4 walk u8, 5 model u8, 6 number set u8,
 *                   7 proof in the lower 4 bits, bytes of a pointer in the upper,
 *                   8 what CMSG_ALIGN rounds to u8, 9 what the offset of CMSG_DATA is rounded to u8,
 *                   10 headers u8, the last first, and 0xff up to 16
 * alias (4 bytes):  0 id u16, 2 abi u8
 * @param {Abi[]} abis @param {{ names: import('./bytes.mjs').Names, walks: string[], sets: string[],
 *   models: Record<string, import('./structs.mjs').WholeModel>, headers: Record<string, import('./structs.mjs').Header> }} tables
 */
export function packAbis(abis, { names, walks, sets, models, headers }) {
  const bytes = new Bytes();
  const aliasBytes = new Bytes();
  const ids = abis.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice) throw new Error(`abis.json: ${twice} stands twice`);
  abis.forEach((abi, i) => {
    /** @param {string[]} list @param {string} word */
    const find = (list, word) => {
      const at = list.indexOf(word);
      if (at < 0) throw new Error(`abis.json: ${abi.id}: there is no '${word}'`);
      return at;
    };
    const model = models[abi.model];
    if (!model) throw new Error(`abis.json: ${abi.id}: there is no data model '${abi.model}'`);
    /** @param {string | number} unit */
    const bytesOf = (unit) => {
      const size = typeof unit === 'number' ? unit : model.types[unit]?.[0];
      if (!size) throw new Error(`abis.json: ${abi.id}: no model has ${unit}`);
      return size;
    };
    const chosen = abi.headers.map((id) => find(Object.keys(headers), id)).reverse();
    if (chosen.length > HEADERS) throw new Error(`abis.json: ${abi.id}: at most ${HEADERS} headers`);
    const cmsg = abi.cmsg ?? abi.headers.map((id) => headers[id]?.cmsg).findLast(Boolean);
    if (!cmsg) throw new Error(`abis.json: ${abi.id}: its headers do not say what CMSG_ALIGN rounds to`);
    const [align, data] = [bytesOf(cmsg.align), bytesOf(cmsg.data ?? cmsg.align)];
    if (abi.id !== `${abi.arch}-${abi.libc}`) throw new Error(`abis.json: the id of ${abi.id} is not arch-libc`);
    bytes.u16(names.of(abi.arch)).u16(names.of(abi.libc)).u8(find(walks, abi.walk));
    bytes
      .u8(Object.keys(models).indexOf(abi.model))
      .u8(find(sets, abi.numbers))
      .u8(find(PROOFS, abi.proof) | (bytesOf('void *') << 4));
    bytes.u8(align).u8(data);
    for (let at = 0; at < HEADERS; at++) bytes.u8(chosen[at] ?? 0xff);
    for (const alias of abi.aliases ?? []) aliasBytes.u16(names.of(alias)).u8(i).u8(0);
  });
  return { bytes, aliasBytes };
}
