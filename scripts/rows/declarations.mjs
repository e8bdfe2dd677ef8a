/**
 * C declarations as assembly/rows/*.json write them, `;` between them:
 *
 *   [le64] unsigned int msg_len      only on little-endian 64-bit ABIs (le, be, 32, 64, or two of them together)
 *   void *msg_name                   every pointer is alike
 *   struct iovec *msg_iov            ... also one to a struct
 *   struct msghdr msg_hdr            a struct of the same headers
 *   char sun_path[108]               an array
 *   fd fds[]                         as many as there are: the last member only
 *   int __pad1                       padding, as everything whose name begins with __
 *   unsigned long iov_len = len      the C name, where it is another one
 */

/**
 * `when`: one bit each for 32-bit little and big endian, 64-bit little and big endian. `count` 0: as many as there are.
 * @typedef {{ type: string, struct: boolean, name: string, cName: string, count: number, array: boolean, when: number,
 *   pad: boolean }} Member
 */

const LITTLE_32 = 1;
const BIG_32 = 2;
const LITTLE_64 = 4;
const BIG_64 = 8;
/** @type {Record<string, number>} */
const CONDITIONS = {
  '': LITTLE_32 | BIG_32 | LITTLE_64 | BIG_64,
  le: LITTLE_32 | LITTLE_64,
  be: BIG_32 | BIG_64,
  32: LITTLE_32 | BIG_32,
  64: LITTLE_64 | BIG_64,
  le32: LITTLE_32,
  be32: BIG_32,
  le64: LITTLE_64,
  be64: BIG_64,
};

const MEMBER =
  /^(?:\[(?<when>\w+)\]\s*)?(?<struct>struct\s+)?(?<type>\w+(?: \w+)*?)(?:\s*(?<pointer>\*)\s*|\s+)(?<name>\w+)(?:\[(?<count>\w*)\])?(?:\s*=\s*(?<cName>[\w.]+))?$/;

/** @param {string} text @param {string} where @returns {Member[]} */
export function parseDeclarations(text, where) {
  return text.split(';').map((part) => {
    const { groups } = MEMBER.exec(part.trim()) ?? {};
    const { when = '', struct, type = '', pointer, name = '', count, cName = name } = groups ?? {};
    const mask = CONDITIONS[when];
    const times = count === undefined ? 1 : count === '' ? 0 : Number(count);
    if (!groups || mask === undefined || !Number.isInteger(times)) {
      throw new Error(`${where}: '${part.trim()}' is no declaration that scripts/rows/declarations.mjs knows`);
    }
    const isStruct = struct !== undefined && !pointer;
    const what = { type: pointer ? 'void *' : type, struct: isStruct, name, cName };
    return { ...what, count: times, array: count !== undefined, when: mask, pad: name.startsWith('__') };
  });
}
