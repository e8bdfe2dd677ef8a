/** BTF: what was asked for by name, in both byte orders, and one clear error for whatever is not sound. */
import { existsSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { AncillaryError } from '../../host/errors/error.js';
import { readBtf } from '../../host/oracle/btf/read.js';
import { type BtfFile, TYPES, writeBtf } from '../support/btf.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('btf');
const KERNEL = '/sys/kernel/btf/vmlinux';
const ALL = { structs: ['outer', '__proto__', 'wide'], enumerators: ['RED', 'BLUE', 'HUGE', 'GREEN'] };

/** Fields of two lists of types, for hostile changes. */
const patch = (file: BtfFile, at: number, word: number): Uint8Array => {
  new DataView(file.bytes.buffer).setUint32(at, word >>> 0, true);
  return file.bytes;
};
const at = (file: BtfFile, type: number) => file.at[type] as number;

for (const little of [true, false]) {
  const order = little ? 'little' : 'big';

  t.test(`${order}-endian: sizes and offsets, through typedefs, qualifiers, arrays and anonymous unions`, () => {
    const { structs } = readBtf(writeBtf(little).bytes, ALL);
    assert.equal(structs.get('outer')?.[0], {
      size: 32,
      fields: {
        head: { offset: 0, size: 4 },
        left: { offset: 4, size: 4 },
        right: { offset: 4, size: 4 },
        list: { offset: 8, size: 12 },
        low: { offset: 20, size: 1, bitfield: { bit: 160, bits: 3 } },
        next: { offset: 24, size: 4 },
      },
    });
  });

  t.test(`${order}-endian: every struct of one name, whatever the name`, () => {
    const { structs } = readBtf(writeBtf(little).bytes, ALL);
    assert.equal(structs.get('outer')?.[1], { size: 4, fields: { head: { offset: 0, size: 4 } } });
    assert.equal(Object.keys(structs.get('__proto__')?.[0]?.fields ?? {}), ['__proto__']);
    assert.is(structs.has('wide'), false);
  });

  t.test(`${order}-endian: enumerators, signed and of 64 bits`, () => {
    const { enumerators } = readBtf(writeBtf(little).bytes, ALL);
    assert.equal(
      [...enumerators],
      [
        ['RED', 1n],
        ['BLUE', -2n],
        ['HUGE', 2n ** 40n],
      ],
    );
  });
}

t.test('the bytes are those of the drawing', () => {
  const { bytes } = writeBtf(true, [['int', 0, 1, 0, 4, 0x01000020]]);
  const HEADER = '9feb010018000000000000001000000010000000' + '05000000';
  assert.is(Buffer.from(bytes).toString('hex'), `${HEADER}01000000000000010400000020000001${'00696e7400'}`);
  assert.is(Buffer.from(writeBtf(false).bytes.subarray(0, 8)).toString('hex'), 'eb9f010000000018');
});

t.table(
  [
    { name: 'nothing', in: () => new Uint8Array(0), err: /its header, 24 bytes at 0, does not lie within/ },
    { name: 'another magic', in: (file) => patch(file, 0, 0x464c457f), err: /begins with 0x7f45, not 0xeb9f/ },
    { name: 'another version', in: (file) => patch(file, 0, 0x0002eb9f), err: /version 2 is not known/ },
    { name: 'a header shorter than a header', in: (file) => patch(file, 4, 20), err: /has 20 bytes, less than 24/ },
    {
      name: 'a header longer than the file',
      in: (file) => patch(file, 4, -8),
      err: /type section.*does not lie within/,
    },
    { name: 'types behind the end', in: (file) => patch(file, 12, -4), err: /type section, .* does not lie within/ },
    { name: 'names behind the end', in: (file) => patch(file, 20, 4096), err: /string section.*does not lie within/ },
    { name: 'a type that is cut off', in: (file) => patch(file, 12, 20), err: /type 2 is cut off/ },
    { name: 'more members than bytes', in: (file) => patch(file, at(file, 20) + 4, 0x0400ffff), err: /20 is cut off/ },
    {
      name: 'a kind that is not known',
      in: (file) => patch(file, at(file, 3) + 4, 31 * 2 ** 24),
      err: /3 is of kind 31/,
    },
    {
      name: 'a name behind the names',
      in: (file) => patch(file, at(file, 7), 1 << 20),
      err: /the name at \d+ does not end/,
    },
    { name: 'a name without end', in: (file) => patch(file, 20, 4), err: /the name at \d+ does not end/ },
    { name: 'a typedef of itself', in: (file) => patch(file, at(file, 3) + 8, 3), err: /stands for itself/ },
    { name: 'an array of itself', in: (file) => patch(file, at(file, 5) + 12, 5), err: /type 5 is an array of itself/ },
    {
      name: 'an anonymous struct in itself',
      in: (file) => patch(file, at(file, 7) + 28, 7),
      err: /lies within itself/,
    },
    { name: 'a member of no type', in: (file) => patch(file, at(file, 7) + 16, 99), err: /there is no type 99/ },
    { name: 'a member of void', in: (file) => patch(file, at(file, 7) + 16, 0), err: /there is no type 0/ },
  ] as { name: string; in: (file: BtfFile) => Uint8Array; err: RegExp }[],
  (change) => readBtf(change(writeBtf(true)), ALL) as never,
);

t.test('a file that ends anywhere is refused with that one error', () => {
  const { bytes } = writeBtf(true);
  for (let size = 0; size < bytes.length; size++) {
    assert.throws(
      () => readBtf(bytes.slice(0, size), ALL),
      (error: unknown) => error instanceof AncillaryError && error.code === 'ERR_MALFORMED',
      `cut to ${size}`,
    );
  }
});

t.test('whatever the bytes are, it answers or refuses', () => {
  const { below, pick } = random(seed());
  for (let i = 0; i < 3000; i++) {
    const { bytes } = writeBtf(below(2) === 0);
    const view = new DataView(bytes.buffer);
    for (let changes = 1 + below(4); changes > 0; changes--) {
      const word = pick([0, 1, below(2 ** 32), 2 ** 31, 2 ** 32 - 1, below(TYPES.length + 2)]);
      view.setUint32(4 * below(Math.floor(bytes.length / 4)), word, below(2) === 0);
    }
    try {
      readBtf(bytes, ALL);
    } catch (error) {
      assert.ok(error instanceof AncillaryError && error.code === 'ERR_MALFORMED', String(error));
      assert.match(error.message, /^not a sound BTF file: [^\n]+$/);
    }
  }
});

if (existsSync(KERNEL)) {
  t.test("the running kernel's own: struct cmsghdr is a size and two ints", () => {
    const { structs } = readBtf(readFileSync(KERNEL), { structs: ['cmsghdr', 'user_msghdr'], enumerators: [] });
    const word = structs.get('cmsghdr')?.[0]?.fields.cmsg_len?.size ?? 0;
    assert.is(structs.get('cmsghdr')?.[0]?.size, word + 8);
    assert.is(structs.get('user_msghdr')?.[0]?.fields.msg_control?.size, word);
  });
} else {
  t.skip("the running kernel's own", `there is no ${KERNEL}`);
}

t.run();
