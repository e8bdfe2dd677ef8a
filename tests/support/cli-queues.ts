/** `ancillary queue`, run to its end. */
import * as assert from 'uvu/assert';
import { cli, type Ended, run, type StartOptions } from './process.js';

export const queue = (...argv: (string | number)[]): string[] => cli('queue', ...argv.map(String));

/** Runs it, and checks that it went well. */
export async function ask(argv: readonly (string | number)[], options?: StartOptions): Promise<Ended> {
  const ended = await run(queue(...argv), options);
  assert.equal([ended.code, ended.stderr], [0, ''], argv.join(' '));
  return ended;
}

/** The same with --json. */
export async function askJson(...argv: (string | number)[]) {
  const text = (await ask([...argv, '--json'])).stdout.toString();
  assert.match(text, /^[^\n]*\n$/, 'one line');
  return JSON.parse(text);
}
