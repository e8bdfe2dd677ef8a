/** Constants of the headers, as the module has them, against assembly/rows/numbers.json. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import bytes from '../../build/wasm/codec.wasm';
import { findAbi, listAbis } from '../../host/model/rows.js';
import { instantiate, readText } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

interface NumberSet {
  like?: string;
  os?: string;
  numbers: Record<string, number>;
}

const { sets }: { sets: Record<string, NumberSet> } = JSON.parse(readFileSync('assembly/rows/numbers.json', 'utf8'));
const { abis }: { abis: { id: string; aliases?: string[]; numbers: string }[] } = JSON.parse(
  readFileSync('assembly/rows/abis.json', 'utf8'),
);
const codec = instantiate(bytes);
const t = suite('numbers');

for (const { id, numbers } of abis) {
  t.test(`${id} has every number of the set ${numbers}, and no other`, () => {
    const { numberCount, numberOf, numberText } = codec.exports;
    const abi = findAbi(codec, id);
    const found: Record<string, number> = {};
    for (let symbol = 0; symbol < numberCount(); symbol++) {
      const number = numberOf(abi, symbol);
      if (!Number.isNaN(number)) found[readText(codec, numberText(symbol))] = number;
    }
    assert.equal(sorted(found), sorted(numbersOf(numbers)));
  });
}

t.test('every alias names its ABI, and there is no other', () => {
  const { aliasAbi, aliasCount, aliasText } = codec.exports;
  const names = listAbis(codec).map(({ id }) => id);
  const found = Array.from({ length: aliasCount() }, (_, i) => [readText(codec, aliasText(i)), names[aliasAbi(i)]]);
  assert.equal(
    found,
    abis.flatMap(({ id, aliases = [] }) => aliases.map((alias) => [alias, id])),
  );
});

t.test('every ABI has the operating system of its set', () => {
  const found = listAbis(codec).map(({ id, os }) => [id, os]);
  assert.equal(
    found,
    abis.map(({ id, numbers }) => [id, systemOf(numbers)]),
  );
});

function systemOf(id: string): string {
  const { like, os } = sets[id] ?? { numbers: {} };
  return os ?? (like ? systemOf(like) : '');
}

function numbersOf(id: string): Record<string, number> {
  const { like, numbers } = sets[id] ?? { numbers: {} };
  return { ...(like ? numbersOf(like) : {}), ...numbers };
}

function sorted(numbers: Record<string, number>): [string, number][] {
  return Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1));
}

t.run();
