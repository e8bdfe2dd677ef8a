import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import bytes from '../../build/wasm/codec.wasm';
import { instantiate } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

const t = suite('codec module');
const module = new WebAssembly.Module(bytes);

t.test('the typed export list is what the module exports', () => {
  const text = readFileSync('host/wasm/exports.ts', 'utf8');
  const body = /interface CodecExports \{([\s\S]*?)\n\}/.exec(text)?.[1] ?? '';
  const typed = Array.from(body.matchAll(/^ {2}(\w+)\(/gm), ([, name]) => name);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  assert.equal(typed.sort(), exported.filter((name) => name !== 'memory').sort());
});

t.test('it imports nothing but its memory: no input can make it call out', () => {
  assert.equal(WebAssembly.Module.imports(module), [{ module: 'env', name: 'memory', kind: 'memory' }]);
});

t.test('it is smaller than 64 KiB', () => assert.ok(bytes.length < 65536, `${bytes.length} bytes`));

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
