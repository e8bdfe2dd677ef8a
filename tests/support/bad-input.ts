/** What every failing command must do: one line, an exit code, nothing left behind. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Ended, Running } from './process.js';

/** A private TMPDIR for the command inside `folder`. */
export function tempInside(folder: string): string {
  const temp = join(folder, 'tmp');
  mkdirSync(temp);
  return temp;
}

/** What acts on a terminal, or turns the direction of text, instead of being shown. */
export const ACTING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** One line on stderr that matches; exit code; no process, no temporary file left. */
export async function assertFails(running: Running, code: number, stderr: RegExp, temp?: string): Promise<Ended> {
  const ended = await running.ended;
  assert.match(ended.stderr, stderr);
  assert.match(ended.stderr, /^ancillary: [^\n]+\n$/, 'exactly one line');
  assert.not.match(ended.stderr.slice(0, -1), ACTING);
  assert.is(ended.code, code, `exit code, after ${ended.stderr}`);
  assert.equal(running.left(), [], 'processes left');
  if (temp) assert.equal(readdirSync(temp), [], 'temporary files left');
  return ended;
}
