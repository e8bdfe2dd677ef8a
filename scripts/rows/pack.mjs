#!/usr/bin/env node
/**
 * Packs assembly/rows/*.json for the codec module and its host:
 *
 *   build/rows/tables.ts    the tables as bytes, for assembly/
 *   build/rows/texts.json   what is said of ABIs and walks, for those who show it
 *
 *   node scripts/rows/pack.mjs
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packAbis } from './abis.mjs';
import { Bytes, Names } from './bytes.mjs';
import { packNumbers } from './numbers.mjs';
import { packPayloads } from './payloads.mjs';
import { completeModels, packHeaders, packTypes, Structs } from './structs.mjs';
import { packWalks } from './walks.mjs';

const ROWS = ['abis', 'headers', 'models', 'museum', 'numbers', 'payloads', 'types', 'walks'];

/** The files of rows below `root`, by path. @param {string} root */
export function readRowFiles(root) {
  const paths = ROWS.map((name) => `assembly/rows/${name}.json`);
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** The rows of each file, by its name. @param {Map<string, string>} files @returns {Record<string, any>} */
export function parseRows(files) {
  return Object.fromEntries(
    ROWS.map((name) => {
      const { about, ...rows } = JSON.parse(files.get(`assembly/rows/${name}.json`) ?? '');
      return [name, Object.values(rows)[0]];
    }),
  );
}

/** What assembly/ knows by name, and in which order (assembly/abi/row.ts): the members that every call needs. */
const KNOWN = {
  msghdr: ['msg_name', 'msg_namelen', 'msg_iov', 'msg_iovlen', 'msg_control', 'msg_controllen', 'msg_flags'],
  cmsghdr: ['cmsg_len', 'cmsg_level', 'cmsg_type'],
  iovec: ['iov_base', 'iov_len'],
};

/** The tables by name, and how many rows each has. @param {Record<string, any>} rows @param {Names} names */
function packTables(rows, names) {
  const models = completeModels(rows.models);
  const { typeBytes, modelBytes, modelSize } = packTypes(rows.types, models, names);
  const structs = new Structs(Object.keys(rows.types), names);
  const headers = packHeaders(rows.headers, structs);
  const numbers = packNumbers(rows.numbers, names);
  const payloads = packPayloads(rows.payloads, { names, structs, ...numbers });
  const walks = packWalks(rows.walks, names);
  // Names of their own: the codec has neither.
  const museumNames = new Names();
  const museumWalks = packWalks(rows.museum, museumNames, rows.walks);
  const walkIds = rows.walks.map((/** @type {{ id: string }} */ { id }) => id);
  const abis = packAbis(rows.abis, { names, walks: walkIds, sets: numbers.ids, models, headers: rows.headers });
  const structNames = new Bytes();
  for (const name of structs.structNames) structNames.u16(names.of(name));
  const known = new Bytes();
  for (const name of Object.values(KNOWN).flat()) known.u16(names.of(name));
  const counts = {
    ABI_COUNT: rows.abis.length,
    ALIAS_COUNT: abis.aliasBytes.length / 4,
    MODEL_SIZE: modelSize,
    STRUCT_COUNT: structs.structNames.length,
    NUMBER_COUNT: numbers.symbols.length,
    PAYLOAD_COUNT: rows.payloads.length,
    WALK_COUNT: rows.walks.length,
    MUSEUM_WALK_COUNT: rows.museum.length,
  };
  const tables = {
    ABIS: abis.bytes,
    ALIASES: abis.aliasBytes,
    MODELS: modelBytes,
    TYPES: typeBytes,
    HEADERS: headers,
    DEFINITIONS: structs.definitions,
    MEMBERS: structs.members,
    LISTS: structs.lists,
    STRUCT_NAMES: structNames,
    NUMBER_NAMES: numbers.symbolBytes,
    NUMBER_SETS: numbers.setBytes,
    NUMBERS: numbers.entryBytes,
    WIDE_NUMBERS: numbers.wideBytes,
    SYSTEMS: numbers.systemBytes,
    PAYLOADS: payloads,
    WALKS: walks,
    MUSEUM_WALKS: museumWalks,
    MUSEUM_NAMES: museumNames.bytes,
    KNOWN_MEMBERS: known,
    NAMES: names.bytes,
  };
  return { tables, counts, structNames: structs.structNames };
}

/** The text of tables.ts. @param {Record<string, any>} rows */
export function writeTables(rows) {
  // Once to know all names, since one may end as another does.
  const collected = new Names();
  packTables(rows, collected);
  const { tables, counts, structNames } = packTables(rows, new Names(collected.texts));
  const lines = ['// Packed from assembly/rows/*.json by scripts/rows/pack.mjs.', ''];
  for (const [name, count] of Object.entries(counts)) lines.push(`export const ${name}: i32 = ${count};`);
  for (const name of Object.keys(KNOWN)) {
    lines.push(`export const STRUCT_${name.toUpperCase()}: u32 = ${structNames.indexOf(name)};`);
  }
  for (const [name, { list }] of Object.entries(tables)) {
    lines.push(`export const ${name}: usize = memory.data<u8>([${list.length > 0 ? list.join(',') : '0'}]);`);
  }
  return `${lines.join('\n')}\n`;
}

/** @param {Record<string, any>} rows */
function writeTexts({ abis, walks, museum }) {
  /** @param {{ id: string, summary?: string, source: string }[]} list */
  const texts = (list) => Object.fromEntries(list.map(({ id, summary, source }) => [id, { summary, source }]));
  return `${JSON.stringify({ abis: texts(abis), walks: texts([...walks, ...museum]) }, null, 1)}\n`;
}

/** @param {string} root */
export function packRows(root) {
  const rows = parseRows(readRowFiles(root));
  mkdirSync(join(root, 'build/rows'), { recursive: true });
  writeFileSync(join(root, 'build/rows/tables.ts'), writeTables(rows));
  writeFileSync(join(root, 'build/rows/texts.json'), writeTexts(rows));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) packRows(fileURLToPath(new URL('../..', import.meta.url)));
