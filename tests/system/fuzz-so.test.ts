/** Shared libraries in C: a crash is a finding, coverage leads where chance does not, what cannot be loaded is told. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readSymbols } from '../../host/fuzz/targets/so/library.js';
import { openSo } from '../../host/fuzz/targets/so.js';
import { compileC, context, fuzzFunction } from '../support/fuzz-fixtures.js';
import { fuzzing, fuzzJson, only } from '../support/fuzzing.js';
import { run, until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('fuzz-so');
const SLOW = { timeout: 80_000 };
const SHARED = ['-shared', '-fPIC'];

const build = (folder: string, body: string, { flags = [] as string[], more = '', compiler = 'cc' } = {}) =>
  compileC(folder, 'f.so', { text: fuzzFunction(body, more) }, compiler, ...SHARED, ...flags);

// The first one: what has been compiled serves the whole process.
t.test('without a compiler an instrumented library is refused in one line, and a plain one works', () =>
  withTempDir(async (folder) => {
    const { PATH } = process.env;
    const file = build(folder, '', { flags: ['-fsanitize-coverage=trace-pc'], compiler: 'gcc' });
    const plain = compileC(folder, 'plain.so', { text: fuzzFunction('') }, 'cc', ...SHARED);
    process.env.PATH = folder;
    try {
      const error = await thrownBy(() => openSo(file, context()));
      assert.match(error.message, /^\S+f\.so is built with SanitizerCoverage: .* cc, which is missing; [^\n]*$/);
      openSo(plain, context()).close();
    } finally {
      process.env.PATH = PATH;
    }
  }),
);

/** Bodies that end the process for inputs of more than 8 bytes. */
const CRASHES: [what: string, body: string, name: string, cause: RegExp][] = [
  ['a write to nowhere', 'if (size > 8) *(volatile int *)8 = 1', 'crash:SIGSEGV', /crashed: SIGSEGV/],
  [
    'one byte read behind the input',
    'volatile uint8_t x = size > 8 ? data[size] : 0; (void)x',
    'crash:SIGSEGV',
    /SIGSEGV/,
  ],
  ['abort', 'if (size > 8) abort()', 'crash:SIGABRT', /SIGABRT/],
  ['exit', 'if (size > 8) exit(7)', 'exit:7', /ended its process with 7/],
  ['an endless loop', 'if (size > 8) for (;;) pause()', 'hang', /did not end within 1 s/],
];

for (const [what, body, name, cause] of CRASHES) {
  t.test(
    `${what} is found as ${name}`,
    () =>
      withTempDir(async (folder) => {
        const target = `so:${build(folder, body)}`;
        const argv = [target, '--runs', '2', '--seed', '1', '--artifacts', join(folder, 'found')];
        const { code, lines, stderr } = await fuzzJson([...argv, '--timeout', name === 'hang' ? '1s' : '20s']);
        assert.equal([code, stderr], [1, '']);
        const [found, ...others] = only(lines, 'finding');
        assert.equal([found?.class, others.length], [name, 0]);
        assert.match(String(found?.cause), cause);
        if (name === 'hang') return;
        // Each try costs a process: how small it becomes depends on the machine, that it still shows it does not.
        const replayed = await run(['sh', '-c', `${found?.replay} --json`], { limit: 30_000 });
        assert.is((JSON.parse(replayed.stdout.toString()) as { class: string }).class, name);
      }),
    SLOW,
  );
}

for (const [where, leave] of [
  ['the group of its job', ''],
  ['a group of its own', 'setsid();'],
]) {
  t.test(
    `SIGKILL of the command leaves nothing that a library has forked, in ${where}`,
    () =>
      withTempDir(async (folder) => {
        const body = `static int count; if (count++ == 0 && fork() == 0) { ${leave} for (;;) pause(); }`;
        const running = fuzzing([`so:${build(folder, body)}`, '--time', '1h', '--no-artifacts', '--json']);
        await until('it runs', () => /"executions":[1-9]/.test(running.stdout.toString()));
        await running.end('SIGKILL');
        await until('no process is left', () => running.left().length === 0, 20_000);
      }),
    SLOW,
  );
}

t.test(
  'a run that is ended while it compiles leaves neither the compiler nor its folder',
  () =>
    withTempDir(async (folder) => {
      const file = build(folder, '', { flags: ['-fsanitize-coverage=trace-pc'], compiler: 'gcc' });
      const [bin, temp] = [join(folder, 'bin'), join(folder, 'tmp')];
      for (const each of [bin, temp]) mkdirSync(each);
      writeFileSync(join(bin, 'cc'), '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
      const env = { PATH: `${bin}:${process.env.PATH}`, TMPDIR: temp };
      const running = fuzzing([`so:${file}`, '--time', '1h', '--no-artifacts'], { env });
      await until('it compiles', () => readdirSync(temp).length > 0);
      const { code } = await running.end('SIGTERM');
      assert.equal([code, readdirSync(temp), running.left()], [143, [], []]);
    }),
  SLOW,
);

t.test('every byte of the input can be read, and what comes back says nothing', () =>
  withTempDir((folder) => {
    const target = openSo(
      build(folder, 'int sum = 0; for (size_t i = 0; i < size; i++) sum += data[i]; return -1 - sum'),
      context(),
    );
    for (const size of [0, 1, 15, 4096, 4097, 100_000])
      assert.is(target.run(new Uint8Array(size).fill(255)), undefined);
    assert.is(target.counters, undefined);
    target.close();
  }),
);

t.test('LLVMFuzzerInitialize is called once, with the name of a program', () =>
  withTempDir((folder) => {
    const more = `static int times;
      int LLVMFuzzerInitialize(int *argc, char ***argv) {
        if (*argc != 1 || strcmp((*argv)[0], "fuzz") != 0 || (*argv)[1]) abort();
        times++;
        return 0;
      }`;
    openSo(build(folder, 'if (times != 1) abort()', { more }), context()).close();
  }),
);

const NESTED = `uint32_t word;
  if (size < 12) return 0;
  memcpy(&word, data + 4, 4);
  if (word != 0xdecafbad) return 0;
  if (data[8] != 'x') return 0;
  if (data[9] != 'y') return 0;
  abort()`;

const BUILDS: [compiler: string, flags: string][] = [
  ['gcc', '-fsanitize-coverage=trace-pc,trace-cmp'],
  ['clang', '-fsanitize-coverage=inline-8bit-counters,pc-table,trace-cmp'],
  ['clang', '-fsanitize-coverage=trace-pc-guard,trace-cmp'],
];
const CLANGS = ['clang', 'clang-19', 'clang-18', 'clang-17', 'clang-16', 'clang-15', 'clang-14'];

for (const [wanted, flags] of BUILDS) {
  const compiler = (wanted === 'clang' ? CLANGS : ['gcc']).find((each) => !lacks(each, '--version'));
  const title = `${wanted} ${flags.replace(/.*=/, '')}: a crash behind four comparisons is found`;
  if (compiler === undefined) {
    t.skip(title, `there is no ${wanted}`);
    continue;
  }
  t.test(
    title,
    () =>
      withTempDir(async (folder) => {
        const before = leftovers();
        const target = `so:${build(folder, NESTED, { flags: [flags], compiler })}`;
        const argv = [target, '--runs', '60000', '--seed', '1', '--no-artifacts'];
        const { code, lines } = await fuzzJson(argv, { limit: 75_000 });
        assert.is(code, 1);
        assert.is(only(lines, 'finding')[0]?.class, 'crash:SIGABRT');
        assert.equal(leftovers(), before, 'folders of the compiler');
      }),
    SLOW,
  );
  t.test(`${wanted} ${flags.replace(/.*=/, '')}: counters and comparisons are those of the last input`, () =>
    withTempDir((folder) => {
      const file = build(folder, NESTED, { flags: [flags], compiler });
      const target = openSo(file, context());
      target.run(new Uint8Array(4));
      const few = target.counters?.()?.filter((count) => count > 0).length ?? 0;
      assert.equal(
        target.comparisons?.().filter(({ a, b }) => a === 0xdecafbadn || b === 0xdecafbadn),
        [],
      );
      const hit = new Uint8Array(12);
      new DataView(hit.buffer).setUint32(4, 0x01020304, true);
      target.run(hit);
      const [pair] = target.comparisons?.().filter(({ a, b }) => a === 0xdecafbadn || b === 0xdecafbadn) ?? [];
      assert.equal(new Set([pair?.a, pair?.b]), new Set([0xdecafbadn, 0x01020304n]));
      assert.is(pair?.size, 4);
      assert.ok((target.counters?.()?.filter((count) => count > 0).length ?? 0) > 0);
      target.run(new Uint8Array(4));
      assert.is(target.counters?.()?.filter((count) => count > 0).length, few, 'nothing is left of the one before');
      target.close();
    }),
  );
}

/** Folders that this program makes beside those of tests. */
const leftovers = () => readdirSync(tmpdir()).filter((name) => /^ancillary-[\w-]{36}$/.test(name));

const REFUSED: [what: string, make: (folder: string) => string, message: RegExp][] = [
  ['no file', (folder) => join(folder, 'none.so'), /none\.so: there is no such file/],
  ['a folder', (folder) => folder, /: it is a folder$/],
  [
    'a text',
    (folder) => written(folder, Buffer.from('#!/bin/sh\nexit 0\n'.repeat(9))),
    /it is no shared library \(ELF\)/,
  ],
  ['nothing', (folder) => written(folder, Buffer.alloc(0)), /it is no shared library \(ELF\)/],
  [
    'an object',
    (folder) => compileC(folder, 'f.o', { text: fuzzFunction('') }, 'cc', '-c'),
    /build it with -shared -fPIC/,
  ],
  [
    'another architecture',
    (folder) => changed(folder, (bytes) => bytes.writeUInt16LE(8, 18)),
    /it is for mips, 64-bit, and this process is/,
  ],
  [
    'an unknown one',
    (folder) => changed(folder, (bytes) => bytes.writeUInt16LE(0xfeed, 18)),
    /it is for machine 65261, 64-bit/,
  ],
  [
    'a file that was cut off',
    (folder) => changed(folder, (bytes) => bytes.subarray(0, 4000)),
    /it is damaged: its tables do not lie within it/,
  ],
  [
    'tables that lead nowhere',
    (folder) => changed(folder, (bytes) => bytes.writeBigUInt64LE(1n << 62n, 40)),
    /it is damaged/,
  ],
  [
    'a library without the function',
    (folder) => compileC(folder, 'g.so', { text: 'int f(void) { return 0; }' }, 'cc', ...SHARED),
    /it exports no LLVMFuzzerTestOneInput\(const uint8_t \*, size_t\)/,
  ],
  [
    'what nobody defines',
    (folder) => build(folder, 'missing()', { more: 'void missing(void);', flags: ['-Wl,-z,now'] }),
    /it cannot be loaded: .*undefined symbol: missing/,
  ],
  [
    'AddressSanitizer',
    (folder) => build(folder, 'if (size && data[0]) return 1', { flags: ['-fsanitize=address'] }),
    /built with a sanitizer \(it calls __asan_\w+\).*LD_PRELOAD/,
  ],
];

function written(folder: string, bytes: Uint8Array): string {
  const file = join(folder, 'w.so');
  writeFileSync(file, bytes);
  return file;
}

/** A library with other bytes. */
function changed(folder: string, change: (bytes: Buffer) => Buffer | unknown): string {
  const bytes = readFileSync(build(folder, ''));
  const result = change(bytes);
  return written(folder, Buffer.isBuffer(result) ? result : bytes);
}

for (const [what, make, message] of REFUSED) {
  t.test(`${what} is refused in one line`, () =>
    withTempDir(async (folder) => {
      const file = make(folder);
      const error = await thrownBy(() => openSo(file, context()));
      assert.is(error.name, 'AncillaryError', String(error.stack));
      assert.match(error.message, message);
      assert.not.match(error.message, /\n/);
    }),
  );
}

t.test('whatever a library is damaged to, reading its symbols ends with one line or with symbols', () =>
  withTempDir(async (folder) => {
    const bytes = readFileSync(build(folder, ''));
    const seed = Number(process.env.SEED ?? Date.now() % 1e9);
    console.log(`SEED=${seed}`);
    let state = seed | 1;
    const next = (most: number) => {
      state = Math.imul(state, 1664525) + 1013904223;
      return (state >>> 8) % most;
    };
    const headers = Number(bytes.readBigUInt64LE(40));
    for (let i = 0; i < 300; i++) {
      const copy = Buffer.from(bytes);
      for (let n = 0; n < 4; n++) copy[next(2) ? next(64) : headers + next(copy.length - headers)] = next(256);
      const file = written(folder, copy);
      try {
        readSymbols(file);
      } catch (error) {
        assert.is((error as Error).name, 'AncillaryError', String((error as Error).stack));
      }
    }
  }),
);

t.run();
