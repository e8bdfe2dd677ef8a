#!/usr/bin/env node
/** Packs the project, installs the tarball elsewhere as users do, and uses it there in all the ways they do. */
import { bundlerChecks } from './pack-test/checks/bundlers.mjs';
import { nodeChecks } from './pack-test/checks/node.mjs';
import { tarballChecks } from './pack-test/checks/tarball.mjs';
import { testRunnerChecks } from './pack-test/checks/test-runners.mjs';
import { typeChecks } from './pack-test/checks/types.mjs';
import { removeAll, stop } from './pack-test/installation.mjs';

if (process.argv.includes('--help')) {
  console.log(
    'Usage: node scripts/pack-test.mjs [TEXT]\n\n' +
      'Packs, installs the tarball in an empty project, and uses it there. The tools for that are those of\n' +
      '.ci/consumers, installed there when they are not. With TEXT only checks whose name has it run after that.',
  );
  process.exit(0);
}
const [only = ''] = process.argv.slice(2);

let stopCode = 0;
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.on(signal, () => {
    stopCode = code;
    stop.abort();
  });
}

let passed = 0;
let failed = 0;

/** Whether it held. @param {import('./pack-test/installation.mjs').Check} check */
async function judge({ name, check }) {
  const start = performance.now();
  try {
    await check();
    passed++;
    console.log(`ok   ${name}  ${((performance.now() - start) / 1000).toFixed(1)} s`);
    return true;
  } catch (error) {
    if (stopCode) return false;
    failed++;
    // The message of a failed command holds its stderr already.
    const { stdout = '', message } = /** @type {{ stdout?: string, message: string }} */ (error);
    console.log(`FAIL ${name}\n${`${message}\n${stdout}`.trimEnd().replace(/^/gm, '  | ')}`);
    return false;
  }
}

try {
  // Nothing else can be said of a package that is not there, or with tools that are not.
  let isThere = true;
  for (const check of tarballChecks) isThere = (await judge(check)) && isThere;
  const others = [...nodeChecks, ...bundlerChecks, ...testRunnerChecks, ...typeChecks];
  for (const check of isThere ? others : []) {
    if (!stopCode && check.name.includes(only)) await judge(check);
  }
} finally {
  removeAll();
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = stopCode || (failed > 0 ? 1 : 0);
