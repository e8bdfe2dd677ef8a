#!/usr/bin/env node
/**
 * Vectors for the codec from real compilers, for every ABI of assembly/rows/abis.json:
 *
 *   tests/vectors/abi/ABI.json              what its headers say: types, structs, constants, payloads
 *   tests/vectors/control/SHAPE.json        control buffers that its macros made; once for all ABIs that make them alike
 *   tests/vectors/cases/SHAPE.json          hostile buffers, once for a shape of header
 *   tests/vectors/walk/DIALECT@SHAPE.json   how they are walked: offsets, end, where; once for all ABIs alike. `macros`
 *                                           names the libc whose own headers gave CMSG_NXTHDR; `restated`: a file of
 *                                           this folder did
 *
 *   node scripts/vectors/main.mjs [ABI...]            measure again every row whose compiler is here, and write
 *   node scripts/vectors/main.mjs --check [ABI...]    compare instead; exit 1 on a difference
 *   node scripts/vectors/main.mjs --source ABI        print the C that asks an ABI (facts.h of a command)
 *
 * Origin and command are not compared: another release of a compiler must give the same numbers.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRows, readRowFiles } from '../rows/pack.mjs';
import { hostileCases, nameShape, SEED } from './cases.mjs';
import { findFacts, readFacts, writeFacts } from './facts.mjs';
import { Vectors } from './files.mjs';
import { measure, obstacle, origin } from './measure.mjs';

/** @typedef {import('./measure.mjs').Row} Row @typedef {import('../rows/abis.mjs').Abi & { probe: Row }} Abi */
/** @typedef {import('./cases.mjs').Case} Case @typedef {import('./cases.mjs').Shape} Shape */
/** @typedef {import('./facts.mjs').Facts} Facts */
/**
 * A walk that no macro of an ABI is: `file` of this folder has it in C, and it is run on `abis`.
 * @typedef {{ file: string, flags?: string[], abis: string[], note?: string }} Restated
 */

const OUTSIDE = 'bytes outside the control buffer read as zero; no case reads further than 64 bytes away';
const root = fileURLToPath(new URL('../../', import.meta.url));
const includes = JSON.parse(readFileSync(new URL('includes.json', import.meta.url), 'utf8'));
const rows = parseRows(readRowFiles(root));

/** @param {Facts} facts @returns {Shape | undefined} */
function shapeOf({ structs: { cmsghdr }, cmsg, endian, types }) {
  if (!cmsghdr || !cmsg) return undefined;
  // The pad beside a 32-bit cmsg_len (musl) counts as its upper half, which is what the kernel sees there.
  const lengthSize = /** @type {4 | 8} */ (cmsghdr.members.cmsg_level?.[0]);
  const word = types['void *']?.[0] ?? 0;
  return { word, lengthSize, header: cmsghdr.size, data: cmsg.data, unit: cmsg.align, big: endian === 'big' };
}

/** Lines of a kind, without their first word. @param {string} output @param {string} kind */
function linesOf(output, kind) {
  const lines = output.split(/\r?\n/).filter((line) => line.startsWith(`${kind}|`));
  return lines.map((line) => line.slice(kind.length + 1));
}

/** @param {string} output @param {Abi} abi */
function factsIn(output, abi) {
  return readFacts(Uint8Array.from(Buffer.from(linesOf(output, 'facts')[0] ?? '', 'hex')), rows, abi, includes);
}

/** One line of control.h. @param {string} line */
function readControl(line) {
  const [name = '', messages = '', fill, tight, offsets = '', control] = line.split('|');
  const list = messages.split(',').map((message) => {
    const [level, type, data] = message.split(':');
    return { level: Number(level), type: Number(type), data };
  });
  const numbers = offsets.split(',').map(Number);
  return { name, messages: list, fill: Number(fill), tight: tight === 'tight', control, offsets: numbers };
}

/** Outcomes of walk.h; null where the two places differ. @param {string} output @param {number} count */
function readOutcomes(output, count) {
  const outcomes = linesOf(output, 'walk').map((line) => line.split('|'));
  if (outcomes.length !== count) throw new Error(`${outcomes.length} outcomes of ${count} cases`);
  return outcomes.map(([here, there]) => (here === there ? here : null));
}

/** @param {Facts} facts */
const casesOf = (facts) => {
  const shape = shapeOf(facts);
  return shape ? hostileCases(shape) : [];
};

/** @param {Case[]} cases */
const inputOf = (cases) => cases.map(({ control, controllen }) => `${controllen} ${control}\n`).join('');

/** @param {Vectors} vectors @param {Abi} abi @param {Row} row */
function measureAbi(vectors, abi, row) {
  const text = writeFacts(rows, abi, includes);
  const from = origin(row);
  const { command, output, object } = measure(row, text, { cases: (first) => inputOf(casesOf(factsIn(first, abi))) });
  const facts = object ? readFacts(findFacts(object), rows, abi, includes) : factsIn(output, abi);
  vectors.settle(`abi/${abi.id}.json`, { abi: abi.id, proof: abi.proof, origin: from, command, ...facts });
  if (!object) return settleRun(vectors, abi, row, { text, from, command, output, facts });
  const standIn = row.standIn;
  const reason = standIn ? obstacle(standIn) : 'nothing here runs it';
  if (!standIn || reason) return vectors.report(abi.id, 'not run', reason);
  const ran = measure(standIn, text, { cases: (first) => inputOf(casesOf(factsIn(first, abi))) });
  const said = factsIn(ran.output, abi);
  const other = firstOther(said, facts);
  if (other) throw new Error(`its stand-in says something else: ${other}`);
  settleRun(vectors, abi, standIn, { text, from: origin(standIn), command: ran.command, output: ran.output, facts });
}

/**
 * The first thing that two documents say differently, or ''. What one of them does not say is no difference: retyped
 * headers have less than real ones.
 * @param {any} a @param {any} b @returns {string}
 */
function firstOther(a, b) {
  if (a === undefined || b === undefined || a === b) return '';
  if (typeof a !== 'object' || typeof b !== 'object') return `${a}, ${b}`;
  for (const key of Object.keys(a)) {
    const other = firstOther(a[key], b[key]);
    if (other) return `${key} ${other}`;
  }
  return '';
}

/**
 * @param {Vectors} vectors @param {Abi} abi @param {Row} row
 * @param {{ text: string, from: string, command: string, output: string, facts: Facts }} run
 */
function settleRun(vectors, abi, row, { text, from, command, output, facts }) {
  const shape = shapeOf(facts);
  if (!shape) return;
  const cases = nameShape(shape);
  const isPadded = facts.structs.cmsghdr?.members.cmsg_len?.[1] !== shape.lengthSize;
  const name = `${cases}${isPadded ? '-pad' : ''}`;
  const oracle = { origin: from, command };
  const controls = linesOf(output, 'control').map(readControl);
  const about = { shape, seed: `0x${SEED.toString(16)}` };
  vectors.settleShared(`control/${name}.json`, { shape }, 'controls', controls, abi.id, oracle);
  const all = casesOf(facts);
  const compact = all.map(({ name, control, controllen }) => [controllen, control, ...(name ? [name] : [])]);
  vectors.settleShared(`cases/${cases}.json`, about, 'cases', compact);
  /** @type {Record<string, string>} */
  const macros = row.source?.startsWith('document') ? { restated: row.source } : { macros: abi.libc };
  settleWalk(vectors, abi, abi.walk, name, readOutcomes(output, all.length), { ...macros, ...oracle });

  for (const { id, source, restated } of /** @type {{ id: string, source: string, restated?: Restated }[]} */ (
    rows.walks
  )) {
    if (!restated?.abis.includes(abi.id)) continue;
    const { file, flags = [], note } = restated;
    const given = [`-DNEXT_HEADER="${file}"`, ...flags];
    const walked = measure(row, text, { flags: given, cases: () => inputOf(all) });
    const outcomes = readOutcomes(walked.output, all.length);
    const oracle = { restated: `restated from ${source}${note ? ` (${note})` : ''}`, origin: from };
    settleWalk(vectors, abi, id, name, outcomes, { ...oracle, command: walked.command });
  }
}

/** @param {Vectors} vectors @param {Abi} abi @param {string} dialect @param {string} shape @param {unknown[]} outcomes @param {Record<string, string>} oracle */
function settleWalk(vectors, abi, dialect, shape, outcomes, oracle) {
  const path = `walk/${dialect}@${shape}.json`;
  const mayDepend = addsToAddresses(dialect) && shape.includes('32-');
  vectors.settleShared(path, { dialect, shape, outside: OUTSIDE }, 'outcomes', outcomes, abi.id, oracle, mayDepend);
}

/** With 32-bit addresses such a walk can meet the end of memory. @param {string} dialect @returns {boolean} */
function addsToAddresses(dialect) {
  const { room, like } = rows.walks.find((/** @type {{ id: string }} */ { id }) => id === dialect) ?? {};
  return room === undefined && like ? addsToAddresses(like) : room === 'address';
}

/** How an ABI is measured. Of retyped headers the row's own source says which. @param {Abi} abi @returns {Row} */
function rowOf({ probe, source }) {
  return { ...probe, ...(probe.retyped && { source: `document: retyped from ${source}` }) };
}

/** @param {boolean} check @param {string[]} only */
function main(check, only) {
  const vectors = new Vectors(check);
  for (const abi of /** @type {Abi[]} */ (rows.abis)) {
    if (only.length > 0 && !only.includes(abi.id)) continue;
    const row = rowOf(abi);
    const reason = obstacle(row);
    if (reason) {
      vectors.report(abi.id, 'left alone', reason);
      continue;
    }
    try {
      measureAbi(vectors, abi, row);
    } catch (error) {
      vectors.report(abi.id, 'FAILED', error instanceof Error ? error.message : String(error));
    }
  }
  process.exitCode = vectors.failed > 0 ? 1 : 0;
}

const [option = '', ...others] = process.argv.slice(2);
const asked = (option.startsWith('--') ? others : [option, ...others]).filter(Boolean);
const unknown = asked.find((id) => !rows.abis.some((/** @type {Abi} */ abi) => abi.id === id));
if (unknown !== undefined || !['', '--check', '--source'].includes(option.startsWith('--') ? option : '')) {
  console.error(
    unknown === undefined
      ? 'usage: node scripts/vectors/main.mjs [--check | --source] [ABI...]'
      : `there is no ABI ${unknown}`,
  );
  process.exitCode = 2;
} else if (option === '--source') {
  for (const id of asked)
    console.log(
      writeFacts(
        rows,
        rows.abis.find((/** @type {Abi} */ abi) => abi.id === id),
        includes,
      ),
    );
} else {
  main(option === '--check', asked);
}
