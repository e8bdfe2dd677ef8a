/** The engine: inputs, mutations, corpus, coverage, two walks that part. */
import * as assert from 'uvu/assert';
import { describeDifference } from '../../host/generate/classes.js';
import { Engine } from '../../host/generate/engine.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { Names } from '../../scripts/rows/bytes.mjs';
import { packWalks } from '../../scripts/rows/walks.mjs';
import { seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz engine');
const from = BigInt(seed());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const numberOf = (id: string) => listDialects(codecInstance()).findIndex((row) => row.id === id);
const OLD = numberOf('glibc-le-2.36');
const NOW = numberOf('glibc-ge-2.37');
const MUSL = numberOf('musl-1.2');
const open = (value = from, abi = 'x86_64-glibc') => new Engine({ abi, seed: value });

t.test('the same seed makes the same inputs, another one others', () => {
  const make = (value: bigint) => {
    const engine = open(value);
    return Array.from({ length: 50 }, (_, i) => {
      if (i % 5 === 0) engine.keep();
      return hex(engine.next());
    });
  };
  assert.equal(make(1n), make(1n));
  assert.not.equal(make(1n), make(2n));
  assert.not.equal(make(1n), make(1n + 2n ** 32n));
});

t.test('an ABI without control messages, and memory that is too small, are refused', () => {
  assert.throws(() => open(1n, 'wasm32-wasip1'), /no control messages|unknown ABI/);
  assert.throws(() => new Engine({ abi: 'x86_64-glibc', seed: 1n, pages: 4 }), /pages must be more/);
});

t.test(`on every ABI inputs fit the room, and have messages of all kinds (seed ${from})`, () => {
  for (const { id, dialect } of listAbis(codecInstance())) {
    if (dialect === '') continue;
    const engine = new Engine({ abi: id, seed: from, pages: 16 });
    const sizes = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const { length } = i % 2 === 0 ? engine.generate() : engine.mutate();
      assert.ok(length <= engine.room, `${id}: ${length} bytes`);
      sizes.add(length);
    }
    assert.ok(sizes.size > 100, `${id}: ${sizes.size} sizes`);
    assert.ok(Math.max(...sizes) > 500 && Math.min(...sizes) === 0, id);
  }
});

t.test('two walks part on the input that is told, and each class is told once', () => {
  const engine = open();
  const { fuzzDialects, fuzzTryDialects, fuzzClass, fuzzClassCount } = engine.lab.exports;
  const classes: number[] = [];
  for (let i = 0; i < 100; i++) {
    if (fuzzDialects(OLD, NOW, 1000) === 0) continue;
    classes.push(fuzzClass());
    assert.is(fuzzTryDialects(OLD, NOW), fuzzClass());
    assert.is(fuzzTryDialects(NOW, NOW), -1);
  }
  assert.ok(classes.length >= 3, `${classes}`);
  assert.is(new Set(classes).size, classes.length);
  const count = classes.reduce((sum, number) => sum + fuzzClassCount(number), 0);
  assert.is(count, engine.statistics().findings);
  // The overrun that glibc before 2.37 ends at is what the newer one hands out.
  const texts = classes.map((number) => describeDifference(number, ['old', 'new']).class);
  assert.ok(texts.includes('padded/more:end|next'), `${texts}`);
});

t.test('how many inputs are run at a time makes no difference', () => {
  const run = (slice: number) => {
    const engine = open();
    const found: string[] = [];
    for (let done = 0; done < 7000; ) {
      const before = engine.statistics().executions;
      const limit = Math.min(slice, 7000 - done);
      if (engine.lab.exports.fuzzDialects(NOW, MUSL, limit)) found.push(hex(engine.input));
      done += engine.statistics().executions - before;
    }
    const { executions, edges, corpusInputs, corpusBytes, findings } = engine.statistics();
    return { found, executions, edges, corpusInputs, corpusBytes, findings };
  };
  const whole = run(7000);
  assert.ok(whole.found.length > 2 && whole.edges > 20 && whole.corpusInputs > 3, JSON.stringify(whole));
  assert.is(whole.executions, 7000);
  assert.equal(run(1), whole);
  assert.equal(run(33), whole);
});

t.test('the same walk beside itself never parts, and another pair begins anew', () => {
  const engine = open();
  const { fuzzDialects } = engine.lab.exports;
  assert.is(fuzzDialects(NOW, NOW, 20_000), 0);
  assert.is(engine.statistics().findings, 0);
  assert.is(fuzzDialects(NOW, MUSL, 20_000), 1);
});

t.test("what a host's target covers is new once, by ranges of its counts; what is new is kept", () => {
  const engine = open();
  engine.generate();
  const cover = (...counts: number[]) => engine.cover(Uint8Array.from(counts));
  assert.equal(
    [cover(0, 0), cover(1), cover(1), cover(2), cover(3), cover(5), cover(7), cover(4)],
    [0, 1, 0, 1, 1, 1, 0, 0],
  );
  assert.equal([cover(15), cover(16), cover(31), cover(32), cover(127), cover(128), cover(255)], [1, 1, 0, 1, 0, 1, 0]);
  const { edges, corpusInputs } = engine.statistics();
  assert.equal([edges, corpusInputs], [1, 8]);
  const many = new Uint8Array(70_000).fill(1);
  assert.is(engine.cover(many), 65_535, 'the first 65,536 count');
  assert.is(engine.cover(many), 0);
});

t.test('a corpus gives back what was kept, and is full without harm', () => {
  const engine = new Engine({ abi: 'x86_64-glibc', seed: from, pages: 14 });
  engine.set(Uint8Array.of(1, 2, 3));
  assert.is(engine.keep(), 0);
  assert.equal(engine.corpus().map(hex), ['010203']);
  engine.set(new Uint8Array(5000).fill(9));
  assert.is(engine.input.length, engine.room, 'cut to the room');
  let last = 0;
  for (let i = 0; i < 10_000; i++) last = engine.keep();
  assert.is(last, -1);
  const corpus = engine.corpus();
  assert.ok(corpus.every((bytes) => bytes.length === 3 || bytes.every((byte) => byte === 9)));
  assert.is(
    engine.statistics().corpusBytes,
    corpus.reduce((sum, { length }) => sum + length, 0),
  );
});

t.test('a value that was compared is put where the other one stands, and words of a dictionary turn up', () => {
  const engine = open();
  engine.compare([{ a: 0xa1a2_a3a4n, b: 0xc1c2_c3c4n, size: 4 }]);
  engine.addWord(Buffer.from('magic word'));
  engine.addWord(Buffer.alloc(65, 1));
  const seen = { pair: false, swapped: false, word: false };
  for (let i = 0; i < 30_000; i++) {
    const bytes = Buffer.alloc(32);
    bytes.writeUInt32LE(0xa1a2_a3a4, 4);
    bytes.writeUInt32BE(0xa1a2_a3a4, 16);
    engine.set(bytes);
    const changed = Buffer.from(engine.mutate());
    seen.pair ||= changed.includes(Buffer.from('c4c3c2c1', 'hex'));
    seen.swapped ||= changed.includes(Buffer.from('c1c2c3c4', 'hex'));
    seen.word ||= changed.includes('magic word');
  }
  assert.equal(seen, { pair: true, swapped: true, word: true });
});

t.test('walks of the codec have the same numbers beside those of the museum', () => {
  const { lab, abi } = open();
  const { walkCount, walkAny, walkAll, dialectCount } = lab.exports;
  assert.ok(walkCount() >= dialectCount());
  lab.arena.lend(4096, (out) => {
    const control = out + 2048;
    lab.bytes.fill(1, control, control + 64);
    for (let walk = 0; walk < walkCount(); walk++) {
      const end = walkAny(abi, walk, control, 64, 0, 0, 64, out);
      const said = hex(lab.bytes.subarray(out, out + 16));
      if (walk >= dialectCount()) continue;
      assert.is(walkAll(abi, walk, control, 64, 0, 0, 64, out), end);
      assert.is(hex(lab.bytes.subarray(out, out + 16)), said);
    }
  });
});

const walk = { id: 'a', summary: '', source: '', need: 'more' };
t.table(
  [
    { name: "a mended walk may be like one of the codec's", in: 'a', out: '0000000000000001000000000001' },
    { name: 'but not like none', in: 'b', err: /no walk b before it/ },
  ],
  (like) => {
    const mended = { id: 'E', like, summary: '', source: '', nextWhole: true };
    return hex(Uint8Array.from(packWalks([mended], new Names(), [walk]).list));
  },
);

t.run();
