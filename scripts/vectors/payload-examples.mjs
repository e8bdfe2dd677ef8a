#!/usr/bin/env node
/**
 * Payload examples for the codec from real compilers and headers: tests/vectors/payload-examples.json.
 *
 *   node scripts/vectors/payload-examples.mjs            write the file anew
 *   node scripts/vectors/payload-examples.mjs --check    compare instead; exit 1 on a difference
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * ABIs that differ in all that a payload shows: width and alignment of C types, byte order, system. FreeBSD's structs
 * are restated, for a compiler of the same processor.
 * @type {{ abi: string, program: string, compiler: string[], run?: string[] }[]}
 */
const ROWS = [
  { abi: 'x86_64-glibc', program: 'payload-examples', compiler: ['x86_64-linux-gnu-gcc'] },
  { abi: 'i386-glibc', program: 'payload-examples', compiler: ['i686-linux-gnu-gcc', '-static'] },
  {
    abi: 'powerpc-glibc',
    program: 'payload-examples',
    compiler: ['powerpc-linux-gnu-gcc', '-static'],
    run: ['qemu-ppc'],
  },
  { abi: 'x86_64-freebsd', program: 'payload-examples-freebsd', compiler: ['x86_64-linux-gnu-gcc'] },
];

const here = fileURLToPath(new URL('.', import.meta.url));
const file = join(here, '../../tests/vectors/payload-examples.json');

/** What a command that has to succeed prints. @param {string[]} command */
function must([program = '', ...args]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: here, encoding: 'utf8', timeout: 120_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `exit ${status}`}\n${stderr}`);
  return stdout;
}

const folder = mkdtempSync(join(tmpdir(), 'payload-examples-'));
try {
  const examples = ROWS.flatMap(({ abi, program, compiler, run = [] }) => {
    const binary = join(folder, abi);
    must([...compiler, '-std=gnu11', '-O1', `${program}.c`, '-o', binary]);
    const lines = must([...run, binary])
      .trim()
      .split('\n');
    return lines.map((line) => `{"abi":"${abi}",${line.slice(1)}`);
  });
  const text = `[\n  ${examples.join(',\n  ')}\n]\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error('tests/vectors/payload-examples.json differs from what the compilers give');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
