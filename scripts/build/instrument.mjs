/**
 * Adds counters to the laboratory's module, as asc wrote it as text and without optimising, and then optimises it.
 *
 * An edge is where code begins that a branch decides on: the arms of an `if`, also the one that is not there, what follows
 * a `br_if` that was not taken, an arm of a `switch`, the body of a loop that no `if` guards. What others tell as well is
 * left out: it would cost as much. Each edge has a byte, which is counted up, at the address that assembly/fuzz/coverage.ts
 * keeps for it. Counted are the layers that work on hostile bytes, not the fuzzer.
 *
 * Of every counted function there is a second one besides, which also notes what it compares; whoever is called from
 * assembly/fuzz/comparing.ts is that one. So what is not noted costs nothing.
 */
import binaryen from 'binaryen';

/** In the order of their counters: those of walks come first. */
const LAYERS = ['dialect', 'codec', 'payload', 'abi', 'kernel'];
const COVERAGE = '$assembly/fuzz/coverage/';
const COMPARING = '$assembly/fuzz/comparing/';
const NOTE = '$assembly/fuzz/compare/notePair';
/** The most edges (assembly/fuzz/space.ts, EDGES_MOST). */
const EDGES_MOST = 4096;

/** @typedef {{ name: string, head: string[], body: string[] }} WasmFunction `head`: its first line and its locals */

/** What is worked out of rows, once for a walk: no input changes it. */
const SETUP = /^\$assembly\/dialect\/(row\/|prepared\/(prepare|isLikeParser|isEven))/;

/** Those of queues work on no control messages: no target of the module runs them. */
const UNCOUNTED = /^\$assembly\/kernel\/queue\//;

const COMPARISON = /^\s*i(32|64)\.(?:eq|ne|[lg][te]_[su])$/;

/** @param {string} name */
const layerOf = (name) => LAYERS.findIndex((layer) => name.startsWith(`$assembly/${layer}/`));

/** The lines of a module, each function as an object at its place. @param {string} text */
function parseModule(text) {
  /** @type {(string | WasmFunction)[]} */
  const parts = [];
  /** @type {WasmFunction | undefined} */
  let open;
  for (const line of text.split('\n')) {
    const name = /^ \(func (\S+)/.exec(line)?.[1];
    if (name) open = { name, head: [line], body: [] };
    if (!open) parts.push(line);
    else if (line === ' )' || (name && line.endsWith('))'))) {
      parts.push(line === ' )' ? open : line);
      open = undefined;
    } else if (!name) (/^ {2}\(local /.test(line) ? open.head : open.body).push(line);
  }
  return parts;
}

/** Whether a condition asks for the byte order or the size of a number (base/scalar.ts): the ABI decides, not the input. */
function isOfLayout(/** @type {string[]} */ lines) {
  const [before = '', value = '', what = ''] = lines.slice(-3).map((line) => line.trim());
  if (/^local\.get \$(big|swapped)\b/.test(what)) return true;
  return what === 'i32.eq' && /^i32\.const [248]$/.test(value) && /^local\.get \$(size|bytes)\b/.test(before);
}

/** Whether an arm that begins at `at` is a constant, as those of `&&` and `||` are: the other one tells. */
function isConstant(/** @type {string[]} */ body, /** @type {number} */ at) {
  return /^\s*i32\.const /.test(body[at] ?? '') && /^\s*(else|end)$/.test(body[at + 1] ?? '');
}

/** What begins first behind `at`. */
function nextWord(/** @type {string[]} */ body, /** @type {number} */ at) {
  const line = body.slice(at).find((each) => /^\s*(if|loop|block|br_if|br|end)\b/.test(each));
  return line?.trim().split(' ')[0];
}

/** @param {string[]} body @param {() => string[]} count lines that count one more edge */
function countEdges(body, count) {
  /** @type {string[]} */
  const lines = [];
  /**
   * What is open: whether its end is an edge, and of an `if` that has edges whether its `else` is still to come.
   * @type {{ edge: boolean, arms: boolean, bare: boolean }[]}
   */
  const open = [];
  body.forEach((line, i) => {
    const word = line.trim().split(' ')[0] ?? '';
    const hasResult = line.includes('(result');
    const top = open[open.length - 1];
    if (word === 'if') {
      const arms = !isOfLayout(lines);
      open.push({ edge: false, arms, bare: arms && !hasResult });
      lines.push(line, ...(arms && !isConstant(body, i + 1) ? count() : []));
    } else if (word === 'else') {
      lines.push(line, ...(top?.arms && !isConstant(body, i + 1) ? count() : []));
      if (top) top.bare = false;
    } else if (word === 'block' || word === 'loop') {
      // Of a switch its arms are counted, each where the block of its label ends.
      open.push({ edge: word === 'block' && line.includes('$case'), arms: false, bare: false });
      lines.push(line, ...(word === 'loop' && nextWord(body, i + 1) !== 'if' ? count() : []));
    } else if (word === 'end') {
      open.pop();
      if (top?.bare) lines.push('else', ...count());
      lines.push(line, ...(top?.edge ? count() : []));
    } else {
      lines.push(line);
      if (word === 'br_if' && !line.includes('$case')) lines.push(...count());
    }
  });
  return lines;
}

/** @param {number} at */
function countAt(at) {
  return [`i32.const ${at}`, `i32.const ${at}`, 'i32.load8_u', 'i32.const 1', 'i32.add', 'i32.store8'];
}

/** Its second one: notes what it compares. @param {WasmFunction} func @param {(name: string) => string} twinOf */
function noteComparisons({ name, head: [first = '', ...locals], body }, twinOf) {
  const lines = callTwins(body, twinOf).flatMap((line) => {
    const bits = COMPARISON.exec(line)?.[1];
    if (!bits) return [line];
    const [one, two] = [`$one${bits}`, `$two${bits}`];
    const wide = bits === '32' ? ['i64.extend_i32_u'] : [];
    const pair = [`local.get ${one}`, ...wide, `local.get ${two}`, ...wide, `i32.const ${Number(bits) / 8}`];
    return [
      `local.set ${two}`,
      `local.set ${one}`,
      ...pair,
      `call ${NOTE}`,
      `local.get ${one}`,
      `local.get ${two}`,
      line,
    ];
  });
  const more = [32, 64].flatMap((bits) => [`(local $one${bits} i${bits})`, `(local $two${bits} i${bits})`]);
  return { name: twinOf(name), head: [first.replace(name, twinOf(name)), ...locals, ...more], body: lines };
}

/** @param {string[]} body @param {(name: string) => string} twinOf */
function callTwins(body, twinOf) {
  return body.map((line) => line.replace(/^(\s*call )(\S+)$/, (_, call, name) => `${call}${twinOf(name)}`));
}

/** @param {string} text of a module @param {string} name of a global @param {number} value */
function setGlobal(text, name, value) {
  const line = new RegExp(`(\\(global ${COVERAGE.replaceAll('$', '\\$')}${name} \\(mut i32\\) \\(i32\\.const )\\d+`);
  if (!line.test(text)) throw new Error(`assembly/fuzz/coverage.ts has no variable ${name}`);
  return text.replace(line, (_, before) => `${before}${value}`);
}

/**
 * The text with counters, and how many there are by layer.
 * @param {string} text
 */
export function addCounters(text) {
  const first = new RegExp(
    `\\(global ${COVERAGE.replaceAll('$', '\\$')}counters \\(mut i32\\) \\(i32\\.const (\\d+)`,
  ).exec(text);
  if (!first) throw new Error('assembly/fuzz/coverage.ts has no variable counters');
  const start = Number(first[1]);
  const parts = parseModule(text);
  const functions = parts.filter((part) => typeof part !== 'string');
  const counted = functions.filter(({ name }) => layerOf(name) >= 0 && !SETUP.test(name) && !UNCOUNTED.test(name));
  counted.sort((a, b) => layerOf(a.name) - layerOf(b.name));
  const names = new Set(counted.map(({ name }) => name));
  const twinOf = (/** @type {string} */ name) => (names.has(name) ? `${name}+noting` : name);
  let edges = 0;
  /** @type {Record<string, number>} */
  const byLayer = {};
  /** @type {WasmFunction[]} */
  const twins = [];
  for (const func of counted) {
    const before = edges;
    func.body = countEdges(func.body, () => countAt(start + edges++));
    twins.push(noteComparisons(func, twinOf));
    const layer = LAYERS[layerOf(func.name)] ?? '';
    byLayer[layer] = (byLayer[layer] ?? 0) + edges - before;
  }
  for (const func of functions) if (func.name.startsWith(COMPARING)) func.body = callTwins(func.body, twinOf);
  if (edges > EDGES_MOST) throw new Error(`${edges} edges, and room for ${EDGES_MOST} counters`);
  const write = (/** @type {string | WasmFunction} */ part) =>
    typeof part === 'string' ? [part] : [...part.head, ...part.body, ' )'];
  // In front of the last bracket.
  const end = parts.findLastIndex((part) => typeof part === 'string' && part.trim() === ')');
  const whole = [...parts.slice(0, end), ...twins, ...parts.slice(end)].flatMap(write).join('\n');
  const counts = setGlobal(setGlobal(whole, 'edgeCount', edges), 'walkEdgeCount', byLayer.dialect ?? 0);
  return { text: counts, edges: byLayer };
}

/** A module of its text, optimised as asc does for a release. @param {string} text @returns {Uint8Array} */
export function optimizeModule(text) {
  const module = binaryen.parseText(text);
  const { SIMD128, BulkMemory, BulkMemoryOpt, MutableGlobals, SignExt, NontrappingFPToInt } = binaryen.Features;
  module.setFeatures(SIMD128 | BulkMemory | BulkMemoryOpt | MutableGlobals | SignExt | NontrappingFPToInt);
  binaryen.setOptimizeLevel(3);
  binaryen.setShrinkLevel(0);
  binaryen.setZeroFilledMemory(true);
  binaryen.setAlwaysInlineMaxSize(12);
  binaryen.setFlexibleInlineMaxSize(70);
  binaryen.setOneCallerInlineMaxSize(200);
  binaryen.setAllowInliningFunctionsWithLoops(true);
  if (!module.validate()) throw new Error('the module with counters is not valid');
  module.optimize();
  return module.emitBinary();
}
