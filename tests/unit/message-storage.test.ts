/** How the kernel stores a message of a queue: parts, their bytes, the slabs that they take. */
import { existsSync } from 'node:fs';
import * as assert from 'uvu/assert';
import {
  planStorage,
  readStorageSizes,
  type StorageSizes,
  USUAL_SIZES,
} from '../../host/oracle/kernel/message-storage.js';
import { labInstance } from '../../host/wasm/lab.js';
import { random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('message storage');

/** As a kernel with slabs that count tells, by 900 messages of each length. */
t.table(
  [
    { name: 'an empty message', in: 0, out: 'msg_msg-64' },
    { name: 'the most beside the header in 64 bytes', in: 16, out: 'msg_msg-64' },
    { name: 'one more', in: 17, out: 'msg_msg-96' },
    { name: '80 bytes', in: 80, out: 'msg_msg-128' },
    { name: 'the most in one part', in: 4048, out: 'msg_msg-4k' },
    { name: 'one more takes a segment', in: 4049, out: 'msg_msg-4k kmalloc-cg-16' },
    { name: 'the most in two parts', in: 8136, out: 'msg_msg-4k kmalloc-cg-4k' },
    { name: 'one more takes another segment', in: 8137, out: 'msg_msg-4k kmalloc-cg-4k kmalloc-cg-16' },
    { name: '12225 bytes', in: 12225, out: 'msg_msg-4k kmalloc-cg-4k kmalloc-cg-4k kmalloc-cg-16' },
    { name: '64 KiB', in: 65536, out: `msg_msg-4k ${'kmalloc-cg-4k '.repeat(15)}kmalloc-cg-192` },
  ],
  (size: number) =>
    planStorage(size)
      .map(({ slabName }) => slabName)
      .join(' '),
);

t.test('before Linux 6.11 first parts are in the slabs of everybody', () =>
  assert.is(planStorage(1, { ...USUAL_SIZES, hasBuckets: false })[0]?.slabName, 'kmalloc-cg-64'),
);

t.test('every byte is in one part, in order, and every part but the last is full', () => {
  const { below, pick } = random(seed());
  for (let i = 0; i < 2000; i++) {
    const sizes: StorageSizes = {
      page: pick([4096, 16384, 65536]),
      header: pick([24, 32, 48]),
      segment: pick([4, 8]),
      hasBuckets: true,
    };
    const size = below(pick([100, 10_000, 1_000_000]));
    const parts = planStorage(size, sizes);
    let end = 0;
    for (const [n, part] of parts.entries()) {
      assert.is(part.offset, end);
      end += part.size;
      assert.ok(part.allocated <= sizes.page && part.slab >= part.allocated);
      if (n > 0) assert.ok(part.size > 0);
      if (n < parts.length - 1) assert.is(part.allocated, sizes.page);
    }
    assert.is(end, size);
  }
});

const lab = labInstance().exports;

t.test('the number of parts is that of exact arithmetic for whatever has 32 bits', () => {
  const { pick, below } = random(seed());
  for (let i = 0; i < 5000; i++) {
    const page = pick([4096, 16384, 65536]);
    const header = pick([24, 32, 48]);
    const segment = pick([4, 8]);
    const near = pick([0, page - header, 2 * page - header - segment, 2 ** 31, 2 ** 32 - 8]);
    const size = Math.min(Math.max(near + below(9) - 4, 0), 2 ** 32 - 1);
    const parts = 1 + Math.ceil(Math.max(size - (page - header), 0) / (page - segment));
    assert.is(lab.messageParts(size, page, header, segment) >>> 0, parts, `${size} bytes, pages of ${page}`);
    const sizeOf = (part: number) => lab.messagePartSize(size, part, page, header, segment) >>> 0;
    assert.is(sizeOf(0), Math.min(size, page - header));
    if (parts > 1) assert.is(sizeOf(parts - 1), size - (page - header) - (parts - 2) * (page - segment));
    for (const part of [parts, parts + 1, 2 ** 32 - 1]) assert.is(sizeOf(part), 0);
  }
});

t.table(
  [0, 1, 8, 9, 64, 65, 96, 97, 128, 129, 192, 193, 4096, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1].map((size, i) => ({
    name: `the slab of ${size} bytes`,
    in: size,
    out: [8, 8, 8, 16, 64, 96, 96, 128, 128, 192, 192, 256, 4096, 2 ** 31, 0, 0][i] as number,
  })),
  (size) => lab.slabSize(size) >>> 0,
);

const BTF = '/sys/kernel/btf/vmlinux';
if (existsSync(BTF) && process.arch === 'x64') {
  t.test('the running kernel says how large its structs are', () => {
    const { page, header, segment } = readStorageSizes();
    assert.equal([page, header, segment], [4096, 48, 8]);
  });
} else t.skip('the running kernel says how large its structs are', `there is no ${BTF}, or another machine`);

t.run();
