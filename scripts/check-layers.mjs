#!/usr/bin/env node
/** Checks that imports point downward only, by the rule in layers/rules.mjs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readSource } from './layers/read-source.mjs';
import { layerOf, layers, NODE_GLOBALS, trees } from './layers/rules.mjs';

const usage = `Usage: node scripts/check-layers.mjs [--root DIR]

Prints each import that the layer rule forbids, each cycle and each undeclared folder; exit 1 if there is any.`;

const { values: options } = parseArgs({ options: { root: { type: 'string' }, help: { type: 'boolean' } } });
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const root = options.root ?? fileURLToPath(new URL('..', import.meta.url));

/** What a specifier without extension may stand for, as esbuild and asc resolve it. */
const ENDINGS = ['', '.ts', '.d.ts', '.mjs', '.js', '/index.ts'];

/** @type {string[]} */
const findings = [];

/** @param {string} tree */
function listSources(tree) {
  if (!existsSync(join(root, tree))) return [];
  return readdirSync(join(root, tree), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => `${tree}/${name}`)
    .sort();
}

/** The file that a relative specifier means. @param {string} from @param {string} specifier */
function resolveFile(from, specifier) {
  const path = posix.join(posix.dirname(from), specifier);
  const asWritten = [path, path.replace(/\.js$/, '.ts')].flatMap((base) => ENDINGS.map((ending) => base + ending));
  return asWritten.find((name) => /\.\w+$/.test(name) && existsSync(join(root, name))) ?? path;
}

/** How a message names a layer: shortly within a tree. @param {string} layer @param {string} other */
function nameLayer(layer, other) {
  return layer.split('/')[0] === other.split('/')[0] ? layer.replace(/^\w+\//, '') : layer;
}

/** @param {string} file @param {string} specifier @returns {string | undefined} what is wrong with the import */
function judgePackage(file, specifier) {
  const layer = layerOf(file);
  const allowed = layers[layer]?.packages.some((name) =>
    name.endsWith('*') ? specifier.startsWith(name.slice(0, -1)) : name === specifier,
  );
  return allowed ? undefined : `'${nameLayer(layer, layer)}' may not import that package`;
}

/** @param {string} file @param {string} target @returns {string | undefined} */
function judgeFile(file, target) {
  const [from, to] = [layerOf(file), layerOf(target)];
  if (to !== from && !layers[from]?.may.includes(to)) {
    return `'${nameLayer(from, to)}' may not import '${nameLayer(to, from)}'`;
  }
  // What the build makes need not be there yet.
  return existsSync(join(root, target)) || target.startsWith('build/') ? undefined : 'there is no such file';
}

/** Reports every loop of files once. @param {Map<string, string[]>} graph */
function findCycles(graph) {
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} file @param {string[]} path */
  const visit = (file, path) => {
    const start = path.indexOf(file);
    if (start >= 0) findings.push(`${[...path.slice(start), file].join(' imports ')}: a cycle`);
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
}

/** @type {Map<string, string[]>} */
const graph = new Map();
/** @type {Set<string>} */
const undeclared = new Set();
let count = 0;

for (const file of trees.flatMap(listSources)) {
  const layer = layerOf(file);
  if (!layers[layer]) {
    undeclared.add(layer);
    continue;
  }
  const { imports, names } = readSource(readFileSync(join(root, file), 'utf8'));
  /** @type {string[]} */
  const targets = [];
  for (const { line, specifier } of imports) {
    const relative = specifier.startsWith('.');
    const target = relative ? resolveFile(file, specifier) : specifier;
    const problem = relative ? judgeFile(file, target) : judgePackage(file, specifier);
    if (problem) findings.push(`${file}:${line} imports ${target}: ${problem}`);
    if (relative) targets.push(target);
  }
  if (layers[layer].pure) {
    for (const { line, name } of names) {
      if (NODE_GLOBALS.includes(name)) findings.push(`${file}:${line} uses ${name}: '${layer}' runs without Node`);
    }
  }
  graph.set(file, targets);
  count += imports.length;
}
for (const layer of undeclared) findings.push(`${layer}: not declared in scripts/layers/rules.mjs`);
findCycles(graph);

for (const finding of findings) console.log(finding);
console.log(
  `${graph.size} files, ${count} imports checked: ${findings.length || 'no'} finding${findings.length === 1 ? '' : 's'}`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
