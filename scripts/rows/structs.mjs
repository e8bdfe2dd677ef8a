/** Types, data models and headers (assembly/rows/{types,models,headers}.json) as tables. */
import { Bytes } from './bytes.mjs';
import { parseDeclarations } from './declarations.mjs';

/** @typedef {{ size: string | number, align?: string, signed?: boolean, order?: 'network', kind?: string }} Type */
/** @typedef {{ like?: string, endian?: 'little' | 'big', types?: Record<string, [size: number, align: number]> }} Model */
/** @typedef {{ endian: 'little' | 'big', types: Record<string, [size: number, align: number]> }} WholeModel */
/** @typedef {{ cmsg?: { align: string | number, data?: string | number }, structs: Record<string, string> }} Header */

/** What a type's number means; its place in this list is its code (assembly/abi/member.ts). */
const KINDS = ['number', 'in_addr', 'in6_addr', 'fd', 'pid', 'uid', 'gid'];
const FIXED = 0xff;
export const ABSENT = 0xff;

/** @param {Record<string, Model>} models @returns {Record<string, WholeModel>} */
export function completeModels(models) {
  /** @param {string} id @returns {WholeModel} */
  const complete = (id) => {
    const { like, endian, types } = models[id] ?? {};
    const base = like ? complete(like) : undefined;
    const whole = { endian: endian ?? base?.endian, types: { ...base?.types, ...types } };
    if (!whole.endian) throw new Error(`models.json: ${id} has no byte order`);
    return /** @type {WholeModel} */ (whole);
  };
  return Object.fromEntries(Object.keys(models).map((id) => [id, complete(id)]));
}

/**
 * type (8 bytes):  0 name u16, 2 slot of its size in a model u8 (0xff: 3 holds bytes), 3 u8, 4 slot of its alignment u8,
 *                  5 flags u8 (1 signed, 2 network order), 6 kind u8
 * model:           0 big endian u8, then a byte for each slot: size << 4 | alignment
 * @param {Record<string, Type>} types @param {Record<string, WholeModel>} models @param {import('./bytes.mjs').Names} names
 */
export function packTypes(types, models, names) {
  const slots = Object.keys(Object.values(models)[0]?.types ?? {});
  /** @param {string | number | undefined} name */
  const slotOf = (name) => {
    const slot = slots.indexOf(String(name));
    if (slot < 0) throw new Error(`types.json: no data model has ${name}`);
    return slot;
  };
  const typeBytes = new Bytes();
  for (const [name, { size, align, signed, order, kind = 'number' }] of Object.entries(types)) {
    const isFixed = typeof size === 'number';
    const code = KINDS.indexOf(kind);
    if (code < 0) throw new Error(`types.json: ${name} is of no known kind`);
    typeBytes
      .u16(names.of(name))
      .u8(isFixed ? FIXED : slotOf(size))
      .u8(isFixed ? size : 0);
    typeBytes
      .u8(slotOf(align ?? size))
      .u8((signed ? 1 : 0) | (order ? 2 : 0))
      .u8(code)
      .u8(0);
  }
  const modelBytes = new Bytes();
  for (const [id, model] of Object.entries(models)) {
    modelBytes.u8(model.endian === 'big' ? 1 : 0);
    for (const slot of slots) {
      const [size = 0, align = 0] = model.types[slot] ?? [];
      if (!(size > 0 && align > 0)) throw new Error(`models.json: ${id} has no ${slot}`);
      modelBytes.u8((size << 4) | align);
    }
  }
  return { typeBytes, modelBytes, modelSize: slots.length + 1, pointer: slotOf('void *') };
}

/** Members, the lists that definitions have of them, and definitions, as they are added. */
export class Structs {
  #types;
  #names;
  /** @type {string[]} */
  structNames = [];
  members = new Bytes();
  lists = new Bytes();
  definitions = new Bytes();
  /** The number of each member, by its bytes. @type {Map<string, number>} */
  #numbers = new Map();
  /** The members of all lists, by their numbers. @type {number[]} */
  #listed = [];
  static DEFINITION = 4;

  /** @param {string[]} types @param {import('./bytes.mjs').Names} names */
  constructor(types, names) {
    this.#types = types;
    this.#names = names;
  }

  /** The number of a struct's name. @param {string} name */
  nameOf(name) {
    const known = this.structNames.indexOf(name);
    return known >= 0 ? known : this.structNames.push(name) - 1;
  }

  /**
   * Adds a definition and returns its number.
   *
   * definition (4 bytes):  0 struct name u8 (0xff: none), 1 members u8 (0xff: absent), 2 first of its list u16
   * list (2 bytes):        0 number of the member u16
   * member (6 bytes):      0 type u8, or number of a struct's name, 1 flags u8 (1 struct, 2 padding, 4 array; above them
   *                        where it is, 4 bits), 2 count u16 (0: as many as there are), 4 name u16
   * @param {string | undefined} name @param {string} text @param {string} where
   */
  define(name, text, where) {
    const members = text === 'absent' ? [] : parseDeclarations(text, where);
    const number = this.definitions.length / Structs.DEFINITION;
    this.definitions.u8(name === undefined ? 0xff : this.nameOf(name));
    this.definitions.u8(text === 'absent' ? ABSENT : members.length).u16(this.#place(members, where));
    return number;
  }

  /** Where the list of these members begins: within another one, if they stand there in a row. */
  #place(/** @type {import('./declarations.mjs').Member[]} */ members, /** @type {string} */ where) {
    const list = members.map((member, i) => {
      const code = member.struct ? this.nameOf(member.type) : this.#types.indexOf(member.type);
      if (code < 0) throw new Error(`${where}: types.json has no '${member.type}'`);
      if (member.count === 0 && i < members.length - 1) throw new Error(`${where}: only the last member may be open`);
      const flags = (member.struct ? 1 : 0) | (member.pad ? 2 : 0) | (member.array ? 4 : 0);
      const bytes = new Bytes();
      bytes
        .u8(code)
        .u8(flags | (member.when << 4))
        .u16(member.count)
        .u16(this.#names.of(member.name));
      return this.#numberOf(bytes.list);
    });
    const known = this.#listed.findIndex((_, at) => list.every((number, i) => this.#listed[at + i] === number));
    if (known >= 0 || list.length === 0) return Math.max(known, 0);
    for (const number of list) this.lists.u16(number);
    return this.#listed.push(...list) - list.length;
  }

  /** The number of a member, each of which stands once. @param {number[]} bytes */
  #numberOf(bytes) {
    const key = bytes.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.members.list.push(...bytes);
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }
}

/**
 * header (4 bytes): 0 first definition u16, 2 definitions u8
 * @param {Record<string, Header>} headers @param {Structs} structs
 */
export function packHeaders(headers, structs) {
  const bytes = new Bytes();
  for (const [id, header] of Object.entries(headers)) {
    bytes
      .u16(structs.definitions.length / Structs.DEFINITION)
      .u8(Object.keys(header.structs).length)
      .u8(0);
    for (const [name, text] of Object.entries(header.structs))
      structs.define(name, text, `headers.json: ${id}, ${name}`);
  }
  return bytes;
}
