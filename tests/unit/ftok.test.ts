/** The formula of ftok(3), as arithmetic alone. */
import * as assert from 'uvu/assert';
import { codecInstance } from '../../host/wasm/instance.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('ftok');
const { ftok } = codecInstance().exports;

// What glibc and musl, of 64 and of 32 bits, give for files with these numbers.
t.table(
  [
    { name: 'an id of 0', in: [0x803, 0x1234, 0], out: 0x00031234 },
    { name: 'an id, a device and an inode', in: [0x2a, 0x12345678, 65], out: 0x412a5678 },
    { name: 'an inode of 16 bits and more', in: [0, 0x10000, 1], out: 0x01000000 },
    { name: 'a device of 8 bits and more', in: [0x100, 1, 1], out: 0x01000001 },
    { name: 'an id of 128 makes the key negative', in: [0, 0, 128], out: -0x80000000 },
    { name: 'an id of 255, and all bits', in: [-1, -1, 255], out: -1 },
    { name: 'of an id 8 bits count', in: [0, 0, 0x141], out: 0x41000000 },
    { name: 'an inode of all bits leaves the device alone', in: [0, -1, 0], out: 0xffff },
    { name: 'a device of all bits leaves inode and id alone', in: [-1, 0, 0], out: 0xff0000 },
  ] as { name: string; in: [number, number, number]; out: number }[],
  ([dev, ino, id]) => ftok(dev, ino, id),
);

const from = seed();
t.test(`each of the three has bits of its own (seed ${from})`, () => {
  const { bytes } = random(from);
  for (let i = 0; i < 1000; i++) {
    const words = new Int32Array(bytes(12).buffer.slice(0, 12));
    const [dev = 0, ino = 0, id = 0] = words;
    const key = BigInt.asUintN(32, BigInt(ftok(dev, ino, id)));
    const low = (value: number, bits: number) => BigInt.asUintN(bits, BigInt(value));
    assert.equal([key & 0xffffn, (key >> 16n) & 0xffn, key >> 24n], [low(ino, 16), low(dev, 8), low(id, 8)]);
  }
});

t.run();
