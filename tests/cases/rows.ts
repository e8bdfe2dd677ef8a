/** What the rows of the tables say, against the compilers and the macros of each libc; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { bytesOfHex } from '../../host/model/hex.js';
import { type Abi, findAbi, listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { E_UNSUPPORTED } from '../../host/wasm/exports.js';
import { type CodecInstance, readText } from '../../host/wasm/instance.js';
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
      assert.equal(payloadsOn(codec, abi), expected);
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

/** The payloads of an ABI as the module has them, in the words of a vector. */
function payloadsOn(codec: CodecInstance, id: string): Record<string, PayloadShape> {
  const abi = findAbi(codec, id);
  const { payloadCount, payloadText, payloadLevel, payloadType, payloadSize } = codec.exports;
  const shapes: Record<string, PayloadShape> = {};
  for (let payload = 0; payload < payloadCount(); payload++) {
    const type = payloadType(abi, payload);
    if (type === E_UNSUPPORTED) continue;
    const fields = fieldsOf(codec, abi, payload);
    const size = payloadSize(payload, 1);
    const isMany = fields.some(({ many }) => many);
    assert.is(payloadSize(payload, 2) - size, isMany ? (fields.at(-1)?.size ?? 0) : 0, 'of two elements');
    shapes[readText(codec, payloadText(payload))] = { level: payloadLevel(abi, payload), type, size, fields };
  }
  return shapes;
}

/** Where the members lie, found out by writing to them and by reading bytes of all ones. */
function fieldsOf(codec: CodecInstance, abi: number, payload: number): PayloadShape['fields'] {
  const { fieldCount, fieldText, fieldBytes, isMany, storePayload, loadPayload } = codec.exports;
  return Array.from({ length: fieldCount(payload) }, (_, field) =>
    codec.arena.lend(64, (data) => {
      const bytes = codec.bytes.subarray(data, data + 64).fill(0);
      storePayload(abi, payload, field, 0, data, 2 ** 32 - 1);
      const offset = bytes.indexOf(0xff);
      const size = bytes.lastIndexOf(0xff) + 1 - offset;
      assert.is(fieldBytes(payload, field), size);
      bytes.fill(0xff);
      const ones = loadPayload(abi, payload, field, 0, data);
      const signed = ones < 0;
      assert.is(ones, signed ? -1 : 2 ** (8 * size) - 1);
      return {
        name: readText(codec, fieldText(payload, field)),
        offset,
        size,
        signed,
        many: isMany(payload, field) === 1,
      };
    }),
  );
}
