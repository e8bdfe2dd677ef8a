/**
 * The layer rule as data. A layer is a folder directly below a tree (`host/model`) or a file there (`host/index.ts`);
 * whoever adds one declares it here.
 */

/**
 * @typedef {object} Layer
 * @property {string[]} may       layers it may import besides itself
 * @property {string[]} packages  packages it may import: a name, `node:*` for Node's own, `*` for any
 * @property {boolean} [pure]     it runs without Node: none of Node's globals either
 */

/** Pure layers use none of these. */
export const NODE_GLOBALS = ['Buffer', 'process', 'require', 'global', 'setImmediate', '__dirname', '__filename'];

/**
 * Levels from the bottom up: a layer may import every layer below its level, and none beside or above it.
 * @param {string} tree @param {string[][]} levels @param {Layer} shared what each may import besides
 * @returns {Record<string, Layer>}
 */
function stack(tree, levels, shared) {
  /** @type {Record<string, Layer>} */
  const layers = {};
  const below = [...shared.may];
  for (const level of levels) {
    const names = level.map((name) => `${tree}/${name}`);
    for (const name of names) layers[name] = { ...shared, may: [...below] };
    below.push(...names);
  }
  return layers;
}

const assembly = stack('assembly', [['base'], ['abi'], ['dialect'], ['codec'], ['payload'], ['kernel'], ['fuzz']], {
  // The tables that scripts/rows packs of assembly/rows.
  may: ['build/rows'],
  packages: [],
});

/** @type {Record<string, Layer>} */
const pure = {
  ...stack('host', [['errors'], ['check'], ['wasm'], ['model'], ['view']], { may: [], packages: [], pure: true }),
  // The one place that knows the compiled module.
  'host/wasm': { may: ['host/errors', 'host/check', 'build/wasm'], packages: [], pure: true },
};

const system = stack(
  'host',
  [['runtime'], ['libc'], ['fd'], ['reactor'], ['socket', 'sysv'], ['adopt'], ['handoff', 'guest'], ['adapters']],
  {
    may: Object.keys(pure),
    packages: ['node:*', 'koffi'],
  },
);

/** Of the laboratory what runs in a browser too; the library has none of it. */
const pureLab = stack('host', [['generate'], ['museum']], { may: Object.keys(pure), packages: [], pure: true });

const systemLab = stack('host', [['oracle'], ['replay'], ['fuzz']], {
  may: [...Object.keys(pure), ...Object.keys(pureLab), 'host/runtime', 'host/libc', 'host/fd'],
  packages: ['node:*', 'koffi'],
});

const lab = { ...pureLab, ...systemLab };

const library = [...Object.keys(pure), ...Object.keys(system), 'host/codec.ts'];

/** @type {Record<string, Layer>} */
const faces = {
  'host/codec.ts': { may: Object.keys(pure), packages: [], pure: true },
  'host/browser.ts': { may: ['host/errors', 'host/codec.ts'], packages: [], pure: true },
  'host/index.ts': { may: library, packages: [] },
  'host/fast-check': { may: Object.keys(pure), packages: ['fast-check'], pure: true },
  'host/web': { may: [...Object.keys(pure), ...Object.keys(pureLab), 'host/codec.ts'], packages: [], pure: true },
  'host/cli': {
    may: [...library, ...Object.keys(lab), 'host/index.ts', 'build/rows', 'package.json'],
    packages: ['node:*', 'commander'],
  },
};

const host = { ...pure, ...system, ...lab, ...faces };

const tests = stack('tests', [['vectors', 'fixtures', 'support'], ['cases'], ['unit', 'system', 'cross']], {
  may: [...Object.keys(host), 'build/wasm', 'build/rows', 'package.json', 'scripts'],
  packages: ['*'],
});

/** @type {Record<string, Layer>} */
export const layers = {
  ...assembly,
  'assembly/codec.ts': { may: Object.keys(assembly), packages: [] },
  'assembly/lab.ts': { may: [...Object.keys(assembly), 'assembly/codec.ts'], packages: [] },
  ...host,
  ...tests,
  // The scripts see the project as its users do: as built.
  scripts: { may: ['build', 'build/wasm', 'package.json'], packages: ['*'] },
};

/** Trees whose files are checked. */
export const trees = ['assembly', 'host', 'scripts', 'tests'];

/**
 * The layer of a file, undeclared or not: the deepest that is declared, else the folder that should be.
 * @param {string} path relative to the root
 */
export function layerOf(path) {
  const [tree = '', part = '', ...deeper] = path.split('/');
  if (layers[tree]) return tree;
  if (part === '') return tree;
  if (deeper.length > 0) return `${tree}/${part}`;
  if (tree === 'build') return tree;
  // `codec.ts` may be an entry beside a folder `codec`; `errors.ts` is the whole layer `errors`.
  return layers[`${tree}/${part}`] ? `${tree}/${part}` : `${tree}/${part.replace(/(\.d)?\.m?[jt]s$/, '')}`;
}
