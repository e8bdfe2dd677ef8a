/** What every build of the codec must do on every ABI row; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { encodeControl } from '../../host/model/encode.js';
import { bytesOfHex, hexOfBytes } from '../../host/model/hex.js';
import { presentSizes, presentStruct, readLayout } from '../../host/model/layout.js';
import { parseControl } from '../../host/model/parse.js';
import { findAbi, listAbis, listDialects } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { type Random, random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';
import {
  type AbiVector,
  abiVectors,
  headersIn,
  type LayoutVector,
  layoutVectors,
  shapeOf,
  walkVectors,
} from '../support/vectors.js';

export function codecSuite(build: string, codec: CodecInstance): void {
  const t = suite(`codec, ${build}`);
  const vectors = layoutVectors();

  t.test('every ABI row has vectors, and every vector a row', () => {
    const ids = listAbis(codec).map((row) => row.id);
    assert.equal(
      [...ids].sort(),
      abiVectors()
        .map(({ abi }) => abi)
        .sort(),
    );
    assert.is(new Set(ids).size, ids.length);
  });

  t.test('every row names a walk that exists, and every vector too', () => {
    const dialects = listDialects(codec).map(({ id }) => id);
    for (const [abi, { id, dialect }] of listAbis(codec).entries()) {
      assert.ok(codec.exports.abiData(abi) === 0 ? dialect === '' : dialects.includes(dialect), id);
    }
    for (const { dialect } of walkVectors()) assert.ok(dialects.includes(dialect), dialect);
  });

  for (const vector of abiVectors()) {
    t.test(`${vector.abi}: every struct lies as the compiler lays it out`, () => checkEveryStruct(codec, vector));
  }
  for (const vector of vectors) {
    t.test(`${vector.abi}: structs lie as the compiler lays them out`, () => checkLayout(codec, vector));
    t.test(`${vector.abi}: msghdr and iovec are byte for byte those of C`, () => checkStructs(codec, vector));
    t.test(`${vector.abi}: control buffers are byte for byte those of C`, () => checkControls(codec, vector));
  }

  for (const { dialect, shape, cases } of walkVectors()) {
    const vector = abiVectors().find((abi) => shapeOf(abi) === shape) as AbiVector;
    t.test(`${dialect} on ${vector.abi}: ${cases.length} hostile buffers are walked as by its macros`, () => {
      for (const hostile of cases) {
        const { name, control, controllen, end, at, reason } = hostile;
        const walk = walkControl(codec, vector.abi, bytesOfHex(control, 'control'), { dialect, controllen });
        const visited = walk.headers.map((header) => [header.offset, header.len, header.level, header.type]);
        const expected = { visited: headersIn(vector, dialect, hostile), end, at, reason };
        assert.equal(
          { visited, end: walk.end, at: walk.at, reason: walk.reason },
          expected,
          `${name ?? ''} ${control}`,
        );
      }
    });
  }

  const from = seed();
  const shapes = new Set<string>();
  for (const { id, dialect } of listAbis(codec)) {
    if (readLayout(codec, id).cmsg === 'absent') continue;
    const shape = shapeOf(abiVectors().find(({ abi }) => abi === id) as AbiVector);
    // A header of the same shape is read by the same numbers.
    const rounds = shapes.has(shape) ? 25 : 500;
    shapes.add(shape);
    t.test(`${id}: what was encoded is parsed and walked back (seed ${from})`, () => {
      const dice = random(from);
      for (let i = 0; i < 200; i++) checkRoundTrip(codec, id, dialect, dice);
    });
    t.test(`${id}: no bytes make a reader throw, leave the buffer or go on for ever (seed ${from})`, () => {
      const dice = random(from);
      for (let i = 0; i < rounds; i++) checkHostile(codec, id, dice);
    });
  }
  t.run();
}

function checkLayout(codec: CodecInstance, { abi, word, endian, layout }: LayoutVector): void {
  const row = listAbis(codec).find(({ id }) => id === abi);
  assert.is(row?.word, word);
  assert.is(row?.endian, endian);
  const mine = readLayout(codec, abi);
  for (const name of ['msghdr', 'cmsghdr', 'iovec'] as const) {
    const { pads: _, ...struct } = presentStruct(mine, name);
    assert.equal(struct, layout[name], name);
  }
  const cmsg = presentSizes(mine);
  assert.is(cmsg.align, layout.cmsg.align);
  assert.is(cmsg.data, layout.cmsg.data);
  for (const size of Object.keys(layout.cmsg.LEN)) {
    assert.is(cmsg.LEN[size], layout.cmsg.LEN[size], `CMSG_LEN(${size})`);
    assert.is(cmsg.SPACE[size], layout.cmsg.SPACE[size], `CMSG_SPACE(${size})`);
  }
}

/** In no header that the vectors were made with. */
const NEWER_THAN_HEADERS = ['dmabuf_cmsg'];

/** What sizes depend on, besides the declarations. */
function modelOf({ endian, types }: Pick<AbiVector, 'endian' | 'types'>): string {
  const { __syscall_ulong_t: _, suseconds_t: __, ...standard } = types;
  return JSON.stringify([endian, standard]);
}

function checkEveryStruct(codec: CodecInstance, { abi, endian, types, structs }: AbiVector): void {
  const mine = readLayout(codec, abi);
  for (const [name, { size, align, members }] of Object.entries(structs)) {
    const struct = mine.structs[name];
    assert.ok(struct !== undefined && struct !== 'absent', `struct ${name}`);
    const places = Object.entries(struct.fields).map(([field, { offset, size: bytes }]) => [field, [offset, bytes]]);
    assert.equal(
      { size: struct.size, align: struct.align, members: Object.fromEntries(places) },
      {
        size,
        align,
        members: Object.fromEntries(Object.entries(members).map(([field, at]) => [field, at.slice(0, 2)])),
      },
      `struct ${name}`,
    );
  }
  // Headers that have not everything (an older kernel's, a small libc's): another compiler with the same types has to say it.
  const model = modelOf({ endian, types });
  const others = abiVectors().filter((vector) => modelOf(vector) === model);
  for (const [name, struct] of Object.entries(mine.structs)) {
    if (struct === 'absent' || name in structs || NEWER_THAN_HEADERS.includes(name)) continue;
    const said = others.map((vector) => vector.structs[name]?.size);
    assert.ok(said.includes(struct.size), `no compiler has said what struct ${name} is`);
  }
}

function checkStructs(codec: CodecInstance, { abi, structs }: LayoutVector): void {
  const row = findAbi(codec, abi);
  const read = (at: number, size: number) => hexOfBytes(codec.bytes.slice(at, at + size));
  codec.arena.lend(64, (at) => {
    const { msghdr, iovec } = structs;
    // What is padding has to become zero, and what lies behind has to stay.
    const rest = (size: number) => 'ff'.repeat(64 - size);
    codec.bytes.fill(0xff, at, at + 64);
    const big = (values: Record<string, string>, name: string) => BigInt(values[name] as string);
    const of = (name: string) => big(msghdr.values, name);
    codec.exports.putMsghdr(
      row,
      at,
      of('msg_name'),
      Number(of('msg_namelen')),
      of('msg_iov'),
      of('msg_iovlen'),
      of('msg_control'),
      of('msg_controllen'),
      Number(of('msg_flags')),
    );
    assert.is(read(at, 64), msghdr.bytes + rest(msghdr.bytes.length / 2));
    assert.is(codec.exports.readControllen(row, at), of('msg_controllen'));
    assert.is(codec.exports.readFlags(row, at), Number(of('msg_flags')));
    codec.bytes.fill(0xff, at, at + 64);
    codec.exports.putIovec(row, at, big(iovec.values, 'iov_base'), big(iovec.values, 'iov_len'));
    assert.is(read(at, 64), iovec.bytes + rest(iovec.bytes.length / 2));
  });
}

function checkControls(codec: CodecInstance, { abi, controls }: LayoutVector): void {
  for (const { name, messages, fill, tight, control, offsets } of controls) {
    const what = `${name}, fill ${fill}${tight ? ', tight' : ''}`;
    const raw = messages.map(({ level, type, data }) => ({ level, type, data: bytesOfHex(data, 'data') }));
    const encoded = encodeControl(codec, abi, raw, { fill, tight });
    assert.is(hexOfBytes(encoded.control), control, what);
    assert.equal(encoded.offsets, offsets, what);
    // A padding member of the header that is not zero is no concern of the ABI's own reader.
    const parsed = parseControl(codec, abi, encoded.control);
    const back = parsed.messages.map(({ level, type, data }) => ({ level, type, data: hexOfBytes(data) }));
    assert.equal(back, messages, what);
    assert.is(parsed.problem, undefined, what);
  }
}

/** Whose macros do not find again what they made room for: WALI's CMSG_SPACE counts in units of 4 bytes, CMSG_NXTHDR in 8. */
const MISSES_ITS_OWN = ['wali'];

function checkRoundTrip(codec: CodecInstance, abi: string, dialect: string, dice: Random): void {
  const messages = Array.from({ length: 1 + dice.below(5) }, () => ({
    level: dice.below(2 ** 31) - dice.below(2 ** 31),
    type: dice.below(300),
    data: dice.bytes(1 + dice.below(40)),
  }));
  // uClibc-ng does not see a last message whose padding is cut off.
  const options = { fill: dice.below(256), tight: dice.below(2) === 1 && dialect !== 'uclibc-ng' };
  const { control, offsets } = encodeControl(codec, abi, messages, options);
  const parsed = parseControl(codec, abi, control);
  const plain = parsed.messages.map(({ level, type, data }) => ({ level, type, data }));
  assert.equal(plain, messages);
  assert.equal(
    parsed.messages.map(({ offset }) => offset),
    offsets,
  );
  const walk = walkControl(codec, abi, control, { dialect });
  const found = walk.headers.map(({ offset }) => offset);
  if (MISSES_ITS_OWN.includes(dialect)) assert.is(found[0], offsets[0]);
  else assert.equal([found, walk.end], [offsets, 'end']);
}

function checkHostile(codec: CodecInstance, abi: string, dice: Random): void {
  const control = dice.bytes(dice.below(80));
  // Small lengths mostly, or a walk would end at once.
  for (let at = 0; at + 8 <= control.length; at += 4 + dice.below(12)) {
    control.fill(0, at, at + 8);
    control[at + dice.pick([0, 0, 0, 3, 7])] = dice.pick([0, 1, 11, 12, 15, 16, 17, 20, 24, 128, 248, 255]);
  }
  // At times one that makes the address of the next header wrap: 32-bit buffers are walked as if at 0x40000000.
  if (dice.below(2) === 0 && control.length >= 8) {
    const length = dice.pick([2 ** 32, 2 ** 32 - 0x4000_0000, 2 ** 31]) + dice.below(96) - 64;
    const bytes = new DataView(control.buffer);
    const isBig = listAbis(codec).find(({ id }) => id === abi)?.endian === 'big';
    const at = 4 * dice.below(Math.floor(control.length / 4) - 1);
    bytes.setUint32(at + (isBig ? 4 * dice.below(2) : 0), length, !isBig);
  }
  const { messages, trailing } = parseControl(codec, abi, control);
  let end = 0;
  for (const { offset, data } of messages) {
    assert.ok(offset >= end && offset + data.length <= control.length);
    end = offset + data.length;
  }
  assert.ok(trailing >= 0 && trailing <= control.length);
  const cmsghdr = presentStruct(readLayout(codec, abi), 'cmsghdr');
  for (const { id } of listDialects(codec)) {
    const size = id === 'linux-compat-send' ? 12 : cmsghdr.size;
    const { headers, end, at, reason } = walkControl(codec, abi, control, { dialect: id });
    headers.forEach(({ offset }, i) => {
      assert.ok(offset >= 0 && offset + size <= control.length);
      assert.ok(i === 0 || offset > (headers[i - 1]?.offset ?? 0));
    });
    const last = headers.at(-1)?.offset ?? -1;
    assert.is(end === 'reject', reason !== undefined, id);
    if (end === 'loop') assert.is(at, last, id);
    if (end === 'back') assert.ok(Number(at) < last, id);
    if (reason === 'clipped') assert.is(at, last, id);
    if (end === 'escape') assert.ok(Number(at) < 0 || Number(at) + size > control.length || typeof at === 'string', id);
  }
}
