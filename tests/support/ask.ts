import * as assert from 'uvu/assert';
import { cli, run } from './process.js';

export type Json = Record<string, unknown>;
export const ABI = 'x86_64-glibc';

/** The answers to what is on standard input. */
export async function ask(command: string, input: string | Buffer, ...argv: string[]): Promise<Json[]> {
  const { code, stdout, stderr } = await run(cli(command, '--abi', ABI, ...argv, '-'), { input });
  assert.equal([code, stderr], [0, '']);
  const text = stdout.toString();
  assert.ok(text === '' || text.endsWith('\n'));
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Json);
}
