/** Counters count what was taken, change nothing else, and are in no module but the fuzzer's. */
import * as assert from 'uvu/assert';
import codecBytes from '../../build/wasm/codec.wasm';
import fuzzBytes from '../../build/wasm/fuzz.wasm';
import labBytes from '../../build/wasm/lab.wasm';
import { Engine } from '../../host/generate/engine.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import type { LabExports } from '../../host/wasm/exports.js';
import { type CodecInstance, instantiate } from '../../host/wasm/instance.js';
import { addCounters, optimizeModule } from '../../scripts/build/instrument.mjs';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('instrument');

/** A module as asc writes one: two functions that are counted, one of the fuzzer's that calls one of them. */
const TEXT = `(module
 (memory $0 (import "env" "memory") 1)
 (global $assembly/fuzz/coverage/counters (mut i32) (i32.const 1024))
 (global $assembly/fuzz/coverage/edgeCount (mut i32) (i32.const 0))
 (global $assembly/fuzz/coverage/walkEdgeCount (mut i32) (i32.const 0))
 (global $noted (mut i32) (i32.const 0))
 (export "pick" (func $assembly/dialect/x/pick))
 (export "loop" (func $assembly/codec/x/loop))
 (export "comparing" (func $assembly/fuzz/comparing/run))
 (export "noted" (func $noted))
 (export "edges" (func $edges))
 (func $noted (result i32)
  global.get $noted
 )
 (func $edges (result i32)
  global.get $assembly/fuzz/coverage/edgeCount
  i32.const 100
  i32.mul
  global.get $assembly/fuzz/coverage/walkEdgeCount
  i32.add
 )
 (func $assembly/fuzz/compare/notePair (param $a i64) (param $b i64) (param $size i32)
  global.get $noted
  local.get $size
  i32.add
  global.set $noted
 )
 (func $assembly/fuzz/comparing/run (param $a i32) (result i32)
  local.get $a
  call $assembly/dialect/x/pick
 )
 (func $assembly/codec/x/loop (param $times i32)
  loop $again|0
   local.get $times
   i32.const 1
   i32.sub
   local.set $times
   local.get $times
   br_if $again|0
  end
 )
 (func $assembly/dialect/x/pick (param $a i32) (result i32)
  local.get $a
  i32.const 5
  i32.eq
  if
   i32.const 1
   return
  end
  block $case0|0
   local.get $a
   i32.const 7
   i32.eq
   br_if $case0|0
   i32.const 2
   return
  end
  i32.const 3
 )
)
`;

/** What was counted while `name` ran with `argument`. */
function countOf(name: string, argument: number) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { text } = addCounters(TEXT);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(optimizeModule(text)), { env: { memory } });
  const run = exports as Record<string, (value?: number) => number>;
  const result = (run[name] as (value: number) => number)(argument);
  const counted = Array.from(new Uint8Array(memory.buffer, 1024, 6));
  return { result, counted, noted: run.noted?.(), edges: run.edges?.() };
}

// Edges: 0 the arm of the if, 1 the other one, 2 the arm of the switch; 3 the body of the loop, 4 its end.
const shared = { noted: 0, edges: 503 };
t.table(
  [
    { name: 'a branch that is taken', in: ['pick', 5], out: { result: 1, counted: [1, 0, 0, 0, 0, 0], ...shared } },
    { name: 'one that is not', in: ['pick', 6], out: { result: 2, counted: [0, 1, 0, 0, 0, 0], ...shared } },
    { name: 'an arm of a switch', in: ['pick', 7], out: { result: 3, counted: [0, 1, 1, 0, 0, 0], ...shared } },
    {
      name: 'a loop, as often as it runs',
      in: ['loop', 9],
      out: { result: undefined, counted: [0, 0, 0, 9, 1, 0], ...shared },
    },
    {
      name: 'two comparisons of 4 bytes are noted where they are asked for',
      in: ['comparing', 7],
      out: { result: 3, counted: [0, 1, 1, 0, 0, 0], noted: 8, edges: 503 },
    },
  ] as { name: string; in: [string, number]; out: ReturnType<typeof countOf> }[],
  ([name, argument]) => countOf(name, argument) as never,
);

t.test('a module without the place for counters is refused', () => {
  assert.throws(() => addCounters('(module\n)'), /no variable counters/);
  assert.throws(() => addCounters(TEXT.replace('coverage/edgeCount', 'coverage/other')), /no variable edgeCount/);
});

const from = seed();
t.test(
  `10,000 buffers are walked and read alike with counters and without (seed ${from})`,
  () => {
    const dice = random(from);
    const ids = listAbis(instantiate(codecBytes)).flatMap(({ id, dialect }) => (dialect === '' ? [] : [id]));
    const clean = instantiate<LabExports>(labBytes);
    const dialects = listDialects(clean).length;
    for (let i = 0; i < 20; i++) {
      const engine = new Engine({ abi: dice.pick(ids), seed: BigInt(dice.below(2 ** 32)) });
      for (let n = 0; n < 500; n++) {
        const input = Uint8Array.from(engine.next());
        const dialect = dice.below(dialects);
        assert.equal(
          observe(engine.lab, engine.abi, dialect, input),
          observe(clean, engine.abi, dialect, input),
          `walk ${dialect} of ABI ${engine.abi}: ${Buffer.from(input).toString('hex')}`,
        );
      }
    }
  },
  { timeout: 60_000 },
);

/** All that a walk and the strict reader say of a buffer. */
function observe(codec: CodecInstance, abi: number, dialect: number, input: Uint8Array): string {
  return codec.arena.lend(8192, (out) => {
    const control = out + 3072;
    codec.bytes.fill(0, out, control);
    codec.bytes.set(input, control);
    const end = codec.exports.walkAll(abi, dialect, control, input.length, 0, 0, 150, out);
    const read = codec.exports.readMessage(abi, control, input.length, 0, out + 3040);
    return `${end} ${read} ${Buffer.from(codec.bytes.subarray(out, control)).toString('hex')}`;
  });
}

/** How many bytes of a module's own memory differ after the same walk once more. */
function changesOf(module: Uint8Array<ArrayBuffer>): number {
  const codec = instantiate(module);
  const walk = () => observe(codec, 0, 0, new Uint8Array(64).fill(1));
  walk();
  const before = codec.bytes.slice(0, codec.exports.heapBase());
  walk();
  return before.filter((byte, i) => byte !== codec.bytes[i]).length;
}

t.test("only the fuzzer's module counts: a second walk changes nothing in the others", () => {
  assert.is(changesOf(codecBytes), 0, 'codec');
  assert.is(changesOf(labBytes), 0, 'lab');
  assert.ok(changesOf(fuzzBytes) > 0, 'with counters');
});

t.run();
