/** What the rows of the tables say, against the compilers and the macros of each libc; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { bytesOfHex } from '../../host/model/hex.js';
import { payloadsOf } from '../../host/model/payload-rows.js';
import { type Abi, findAbi, listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { type CodecInstance, readText } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';
import { type AbiVector, abiVectors, headersIn, shapeOf, type WalkVector, walkVectors } from '../support/vectors.js';

export function rowsSuite(build: string, codec: CodecInstance): void {
  const t = suite(`rows, ${build}`);
  const vectors = new Map(abiVectors().map((vector) => [vector.abi, vector]));
  const walks = walkVectors();

  for (const vector of vectors.values()) {
    t.test(`${vector.abi}: its payloads have the numbers, widths and signs of its headers`, () =>
      checkPayloads(codec, vector),
    );
    t.test(`${vector.abi}: its constants are those of its headers`, () => checkConstants(codec, vector));
  }

  for (const row of listAbis(codec)) {
    t.test(`${row.id}: an id is arch and libc`, () => assert.is(row.id, `${row.arch}-${row.libc}`));

    const vector = vectors.get(row.id);
    t.test(`${row.id}: it is proved as its vector says`, () => assert.is(row.proof, vector?.proof));
    if (!vector || shapeOf(vector) === '') continue;
    // An ABI of the same libc and the same header has the same buffers: what its macros did, this row's have to do.
    const own = walks.filter(({ shape, oracles }) => {
      const given = Object.entries(oracles).filter(
        ([, { macros, restated }]) => macros ?? restated?.startsWith('document'),
      );
      return shape === shapeOf(vector) && given.some(([abi]) => abi.endsWith(`-${row.libc}`));
    });
    t.test(`${row.id}: its default walk is that of the macros of ${row.libc} itself`, () => {
      assert.ok(own.length > 0, `no walk vector of ${row.libc} has this layout`);
      for (const walk of own) checkDefaultWalk(codec, row, vector, walk);
    });
  }
  t.run();
}

function checkDefaultWalk(codec: CodecInstance, row: Abi, vector: AbiVector, { dialect, cases }: WalkVector): void {
  assert.is(row.dialect, dialect);
  for (const hostile of cases) {
    const { name, control, controllen, end, at, reason } = hostile;
    const walk = walkControl(codec, row.id, bytesOfHex(control, 'control'), { controllen });
    const visited = walk.headers.map((header) => [header.offset, header.len, header.level, header.type]);
    const expected = { visited: headersIn(vector, dialect, hostile), end, at, reason };
    assert.equal({ visited, end: walk.end, at: walk.at, reason: walk.reason }, expected, `${name ?? ''} ${control}`);
  }
}

function checkConstants(codec: CodecInstance, { abi, constants }: AbiVector): void {
  const { numberCount, numberText, numberOf } = codec.exports;
  const at = findAbi(codec, abi);
  const names = Array.from({ length: numberCount() }, (_, i) => readText(codec, numberText(i)));
  const mine = Object.keys(constants).map((name) => [name, numberOf(at, names.indexOf(name))]);
  assert.equal(Object.fromEntries(mine), constants);
}

/** Those that the headers know: an older libc has fewer numbers than the row. */
function checkPayloads(codec: CodecInstance, { abi, payloads, structs }: AbiVector): void {
  const { all } = payloadsOf(codec, findAbi(codec, abi));
  for (const [key, { level, type, struct, size, members }] of Object.entries(payloads)) {
    const [id, nth = '1'] = key.split('#');
    const mine = all.filter((payload) => payload.id === id)[Number(nth) - 1];
    assert.ok(mine, key);
    assert.equal([mine.level, mine.type], [level, type], key);
    const expected = struct === undefined ? members : structs[struct]?.members;
    if (expected === undefined) continue;
    const places = mine.members.map(({ name, offset, size: bytes, count, code }) => {
      const isNumber = (expected[name]?.length ?? 0) > 2;
      return [name, [offset, bytes * Math.max(count, 1), ...(isNumber ? [codec.exports.isSigned(code) === 1] : [])]];
    });
    assert.equal(Object.fromEntries(places), expected, key);
    const one = mine.size + (mine.open?.size ?? 0);
    assert.is(one, size ?? structs[struct as string]?.size, key);
  }
}
