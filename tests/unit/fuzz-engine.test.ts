/** The engine: inputs, corpus, and two walks that part. */
import * as assert from 'uvu/assert';
import { Engine } from '../../host/generate/engine.js';
import { listDialects } from '../../host/model/rows.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz engine');
const numberOf = (engine: Engine, id: string) => listDialects(engine.lab).findIndex((row) => row.id === id);

t.test('the same seed makes the same inputs, another one others', () => {
  const make = (seed: bigint) => {
    const engine = new Engine({ abi: 'x86_64-glibc', seed });
    return Array.from({ length: 50 }, () => Buffer.from(engine.next()).toString('hex'));
  };
  assert.equal(make(1n), make(1n));
  assert.not.equal(make(1n), make(2n));
  assert.not.equal(make(1n), make(1n + 2n ** 32n));
});

t.test('two walks that differ part within 10,000 inputs, and on the input that is told', () => {
  const engine = new Engine({ abi: 'x86_64-glibc', seed: 5n });
  const { fuzzDialects, fuzzTryDialects, fuzzClass } = engine.lab.exports;
  const [old, now] = [numberOf(engine, 'glibc-le-2.36'), numberOf(engine, 'glibc-ge-2.37')];
  assert.is(fuzzDialects(old, now, 10_000), 1);
  assert.is(fuzzTryDialects(old, now), fuzzClass());
  assert.is(fuzzTryDialects(now, now), -1);
});

t.run();
