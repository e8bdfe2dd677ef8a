#!/usr/bin/env node
/**
 * Golden vectors for the codec from real compilers: struct layouts, control buffers, payloads, and walks over hostile
 * buffers. A walk says whose it is: `macros` names the libc whose own headers gave CMSG_NXTHDR, and is absent where a
 * file of this folder restates the walk.
 *
 *   node scripts/vectors/main.mjs            measure again every row whose compiler is here, write tests/vectors/
 *   node scripts/vectors/main.mjs --check    compare instead; exit 1 on a difference
 *
 * Origin and command are not compared: another release of a compiler must give the same numbers.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostileCases, SEED } from './cases.mjs';
import { measure, obstacle, origin } from './probe.mjs';

/** @typedef {import('./probe.mjs').Row} Row @typedef {import('./probe.mjs').Walk} Walk */
/** @typedef {import('./cases.mjs').Case} Case @typedef {import('./cases.mjs').Shape} Shape */
/** @typedef {{ headers: unknown[][], end: string, at: number }} Outcome */
/** @typedef {Record<string, unknown>} Json */

const vectors = fileURLToPath(new URL('../../tests/vectors/', import.meta.url));
const OUTSIDE = 'bytes outside the control buffer read as zero; no case reads further than 64 bytes away';

/** @type {{ dialects: Record<string, { recognisedBy: string, headers: number }>, rows: Record<string, Row> }} */
const table = JSON.parse(readFileSync(new URL('compilers.json', import.meta.url), 'utf8'));

/** JSON with one line for each thing two levels down, so that differences read well. @param {Json} document */
function format(document) {
  /** @param {unknown} value @param {string} name */
  const entry = (value, name) => (name ? `${JSON.stringify(name)}: ` : '') + JSON.stringify(value);
  const fields = Object.entries(document).map(([name, value]) => {
    if (typeof value !== 'object' || value === null) return `  ${entry(value, name)}`;
    const list = Array.isArray(value);
    const lines = list ? value.map((item) => entry(item, '')) : Object.entries(value).map(([k, v]) => entry(v, k));
    return `  ${JSON.stringify(name)}: ${list ? '[' : '{'}\n    ${lines.join(',\n    ')}\n  ${list ? ']' : '}'}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

/** @param {string} abi @param {Row} row */
function layoutVector(abi, row) {
  const { command, output } = measure(row, 'layout');
  const { libc, ...measured } = JSON.parse(output);
  return { abi, origin: origin(row, libc), command, ...measured };
}

/** @param {string} abi @param {Row} row @param {string} from the layout's origin: the same compiler and headers */
function payloadVector(abi, row, from) {
  const { command, output } = measure(row, 'payload');
  const { restated, payloads } = JSON.parse(output);
  const origin = restated ? `${from}; ${restated}` : from;
  return { abi, origin, command, payloads };
}

/** @param {Json & { layout: any, endian: string }} vector @returns {Shape} */
function shapeOf({ layout: { cmsghdr, cmsg }, endian }) {
  const lengthSize = cmsghdr.fields.cmsg_level.offset;
  return { lengthSize, header: cmsghdr.size, data: cmsg.data, unit: cmsg.align, big: endian === 'big' };
}

/** @param {Row} row @param {Case[]} cases @param {string[]} [flags] */
function walkCases(row, cases, flags) {
  const input = cases.map(({ control, controllen }) => `${controllen} ${control}\n`).join('');
  const { command, output } = measure(row, 'walk', { flags, input });
  const lines = output.trim().split('\n');
  if (lines.length !== cases.length) throw new Error(`${command}: ${lines.length} outcomes of ${cases.length} cases`);
  return { command, lines };
}

/**
 * The walk's vector, or why this machine's C library cannot give it. A case whose outcome depends on where the buffer
 * lies in memory is no vector: it is left out, and counted.
 * @param {ReturnType<typeof layoutVector>} layout @param {Row} row @param {Walk} walk
 * @returns {Json | string}
 */
function walkVector(layout, row, { dialect, flags = [], elsewhere, source }) {
  const all = hostileCases(shapeOf(layout));
  const { command, lines } = walkCases(row, all, flags);
  const moved = elsewhere ? walkCases(row, all, [...flags, ...elsewhere]).lines : lines;
  const cases = all
    .map((c, i) => ({ ...c, .../** @type {Outcome} */ (JSON.parse(lines[i] ?? '')) }))
    .filter((_, i) => lines[i] === moved[i]);
  const sign = table.dialects[dialect];
  const told = cases.find(({ name }) => name === sign?.recognisedBy);
  if (told?.headers.length !== sign?.headers) return `${layout.origin} does not walk as ${dialect}`;
  const from = source ? `${source}; ${layout.origin}` : layout.origin;
  const leftOut = all.length - cases.length;
  const seed = `0x${SEED.toString(16)}`;
  const macros = flags.length === 0 ? { macros: row.headers } : {};
  return { dialect, abi: layout.abi, ...macros, origin: from, command, seed, outside: OUTSIDE, leftOut, cases };
}

/** @param {string} text */
const measuredPart = (text) => format({ ...JSON.parse(text), origin: '', command: '' });

/** The first line on which two texts differ. @param {string} was @param {string} is */
function firstDifference(was, is) {
  const [before, after] = [was.split('\n'), is.split('\n')];
  const at = after.findIndex((line, i) => line !== before[i]);
  return `- ${before[at] ?? '(end)'}\n+ ${after[at] ?? '(end)'}`;
}

/** @param {string} file @param {Json | string} vector a vector, or the reason there is none @param {boolean} check */
function settle(file, vector, check) {
  const name = relative(vectors, file);
  if (typeof vector === 'string') return report(name, 'left alone', vector);
  const text = format(vector);
  if (!check) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return report(name, 'regenerated', '');
  }
  const committed = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  if (measuredPart(committed) === measuredPart(text)) return report(name, 'confirmed', '');
  process.exitCode = 1;
  return report(name, 'DIFFERS', `\n${firstDifference(measuredPart(committed), measuredPart(text))}`);
}

/** @param {string} name @param {string} state @param {string} reason */
function report(name, state, reason) {
  console.log(`${state.padEnd(12)} ${name}${reason && `: ${reason}`}`);
}

/** @param {boolean} check */
function main(check) {
  console.log(`seed of the random cases: 0x${SEED.toString(16)}`);
  for (const [abi, row] of Object.entries(table.rows)) {
    const walkFile = (/** @type {Walk} */ { dialect }) => `${vectors}walk/${dialect}@${abi}.json`;
    const reason = obstacle(row);
    const layout = reason || layoutVector(abi, row);
    settle(`${vectors}layout/${abi}.json`, layout, check);
    const payload = typeof layout === 'string' ? layout : payloadVector(abi, row, layout.origin);
    settle(`${vectors}payload/${abi}.json`, payload, check);
    for (const walk of row.walks ?? []) {
      settle(walkFile(walk), typeof layout === 'string' ? layout : walkVector(layout, row, walk), check);
    }
  }
}

const [option, ...rest] = process.argv.slice(2);
if (rest.length > 0 || (option !== undefined && option !== '--check')) {
  console.error('usage: node scripts/vectors/main.mjs [--check]');
  process.exitCode = 2;
} else {
  main(option === '--check');
}
