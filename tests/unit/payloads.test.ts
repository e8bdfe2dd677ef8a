/** Payloads by name: against C objects of real headers, and every row against itself. */
import { readFileSync } from 'node:fs';
import { type ControlMessage, encode, parse } from 'ancillary/codec';
import * as assert from 'uvu/assert';
import bytes from '../../build/wasm/codec.wasm';
import { bytesOfHex, hexOfBytes } from '../../host/model/hex.js';
import { readLayout } from '../../host/model/layout.js';
import { type Payload, payloadsOf } from '../../host/model/payload-rows.js';
import { findAbi, listAbis } from '../../host/model/rows.js';
import { instantiate } from '../../host/wasm/instance.js';
import { type Random, random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

/** A line of tests/vectors/payload-examples.json (scripts/vectors/payload-examples.mjs). */
interface Example {
  abi: string;
  key: string;
  value: unknown;
  level: number;
  type: number;
  bytes: string;
  only?: 'parse';
}

const examples: Example[] = JSON.parse(readFileSync('tests/vectors/payload-examples.json', 'utf8'));
const {
  payloads: rows,
}: { payloads: { id: string; level: string; type: string; direction?: string; body?: string }[] } = JSON.parse(
  readFileSync('assembly/rows/payloads.json', 'utf8'),
);
const codec = instantiate(bytes);
const t = suite('payloads');

for (const { abi, key, value, level, type, bytes: hex, only } of examples) {
  const name = `${abi}: ${key} of ${hex.length / 2} bytes, ${hex.slice(0, 32)},`;
  const data = bytesOfHex(hex, 'bytes');
  t.test(`${name} is read as the value that C has there`, () => {
    assert.equal(read(abi, { level, type, data })?.[key], withBigints(value));
  });
  if (only === 'parse') continue;
  t.test(`${name} is written as C lays it out, from bigints and from their texts`, () => {
    for (const given of [value, withBigints(value)]) {
      const message = read(abi, { [key]: given } as ControlMessage);
      assert.equal([message?.level, message?.type, hexOfBytes(message?.data ?? data)], [level, type, hex]);
    }
  });
}

const from = seed();
for (const { id } of listAbis(codec)) {
  const { all, byKey } = payloadsOf(codec, findAbi(codec, id));
  t.test(`${id}: random bytes of every payload are read, and their value written is read again (seed ${from})`, () => {
    const dice = random(from);
    for (const payload of all) if (payload.members.length > 0) checkRound(id, payload, byKey, dice);
  });
  t.test(`${id}: two rows of one key name one message, and differ in their size`, () => {
    for (const { key, level, type, size, members } of all) {
      const first = byKey.get(key);
      if (members.length > 0) assert.equal([level, type], [first?.level, first?.type], key);
      if (first && first.members !== members && members.length > 0) assert.is.not(size, first.size, key);
    }
  });
}

t.test('every row has the level, the type and the direction of assembly/rows/payloads.json, and an ABI', () => {
  const told = rows.map(({ id, level, type, direction = 'both' }) => [id, level, type, direction].join(' '));
  const found = listAbis(codec).flatMap(({ id }) =>
    payloadsOf(codec, findAbi(codec, id)).all.map(({ id, levelName, typeName, direction }) =>
      [id, levelName, typeName, direction].join(' '),
    ),
  );
  assert.equal([...new Set(found)].sort(), [...new Set(told)].sort());
});

t.test('a payload of a struct that the headers of an ABI do not declare is none of that ABI', () => {
  const missing = [];
  for (const { id: abi } of listAbis(codec)) {
    const { structs } = readLayout(codec, abi);
    const isWhole = ({ body = '' }) =>
      Array.from(body.matchAll(/struct (\w+)/g), ([, name = '']) => structs[name]).every((one) => one !== 'absent');
    const { all } = payloadsOf(codec, findAbi(codec, abi));
    for (const { id, typeName } of all) {
      const own = rows.filter((row) => row.id === id && row.type === typeName);
      if (!own.some(isWhole)) missing.push(`${abi}: ${id}`);
    }
  }
  assert.equal(missing, []);
});

t.test('no key is a name that every message has', () => {
  const keys = listAbis(codec).flatMap(({ id }) => [...payloadsOf(codec, findAbi(codec, id)).byKey.keys()]);
  assert.equal(
    keys.filter((key) => ['offset', 'level', 'type', 'data'].includes(key)),
    [],
  );
});

function read(abi: string, message: ControlMessage) {
  return parse(abi, encode(abi, [message]).control).messages[0];
}

function checkRound(abi: string, payload: Payload, byKey: ReadonlyMap<string, Payload>, dice: Random): void {
  const { key, level, type, open } = payload;
  for (let round = 0; round < 8; round++) {
    const size = payload.size + (open ? dice.below(4) * open.size : 0);
    const value = read(abi, { level, type, data: dice.bytes(size) })?.[key];
    // A row of the same level, type and size that stands before it reads its bytes.
    if (value === undefined) assert.ok(isShadowed(abi, payload), `${key} is not read`);
    else if (byKey.get(key) === payload)
      assert.equal(read(abi, { [key]: value } as ControlMessage)?.[key], value, `${key}: ${String(value)}`);
  }
}

/** FreeBSD's two SCM_CREDS overlap in some sizes, and dietlibc has the older numbers of IPv6 only; nothing else may. */
function isShadowed(abi: string, { id }: Payload): boolean {
  return (abi.endsWith('freebsd') && id === 'sockcred') || (abi.endsWith('diet') && id.endsWith('_2292'));
}

/** The value with 64-bit integers, which JSON has as texts. */
function withBigints(value: unknown): unknown {
  if (typeof value === 'string' && /^-?0x/.test(value)) {
    return value.startsWith('-') ? -BigInt(value.slice(1)) : BigInt(value);
  }
  if (Array.isArray(value)) return value.map(withBigints);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withBigints(member)]));
}

t.run();
