/** Runs of `ancillary fuzz` over modules that a test writes. */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Json } from './ask.js';
import { cli, type Ended, Running, type StartOptions, until } from './process.js';

/** Modules to be fuzzed, by what they do with some inputs and not with others. */
export const MODULES = {
  quiet: 'export function fuzz() {}',
  throws: 'export function fuzz(data) { if (data.length > 8) throw new RangeError("length " + data.length); }',
  /** Two classes, of which a small input shows each. */
  two: `export function fuzz(data) {
    if (data.length > 20) throw new TypeError('long');
    if (data.length === 0) return;
    if (data[0] & 1) throw new RangeError('odd');
  }`,
  rejects: `export async function fuzz(data) {
    await null;
    if (data.length > 8) throw new TypeError('later');
  }`,
  leaves: `export function fuzz(data) { if (data.length > 8) setImmediate(() => { throw new Error('nobody waits'); }); }`,
  exits: 'export function fuzz(data) { if (data.length > 8) process.exit(3); }',
  aborts: 'export function fuzz(data) { if (data.length > 8) process.abort(); }',
  crashes: `export function fuzz(data) { if (data.length > 8) process.kill(process.pid, 'SIGSEGV'); }`,
  hangs: 'export function fuzz(data) { if (data.length > 8) for (;;); }',
  waits: 'export function fuzz(data) { if (data.length > 8) return new Promise(() => setInterval(() => {}, 1000)); }',
  /** Nothing can be asked of what it throws. */
  mute: `const refuse = () => { throw new Error('no'); };
  export function fuzz(data) { if (data.length > 8) throw new Proxy({}, { get: refuse, getPrototypeOf: refuse }); }`,
  /** Speaks to its parent, as a process that was forked does. */
  talks: `export function fuzz(data) {
    for (const message of [{ type: 'finding', verdict: null }, { type: 'done' }, 'ready']) process.send?.(message);
    if (data.length > 8) throw new RangeError('long');
  }`,
  /** Puts functions of its own in the place of Node's, as tests do. */
  mocks: `process.send = process.exit = globalThis.setTimeout = globalThis.setImmediate = () => {};
  Date.now = performance.now = () => 0;
  export function fuzz(data) { if (data.length > 8) throw new RangeError('long'); }`,
  /** Puts a class of its own in the place of the language's. */
  polyfills: `globalThis.Promise = class {};
  export async function fuzz(data) {
    if (data.length > 8) throw new RangeError('long');
  }`,
  /** Does not let its process end. */
  stays: `process.on('exit', () => { for (;;); });
  export function fuzz(data) { if (data.length > 8) throw new RangeError('long'); }`,
  /** Starts a process that is in no group of its own. */
  forks: `import { spawn } from 'node:child_process';
  let isDone = false;
  export function fuzz(data) {
    if (!isDone) spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }).unref();
    isDone = true;
    if (data.length > 8) throw new RangeError('long');
  }`,
  hoards: `const all = [];
  export function fuzz(data) { if (data.length > 8) for (;;) all.push(new Array(1e6).fill(Math.random())); }`,
} as const;

/** Writes a module into `folder`; its name as a target. */
export function writeModule(folder: string, name: keyof typeof MODULES): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `${MODULES[name]}\n`);
  return `module:${file}`;
}

/** Starts a run. */
export function fuzzing(argv: readonly string[], options?: StartOptions): Running {
  return new Running(cli('fuzz', ...argv), { limit: 60_000, ...options });
}

/** Runs `ancillary fuzz ... --json` to its end: what it said, by its kind. Nothing may be left of it. */
export async function fuzzJson(argv: readonly string[], options?: StartOptions): Promise<Ended & { lines: Json[] }> {
  const running = fuzzing([...argv, '--json'], options);
  const ended = await running.ended;
  const { code, signal, stderr } = ended;
  // Killed is not dead yet, on a busy machine.
  const what = `no process is left of one that ended with ${code ?? signal}: ${stderr}`;
  await until(what, () => running.left().length === 0, 10_000);
  return { ...ended, lines: linesOf(ended.stdout) };
}

export function linesOf(stdout: Buffer): Json[] {
  return stdout
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Json);
}

export function only(lines: readonly Json[], event: string): Json[] {
  return lines.filter((line) => line.event === event);
}

/** A folder that is there. */
export function madeFolder(...parts: string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** All files of a folder, by name. Names that begin with a dot are of files that are being written. */
export function filesOf(folder: string): Map<string, Buffer> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name))]));
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** That every file of a corpus is what its name says, and every finding is whole. */
export function assertWhole(corpus: string, artifacts: string): void {
  for (const [name, bytes] of filesOf(corpus)) assert.is(sha256(bytes).slice(0, 16), name, `corpus file ${name}`);
  let files = new Map<string, Buffer>();
  try {
    files = filesOf(artifacts);
  } catch {
    // Nothing has been found.
  }
  for (const [name, bytes] of files) {
    if (!name.endsWith('.bin')) {
      assert.type((JSON.parse(bytes.toString()) as Json).class, 'string', name);
      continue;
    }
    assert.ok(name.endsWith(`${sha256(bytes).slice(0, 8)}.bin`), name);
    assert.ok(files.has(name.replace(/bin$/, 'json')), `the record of ${name}`);
  }
}
