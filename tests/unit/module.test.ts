import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import bytes from '../../build/wasm/codec.wasm';
import fuzzBytes from '../../build/wasm/fuzz.wasm';
import labBytes from '../../build/wasm/lab.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

const t = suite('codec module');

const text = readFileSync('host/wasm/exports.ts', 'utf8');
/** The names that an interface of exports lists. */
const typed = (name: string) => {
  const body = new RegExp(`interface ${name}\\b.*\\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1] ?? '';
  return Array.from(body.matchAll(/^ {2}(\w+)\(/gm), ([, each]) => each);
};

for (const { name, module, names } of [
  { name: 'codec', module: new WebAssembly.Module(bytes), names: typed('CodecExports') },
  {
    name: 'lab',
    module: new WebAssembly.Module(labBytes),
    names: [...typed('CodecExports'), ...typed('LabExports')],
  },
  {
    name: 'lab with counters',
    module: new WebAssembly.Module(fuzzBytes),
    names: [...typed('CodecExports'), ...typed('LabExports')],
  },
]) {
  t.test(`${name}: the typed export list is what the module exports`, () => {
    const exported = WebAssembly.Module.exports(module).map((each) => each.name);
    assert.equal(names.sort(), exported.filter((each) => each !== 'memory').sort());
  });

  t.test(`${name}: it imports nothing but its memory: no input can make it call out`, () => {
    assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
  });
}

t.test('the codec is at most 40 KiB', () => assert.ok(bytes.length <= 40960, `${bytes.length} bytes`));

t.test('its memory is as large as its host says and never grows', () => {
  const small = instantiate(bytes, 2);
  assert.is(small.bytes.length, 2 * 65536);
  assert.is(small.exports.heapBase() < 65536, true);
  assert.throws(() => small.arena.reserve(2 * 65536), /do not fit/);
});

t.test('an area lent by the arena is taken back, also after a throw', () => {
  const { arena } = instantiate(bytes);
  const { free } = arena;
  arena.lend(1000, () => assert.ok(arena.free <= free - 1000));
  assert.throws(() =>
    arena.lend(1000, () => {
      throw new Error('on purpose');
    }),
  );
  assert.is(arena.free, free);
});

t.test('what is reserved while memory is lent stays reserved', () => {
  const { arena } = instantiate(bytes);
  const kept = arena.lend(64, () => arena.reserve(4096, 4096));
  assert.is(kept % 4096, 0);
  arena.lend(arena.free - 64, (at) => assert.ok(at + arena.free <= kept));
  assert.ok(arena.reserve(16) < kept);
});

t.run();
