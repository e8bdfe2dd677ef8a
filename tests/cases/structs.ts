/** Struct msghdr and struct iovec, field by field, on every ABI; run by tests/unit/codec.*.test.ts. */
import * as assert from 'uvu/assert';
import { findAbi } from '../../host/model/rows.js';
import type { CodecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';
import { type LayoutVector, layoutVectors } from '../support/vectors.js';

const AREA = 192;
/** Where the struct lies in it: a store at a wrong place stays within the area. */
const AT = 64;
const OUT = 128;
const UNTOUCHED = 0xee;
/** In the order of POSIX, as readMsghdr and readIovec give them. */
const MSGHDR = ['msg_name', 'msg_namelen', 'msg_iov', 'msg_iovlen', 'msg_control', 'msg_controllen', 'msg_flags'];
const IOVEC = ['iov_base', 'iov_len'];
/** Every byte another one, so that a lost, doubled or turned one is seen. */
const WIDE = 0xf1e2_d3c4_b5a6_9788n;

type Struct = 'msghdr' | 'iovec';
type Values = Record<string, bigint>;

/** A struct amid bytes that nobody may touch, and what a C compiler says lies where in it. */
class StructArea {
  readonly abi: number;
  readonly at: number;
  readonly #codec: CodecInstance;
  readonly #vector: LayoutVector;
  readonly #area: number;

  constructor(codec: CodecInstance, vector: LayoutVector, area: number) {
    this.#codec = codec;
    this.#vector = vector;
    this.#area = area;
    this.abi = findAbi(codec, vector.abi);
    this.at = area + AT;
    codec.bytes.fill(UNTOUCHED, area, area + AREA);
  }

  get bytes(): number[] {
    return Array.from(this.#codec.bytes.subarray(this.#area, this.#area + AREA));
  }

  /** The area if these fields hold these values, and nothing else changed since `before`. */
  expected(before: readonly number[], struct: Struct, values: Values): number[] {
    const bytes = [...before];
    const { fields } = this.#vector.layout[struct];
    for (const [name, value] of Object.entries(values)) {
      const { offset, size } = fields[name] as { offset: number; size: number };
      for (let i = 0; i < size; i++) {
        const byte = Number((value >> BigInt(8 * i)) & 0xffn);
        bytes[AT + offset + (this.#vector.endian === 'big' ? size - 1 - i : i)] = byte;
      }
    }
    return bytes;
  }

  /** What a field keeps of a value. */
  kept(struct: Struct, name: string, value: bigint): bigint {
    return BigInt.asUintN(8 * (this.#vector.layout[struct].fields[name]?.size ?? 0), value);
  }

  /** A struct that is all zeros before its fields are assigned, as the area then is. */
  zeroed(struct: Struct): number[] {
    const { size } = this.#vector.layout[struct];
    return this.bytes.map((byte, i) => (i >= AT && i < AT + size ? 0 : byte));
  }

  put(struct: Struct, values: Values): void {
    const of = (name: string) => values[name] as bigint;
    const low = (name: string) => Number(BigInt.asIntN(32, of(name)));
    const { putIovec, putMsghdr } = this.#codec.exports;
    if (struct === 'iovec') putIovec(this.abi, this.at, of('iov_base'), of('iov_len'));
    else {
      const [name, iov, control] = [of('msg_name'), of('msg_iov'), of('msg_control')];
      const [iovlen, controllen] = [of('msg_iovlen'), of('msg_controllen')];
      const [namelen, flags] = [low('msg_namelen'), low('msg_flags')];
      putMsghdr(this.abi, this.at, name, namelen, iov, iovlen, control, controllen, flags);
    }
  }

  /** What reading gives; whether it writes just that many u64 is checked. */
  read(struct: Struct): bigint[] {
    const before = this.bytes;
    const { readIovec, readMsghdr } = this.#codec.exports;
    const [read, names] = struct === 'iovec' ? [readIovec, IOVEC] : [readMsghdr, MSGHDR];
    const out = this.#area + OUT;
    read(this.abi, this.at, out);
    const values = names.map((_, i) => this.#codec.view.getBigUint64(out + 8 * i, true));
    this.#codec.bytes.fill(UNTOUCHED, out, out + 8 * names.length);
    assert.equal(this.bytes, before, 'reading changes something else');
    return values;
  }
}

/** Wide values, each field its own. */
function wideValues(names: readonly string[]): Values {
  return Object.fromEntries(
    names.map((name, i) => [name, BigInt.asUintN(64, WIDE + 0x0101_0101_0101_0101n * BigInt(i))]),
  );
}

/** Edges of 32 and 64 bits, and the 2^53 below which an f64 is exact. */
const EDGES = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
const FAR = [...EDGES, 0x1_0000_0000n, 2n ** 47n - 1n, 2n ** 53n - 1n];
const WHOLE = [...FAR, 2n ** 63n, 2n ** 64n - 1n];

export function structsSuite(build: string, codec: CodecInstance): void {
  const t = suite(`structs, ${build}`);

  for (const vector of layoutVectors()) {
    const check = (name: string, use: (area: StructArea) => void) =>
      t.test(`${vector.abi}: ${name}`, () =>
        codec.arena.lend(AREA, (area) => use(new StructArea(codec, vector, area))),
      );

    for (const struct of ['msghdr', 'iovec'] as const) {
      const names = struct === 'msghdr' ? MSGHDR : IOVEC;

      check(`struct ${struct} keeps of each value what its field holds, and all else is zero`, (area) => {
        for (const value of WHOLE) {
          for (const name of names) {
            const values = { ...wideValues(names), [name]: value };
            const expected = area.expected(area.zeroed(struct), struct, values);
            area.put(struct, values);
            assert.equal(area.bytes, expected, `${name} ${value}`);
            const kept = names.map((each) => area.kept(struct, each, values[each] as bigint));
            assert.equal(area.read(struct), kept, `${name} ${value}`);
          }
        }
      });
    }

    check('each setter changes its own field, and nothing else', (area) => {
      const { exports } = codec;
      const { abi, at } = area;
      const [base, length] = [2n ** 47n - 9n, 2n ** 41n - 7n];
      const setters: [set: (value: number) => void, fields: (value: bigint) => Values, values: readonly bigint[]][] = [
        [(value) => exports.setNamelen(abi, at, value), (value) => ({ msg_namelen: value }), EDGES],
        [(value) => exports.setIovlen(abi, at, value), (value) => ({ msg_iovlen: value }), EDGES],
        [(value) => exports.setControllen(abi, at, value), (value) => ({ msg_controllen: value }), EDGES],
        [(value) => exports.setIovecLength(abi, at, value), (value) => ({ iov_len: value }), EDGES],
        [
          (value) => exports.setIovec(abi, at, Number(base), value),
          (value) => ({ iov_base: base, iov_len: value }),
          FAR,
        ],
        [
          (value) => exports.setIovec(abi, at, value, Number(length)),
          (value) => ({ iov_base: value, iov_len: length }),
          FAR,
        ],
      ];
      for (const [set, fields, values] of setters) {
        for (const value of values) {
          const changed = fields(value);
          const struct = 'iov_len' in changed ? 'iovec' : 'msghdr';
          area.put(struct, wideValues(struct === 'msghdr' ? MSGHDR : IOVEC));
          const before = area.bytes;
          set(Number(value));
          assert.equal(area.bytes, area.expected(before, struct, changed), `${Object.keys(changed)} ${value}`);
        }
      }
    });

    check('what is read alone is what was written, in the width of its field', (area) => {
      const { readControllen, readFlags, readNamelen } = codec.exports;
      for (const value of WHOLE) {
        for (const name of ['msg_namelen', 'msg_controllen', 'msg_flags']) {
          const values = { ...wideValues(MSGHDR), [name]: value };
          area.put('msghdr', values);
          const kept = (field: string) => area.kept('msghdr', field, values[field] as bigint);
          const found = [
            BigInt.asUintN(32, BigInt(readNamelen(area.abi, area.at))),
            BigInt.asUintN(64, readControllen(area.abi, area.at)),
            BigInt(readFlags(area.abi, area.at)),
          ];
          const expected = [kept('msg_namelen'), kept('msg_controllen'), BigInt.asIntN(32, kept('msg_flags'))];
          assert.equal(found, expected, `${name} ${value}`);
        }
      }
    });
  }

  t.run();
}
