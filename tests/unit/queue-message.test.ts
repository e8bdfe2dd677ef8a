/** The bytes of a message of a queue, on every Linux ABI. */
import { readdirSync, readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { encodeQueueMessage, parseQueueMessage } from '../../host/model/queue-message.js';
import { listAbis } from '../../host/model/rows.js';
import { codecInstance } from '../../host/wasm/instance.js';
import { suite } from '../support/suite.js';

const t = suite('queue message');
const codec = codecInstance();
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const TEXT = Uint8Array.of(0x61, 0x62);

t.table(
  [
    { name: 'x86_64', in: 'x86_64-glibc', out: '08070605040302016162' },
    { name: 'x32, whose kernel has longs of 64 bits', in: 'x32-glibc', out: '08070605040302016162' },
    { name: 'big-endian of 64 bits', in: 'powerpc64-musl', out: '01020304050607086162' },
    {
      name: 'of 32 bits a type of 64 is refused',
      in: 'i386-glibc',
      err: /i386-glibc has 32 bits: 72623859790382856n is too large/,
    },
    { name: 'an ABI without queues', in: 'win64-mingw', err: 'ERR_UNSUPPORTED' },
    { name: 'an ABI that is none', in: 'x86_64-glib', err: /did you mean 'x86_64-glibc'/ },
  ],
  (abi: string) => hex(encodeQueueMessage(codec, abi, 0x0102030405060708n, TEXT)),
);

t.table(
  [
    { name: 'i386', in: 'i386-glibc', out: '040302016162' },
    { name: 'powerpc', in: 'powerpc-glibc', out: '010203046162' },
  ],
  (abi: string) => hex(encodeQueueMessage(codec, abi, 0x01020304n, TEXT)),
);

t.test('the type is as wide as a compiler says of every Linux ABI, and comes back', () => {
  const linux = new Set(
    listAbis(codec)
      .filter(({ os }) => os === 'linux')
      .map(({ id }) => id),
  );
  let seen = 0;
  for (const file of readdirSync('tests/vectors/abi')) {
    const { abi, types, structs } = JSON.parse(readFileSync(`tests/vectors/abi/${file}`, 'utf8'));
    const long = types.__syscall_ulong_t ?? types.long;
    // A libc whose long is not that of the compiler here tells none.
    if (!linux.has(abi) || !structs.msqid_ds || !long) continue;
    const [size] = long;
    for (const type of [1n, 2n ** BigInt(8 * size - 1) - 1n, -(2n ** BigInt(8 * size - 1))]) {
      const bytes = encodeQueueMessage(codec, abi, type, TEXT);
      assert.is(bytes.length, size + 2, abi);
      assert.equal(parseQueueMessage(codec, abi, bytes), { type, text: TEXT });
    }
    seen++;
  }
  assert.ok(seen > 40, `${seen} ABIs`);
});

t.test('bytes that are too few are refused', () =>
  assert.throws(() => parseQueueMessage(codec, 'x86_64-glibc', new Uint8Array(7)), /at least 8 bytes, and these are 7/),
);

t.run();
