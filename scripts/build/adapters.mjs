/**
 * The adapters: each an entry of its own. Some stand for packages that others `require` by name; for these there is a tiny
 * package of that name, which npm puts in their place (`overrides`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ADAPTERS = ['usocket', 'unix-dgram', 'notify', 'handoff', 'sysv'];

/** The packages that are stood for, and the version that they are stood for as. @type {Record<string, string>} */
const DROP_INS = { usocket: '1.1.0', 'unix-dgram': '2.0.7' };

/** @param {string} root */
export function writeDropIns(root) {
  for (const [name, version] of Object.entries(DROP_INS)) {
    const folder = join(root, 'build/drop-in', name);
    mkdirSync(folder, { recursive: true });
    const manifest = {
      name,
      version,
      description: `What ${name} offers, by ancillary/${name}`,
      license: 'MIT',
      private: true,
      type: 'commonjs',
      main: 'index.js',
      types: 'index.d.ts',
      // Not one of its own: a second copy of the library would have a second state.
      peerDependencies: { ancillary: '*' },
    };
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(folder, 'index.js'), `module.exports = require('ancillary/${name}');\n`);
    writeFileSync(join(folder, 'index.d.ts'), `export * from 'ancillary/${name}';\n`);
  }
}
