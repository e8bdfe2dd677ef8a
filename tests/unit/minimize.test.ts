/** What is minimised is small, shows the same still, and is the same each time. */
import * as assert from 'uvu/assert';
import { minimize } from '../../host/generate/minimize.js';
import { encodeControl } from '../../host/model/encode.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('minimize');
const codec = codecInstance();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const { control } = encodeControl(codec, 'x86_64-glibc', [
  { fds: [3, 4, 5, 6] },
  { credentials: { pid: 7, uid: 8, gid: 9 } },
  { fds: [10] },
]);

t.table(
  [
    { name: 'what anything shows is nothing', in: () => true, out: '' },
    {
      name: 'of three messages the one that matters, without its payload',
      in: (bytes: Uint8Array) => bytes.length >= 16 && bytes[12] === 2 && bytes[8] === 1,
      out: `${'00'.repeat(8)}0100000002000000`,
    },
    { name: 'a byte as small as it may be', in: (bytes: Uint8Array) => (bytes[0] ?? 0) >= 5, out: '05' },
    {
      name: 'what nothing else shows stays',
      in: (bytes: Uint8Array) => hex(bytes) === hex(control),
      out: hex(control),
    },
  ],
  async (isStill) => hex(await minimize(control, isStill, { abi: 'x86_64-glibc' })),
);

t.test('it asks as often as it may, and not of the same bytes that it was given', async () => {
  for (const tries of [0, 1, 7]) {
    let asked = 0;
    const result = await minimize(
      control,
      async (bytes) => {
        assert.not.equal(hex(bytes), hex(control));
        // What the caller does to its copy changes nothing.
        bytes.fill(0xee);
        asked++;
        return false;
      },
      { abi: 'x86_64-glibc', tries },
    );
    assert.is(asked, tries);
    assert.is(hex(result), hex(control));
  }
});

t.test('an error of the question is thrown on', async () => {
  const asked = minimize(control, () => Promise.reject(new Error('gone')), { abi: 'x86_64-glibc' });
  await asked.then(
    () => assert.unreachable(),
    (error) => assert.is(error.message, 'gone'),
  );
});

t.test('of an input as long as there is little is tried until only what matters is left', async () => {
  const messages = Array.from({ length: 120 }, (_, i) => ({ fds: [i, i + 1] }));
  const { control: long } = encodeControl(codec, 'x86_64-glibc', messages);
  let asked = 0;
  const isStill = (bytes: Uint8Array) => {
    asked++;
    return bytes.includes(0x45) && bytes.length >= 5;
  };
  const few = await minimize(long, isStill, { abi: 'x86_64-glibc', tries: 200 });
  assert.ok(few.length <= 48 && asked <= 200, `${few.length} bytes after ${asked} tries`);
  const least = await minimize(long, isStill, { abi: 'x86_64-glibc', tries: 20_000 });
  assert.is(hex(least).replaceAll('00', ''), '45');
  assert.is(least.length, 5);
  assert.ok(asked < 2000, `${asked} tries`);
  const before = asked;
  assert.is(hex(await minimize(least, isStill, { abi: 'x86_64-glibc' })), hex(least), 'nothing is left to be done');
  assert.ok(asked - before < 50);
});

t.test('how small a byte may be takes few tries', async () => {
  let asked = 0;
  const isStill = (bytes: Uint8Array) => {
    asked++;
    return bytes.length === 40 && bytes.every((byte) => byte >= 131);
  };
  const least = await minimize(new Uint8Array(40).fill(250), isStill, { abi: 'x86_64-glibc', tries: 20_000 });
  assert.is(hex(least), '83'.repeat(40));
  assert.ok(asked < 1500, `${asked} tries`);
});

const from = seed();
t.test(
  `whatever the bytes and the ABI, it ends, shows it still and is the same twice (seed ${from})`,
  async () => {
    const dice = random(from);
    for (const abi of ['x86_64-glibc', 's390x-glibc', 'i386-glibc', 'x86_64-freebsd', 'aarch64_be-musl']) {
      for (let i = 0; i < 10; i++) {
        const input = dice.bytes(dice.below(120));
        const wanted = input.length === 0 ? 0 : (input[dice.below(input.length)] as number);
        const isStill = (bytes: Uint8Array) => input.length === 0 || bytes.includes(wanted);
        const [one, two] = [await minimize(input, isStill, { abi }), await minimize(input, isStill, { abi })];
        assert.is(hex(one), hex(two));
        assert.is(hex(one), input.length === 0 ? '' : wanted.toString(16).padStart(2, '0'));
      }
    }
  },
  { timeout: 60_000 },
);

t.run();
