/**
 * The walks (assembly/rows/walks.json) as a table. Of a switch the first word is what holds where none is said; the
 * words are those of assembly/dialect/row.ts.
 */
import { Bytes } from './bytes.mjs';

/** In the order of the table. @type {Record<string, unknown[]>} */
const SWITCHES = {
  layout: ['abi', 'compat'],
  first: ['header', 'aligned', 'always', 'any'],
  rejectsShort: [false, true],
  check: ['none', 'inside', 'slice', 'clip', 'rights', 'host'],
  step: ['length', 'payload', 'elements'],
  need: ['header', 'more', 'aligned', 'byte'],
  room: ['left', 'sum', 'signed', 'elements', 'address', 'before', 'offset', 'wide'],
  width: ['word', 'length', '32'],
  unit: Array.from({ length: 9 }, (_, unit) => unit),
  absolute: [false, true],
  neverBack: [false, true],
  nextWhole: [false, true],
};
/** What is no switch: `restated` is for scripts/vectors. */
const TEXTS = ['id', 'like', 'summary', 'source', 'restated'];

/** @typedef {Record<string, unknown> & { id: string, like?: string, summary: string, source: string }} Walk */

/** What a row says with what it takes over from others. @param {Walk[]} walks @param {Walk} walk @returns {Walk} */
function complete(walks, walk) {
  if (walk.like === undefined) return walk;
  const from = walks.find(({ id }) => id === walk.like);
  if (!from || walks.indexOf(from) >= walks.indexOf(walk))
    throw new Error(`${walk.id}: no walk ${walk.like} before it`);
  return { ...complete(walks, from), ...walk };
}

/** @param {string} id @param {string} name @param {unknown} value */
function numberOf(id, name, value) {
  const number = value === undefined ? 0 : (SWITCHES[name]?.indexOf(value) ?? -1);
  if (number < 0) throw new Error(`${id}: ${name} cannot be ${JSON.stringify(value)}`);
  return number;
}

/**
 * walk (14 bytes): 0 id u16, then a byte for each switch: 2 layout, 3 first, 4 rejectsShort, 5 check, 6 step, 7 need,
 * 8 room, 9 width, 10 unit (0 = the ABI's), 11 absolute, 12 neverBack, 13 nextWhole
 * @param {Walk[]} walks @param {import('./bytes.mjs').Names} names
 * @param {Walk[]} before rows of another table, which these may be like
 */
export function packWalks(walks, names, before = []) {
  const all = [...before, ...walks];
  const bytes = new Bytes();
  for (const walk of walks) {
    for (const name of Object.keys(walk)) {
      if (!TEXTS.includes(name)) numberOf(walk.id, name, walk[name]);
    }
    const whole = complete(all, walk);
    bytes.u16(names.of(walk.id));
    for (const name of Object.keys(SWITCHES)) bytes.u8(numberOf(walk.id, name, whole[name]));
  }
  return bytes;
}
