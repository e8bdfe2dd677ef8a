/** Compiles the probe as a row of assembly/rows/abis.json says (`probe`), and runs it or reads the object file. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * machine:    what a compiler without a target in its name must be for
 * headers:    folders of those that install-compilers.sh unpacks, instead of the compiler's own libc
 * libcFolder: other folders of headers, before the compiler's own
 * retyped:    a folder of retyped/ instead of the libc, where a system's own headers cannot be had
 * kernel:     the folder of linux/ and asm/, for headers that have none; asm: where asm/ is, if elsewhere. What is no whole path is unpacked by install-compilers.sh
 * sources:    C files beside the probe, librarySources: below the folder of `headers`. libraries: what is linked after them. suffix: of the program's name
 * run:        the emulator. object: there is none, the object file is read
 * standIn:    runs the macros where the row's own program cannot be run; only if its headers say nothing else
 * empty:      a header that the libc asks for and has not: made, without anything in it
 * libc:       a command that names the C library where headers do not. source: what else to know about the origin
 * @typedef {string | string[]} Paths
 * @typedef {{ compiler: string[], machine?: string, headers?: Paths, retyped?: string, libcFolder?: Paths, kernel?: string, asm?: string,
 *   sources?: string[], librarySources?: string[], libraries?: string[], empty?: string, suffix?: string, run?: string[], object?: boolean, standIn?: Row, libc?: string[],
 *   source?: string }} Row
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const unpacked = process.env.ANCILLARY_HEADERS ?? '/usr/local/lib/ancillary-headers';
const COMMON = ['-std=gnu11', '-O1'];

/** @param {string[]} command @param {string} [input] */
function call([program = '', ...args], input = '') {
  const env = { ...process.env, WINEDEBUG: '-all' };
  return spawnSync(program, args, { cwd: here, input, env, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 26 });
}

/** The first line that a command prints, or '' where it fails. @param {string[]} command */
function line(command) {
  const { status, stdout } = call(command);
  return status === 0 ? (stdout.split('\n')[0] ?? '').trim() : '';
}

/** @param {Paths} [paths] */
const listPaths = (paths = []) => [paths].flat().map((path) => resolve(unpacked, path));

/** @param {Row} row */
function headerFlags({ compiler, headers, retyped, libcFolder, kernel }) {
  const builtin = headers || retyped ? line([...compiler, '-print-file-name=include']) : '';
  const kernelFlags = kernel ? ['-idirafter', 'kernel'] : [];
  if (retyped) {
    return [
      '-ffreestanding',
      '-nostdinc',
      '-isystem',
      builtin,
      '-Iretyped/common',
      `-Iretyped/${retyped}`,
      ...kernelFlags,
    ];
  }
  return [
    ...(headers ? ['-nostdinc', ...[...listPaths(headers), builtin].flatMap((folder) => ['-isystem', folder])] : []),
    ...listPaths(libcFolder).flatMap((folder) => ['-isystem', folder]),
    ...kernelFlags,
  ];
}

/** Why this machine cannot measure a row, or '' if it can. @param {Row} row */
export function obstacle(row) {
  const [compiler = ''] = row.compiler;
  if (call([compiler, '--version']).error) return `${compiler} is not installed`;
  const machine = line([...row.compiler, '-dumpmachine']);
  if (row.machine && !machine.startsWith(row.machine)) return `${compiler} compiles for ${machine}`;
  for (const folder of [row.headers, row.libcFolder, row.kernel].flatMap(listPaths)) {
    if (!existsSync(folder)) return `there is no ${folder}`;
  }
  const asks = '#if !__has_include(<sys/socket.h>) || !__has_include(<unistd.h>)\n#error\n#endif\n';
  if (call([...row.compiler, ...headerFlags(row), '-E', '-x', 'c', '-'], asks).status !== 0) {
    return `${compiler} finds no <sys/socket.h>`;
  }
  const [emulator] = row.run ?? [];
  if (emulator && call([emulator, '--version']).error) return `${emulator} is not installed`;
  return '';
}

/** glibc and emscripten say their version in a macro. @param {Row} row */
function versionOf(row) {
  const asks =
    '#include <sys/socket.h>\nglibc __GLIBC__ __GLIBC_MINOR__\nemscripten __EMSCRIPTEN_major__ __EMSCRIPTEN_minor__ __EMSCRIPTEN_tiny__\n';
  const { stdout } = call([...row.compiler, ...headerFlags(row), '-E', '-P', '-x', 'c', '-'], asks);
  const glibc = /^glibc (\d+) (\d+)$/m.exec(stdout);
  const emscripten = /^emscripten (\d+) (\d+) (\d+)$/m.exec(stdout);
  if (glibc) return `glibc ${glibc[1]}.${glibc[2]}`;
  return emscripten ? `musl of emscripten ${emscripten.slice(1).join('.')}` : '';
}

/** @param {Row} row */
function libcOf(row) {
  if (row.source?.startsWith('document')) return '';
  if (row.libc) return line(row.libc);
  if (!row.headers) return versionOf(row);
  const [name = ''] = String(row.headers).split('/');
  const file = join(unpacked, name, 'VERSION');
  return `headers of ${name}${existsSync(file) ? ` ${readFileSync(file, 'utf8').trim()}` : ''}`;
}

/** Compiler, C library and machine, in words. @param {Row} row */
export function origin(row) {
  const [compiler = ''] = row.compiler;
  const [emulator] = row.run ?? [];
  const version = emulator && line([emulator, '--version']).replace(/^\S+ version /, '');
  const name = emulator?.split('/').at(-1);
  const ran = emulator ? `run by ${name} ${version}` : `run on ${process.arch.replace('x64', 'x86_64')}`;
  const runner = row.object ? 'read out of the object file' : ran;
  return [row.source, line([compiler, '--version']), libcOf(row), runner].filter(Boolean).join('; ');
}

/** What a command that has to succeed prints. @param {string[]} command @param {string} [input] */
function must(command, input) {
  const { status, stdout, stderr, error, signal } = call(command, input);
  const failure = error?.message ?? signal ?? `exit ${status}`;
  if (status !== 0) throw new Error(`${command.join(' ')}: ${failure}\n${stderr.slice(0, 2000)}`);
  return stdout;
}

/** @param {string} folder @param {Row} row */
function linkKernel(folder, { kernel = '', asm = join(kernel, 'asm') }) {
  mkdirSync(join(folder, 'kernel'));
  for (const name of ['linux', 'asm-generic'])
    symlinkSync(resolve(unpacked, kernel, name), join(folder, 'kernel', name));
  symlinkSync(resolve(unpacked, asm), join(folder, 'kernel/asm'));
}

/**
 * Compiles probe.c with a facts.h beside it. `command` names what is in the temporary folder without the folder.
 * @param {Row} row @param {string} facts the text of facts.h @param {{ flags?: string[], cases?: (facts: string) => string }} [options]
 *   `cases`: what the program gets to read, when it has printed its facts
 * @returns {{ command: string, output: string, object?: Uint8Array }} `object`: the file, where nothing can be run
 */
export function measure(row, facts, { flags = [], cases = () => '' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
  const place = (/** @type {string[]} */ words) =>
    words.map((word) => (word.startsWith('./') ? join(folder, word) : word));
  try {
    writeFileSync(join(folder, 'facts.h'), facts);
    if (row.kernel) linkKernel(folder, row);
    if (row.empty) {
      mkdirSync(join(folder, dirname(row.empty)), { recursive: true });
      writeFileSync(join(folder, row.empty), '');
    }
    const headers = headerFlags(row).map((word) => (word === 'kernel' ? './kernel' : word));
    const compile = [...row.compiler, ...COMMON, ...headers, '-I', './', ...flags];
    const sources = [...(row.sources ?? []), ...(row.librarySources ?? []).map((name) => join(unpacked, name))];
    const program = `./probe${row.object ? '.o' : (row.suffix ?? '')}`;
    const build = row.object
      ? [...compile, '-c', 'probe.c', '-o', program]
      : [...compile, 'probe.c', ...sources, ...(row.libraries ?? []), '-o', program];
    const run = row.object ? [] : [...(row.run ?? []), program];
    const words = [...build, ...(row.object ? [] : ['&&', ...run, '<', 'cases'])];
    const command = words.map((word) => (word.includes('"') ? `'${word}'` : word)).join(' ');
    must(place(build));
    if (row.object) return { command, output: '', object: new Uint8Array(readFileSync(join(folder, program))) };
    return { command, output: must(place(run), cases(must(place(run)))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
