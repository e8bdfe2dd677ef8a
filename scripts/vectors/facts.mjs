/**
 * What the headers of an ABI say, asked in C. `writeFacts` makes a C file that holds the answers as bytes of one
 * constant, `ancillary_facts`: a program can print them, and who must not run what he compiles finds them in the object
 * file, by the bytes of MARK. `readFacts` gives them back by name.
 *
 * ancillary_facts:  MARK (16 bytes), then a fact each in 8 bytes, little endian; then, in the byte order and with the
 * padding of the ABI, the short 0x0102, a msghdr and an iovec whose fields are filled with FILL.
 *
 * Pure: no file is read, nothing is run. The rows are those of assembly/rows/*.json, as scripts/rows/pack.mjs parses them.
 */
import { parseDeclarations } from '../rows/declarations.mjs';
import { completeModels } from '../rows/structs.mjs';

/** @typedef {import('../rows/declarations.mjs').Member} Member @typedef {import('../rows/abis.mjs').Abi} Abi */
/** @typedef {import('../rows/payloads.mjs').Payload & { struct?: string, include?: string[], enum?: boolean }} Payload */
/** @typedef {{ files: string[], unless: Record<string, string>, structs: Record<string, string>,
 *   constants: Record<string, string>, types: Record<string, string> }} Includes */
/** `when`: the question can be asked, in words of the preprocessor. @typedef {{ path: string[], ask: string, when: string }} Fact */
/** @typedef {Record<string, any>} Rows */
/** [offset, size, is it signed], the last for numbers. @typedef {[number, number, boolean?]} Place */
/**
 * @typedef {{ size: number, align: number, members: Record<string, Place> }} StructFacts
 * @typedef {{ level: number, type: number, struct?: string, size?: number, members?: Record<string, Place> }} PayloadFacts
 * @typedef {{ endian: string, types: Record<string, [size: number, align: number]>, structs: Record<string, StructFacts>,
 *   cmsg?: { align: number, data: number, LEN: Record<string, number>, SPACE: Record<string, number> },
 *   constants: Record<string, number>, payloads: Record<string, PayloadFacts>,
 *   filled: Record<string, { values: Record<string, string>, bytes: string }> }} Facts
 */

export const MARK = 'ancillary facts\n';
const WORD = 8;
/** What stands for a fact that the headers do not know. */
const UNKNOWN = '0x80000000abadcafe';
const PAYLOAD_SIZES = [0, 1, 2, 3, 4, 5, 8, 12, 16, 20, 24, 1012];

/** A field's number: bytes that all differ, also from those of the other fields. */
const FILL = {
  msghdr: {
    msg_name: 0x1112131415161718n,
    msg_namelen: 0x2122232425262728n,
    msg_iov: 0x3132333435363738n,
    msg_iovlen: 0x4142434445464748n,
    msg_control: 0x5152535455565758n,
    msg_controllen: 0x6162636465666768n,
    msg_flags: 0x7172737475767778n,
  },
  iovec: { iov_base: 0x1112131415161718n, iov_len: 0x2122232425262728n },
};

/** Types of assembly/rows/types.json that C knows by another name. @type {Record<string, string>} */
const C_TYPES = {
  u8: 'unsigned char',
  s8: 'signed char',
  u16: 'unsigned short',
  s16: 'short',
  u32: 'unsigned int',
  s32: 'int',
  u64: 'unsigned long long',
  s64: 'long long',
  be16: 'unsigned short',
  be32: 'unsigned int',
  in_addr: 'struct in_addr',
  in6_addr: 'struct in6_addr',
  fd: 'int',
  'unsigned pid_t': 'unsigned int',
};
/** Types that are no numbers, or (char) have the sign that the processor likes. */
const NO_NUMBERS = ['void *', 'in_addr', 'in6_addr', 'char'];

/** The structs of an ABI by name: of several the last header's. @param {Rows} rows @param {Abi} abi */
function structsOf(rows, abi) {
  const { endian, types } = modelOf(rows, abi);
  const bit = (endian === 'big' ? 2 : 1) * (types['void *']?.[0] === 8 ? 4 : 1);
  /** @type {Record<string, string>} */
  const texts = Object.assign({}, ...abi.headers.map((id) => rows.headers[id].structs));
  return Object.entries(texts)
    .filter(([, text]) => text !== 'absent')
    .map(([name, text]) => {
      const members = parseDeclarations(text, name).filter(({ when, pad }) => (when & bit) !== 0 && !pad);
      return { name, members };
    });
}

/** @param {Rows} rows @param {Abi} abi */
function modelOf(rows, abi) {
  const model = completeModels(rows.models)[abi.model];
  if (!model) throw new Error(`there is no data model ${abi.model}`);
  return model;
}

/** Names of a set of constants, and its system. @param {Rows} rows @param {string} set @returns {{ os: string, names: string[] }} */
function numbersOf(rows, set) {
  const { like, os, numbers } = rows.numbers[set];
  const base = like ? numbersOf(rows, like) : { os: '', names: [] };
  return { os: os ?? base.os, names: [...new Set([...base.names, ...Object.keys(numbers)])] };
}

/** @param {string[]} path @param {string} type the C type @param {Member[]} members @param {string} when @returns {Fact[]} */
function placesOf(path, type, members, when) {
  return members.flatMap((member) => {
    const { name, cName, array, struct, count } = member;
    const it = `((${type} *)0)->${cName}`;
    const one = array ? `${it}[0]` : it;
    const facts = [
      { path: [...path, name, '0'], ask: `offsetof(${type}, ${cName})`, when },
      { path: [...path, name, '1'], ask: `sizeof ${count === 0 ? one : it}`, when },
    ];
    if (struct || NO_NUMBERS.includes(member.type)) return facts;
    return [...facts, { path: [...path, name, '2'], ask: `(__typeof__(${one}))-1 < 1`, when }];
  });
}

/** The payloads that a system has. @param {Rows} rows @param {Abi} abi @returns {(Payload & { key: string })[]} */
function payloadsOf(rows, abi) {
  const { os, names } = numbersOf(rows, abi.numbers);
  const present = new Set(structsOf(rows, abi).map(({ name }) => name));
  /** @type {Map<string, number>} */
  const seen = new Map();
  return rows.payloads
    .filter((/** @type {Payload} */ { body }) => {
      const struct = /^struct (\w+)$/.exec(body ?? '')?.[1];
      return !struct || present.has(struct);
    })
    .filter(
      (/** @type {Payload} */ p) => (p.os?.includes(os) ?? true) && names.includes(p.level) && names.includes(p.type),
    )
    .map((/** @type {Payload} */ payload) => {
      const count = (seen.get(payload.id) ?? 0) + 1;
      seen.set(payload.id, count);
      return { ...payload, key: count === 1 ? payload.id : `${payload.id}#${count}` };
    });
}

/**
 * What a payload's body is in C, and its members with the padding. In a document the struct has not been retyped: there
 * the declaration of the row is what a compiler lays out.
 * @param {Payload & { key: string }} payload @param {Abi} abi
 */
function bodyOf({ body, struct, key }, { proof }) {
  const whole = /^struct (\w+)$/.exec(body ?? '')?.[1];
  if (whole) return { struct: whole, members: [], isOwn: false };
  const isOwn = !struct || proof === 'document';
  const members = body ? parseDeclarations(body, key) : [];
  return {
    type: isOwn ? `struct payload_${key.replace('#', '_')}` : `struct ${struct}`,
    members: isOwn ? members.map((member) => ({ ...member, cName: member.name })) : members,
    isOwn: isOwn && members.length > 0,
  };
}

/** @param {Member} member */
function declare({ type, struct, name, count, array }) {
  const words = struct ? `struct ${type}` : (C_TYPES[type] ?? type);
  return `${words} ${name}${array ? `[${Math.max(count, 1)}]` : ''};`;
}

/** Every question, in order. @param {Rows} rows @param {Abi} abi @param {Includes} includes @returns {Fact[]} */
function listFacts(rows, abi, includes) {
  const structs = structsOf(rows, abi);
  const types = Object.keys(modelOf(rows, abi).types);
  const has = (/** @type {string} */ name) => includes.structs[name] ?? '1';
  const cmsg = structs.some(({ name }) => name === 'cmsghdr') ? '1' : '0';
  /** @param {string[]} path @param {string} ask @param {string} when @returns {Fact} */
  const fact = (path, ask, when) => ({ path, ask, when });

  return [
    ...Object.keys(FILL).map((name) => fact(['at', name], `offsetof(struct ancillary_facts, filled_${name})`, '1')),
    ...types.flatMap((name, i) => [
      fact(['types', name, '0'], `sizeof(${name})`, includes.types[name] ?? '1'),
      fact(['types', name, '1'], `offsetof(struct type_${i}, it)`, includes.types[name] ?? '1'),
    ]),
    ...structs.flatMap(({ name, members }) => [
      fact(['structs', name, 'size'], `sizeof(struct ${name})`, has(name)),
      fact(['structs', name, 'align'], `_Alignof(struct ${name})`, has(name)),
      ...placesOf(['structs', name, 'members'], `struct ${name}`, members, has(name)),
    ]),
    fact(['cmsg', 'data'], '(unsigned char *)CMSG_DATA((struct cmsghdr *)64) - (unsigned char *)64', cmsg),
    ...['LEN', 'SPACE'].flatMap((name) =>
      PAYLOAD_SIZES.map((size) => fact(['cmsg', name, String(size)], `CMSG_${name}(${size})`, cmsg)),
    ),
    ...numbersOf(rows, abi.numbers).names.map((name) =>
      fact(['constants', name], name, whenDefined(name, rows, includes)),
    ),
    ...payloadsOf(rows, abi).flatMap((payload) => {
      const { key, level, type: number } = payload;
      const known = whenKnown(payload, rows, abi, includes);
      const { struct, type = '', members } = bodyOf(payload, abi);
      const last = members.at(-1);
      const numbers = [fact(['payloads', key, 'level'], level, known), fact(['payloads', key, 'type'], number, known)];
      if (struct || !last) return numbers;
      // With one element of a member that is as many as there are.
      const one = `offsetof(${type}, ${last.cName}) + sizeof ((${type} *)0)->${last.cName}[0]`;
      const size = fact(['payloads', key, 'size'], last.count === 0 ? one : `sizeof(${type})`, known);
      const named = members.filter(({ pad }) => !pad);
      return [...numbers, size, ...placesOf(['payloads', key, 'members'], type, named, known)];
    }),
  ];
}

/** @param {string} struct @param {readonly [string, bigint][]} values @param {Member[]} members */
function fill(struct, values, members) {
  const parts = values.map(([name, value]) => {
    const cName = members.find((member) => member.name === name)?.cName ?? name;
    const it = `((struct ${struct} *)0)->${cName}`;
    return `.${cName} = (__typeof__(${it}))(__UINTPTR_TYPE__)(0x${value.toString(16)}ULL & ~0ULL >> (64 - 8 * sizeof ${it}))`;
  });
  return `{${parts.join(', ')}}`;
}

/** @param {Includes} includes @param {string} file */
function unlessOf({ unless }, file) {
  const folders = Object.keys(unless).filter((name) => name === file || (name.endsWith('/') && file.startsWith(name)));
  return folders.map((name) => ` && !(${unless[name]})`).join('');
}

/** @param {string} name @param {Rows} rows @param {Includes} includes */
function whenDefined(name, rows, { constants }) {
  const payload = rows.payloads.find((/** @type {Payload} */ row) => row.enum && row.type === name);
  if (payload) return `defined ${markOf(payload.include[0])}`;
  return `defined ${name}${constants[name] ? ` && (${constants[name]})` : ''}`;
}

/** The macro that says that a header was included. @param {string} file */
const markOf = (file) => `HAS_${file.replace(/\W/g, '_')}`;

/**
 * The headers know level and type, and the structs within.
 * @param {Payload & { key: string }} payload @param {Rows} rows @param {Abi} abi @param {Includes} includes
 */
function whenKnown(payload, rows, abi, includes) {
  const structs = bodyOf(payload, abi).members.filter(({ struct }) => struct);
  const needs = structs.flatMap(({ type }) => includes.structs[type] ?? []).map((when) => ` && (${when})`);
  const numbers = [payload.level, payload.type].map((name) => whenDefined(name, rows, includes));
  return `${numbers.join(' && ')}${needs.join('')}`;
}

/** The C file. @param {Rows} rows @param {Abi} abi @param {Includes} includes */
export function writeFacts(rows, abi, includes) {
  const facts = listFacts(rows, abi, includes);
  const structs = structsOf(rows, abi);
  const types = Object.keys(modelOf(rows, abi).types);
  const payloads = payloadsOf(rows, abi);
  const files = [...new Set([...includes.files, ...payloads.flatMap(({ include = [] }) => include)])];
  const bodies = payloads.filter((payload) => bodyOf(payload, abi).isOwn);
  const lines = [
    '#ifndef _GNU_SOURCE',
    '#define _GNU_SOURCE',
    '#endif',
    '#include <stddef.h>',
    ...files.flatMap((file) => [
      `#if __has_include(<${file}>)${unlessOf(includes, file)}`,
      `#include <${file}>`,
      `#define ${markOf(file)}`,
      '#endif',
    ]),
    '#define BYTE(v, i) (unsigned char)((unsigned long long)(v) >> 8 * i)',
    '#define FACT(v) BYTE(v, 0), BYTE(v, 1), BYTE(v, 2), BYTE(v, 3), BYTE(v, 4), BYTE(v, 5), BYTE(v, 6), BYTE(v, 7),',
    `#define UNKNOWN FACT(${UNKNOWN}ULL)`,
    ...types.flatMap((name, i) => [
      `#if ${includes.types[name] ?? '1'}`,
      `struct type_${i} { char c; ${name} it; };`,
      '#endif',
    ]),
    ...bodies.flatMap((payload) => {
      const { type = '', members } = bodyOf(payload, abi);
      const known = whenKnown(payload, rows, abi, includes);
      return [`#if ${known}`, `${type} { ${members.map((member) => declare(member)).join(' ')} };`, '#endif'];
    }),
    ...(structs.some(({ name }) => name === 'cmsghdr') ? [] : ['#define CMSG_FIRSTHDR_IS_ABSENT']),
    'struct ancillary_facts {',
    `  unsigned char mark[${MARK.length}], facts[${WORD * facts.length}];`,
    '  unsigned short order;',
    ...Object.keys(FILL).map((name) => `  struct ${name} filled_${name};`),
    '};',
    'extern const struct ancillary_facts ancillary_facts;',
    'const struct ancillary_facts ancillary_facts = {',
    `  {${[...MARK].map((c) => c.charCodeAt(0)).join(', ')}},`,
    '  {',
    ...facts.flatMap(({ ask, when }) =>
      when === '1'
        ? [`FACT(${ask})`]
        : when === '0'
          ? ['UNKNOWN']
          : [`#if ${when}`, `FACT(${ask})`, '#else', 'UNKNOWN', '#endif'],
    ),
    '  },',
    '  0x0102,',
    ...Object.entries(FILL).map(
      ([name, values]) =>
        `  ${fill(name, Object.entries(values), structs.find((struct) => struct.name === name)?.members ?? [])},`,
    ),
    '};',
  ];
  return `${lines.join('\n')}\n`;
}

/** Where in a file the facts begin. @param {Uint8Array} bytes */
export function findFacts(bytes) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const at = text.indexOf(MARK);
  if (at < 0) throw new Error('the file holds no facts');
  return bytes.subarray(at);
}

/**
 * @param {Uint8Array} bytes that begin with MARK @param {Rows} rows @param {Abi} abi @param {Includes} includes
 * @returns {Facts} without what the headers do not know
 */
export function readFacts(bytes, rows, abi, includes) {
  const list = listFacts(rows, abi, includes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {any} */
  const facts = { endian: '', types: {}, structs: {}, constants: {}, payloads: {}, filled: {} };
  list.forEach(({ path }, i) => {
    const value = view.getBigInt64(MARK.length + WORD * i, true);
    if (value === BigInt.asIntN(64, BigInt(UNKNOWN))) return;
    put(facts, path, path.at(-1) === '2' && path.includes('members') ? value !== 0n : Number(value));
  });
  const order = view.getUint16(MARK.length + WORD * list.length, true);
  facts.endian = { 258: 'little', 513: 'big' }[order] ?? 'neither';
  for (const payload of payloadsOf(rows, abi)) {
    const { struct } = bodyOf(payload, abi);
    if (struct && facts.payloads[payload.key]) facts.payloads[payload.key].struct = struct;
  }
  for (const [name, values] of Object.entries(FILL)) {
    const { size, members } = facts.structs[name];
    const filled = bytes.subarray(facts.at[name], facts.at[name] + size);
    const numbers = Object.entries(values).map(([field, value]) => [
      field,
      `0x${BigInt.asUintN(8 * members[field][1], value).toString(16)}`,
    ]);
    const hex = [...filled].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    facts.filled[name] = { values: Object.fromEntries(numbers), bytes: hex };
  }
  // What CMSG_SPACE is made of: not every system rounds a payload of 1 byte up to more than none.
  if (facts.cmsg) facts.cmsg = { align: spaceUnit(Object.values(facts.cmsg.SPACE)), ...facts.cmsg };
  delete facts.at;
  return facts;
}

/** @param {number[]} spaces @returns {number} the greatest number that divides all their differences */
function spaceUnit([first = 0, ...others]) {
  /** @param {number} a @param {number} b @returns {number} */
  const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));
  return others.reduce((unit, space) => gcd(unit, space - first), 0);
}

/** @param {any} into @param {string[]} path @param {number | boolean} value */
function put(into, path, value) {
  const last = /** @type {string} */ (path.at(-1));
  let at = into;
  path.slice(0, -1).forEach((key, i) => {
    at[key] ??= /^[01]$/.test(path[i + 1] ?? '') && i === path.length - 2 && path[0] !== 'cmsg' ? [] : {};
    at = at[key];
  });
  at[last] = value;
}
