/** Reads and writes tests/vectors/, or compares with it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {Record<string, any>} Json */

/** Outcomes that may depend on where a program lies in memory, of some 500. */
const MOST_DEPENDING = 8;

const folder = fileURLToPath(new URL('../../tests/vectors/', import.meta.url));

/**
 * JSON with one line for each thing two levels down, so that differences read well; without an indentation there, which
 * would be a tenth of all vectors. @param {Json} document
 */
function format(document) {
  /** @param {unknown} value @param {string} name */
  const entry = (value, name) => (name ? `${JSON.stringify(name)}: ` : '') + JSON.stringify(value);
  const fields = Object.entries(document).map(([name, value]) => {
    const flat = typeof value !== 'object' || value === null || name === 'types' || name === 'shape';
    if (flat || name === 'constants') return `  ${entry(value, name)}`;
    const list = Array.isArray(value);
    const lines = list ? value.map((item) => entry(item, '')) : Object.entries(value).map(([k, v]) => entry(v, k));
    return `  ${JSON.stringify(name)}: ${list ? '[' : '{'}\n${lines.join(',\n')}\n  ${list ? ']' : '}'}`;
  });
  return `{\n${fields.join(',\n')}\n}\n`;
}

/** @param {string} file @returns {Json | undefined} */
function read(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** The first line on which two texts differ. @param {string} was @param {string} is */
function firstDifference(was, is) {
  const [before, after] = [was.split('\n'), is.split('\n')];
  const at = after.findIndex((line, i) => line !== before[i]);
  return `- ${before[at] ?? '(end)'}\n+ ${after[at] ?? '(end)'}`.replace(/(.{400}).*/g, '$1 ...');
}

/** What a run of the script did, a line each. */
export class Vectors {
  #check;
  /** What this run has written. @type {Set<string>} */
  #written = new Set();
  failed = 0;

  /** @param {boolean} check compare instead of writing */
  constructor(check) {
    this.#check = check;
  }

  /** @param {string} name @param {string} state @param {string} [reason] */
  report(name, state, reason = '') {
    if (state === 'DIFFERS' || state === 'FAILED') this.failed++;
    console.log(`${state.padEnd(12)} ${name}${reason && `: ${reason}`}`);
  }

  /** A document of its own. @param {string} path @param {Json} document */
  settle(path, document) {
    const file = folder + path;
    const measured = (/** @type {Json} */ json) => format({ ...json, origin: '', command: '' });
    if (!this.#check) return this.#write(file, document);
    const committed = measured(read(file) ?? {});
    if (committed === measured(document)) return this.report(path, 'confirmed');
    this.report(path, 'DIFFERS', `\n${firstDifference(committed, measured(document))}`);
  }

  /**
   * A document that several ABIs give alike: each is named in `oracles`. null in a list of `measured` stands for what
   * depends on something else, and is like everything; so does a difference where `mayDepend`, unless there are many.
   * @param {string} path @param {Json} about @param {string} list the field that holds what was measured
   * @param {unknown[]} measured @param {string} [abi] @param {Json} [oracle] what measured it, unless the script made it
   * @param {boolean} [mayDepend]
   */
  settleShared(path, about, list, measured, abi, oracle, mayDepend = false) {
    const file = folder + path;
    const known = read(file);
    const before = /** @type {unknown[] | undefined} */ (known?.[list]);
    const text = (/** @type {unknown} */ item) => JSON.stringify(item);
    const differs = (/** @type {unknown} */ item, /** @type {number} */ i) =>
      item !== null && before?.[i] !== null && text(item) !== text(before?.[i]);
    const others = before?.length === measured.length ? measured.filter(differs).length : measured.length;
    const isSame =
      before !== undefined && others <= (mayDepend && !this.#check && this.#written.has(path) ? MOST_DEPENDING : 0);
    if (this.#check || (!isSame && this.#written.has(path))) {
      const who = `${path}${abi ? ` by ${abi}` : ''}`;
      if (isSame) return this.report(who, 'confirmed');
      const at = measured.findIndex(differs);
      return this.report(who, 'DIFFERS', `at ${at}\n- ${text(before?.[at])}\n+ ${text(measured[at])}`);
    }
    const merged = isSame
      ? measured.map((item, i) => (before[i] === null || differs(item, i) ? null : item))
      : measured;
    this.#written.add(path);
    const oracles = abi && { oracles: { ...(isSame ? known?.oracles : {}), [abi]: oracle } };
    this.#write(file, { ...about, ...oracles, [list]: merged });
  }

  /** @param {string} file @param {Json} document */
  #write(file, document) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, format(document));
    this.report(relative(folder, file), 'written');
  }
}
