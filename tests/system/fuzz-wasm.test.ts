/** Modules of WebAssembly: what they do wrong is a finding with a name, and the next input meets a new one. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { Target } from '../../host/fuzz/target.js';
import { openWasm } from '../../host/fuzz/targets/wasm.js';
import { context, writeWasm } from '../support/fuzz-fixtures.js';
import { fuzzJson, only } from '../support/fuzzing.js';
import { cli, run } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('fuzz-wasm');

const WASI = '"wasi_snapshot_preview1"';
const MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 1024))';

/** A module whose function does `body`, with what it needs before that. */
const fuzzed = (body: string, before = '', malloc = MALLOC) => `(module ${before}
  (memory (export "memory") 2)
  (global $seen (mut i32) (i32.const 0))
  ${malloc}
  (func (export "LLVMFuzzerTestOneInput") (param $at i32) (param $size i32) (result i32) ${body} (i32.const 0)))`;

/** With inputs whose first byte is 7 it does `then`. */
const onSeven = (then: string, before?: string) =>
  fuzzed(`(if (i32.eq (i32.load8_u (local.get $at)) (i32.const 7)) (then ${then}))`, before);

const import_ = (name: string, type: string) => `(import ${WASI} "${name}" (func $${name} ${type}))`;
const EXIT = import_('proc_exit', '(param i32)');
const CLOCK = import_('clock_time_get', '(param i32 i64 i32) (result i32)');
const RANDOM = import_('random_get', '(param i32 i32) (result i32)');
const WRITE = import_('fd_write', '(param i32 i32 i32 i32) (result i32)');
const OPEN = import_('path_open', '(param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)');

const SEVEN = Uint8Array.of(7, 1, 2, 3);
const OTHER = Uint8Array.of(8, 1, 2, 3);

const WRONG: [what: string, text: string, name: string][] = [
  ['unreachable', onSeven('unreachable'), 'trap:unreachable'],
  ['a load outside memory', onSeven('(drop (i32.load (i32.const -4)))'), 'trap:memory-access-out-of-bounds'],
  [
    'a division by zero',
    onSeven('(drop (i32.div_u (i32.const 1) (i32.sub (i32.load8_u (local.get $at)) (i32.const 7))))'),
    'trap:divide-by-zero',
  ],
  [
    'recursion without end',
    onSeven('(call $deep (i32.const 1))', '').replace(
      '(global',
      '(func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))) (drop (i32.load8_u (local.get 0)))) (global',
    ),
    'trap:stack-overflow',
  ],
  ['proc_exit(3)', onSeven('(call $proc_exit (i32.const 3))', EXIT), 'exit:3'],
  [
    'abort of AssemblyScript',
    onSeven(
      '(call $abort (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 2))',
      '(import "env" "abort" (func $abort (param i32 i32 i32 i32)))',
    ),
    'abort',
  ],
];

for (const [what, text, name] of WRONG) {
  t.test(`${what} is found as ${name}, and nothing else is`, () =>
    withTempDir(async (folder) => {
      const target = await openWasm(writeWasm(folder, 'm', text), context());
      assert.is(await target.run(OTHER), undefined);
      const verdict = await target.run(SEVEN);
      assert.is(verdict?.class, name);
      assert.not.match(verdict?.cause ?? '', /\n/);
      assert.is(await target.run(OTHER), undefined, 'the next one is not harmed');
      assert.equal(await target.run(SEVEN), verdict, 'and the same again');
    }),
  );
}

/** Runs an input twice with the target, and in between another. */
async function twice(target: Target, input: Uint8Array) {
  return [await target.run(input), await target.run(OTHER), await target.run(input)];
}

t.test('an instance that has trapped is not used again: what it kept is gone', () =>
  withTempDir(async (folder) => {
    const traps = fuzzed(
      `(if (global.get $seen) (then (call $proc_exit (i32.const 5))))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 7)) (then (global.set $seen (i32.const 1)) unreachable))`,
      EXIT,
    );
    const classes = (await twice(await openWasm(writeWasm(folder, 'm', traps), context()), SEVEN)).map(
      (each) => each?.class,
    );
    assert.equal(classes, ['trap:unreachable', undefined, 'trap:unreachable']);
  }),
);

t.test('proc_exit(0) is no finding', () =>
  withTempDir(async (folder) => {
    const target = await openWasm(writeWasm(folder, 'm', onSeven('(call $proc_exit (i32.const 0))', EXIT)), context());
    assert.equal(await twice(target, SEVEN), [undefined, undefined, undefined]);
  }),
);

t.test('clock and chance are the same for an input each time, whatever came before', () =>
  withTempDir(async (folder) => {
    const body = `(drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 8)))
      (drop (call $random_get (i32.const 16) (i32.const 4)))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 7)) (then (call $proc_exit
        (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 16))))))`;
    const file = writeWasm(folder, 'm', fuzzed(body, EXIT + CLOCK + RANDOM));
    const [first, , again] = await twice(await openWasm(file, context()), SEVEN);
    assert.match(first?.class ?? '', /^exit:\d+$/);
    assert.equal(again, first);
    const other = await openWasm(file, context());
    await other.run(OTHER);
    assert.equal(await other.run(SEVEN), first);
  }),
);

t.test('what it writes is taken, and any other call of WASI answers that it does not exist', () =>
  withTempDir(async (folder) => {
    const body = `(i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 9))
      (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
      (call $proc_exit (i32.add (i32.mul (i32.const 100) (i32.load (i32.const 32))) (call $path_open
        (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 0))))`;
    const target = await openWasm(writeWasm(folder, 'm', fuzzed(body, EXIT + WRITE + OPEN)), context());
    assert.is((await target.run(SEVEN))?.class, `exit:${9 * 100 + 52}`);
  }),
);

t.test('an input longer than usual finds room, and memory that has grown is met where it is now', () =>
  withTempDir(async (folder) => {
    const malloc = `(global $end (mut i32) (i32.const 131072))
      (func (export "malloc") (param $size i32) (result i32) (local $at i32)
        (local.set $at (global.get $end))
        (drop (memory.grow (i32.add (i32.shr_u (local.get $size) (i32.const 16)) (i32.const 1))))
        (global.set $end (i32.mul (memory.size) (i32.const 65536)))
        (local.get $at))`;
    const body = `(drop (memory.grow (i32.const 1)))
      (if (i32.eq (i32.load8_u (i32.sub (i32.add (local.get $at) (local.get $size)) (i32.const 1))) (i32.const 7)) (then unreachable))`;
    const target = await openWasm(writeWasm(folder, 'm', fuzzed(body, '', malloc)), context());
    const long = new Uint8Array(300_000);
    assert.is(await target.run(long), undefined);
    assert.is(await target.run(OTHER), undefined);
    long[long.length - 1] = 7;
    assert.is((await target.run(long))?.class, 'trap:unreachable');
  }),
);

t.test('LLVMFuzzerInitialize and _initialize are called first', () =>
  withTempDir(async (folder) => {
    const text = fuzzed('(call $proc_exit (global.get $seen))', EXIT).replace(
      /\)$/,
      `(func (export "_initialize") (global.set $seen (i32.const 1)))
       (func (export "LLVMFuzzerInitialize") (param i32 i32) (result i32)
         (global.set $seen (i32.add (i32.mul (global.get $seen) (i32.const 10)) (i32.add (i32.load (local.get 0)) (i32.const 2))))
         (i32.const 0)))`,
    );
    const target = await openWasm(writeWasm(folder, 'm', text), context());
    assert.is((await target.run(SEVEN))?.class, 'exit:12');
  }),
);

const REFUSED: [what: string, text: string | Uint8Array, message: RegExp][] = [
  ['a text', Uint8Array.from(Buffer.from('(module)')), /^cannot compile .*m\.wasm: .*magic/],
  ['an empty file', new Uint8Array(), /^cannot compile .*m\.wasm: /],
  ['a module without exports', '(module)', /m\.wasm does not export memory, malloc, LLVMFuzzerTestOneInput:/],
  ['one without malloc', fuzzed('', '', ''), /m\.wasm does not export malloc:/],
  [
    'a memory of another kind',
    fuzzed('').replace('(memory (export "memory") 2)', '(memory 2) (global (export "memory") i32 (i32.const 1))'),
    /does not export memory:/,
  ],
  [
    'strange imports',
    fuzzed('', '(import "env" "foo" (func)) (import "gl" "bar" (func))'),
    /imports env\.foo, gl\.bar: only functions of WASI/,
  ],
  [
    'an imported table',
    fuzzed('', `(import ${WASI} "t" (table 1 funcref))`),
    /imports wasi_snapshot_preview1\.t \(a table\): only/,
  ],
  [
    'a malloc that returns 0',
    fuzzed('', '', MALLOC.replace('1024', '0')),
    /its malloc\(\d+\) returned 0: it has no room/,
  ],
  [
    'a malloc that returns too much',
    fuzzed('', '', MALLOC.replace('1024', '-8')),
    /its malloc\(\d+\) returned 4294967288/,
  ],
  [
    'a malloc that traps',
    fuzzed('', '', MALLOC.replace('(i32.const 1024)', 'unreachable')),
    /cannot start .*: WebAssembly trapped: unreachable/,
  ],
  ['a malloc of 64 bits', fuzzed('', '', MALLOC.replace('(param i32)', '(param i64)')), /only wasm32 can be fuzzed/],
  [
    'a malloc with a result of 64 bits',
    fuzzed('', '', MALLOC.replace('(result i32) (i32.const', '(result i64) (i64.const')),
    /its malloc does not take 32-bit numbers: only wasm32/,
  ],
  [
    'a malloc without parameters',
    fuzzed('', '', '(func (export "malloc"))'),
    /its malloc takes 0 parameters, and in C it has 1/,
  ],
  [
    'a malloc outside memory',
    fuzzed('', '', MALLOC.replace('1024', '-8')),
    /malloc\(4096\) returned 4294967288: it has no room/,
  ],
  [
    'an initializer that is no function',
    fuzzed('', '', `${MALLOC}(global (export "_initialize") i32 (i32.const 1))`),
    /its _initialize is no function/,
  ],
  [
    'an initializer of other parameters',
    fuzzed('', '', `${MALLOC}(func (export "LLVMFuzzerInitialize") (param i64))`),
    /its LLVMFuzzerInitialize takes 1 parameters, and in C it has 2/,
  ],
  [
    'a start function that traps',
    fuzzed('', '', `${MALLOC}(func $begin unreachable) (start $begin)`),
    /cannot start .*: WebAssembly trapped: unreachable/,
  ],
  [
    'a memory that is imported',
    fuzzed('', '(import "env" "other" (memory 1))').replace(
      '(memory (export "memory") 2)',
      '(export "memory" (memory 0))',
    ),
    /imports env\.other \(a memory\): only functions of WASI/,
  ],
];

for (const [what, text, message] of REFUSED) {
  t.test(`${what} is refused in one line`, () =>
    withTempDir(async (folder) => {
      const file = join(folder, 'm.wasm');
      if (typeof text === 'string') writeWasm(folder, 'm', text);
      else writeFileSync(file, text);
      const error = await thrownBy(() => openWasm(file, context()));
      assert.is(error.name, 'AncillaryError', String(error.stack));
      assert.match(error.message, message);
      assert.not.match(error.message, /\n/);
    }),
  );
}

t.test(
  'the command finds a trap, makes its input small, and replays it; one that never ends is a hang',
  () =>
    withTempDir(async (folder) => {
      const long = '(if (i32.gt_u (local.get $size) (i32.const 20)) (then unreachable))';
      const target = `wasm:${writeWasm(folder, 'm', fuzzed(long))}`;
      const { code, lines } = await fuzzJson([
        target,
        '--runs',
        '500',
        '--seed',
        '1',
        '--artifacts',
        join(folder, 'found'),
      ]);
      assert.is(code, 1);
      const [found] = only(lines, 'finding');
      assert.is(found?.class, 'trap:unreachable');
      assert.is(String(found?.input).length, 42, 'no byte more than it takes');
      assert.is((await run(cli('fuzz', 'replay', String(found?.file)))).code, 1);

      const loop = '(if (i32.gt_u (local.get $size) (i32.const 20)) (then (loop $on (br $on))))';
      const endless = await fuzzJson([
        `wasm:${writeWasm(folder, 'e', fuzzed(loop))}`,
        '--runs',
        '2',
        '--seed',
        '1',
        '--timeout',
        '1s',
        '--no-artifacts',
      ]);
      assert.equal(
        only(endless.lines, 'finding').map((each) => each.class),
        ['hang'],
      );
    }),
  { timeout: 80_000 },
);

t.test('a function of 64 bits is refused with the first input', () =>
  withTempDir(async (folder) => {
    const text = `(module (memory (export "memory") 2) ${MALLOC}
      (func (export "LLVMFuzzerTestOneInput") (param i64 i64) (result i64) (i64.const 0)))`;
    const target = await openWasm(writeWasm(folder, 'm', text), context());
    const error = await thrownBy(() => target.run(SEVEN));
    assert.is(error.code, 'ERR_UNSUPPORTED');
    assert.match(error.message, /^its LLVMFuzzerTestOneInput does not take 32-bit numbers/);
  }),
);

t.test(
  'a start function that never ends is told in one line',
  () =>
    withTempDir(async (folder) => {
      const file = writeWasm(folder, 'm', fuzzed('', '', `${MALLOC}(func $begin (loop $l (br $l))) (start $begin)`));
      const { code, stderr } = await run(cli('fuzz', `wasm:${file}`, '--timeout', '1s', '--runs', '1', '--json'));
      assert.is(code, 2);
      assert.match(stderr, /^ancillary: wasm:.*m\.wasm never finished loading: [^\n]*\n$/);
    }),
  { timeout: 80_000 },
);

t.test(
  'a memory that grows without end is a finding, and the machine keeps its own',
  () =>
    withTempDir(async (folder) => {
      const grow = '(loop $l (drop (memory.grow (i32.const 256))) (br $l))';
      const target = `wasm:${writeWasm(folder, 'm', fuzzed(grow))}`;
      const { code, lines } = await fuzzJson([target, '--timeout', '1s', '--runs', '1', '--no-artifacts']);
      assert.is(code, 1);
      assert.match(String(only(lines, 'finding')[0]?.class), /^(hang|out-of-memory)$/);
    }),
  { timeout: 80_000 },
);

t.run();
