/** What the rows of the tables say, against the compilers and the macros of each libc; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { bytesOfHex } from '../../host/model/hex.js';
import { payloadsOf } from '../../host/model/payload-rows.js';
import { type Abi, findAbi, listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';
import { layoutVectors, type PayloadShape, payloadVectors, type WalkVector, walkVectors } from '../support/vectors.js';

export function rowsSuite(build: string, codec: CodecInstance): void {
  const t = suite(`rows, ${build}`);
  const payloads = payloadVectors();
  const walks = walkVectors();
  const shapes = new Map(layoutVectors().map(({ abi, endian, layout }) => [abi, JSON.stringify([endian, layout])]));

  t.test('every ABI row has a payload vector, and every vector a row', () => {
    assert.equal(payloads.map(({ abi }) => abi).sort(), idsOf(codec).sort());
  });

  for (const { abi, payloads: expected } of payloads) {
    t.test(`${abi}: its payloads have the numbers, widths and signs of its headers`, () => {
      assert.equal(payloadsOn(codec, abi, Object.keys(expected)), expected);
    });
  }

  for (const row of listAbis(codec)) {
    t.test(`${row.id}: an id is arch and libc`, () => assert.is(row.id, `${row.arch}-${row.libc}`));

    // An ABI of the same libc and the same layout has the same buffers: what its macros did, this row's have to do.
    const own = walks.filter(({ abi, macros }) => macros === row.libc && shapes.get(abi) === shapes.get(row.id));
    t.test(`${row.id}: its default walk is that of the macros of ${row.libc} itself`, () => {
      assert.ok(own.length > 0, `no walk vector of ${row.libc} has this layout`);
      for (const vector of own) checkDefaultWalk(codec, row, vector);
    });
  }
  t.run();
}

function idsOf(codec: CodecInstance): string[] {
  return listAbis(codec).map(({ id }) => id);
}

function checkDefaultWalk(codec: CodecInstance, row: Abi, { dialect, cases }: WalkVector): void {
  assert.is(row.dialect, dialect);
  for (const { name, control, controllen, headers, end, at } of cases) {
    const walk = walkControl(codec, row.id, bytesOfHex(control, 'control'), { controllen });
    const visited = walk.headers.map((header) => [header.offset, header.len, header.level, header.type]);
    assert.equal({ visited, end: walk.end, at: walk.at }, { visited: headers, end, at }, `${name ?? ''} ${control}`);
  }
}

/** The payloads `ids` of an ABI as the module has them, in the words of a vector. */
function payloadsOn(codec: CodecInstance, id: string, ids: readonly string[]): Record<string, PayloadShape> {
  const all = payloadsOf(codec, findAbi(codec, id)).all.filter((payload) => ids.includes(payload.id));
  return Object.fromEntries(
    all.map(({ id: name, level, type, size, open, members }) => {
      const fields = members.map((member) => ({
        name: member.name,
        offset: member.offset,
        size: member.size,
        signed: codec.exports.isSigned(member.code) === 1,
        many: member === open,
      }));
      return [name, { level, type, size: size + (open?.size ?? 0), fields }];
    }),
  );
}
