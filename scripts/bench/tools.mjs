import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * @typedef {import('./child.mjs').Command} Command
 * @typedef {import('./targets.mjs').Entrant} Entrant
 */

const exec = promisify(execFile);
const contenders = fileURLToPath(new URL('contenders/', import.meta.url));
/** Where bench.h is, which the command has as well. */
const headers = fileURLToPath(new URL('../../host/cli/bench/', import.meta.url));
const timeout = 60_000;

/** What this machine lacks: not a failure, the row says so. */
export class Absent extends Error {}

/**
 * Turns entrants into commands: finds the interpreter, compiles what is C, each file once.
 *
 * @param {string} directory for what is compiled
 * @returns {(entrant: Entrant) => Promise<Command>}
 */
export function createToolbox(directory) {
  const compiler = once(() => probe('cc', ['--version'], 'no cc'));
  const python = once(() =>
    probe('python3', ['-c', 'import socket; socket.send_fds'], 'no python3 with socket.send_fds (3.9)'),
  );
  /** @type {Map<string, Promise<void>>} */
  const compiled = new Map();

  return async ({ language, file, args = [] }) => {
    const source = file === undefined ? [] : [join(contenders, file)];
    if (language === 'node') return { program: process.execPath, args: [...source, ...args] };
    // -B: no __pycache__ in the source tree.
    if (language === 'python') return { program: await python(), args: ['-B', ...source, ...args] };
    const program = join(directory, `${basename(file ?? '')}.out`);
    const out = [...source, '-o', program];
    if (!compiled.has(program)) {
      compiled.set(program, language === 'libfuzzer' ? compileFuzzer(out) : compile(await compiler(), out));
    }
    await compiled.get(program);
    return { program, args };
  };
}

/** @param {string} cc @param {string[]} args */
async function compile(cc, args) {
  await exec(cc, ['-O2', '-std=gnu11', '-I', headers, ...args], { timeout });
}

/** With clang's libFuzzer, which has a library for programs with a main of their own. @param {string[]} args */
async function compileFuzzer(args) {
  const lack = 'no clang with libFuzzer (Debian: clang, libclang-rt-14-dev)';
  const clang = await probe('clang', ['--version'], lack);
  const name = `libclang_rt.fuzzer_no_main-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.a`;
  const library = (await exec(clang, [`--print-file-name=${name}`], { timeout })).stdout.trim();
  // It answers with the bare name where there is none.
  if (library === name || !existsSync(library)) throw new Absent(lack);
  await compile(clang, ['-fsanitize=fuzzer-no-link', ...args, library, '-lstdc++', '-lm']);
}

/** @param {string} program @param {string[]} args @param {string} lack */
async function probe(program, args, lack) {
  try {
    await exec(program, args, { timeout });
    return program;
  } catch {
    throw new Absent(lack);
  }
}

/**
 * @template T
 * @param {() => Promise<T>} make
 */
function once(make) {
  /** @type {Promise<T> | undefined} */
  let made;
  return () => {
    made ??= make();
    return made;
  };
}
