/** Compiles one of the C programs for a row of compilers.json and runs it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `headers`: the libc whose headers these are. `machine`: what a compiler without a target in its name must be for. `sources`: C files beside the program.
 * `libc`: a command that names the C library where headers do not. `source`: what else to know about the origin.
 * `elsewhere`: flags that put the buffer at another address, for a walk that adds lengths to addresses.
 * @typedef {{ dialect: string, flags?: string[], elsewhere?: string[], source?: string }} Walk
 * @typedef {{ headers: string, compiler: string[], machine?: string, sources?: string[], suffix?: string, run?: string[],
 *   libc?: string[], source?: string, walks?: Walk[] }} Row
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const STANDARD = '-std=gnu11';

/** @param {string[]} command @param {string} [input] */
function call([program = '', ...args], input = '') {
  return spawnSync(program, args, { cwd: here, input, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
}

/** The first line that a command prints, or '' where it fails. @param {string[]} command */
function line(command) {
  const { status, stdout } = call(command);
  return status === 0 ? (stdout.split('\n')[0] ?? '').trim() : '';
}

/** Why this machine cannot measure a row, or '' if it can. @param {Row} row */
export function obstacle(row) {
  const [compiler = '', ...flags] = row.compiler;
  if (call([compiler, '--version']).error) return `${compiler} is not installed`;
  const machine = line([compiler, '-dumpmachine']);
  if (row.machine && !machine.startsWith(row.machine)) return `${compiler} compiles for ${machine}`;
  const headers = call([compiler, ...flags, '-E', '-x', 'c', '-'], '#include <sys/socket.h>\n#include <unistd.h>\n');
  if (headers.status !== 0) return `${compiler} finds no <sys/socket.h>`;
  const [emulator] = row.run ?? [];
  if (emulator && call([emulator, '--version']).error) return `${emulator} is not installed`;
  return '';
}

/** Compiler, C library and machine, in words. @param {Row} row @param {string} headers the C library as the program saw it */
export function origin(row, headers) {
  const [compiler = ''] = row.compiler;
  const [emulator] = row.run ?? [];
  const libc = row.libc ? line(row.libc) : headers;
  const version = emulator && line([emulator, '--version']).replace(`${emulator} version `, '');
  const runner = emulator ? `run by ${emulator} ${version}` : `run on ${process.arch.replace('x64', 'x86_64')}`;
  const measured = row.source?.startsWith('document') ? '' : libc;
  return [row.source, line([compiler, '--version']), measured, runner].filter(Boolean).join('; ');
}

/** What a command that has to succeed prints. @param {string[]} command @param {string} [input] */
function must(command, input) {
  const { status, stdout, stderr, error, signal } = call(command, input);
  const failure = error?.message ?? signal ?? `exit ${status}`;
  if (status !== 0) throw new Error(`${command.join(' ')}: ${failure}\n${stderr}`);
  return stdout;
}

/**
 * @param {Row} row @param {string} program @param {{ flags?: string[], input?: string }} [options]
 * @returns {{ command: string, output: string }}
 */
export function measure(row, program, { flags = [], input } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  const binary = `${program}${row.suffix ?? ''}`;
  const compile = [...row.compiler, STANDARD, ...flags, ...(row.sources ?? []), `${program}.c`, '-o'];
  const run = row.run ?? [];
  const words = [...compile, binary, '&&', ...run, `./${binary}`, ...(input === undefined ? [] : ['<', 'cases'])];
  const command = words.map((word) => (word.includes('"') ? `'${word}'` : word)).join(' ');
  try {
    must([...compile, join(folder, binary)]);
    return { command, output: must([...run, join(folder, binary)], input) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
