/** What inputs cover of walks and of the codec, and which walks are the same on an ABI. */
import * as assert from 'uvu/assert';
import { countPairs, differentWalks } from '../../host/fuzz/targets/pairs.js';
import { Engine } from '../../host/generate/engine.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz coverage');
const from = BigInt(seed());
const names = listDialects(codecInstance()).map(({ id }) => id);
const walkOf = (id: string) => names.indexOf(id);
const [OLD, NOW, MUSL] = ['glibc-le-2.36', 'glibc-ge-2.37', 'musl-1.2'].map(walkOf) as [number, number, number];
const open = (abi = 'x86_64-glibc', value = from) => new Engine({ abi, seed: value });

t.test('walks are the same by what their rows say on an ABI, not by their names', () => {
  const { areSameWalks } = open().lab.exports;
  const numbers = new Map(listAbis(codecInstance()).map(({ id }, abi) => [id, abi]));
  const same = (abi: string, one: string, two: string) =>
    areSameWalks(numbers.get(abi) as number, walkOf(one), walkOf(two)) === 1;
  assert.ok(same('x86_64-glibc', 'glibc-ge-2.37', 'glibc-hurd'));
  assert.ok(same('x86_64-glibc', 'freebsd', 'netbsd'));
  assert.not.ok(same('x86_64-glibc', 'glibc-ge-2.37', 'glibc-le-2.36'));
  assert.not.ok(same('x86_64-glibc', 'glibc-ge-2.37', 'cpython-glibc-ge-2.37'));
});

t.test(`walks that are the same never part, and all that are not the same have their turn (seed ${from})`, () => {
  for (const { id, dialect } of listAbis(codecInstance())) {
    if (dialect === '') continue;
    const engine = new Engine({ abi: id, seed: from, pages: 32 });
    const { areSameWalks, fuzzDialects } = engine.lab.exports;
    const walks = differentWalks(engine.lab, engine.abi);
    assert.ok(walks.length > 10 && walks.length < names.length, `${id}: ${walks.length}`);
    for (let walk = 0; walk < names.length; walk++) {
      const alike = walks.filter((other) => areSameWalks(engine.abi, other, walk) === 1);
      assert.is(alike.length, 1, `${id}: ${names[walk]} is as ${alike.map((other) => names[other])}`);
      const [first = 0] = alike;
      if (first !== walk) assert.is(fuzzDialects(first, walk, 300), 0, `${id}: ${names[first]}, ${names[walk]}`);
    }
  }
  assert.equal([0, 1, 2, 5].map(countPairs), [0, 0, 1, 10]);
});

t.test('what an input covers of a walk is new once, of another walk again, and is not kept', () => {
  const engine = open();
  const { fuzzCoverWalk, fuzzWalkEdges } = engine.lab.exports;
  engine.set(new Uint8Array(64));
  const first = fuzzCoverWalk(OLD);
  assert.ok(first > 0 && first < fuzzWalkEdges(), `${first}`);
  assert.is(fuzzCoverWalk(OLD), 0);
  assert.ok(fuzzCoverWalk(MUSL) > 0);
  const { edges, corpusInputs } = engine.statistics();
  assert.ok(edges > first / 2 && corpusInputs === 0, `${edges}, ${corpusInputs}`);
});

t.test('what was covered of a walk is known whoever it is beside, and pairs in turn keep little', () => {
  const engine = open();
  const { fuzzDialects } = engine.lab.exports;
  const pairs = [
    [OLD, NOW],
    [NOW, MUSL],
    [OLD, MUSL],
  ] as const;
  const turn = () => {
    for (const pair of pairs) for (let left = 20; left > 0; left--) fuzzDialects(...pair, 1000);
    return engine.statistics();
  };
  const first = turn();
  assert.ok(first.edges <= 3 * engine.lab.exports.fuzzWalkEdges());
  for (let i = 0; i < 5; i++) turn();
  const last = turn();
  assert.ok(last.corpusInputs < 2 * first.corpusInputs, `${last.corpusInputs} after ${first.corpusInputs}`);
});

t.test('a corpus covers in another engine what it covered where it was kept', () => {
  const one = open();
  for (let left = 100; left > 0; left--) one.lab.exports.fuzzDialects(OLD, MUSL, 1000);
  const two = open();
  for (const input of one.corpus()) {
    two.set(input);
    for (const walk of [OLD, MUSL]) two.lab.exports.fuzzCoverWalk(walk);
  }
  assert.is(two.statistics().edges, one.statistics().edges);
});

t.test('of the codec, too, on all ABIs together; the run goes on as it should', () => {
  const one = open();
  for (let left = 3; left > 0; left--) assert.is(one.lab.exports.fuzzCodec(1000), 0);
  const two = open();
  const { fuzzCoverCodec, fuzzTryCodec, fuzzCodec } = two.lab.exports;
  const cover = () =>
    listAbis(two.lab).reduce((sum, { dialect }, abi) => sum + (dialect === '' ? 0 : fuzzCoverCodec(abi)), 0);
  let news = 0;
  for (const input of one.corpus()) {
    two.set(input);
    news += cover();
    assert.is(cover(), 0);
  }
  assert.ok(news > 0);
  assert.ok(two.statistics().edges >= one.statistics().edges);
  assert.is(two.statistics().corpusInputs, 0);
  two.set(new Uint8Array(40));
  assert.is(fuzzTryCodec(two.abi), -1);
  assert.is(fuzzCodec(1000), 0);
});

t.run();
