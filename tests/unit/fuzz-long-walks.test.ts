/** Every class that is told of two walks is told again of the same bytes, however many messages they have. */
import * as assert from 'uvu/assert';
import { Engine } from '../../host/generate/engine.js';
import { encodeControl } from '../../host/model/encode.js';
import { listDialects } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz long walks');
const from = seed();
const ABI = 'x86_64-glibc';
const names = listDialects(codecInstance()).map(({ id }) => id);
const numberOf = (id: string) => names.indexOf(id);
const [OLD, NOW, MUSL] = ['glibc-le-2.36', 'glibc-ge-2.37', 'musl-1.2'].map(numberOf) as [number, number, number];
/** A message of one descriptor, which is as much as one without payload takes with its padding. */
const MESSAGE = encodeControl(codecInstance(), ABI, [{ fds: [3] }]).control;

/** So many messages, the last of which says to be longer than what is left. */
function overrun(messages: number): Buffer {
  const bytes = Buffer.concat(Array.from({ length: messages }, () => MESSAGE));
  bytes.writeBigUInt64LE(100n, bytes.length - MESSAGE.length);
  return bytes;
}

const open = (abi = ABI, value = BigInt(from)) => new Engine({ abi, seed: value });
const engine = open();
const most = Math.floor(engine.room / MESSAGE.length);

for (const messages of [2, 47, 48, 49, 50, 60, 96, most]) {
  t.test(`two walks that part at message ${messages} are told as of that one, alone and among what is made`, () => {
    const own = open();
    const { fuzzTryDialects, fuzzDialects, fuzzClass } = own.lab.exports;
    own.set(overrun(messages));
    const alone = fuzzTryDialects(OLD, NOW);
    own.set(overrun(2));
    assert.is(alone, fuzzTryDialects(OLD, NOW), 'as of two messages');
    assert.ok(alone >= 0);
    // The corpus is the only source of inputs that are that long.
    own.set(overrun(messages));
    for (let i = 0; i < 8000; i++) own.keep();
    for (let found = 0; found < 3; ) {
      if (fuzzDialects(OLD, NOW, 4096) !== 1) break;
      found++;
      assert.is(fuzzTryDialects(OLD, NOW), fuzzClass());
    }
  });
}

t.test(`each finding of 200,000 inputs that are made or changed is found again by its bytes (seed ${from})`, () => {
  const dice = random(from);
  let findings = 0;
  let long = 0;
  for (let round = 0; round < 40; round++) {
    const own = open(ABI, BigInt(from + round));
    const { fuzzDialects, fuzzTryDialects, fuzzClass } = own.lab.exports;
    for (const messages of [50, 60, 170]) {
      own.set(overrun(messages));
      own.keep();
    }
    const one = dice.below(names.length);
    const two = (one + 1 + dice.below(names.length - 1)) % names.length;
    for (const [first, second] of [
      [one, two],
      [NOW, MUSL],
    ] as const) {
      for (let left = 2500; left > 0; ) {
        const before = own.statistics().executions;
        const isFound = fuzzDialects(first, second, left) === 1;
        left -= own.statistics().executions - before;
        if (!isFound) continue;
        findings++;
        const again = fuzzTryDialects(first, second);
        assert.is(again, fuzzClass(), `${names[first]},${names[second]} ${Buffer.from(own.input).toString('hex')}`);
        if (own.input.length > 50 * MESSAGE.length) long++;
      }
    }
  }
  assert.ok(findings > 200, `${findings} findings`);
  assert.ok(long > 0, `${long} of long inputs`);
});

t.run();
