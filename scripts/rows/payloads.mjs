/** What control messages carry (assembly/rows/payloads.json) as a table. */
import { Bytes } from './bytes.mjs';

/**
 * @typedef {{ id: string, os?: string[], level: string, type: string, body?: string, size?: 'exact' | 'least',
 *   direction?: 'both' | 'send' | 'receive' }} Payload
 */

const DIRECTIONS = ['both', 'send', 'receive'];
const BODIES = { none: 0, struct: 1, inline: 2 };
const STRUCT = /^struct (\w+)$/;
const EVERYWHERE = 2 ** 32 - 1;

/**
 * payload (14 bytes):  0 id u16, 2 symbol of cmsg_level u16, 4 symbol of cmsg_type u16, 6 systems u32 (a bit each),
 *                      10 body u8 (0 none, 1 struct, 2 inline), 11 number of the struct's name, or of the definition, u16,
 *                      13 direction u8, and 4 for longer ones
 * @param {Payload[]} payloads @param {{ names: import('./bytes.mjs').Names, structs: import('./structs.mjs').Structs,
 *   symbols: string[], systems: string[] }} tables
 */
export function packPayloads(payloads, { names, structs, symbols, systems }) {
  const bytes = new Bytes();
  for (const { id, os, level, type, body, size = 'exact', direction = 'both' } of payloads) {
    /** @param {string[]} list @param {string} word */
    const find = (list, word) => {
      const at = list.indexOf(word);
      if (at < 0) throw new Error(`payloads.json: ${id}: there is no ${word}`);
      return at;
    };
    const [, struct] = STRUCT.exec(body ?? '') ?? [];
    const systemMask = os ? os.reduce((mask, word) => mask + 2 ** find(systems, word), 0) : EVERYWHERE;
    bytes.u16(names.of(id)).u16(find(symbols, level)).u16(find(symbols, type)).u32(systemMask);
    if (struct) bytes.u8(BODIES.struct).u16(structs.nameOf(struct));
    else if (body) bytes.u8(BODIES.inline).u16(structs.define(undefined, body, `payloads.json: ${id}`));
    else bytes.u8(BODIES.none).u16(0);
    bytes.u8(find(DIRECTIONS, direction) + (size === 'least' ? 4 : 0));
  }
  return bytes;
}
