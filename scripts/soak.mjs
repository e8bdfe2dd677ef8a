#!/usr/bin/env node
/**
 * npm run soak: see `--help`. Runs itself once more, with the collector within reach, and in a network namespace of its
 * own where that may be made: there its Unix sockets are the only ones.
 */
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { help, readOptions, UsageError } from './soak/options.mjs';
import { soak } from './soak/run.mjs';

const INNER = 'ANCILLARY_SOAK';

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(help);
  else if (process.env[INNER] === undefined) process.exitCode = await runInside();
  else process.exitCode = await soak(options, process.env[INNER] === 'alone');
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`soak: ${error.message}\nTry --help.`);
  process.exitCode = 2;
}

/** @returns {Promise<number>} the exit code */
function runInside() {
  const isAlone = spawnSync('unshare', ['--net', 'true']).status === 0;
  if (!isAlone) console.log('no network namespace may be made: sockets that nobody holds are not counted');
  const node = [process.execPath, '--expose-gc', fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const [program, ...args] = isAlone ? ['unshare', '--net', ...node] : node;
  const child = spawn(String(program), args, {
    stdio: 'inherit',
    env: { ...process.env, [INNER]: isAlone ? 'alone' : 'among others' },
  });
  // The terminal sends its signals to both; those sent to this process alone are handed on.
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}
