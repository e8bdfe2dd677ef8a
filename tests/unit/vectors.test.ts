/**
 * Every ABI, walk, constant and payload is proven by a vector, or named in tests/vectors/unproven.json with the document
 * that says so: what is in neither fails, and so does what is in both.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/suite.js';
import { abiVectors, documentedBodies, walkVectors } from '../support/vectors.js';

/** Names, by the documents that say what they are. */
type ByDocument = Record<string, string[]>;

/** numbers: by the set of assembly/rows/numbers.json. */
interface Unproven {
  abis: ByDocument;
  structs: ByDocument;
  walks: ByDocument;
  numbers: Record<string, ByDocument>;
  payloads: ByDocument;
}

interface NumberSet {
  like?: string;
  os?: string;
  numbers: Record<string, number>;
}

interface PayloadRow {
  id: string;
  os?: string[];
  level: string;
  type: string;
  body?: string;
}

// Tests run in the folder of the package, as scripts/test.mjs starts them.
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const unproven: Unproven = read('tests/vectors/unproven.json');
const { abis }: { abis: { id: string; numbers: string; headers: string[] }[] } = read('assembly/rows/abis.json');
const { headers }: { headers: Record<string, { structs: Record<string, string> }> } =
  read('assembly/rows/headers.json');
const { walks }: { walks: { id: string }[] } = read('assembly/rows/walks.json');
const { sets }: { sets: Record<string, NumberSet> } = read('assembly/rows/numbers.json');
const { payloads }: { payloads: PayloadRow[] } = read('assembly/rows/payloads.json');
const setOf = new Map(abis.map(({ id, numbers }) => [id, numbers]));
const t = suite('vectors');
/** Everybody who clones the repository downloads them. */
const MOST_BYTES = 3_100_000;

t.test('every ABI has a vector, or is named with its document', () => {
  const vectors = new Set(abiVectors().map(({ abi }) => abi));
  assert.equal(without(idsOf(abis), vectors), namesOf(unproven.abis));
});

t.test('every walk has a vector, or is named with its document', () => {
  const vectors = new Set(walkVectors().map(({ dialect }) => dialect));
  assert.equal(without(idsOf(walks), vectors), namesOf(unproven.walks));
});

t.test('every struct has a vector of each system that has it, or is named with its document', () => {
  const systemOf = (abi: string) => numbersOf(setOf.get(abi) ?? '').os;
  const mine = abis.flatMap(({ id, headers: own }) => {
    const texts = Object.assign({}, ...own.map((header) => headers[header]?.structs));
    return Object.keys(texts).flatMap((name) => (texts[name] === 'absent' ? [] : [`${name} of ${systemOf(id)}`]));
  });
  const proven = abiVectors().flatMap(({ abi, structs }) =>
    Object.keys(structs).map((name) => `${name} of ${systemOf(abi)}`),
  );
  assert.equal(without(mine, new Set(proven)), namesOf(unproven.structs));
});

// What a set takes over from another is proven anew: the numbers of Linux differ by processor where nobody expects it.
for (const set of new Set(setOf.values())) {
  t.test(`every constant of ${set} is in a vector of it, or is named with its document`, () => {
    const own = abiVectors().filter(({ abi }) => setOf.get(abi) === set);
    const vectors = new Set(own.flatMap(({ constants }) => Object.keys(constants)));
    assert.equal(without(Object.keys(numbersOf(set).numbers), vectors), namesOf(unproven.numbers[set] ?? {}));
  });
}

t.test('every row of a payload has a vector of each system that has it, or is named with its document', () => {
  const proven = new Set<string>();
  for (const { abi, payloads: known } of abiVectors()) {
    const { os } = numbersOf(setOf.get(abi) ?? '');
    for (const key of Object.keys(known)) proven.add(`${key} of ${os}`);
  }
  assert.equal(without(payloadKeys(), proven), namesOf(unproven.payloads));
});

t.test('every body has a vector of some system, or is named with its members', () => {
  const proven = new Set<PayloadRow>();
  for (const { abi, payloads: known } of abiVectors()) {
    const own = rowsByKey(setOf.get(abi) ?? '');
    for (const key of Object.keys(known)) proven.add(own.get(key) as PayloadRow);
  }
  const names = [...new Set(setOf.values())].flatMap((set) =>
    [...rowsByKey(set)]
      .filter(([, row]) => row.body && !proven.has(row))
      .map(([key]) => `${key} of ${numbersOf(set).os}`),
  );
  assert.equal([...new Set(names)].sort(), Object.keys(documentedBodies()).sort());
});

t.test('every document is a link', () => {
  const { abis: own, structs, walks: also, numbers, payloads: last } = unproven;
  const links = [own, structs, also, last, ...Object.values(numbers)].flatMap((names) => Object.keys(names));
  for (const link of links) assert.match(link, /^https:\/\/\S+$/);
});

t.test('only sets that ABIs have are named', () => {
  assert.equal(without(Object.keys(unproven.numbers), new Set(setOf.values())), []);
});

t.test(`all vectors are at most ${MOST_BYTES} bytes`, () => {
  const files = readdirSync('tests/vectors', { recursive: true, encoding: 'utf8' });
  const sizes = files.map((name) => statSync(join('tests/vectors', name))).filter((file) => file.isFile());
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  assert.ok(total <= MOST_BYTES, `${total} bytes`);
});

/** `id#2 of linux`, as rowsByKey has it. */
function payloadKeys(): string[] {
  return [...new Set(setOf.values())].flatMap((set) =>
    [...rowsByKey(set).keys()].map((key) => `${key} of ${numbersOf(set).os}`),
  );
}

/** The rows of a set's system; `id#2`: the second row of an id, as vectors name them. */
function rowsByKey(set: string): Map<string, PayloadRow> {
  const { os, numbers } = numbersOf(set);
  const seen = new Map<string, number>();
  const mine = payloads.filter(
    ({ os: systems, level, type }) => (systems?.includes(os) ?? true) && level in numbers && type in numbers,
  );
  return new Map(
    mine.map((row) => {
      const count = (seen.get(row.id) ?? 0) + 1;
      seen.set(row.id, count);
      return [count === 1 ? row.id : `${row.id}#${count}`, row];
    }),
  );
}

function numbersOf(id: string): { os: string; numbers: Record<string, number> } {
  const { like, os, numbers } = sets[id] ?? { numbers: {} };
  const base = like ? numbersOf(like) : { os: '', numbers: {} };
  return { os: os ?? base.os, numbers: { ...base.numbers, ...numbers } };
}

function idsOf(rows: readonly { id: string }[]): string[] {
  return rows.map(({ id }) => id);
}

function without(names: readonly string[], known: ReadonlySet<string>): string[] {
  return [...new Set(names)].filter((name) => !known.has(name)).sort();
}

function namesOf(documents: ByDocument): string[] {
  return Object.values(documents).flat().sort();
}

t.run();
