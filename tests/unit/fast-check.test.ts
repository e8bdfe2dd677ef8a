/** The arbitraries: what comes, that it can all come, and what it shrinks to. */

import { readFileSync } from 'node:fs';
import { abis, encode, parse, readStruct, walk } from 'ancillary/codec';
import { type BufferKind, controlBuffers, controlMessages, msghdrs } from 'ancillary/fast-check';
import fc from 'fast-check';
import * as assert from 'uvu/assert';
import { KINDS } from '../../host/fast-check/lengths.js';
import {
  BUFFER_KINDS,
  type ControlShape,
  controlShape,
  headersOf,
  LENGTH_KINDS,
  MESSAGE_KINDS,
  WIDE_KINDS,
} from '../support/hostile-kinds.js';
import { seed as someSeed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('fast-check');
const seed = someSeed() | 0;
const rows = abis().filter(({ dialect }) => dialect !== '');
const shapes = new Map(rows.map(({ id, endian }) => [id, controlShape(id, endian)]));
const shapeOf = (abi: string) => shapes.get(abi) as ControlShape;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

t.test('messages of every ABI are read back as they were encoded', () => {
  for (const { id: abi } of rows) {
    const holds = fc.property(controlMessages({ abi }), fc.boolean(), (messages, tight) => {
      const { problem, trailing, messages: back } = parse(abi, encode(abi, messages, { tight }).control);
      assert.equal([problem, trailing], [undefined, 0]);
      assert.equal(
        back.map(({ level, type, data }) => ({ level, type, data: hex(data) })),
        messages.map(({ level, type, data }) => ({ level, type, data: hex(data) })),
      );
    });
    fc.assert(holds, { seed, numRuns: 50 });
  }
});

t.test('a well-formed buffer is whole to a strict reader, on every ABI', () => {
  for (const { id: abi } of rows) {
    const holds = fc.property(controlBuffers({ abi, kind: 'well-formed' }), (control) => {
      const { problem, trailing } = parse(abi, control);
      assert.equal([problem, trailing], [undefined, 0]);
    });
    fc.assert(holds, { seed, numRuns: 50 });
  }
});

/** With 64 bits, with 32, big-endian, and with a header of 12 bytes in front of a gap, and of none. */
const MEASURED = ['x86_64-glibc', 'i386-glibc', 's390x-musl', 'powerpc-glibc', 'x86_64-freebsd', 'arm64-darwin'];

for (const abi of MEASURED) {
  t.test(`every kind of hostile buffer comes in 10,000 of ${abi}`, () => {
    const shape = shapeOf(abi);
    const ofHeader = { ...LENGTH_KINDS, ...MESSAGE_KINDS, ...(shape.length.size === 8 ? WIDE_KINDS : {}) };
    const counts = new Map([...Object.keys(ofHeader), ...Object.keys(BUFFER_KINDS)].map((kind) => [kind, 0]));
    const count = (kind: string, isOne: boolean) => counts.set(kind, (counts.get(kind) ?? 0) + (isOne ? 1 : 0));
    for (const bytes of fc.sample(controlBuffers({ abi, kind: 'hostile' }), { seed, numRuns: 10_000 })) {
      const headers = headersOf(shape, bytes);
      for (const [kind, test] of Object.entries(ofHeader))
        count(
          kind,
          headers.some((header) => test(header, shape)),
        );
      for (const [kind, test] of Object.entries(BUFFER_KINDS)) count(kind, test(bytes, shape));
    }
    const missing = [...counts].filter(([, times]) => times === 0).map(([kind]) => kind);
    assert.equal(missing, [], `missing: ${missing}`);
  });
}

t.test('hostile buffers have a flaw each, and any buffers are of both kinds', () => {
  const abi = 'x86_64-glibc';
  const isSound = (bytes: Uint8Array) => {
    const { problem, trailing, messages } = parse(abi, bytes);
    const again = messages.map(({ level, type, data }) => ({ level, type, data }));
    return !problem && trailing === 0 && hex(encode(abi, again).control) === hex(bytes);
  };
  const share = (kind: BufferKind) => {
    const samples = fc.sample(controlBuffers({ abi, kind, maxMessages: 1 }), { seed, numRuns: 2000 });
    return samples.filter(isSound).length / samples.length;
  };
  // A length that reaches to the end of the buffer gives another sound message.
  assert.ok(share('hostile') < 0.15, `${share('hostile')}`);
  assert.ok(share('any') > 0.15 && share('any') < 0.6, `${share('any')}`);
  assert.not(
    fc.sample(controlBuffers({ abi, kind: 'hostile', maxMessages: 0 }), 500).some(({ length }) => length === 0),
  );
});

/** The smallest buffer for which `isFine` is false, after shrinking. */
function smallest(abi: string, kind: BufferKind, isFine: (control: Uint8Array) => boolean, from: number) {
  const property = fc.property(controlBuffers({ abi, kind }), isFine);
  const { failed, counterexample, counterexamplePath } = fc.check(property, { seed: from, numRuns: 20_000 });
  assert.ok(failed, `no counterexample with seed ${from}`);
  return { control: counterexample?.[0] as Uint8Array, path: counterexamplePath as string, property };
}

const walkOf = (control: Uint8Array, dialect: string) => JSON.stringify(walk('x86_64-glibc', control, { dialect }));
const isAgreed = (control: Uint8Array) => walkOf(control, 'glibc-ge-2.37') === walkOf(control, 'musl-1.2');
const glibc = shapeOf('x86_64-glibc');
const SEEDS = Array.from({ length: 10 }, (_, i) => (seed + i * 7919) | 0);

const TWO_EMPTY = '10000000000000000100000001000000'.repeat(2);

t.test('walks that part over a last message without payload shrink to two empty messages, whatever the seed', () => {
  for (const each of SEEDS) {
    const { control } = smallest('x86_64-glibc', 'well-formed', isAgreed, each);
    assert.is(hex(control), TWO_EMPTY);
  }
});

t.test('walks that part shrink to a few headers also from hostile buffers', () => {
  for (const each of SEEDS) {
    const { control } = smallest('x86_64-glibc', 'any', isAgreed, each);
    assert.ok(control.length <= 96, hex(control));
  }
});

t.test('what was found is found again by seed and path alone', () => {
  const { control, path, property } = smallest('x86_64-glibc', 'any', isAgreed, seed);
  const again = fc.check(property, { seed, path, endOnFailure: true });
  assert.is(hex(again.counterexample?.[0] as Uint8Array), hex(control));
  assert.is(again.numShrinks, 0);
});

/** What breaks a reader, and the most bytes that are left of it, whatever the seed. */
const SHRUNK: { name: string; in: (control: Uint8Array) => boolean; most: number }[] = [
  {
    name: 'a message that claims more than there is shrinks to little more',
    in: (control) => headersOf(glibc, control).every(({ length, left }) => length <= BigInt(left)),
    most: 96,
  },
  {
    name: 'a message that claims nothing shrinks to little more than a header',
    in: (control) => headersOf(glibc, control).every(({ length }) => length !== 0n),
    most: 96,
  },
  {
    name: 'more than 253 descriptors shrink to one message',
    in: (control) => headersOf(glibc, control).every(({ payload }) => payload.length < 4 * 254),
    most: 16 + 4 * 258,
  },
  {
    name: 'a second message of another level shrinks to little more than two headers',
    in: (control) => headersOf(glibc, control)[1]?.level !== 41,
    most: 96,
  },
  {
    name: 'bytes without a message shrink to fewer than a header',
    in: (control) => parse(glibc.abi, control).trailing === 0 || headersOf(glibc, control).length > 0,
    most: 15,
  },
];
for (const { name, in: isFine, most } of SHRUNK) {
  t.test(name, () => {
    for (const each of SEEDS) {
      const { control } = smallest(glibc.abi, 'any', isFine, each);
      assert.ok(control.length <= most, `seed ${each}: ${hex(control)}`);
    }
  });
}

t.test('message headers are structs of their ABI, and well-formed ones tell the truth', () => {
  for (const { id: abi } of rows) {
    const truthful = fc.property(msghdrs({ abi, kind: 'well-formed' }), ({ bytes, fields, name, iov, control }) => {
      assert.equal(readStruct(abi, 'msghdr', bytes), fields);
      const { msg_controllen, msg_namelen, msg_control, msg_iovlen } = fields;
      assert.equal([msg_controllen, msg_namelen], [control.length, name.length]);
      assert.is(msg_control === 0, control.length === 0);
      const iovecs = Array.from({ length: Number(msg_iovlen) }, () => iov.length / Number(msg_iovlen));
      assert.is(
        iovecs.reduce((sum, size) => sum + size, 0),
        iov.length,
      );
    });
    fc.assert(truthful, { seed, numRuns: 20 });
  }
});

t.test('the bytes of data of a message header are the sum of its iovecs', () => {
  const abi = 'x86_64-glibc';
  const sums = fc.property(msghdrs({ abi }), ({ iov, size }) => {
    let sum = 0;
    for (let at = 0; at < iov.length; at += 16) sum += Number(readStruct(abi, 'iovec', iov.subarray(at)).iov_len);
    assert.is(sum, size);
  });
  fc.assert(sums, { seed });
});

t.test('a hostile message header lies about every length and pointer, and shrinks to one lie', () => {
  const isTrue = (field: string) =>
    fc.property(
      msghdrs({ abi: 'x86_64-glibc', kind: 'hostile' }),
      ({ fields, ...parts }) =>
        Number(fields[field]) ===
        { msg_controllen: parts.control.length, msg_namelen: parts.name.length, msg_iovlen: parts.iov.length / 16 }[
          field
        ],
    );
  for (const field of ['msg_controllen', 'msg_namelen', 'msg_iovlen']) {
    const { failed, counterexample } = fc.check(isTrue(field), { seed, numRuns: 5000 });
    assert.ok(failed, field);
    assert.equal([counterexample?.[0].name.length, counterexample?.[0].size], [0, 0]);
  }
});

t.test('the same seed gives the same buffers, and another one others', () => {
  const of = (from: number) => fc.sample(controlBuffers({ abi: 'i386-musl' }), { seed: from, numRuns: 50 }).map(hex);
  assert.equal(of(seed), of(seed));
  assert.not.equal(of(seed), of(seed + 1));
});

t.test('whoever changes a buffer changes no other one', () => {
  const arbitrary = controlMessages({ abi: 'x86_64-glibc' });
  const soil = () => fc.sample(arbitrary, { seed, numRuns: 200 }).flatMap((list) => list.map(({ data }) => data));
  const clean = soil().map(hex);
  for (const data of soil()) data.fill(0xee);
  assert.equal(soil().map(hex), clean);
});

const BAD: { name: string; in: () => unknown; err: string | RegExp }[] = [
  {
    name: 'no options are refused',
    in: () => controlBuffers(undefined as never),
    err: 'ERR_INVALID_ARGUMENT',
  },
  {
    name: 'an unknown ABI is refused, with the nearest one',
    in: () => controlMessages({ abi: 'x86_64-glbic' }),
    err: /unknown ABI 'x86_64-glbic'.*x86_64-glibc/,
  },
  {
    name: 'an ABI without control messages is refused',
    in: () => msghdrs({ abi: 'wasm32-wasi' }),
    err: 'ERR_UNSUPPORTED',
  },
  {
    name: 'an unknown kind is refused',
    in: () => controlBuffers({ abi: 'x86_64-glibc', kind: 'evil' as never }),
    err: /kind must be 'well-formed', 'hostile' or 'any', not 'evil'/,
  },
  {
    name: 'an unknown kind of message header is refused',
    in: () => msghdrs({ abi: 'x86_64-glibc', kind: 3 as never }),
    err: /kind must be/,
  },
  {
    name: 'an unknown option is refused',
    in: () => controlMessages({ abi: 'x86_64-glibc', kind: 'any' } as never),
    err: 'ERR_INVALID_ARGUMENT',
  },
  {
    name: 'a count that is none is refused',
    in: () => controlBuffers({ abi: 'x86_64-glibc', maxMessages: -1 }),
    err: /maxMessages must be an integer from 0/,
  },
];
for (const { name, in: call, err } of BAD) {
  t.test(name, async () => {
    const error = await thrownBy(call);
    if (typeof err === 'string') assert.is((error as { code?: string }).code, err, error.message);
    else assert.match(error.message, err);
  });
}

t.test('there are as many kinds of wrong lengths as the engine of the fuzzer has', () => {
  const engine = readFileSync('assembly/fuzz/length.ts', 'utf8');
  assert.is(Number(/const KINDS: u32 = (\d+);/.exec(engine)?.[1]), KINDS);
  assert.is(engine.match(/^ {4}(case \d+|default):$/gm)?.length, KINDS);
});

t.run();
