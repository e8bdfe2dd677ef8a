/** What the rows of the tables say, against the compilers and the macros of each libc; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { bytesOfHex } from '../../host/model/hex.js';
import { type Member, readMembers } from '../../host/model/members.js';
import { type Payload, payloadsOf } from '../../host/model/payload-rows.js';
import { type Abi, findAbi, listAbis } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { type CodecInstance, readText } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';
import {
  type AbiVector,
  abiVectors,
  documentedBodies,
  headersIn,
  type Place,
  shapeOf,
  type WalkVector,
  walkVectors,
} from '../support/vectors.js';

export function rowsSuite(build: string, codec: CodecInstance): void {
  const t = suite(`rows, ${build}`);
  const vectors = new Map(abiVectors().map((vector) => [vector.abi, vector]));
  const walks = walkVectors();

  for (const vector of vectors.values()) {
    t.test(`${vector.abi}: its payloads have the numbers, widths and signs of its headers`, () =>
      checkPayloads(codec, vector),
    );
    t.test(`${vector.abi}: numbers in structs have the signs of its headers`, () => checkSigns(codec, vector));
    t.test(`${vector.abi}: its constants are those of its headers`, () => checkConstants(codec, vector));
  }

  t.test('a number of every type is read as it was written, with its sign', () => checkNumbers(codec));
  t.test('in network order is what protocols have so, and nothing else', () => checkOrder(codec));
  t.test('what is an address, or in network order, is so in every struct of that name', () => checkAlike(codec));

  for (const [name, body] of Object.entries(documentedBodies())) {
    t.test(`${name}: the members are those of its document`, () => {
      const [id, system] = name.split(' of ');
      const found = listAbis(codec)
        .filter(({ os }) => os === system)
        .flatMap((row) =>
          payloadsOf(codec, findAbi(codec, row.id))
            .all.filter((payload) => payload.id === id)
            .map((payload) => ({ payload, abi: row.id })),
        );
      assert.ok(found.length > 0);
      for (const { payload, abi } of found) {
        checkPlaces(codec, payload, typeof body === 'string' ? (vectors.get(abi)?.structs[body]?.members ?? {}) : body);
      }
    });
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
    checkPlaces(codec, mine, expected);
    const one = mine.size + (mine.open?.size ?? 0);
    assert.is(one, size ?? structs[struct as string]?.size, key);
  }
}

function checkPlaces(codec: CodecInstance, { id, members }: Payload, expected: Record<string, Place>): void {
  const places = members.map(({ name, offset, size: bytes, count, code }) => {
    const isNumber = (expected[name]?.length ?? 0) > 2;
    return [name, [offset, bytes * Math.max(count, 1), ...(isNumber ? [codec.exports.isSigned(code) === 1] : [])]];
  });
  assert.equal(Object.fromEntries(places), expected, id);
}

/** What protocols put into network order; compilers do not know it. */
const NETWORK_ORDER = ['dstport', 'dstport6', 'flowinfo', 'sin6_flowinfo', 'sin6_port', 'sin_port'];

/** The members of each struct that an ABI has. */
function membersByStruct(codec: CodecInstance, abi: string): [struct: string, members: Member[]][] {
  const { describeStruct, structCount, structText } = codec.exports;
  return Array.from({ length: structCount() }, (_, struct) => {
    const found = readMembers(codec, (out) => describeStruct(findAbi(codec, abi), struct, out));
    return [readText(codec, structText(struct)), (found?.members ?? []).filter(({ isPad }) => !isPad)];
  });
}

function checkSigns(codec: CodecInstance, { abi, structs }: AbiVector): void {
  for (const [struct, members] of membersByStruct(codec, abi)) {
    for (const { name, code, isStruct } of members) {
      const signed = structs[struct]?.members[name]?.[2];
      if (signed !== undefined) assert.equal([isStruct, codec.exports.isSigned(code) === 1], [false, signed], name);
    }
  }
}

/** A big-endian ABI has one order only. */
function checkOrder(codec: CodecInstance): void {
  const found = new Set<string>();
  for (const { id } of listAbis(codec).filter(({ endian }) => endian === 'little')) {
    const structs = membersByStruct(codec, id).flatMap(([, members]) => members);
    const bodies = payloadsOf(codec, findAbi(codec, id)).all.flatMap(({ members }) => members);
    for (const { name, code, size, kind, isStruct } of [...structs, ...bodies]) {
      const isNumber = !isStruct && kind === 'number';
      if (isNumber && isSwapped(codec, id, code, size)) found.add(name);
      else assert.not.ok(NETWORK_ORDER.includes(name), `${id}: ${name}`);
    }
  }
  assert.equal([...found].sort(), NETWORK_ORDER);
}

/** Of one name all are alike. */
function checkAlike(codec: CodecInstance): void {
  const known = new Map<string, string>();
  for (const { id } of listAbis(codec).filter(({ endian }) => endian === 'little')) {
    for (const [struct, members] of membersByStruct(codec, id)) {
      for (const { name, code, size, kind, isStruct } of members) {
        const isNumber = !isStruct && kind === 'number';
        const meaning = JSON.stringify({ isStruct, kind, isSwapped: isNumber && isSwapped(codec, id, code, size) });
        const first = known.get(`${struct}.${name}`) ?? meaning;
        known.set(`${struct}.${name}`, first);
        assert.is(meaning, first, `${id}: ${struct}.${name}`);
      }
    }
  }
}

/** Whether a number of that type has its low byte last. */
function isSwapped(codec: CodecInstance, abi: string, code: number, size: number): boolean {
  return codec.arena.lend(8, (at) => {
    codec.exports.storeNumber(findAbi(codec, abi), code, at, 1n);
    return size > 1 && codec.bytes[at + size - 1] === 1;
  });
}

function checkNumbers(codec: CodecInstance): void {
  const { isSigned, loadNumber, loadShort, storeNumber, storeShort } = codec.exports;
  for (const { id } of listAbis(codec)) {
    const abi = findAbi(codec, id);
    const members = membersByStruct(codec, id).flatMap(([, all]) => all);
    const bodies = payloadsOf(codec, abi).all.flatMap((payload) => payload.members);
    const sizes = new Map(
      [...members, ...bodies].flatMap((one) => (one.isStruct || one.size > 8 ? [] : [[one.code, one.size]])),
    );
    codec.arena.lend(8, (at) => {
      for (const [type, size] of sizes) {
        const unsigned = BigInt.asIntN(64, BigInt.asUintN(8 * size, -2n));
        const expected = isSigned(type) === 1 ? -2n : unsigned;
        storeNumber(abi, type, at, -2n);
        assert.is(loadNumber(abi, type, at), expected, `${id}: type ${type} of ${size} bytes`);
        if (size > 4) continue;
        storeShort(abi, type, at, -2);
        assert.is(loadShort(abi, type, at), Number(expected), `${id}: type ${type} of ${size} bytes`);
      }
    });
  }
}
