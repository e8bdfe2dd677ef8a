/** This machine's C library as a target: where it walks otherwise, or reads what it may not, that is found. */
import { fileURLToPath } from 'node:url';
import koffi from 'koffi';
import * as assert from 'uvu/assert';
import type { Target } from '../../host/fuzz/target.js';
import { compareOn } from '../../host/fuzz/targets/libc/compare.js';
import { findOwnWalk, type NextHeader } from '../../host/fuzz/targets/libc/own-walk.js';
import { openLibc } from '../../host/fuzz/targets/libc.js';
import { native } from '../../host/libc/native.js';
import { hostileBuffers } from '../../host/oracle/hostile.js';
import { openFds } from '../support/descriptors.js';
import { run } from '../support/process.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const CHILD = 'read-outside';
const BUFFERS = 5000;
const t = suite('fuzz libc');
const { abiId, libc } = native();
const options = { abi: abiId, timeout: 1000, lane: 0, lanes: 1 };

/** Tries hostile and random buffers, until something is found. */
function search(target: Target) {
  const { bytes, below } = random(seed());
  try {
    for (const { control } of hostileBuffers(BUFFERS, 8, 1)) {
      for (const input of [control, bytes(below(200))]) {
        const verdict = target.run(input);
        if (verdict && !(verdict instanceof Promise)) return { ...verdict, input };
      }
    }
    return undefined;
  } finally {
    target.close();
  }
}

if (process.argv[2] === CHILD) {
  // A walk that looks at the byte behind the buffer, or before it.
  const memcmp = koffi.load(null).func('int memcmp(uintptr_t, uintptr_t, size_t)');
  const [offset, size] = [Number(process.argv[3]), Number(process.argv[4])];
  const nextHeader: NextHeader = (msghdr, cmsghdr) => memcmp(msghdr, cmsghdr + offset, 1) as number;
  compareOn({ nextHeader, dialect: 'glibc-ge-2.37' }).run(new Uint8Array(size));
  process.exit(0);
}

if (libc.name !== 'glibc') {
  t.test('where the C library has no function for it, that is refused in one line', async () => {
    const { code, message } = await thrownBy(() => openLibc('', { options }));
    assert.is(code, 'ERR_UNSUPPORTED');
    assert.match(message, /^[^\n]*__cmsg_nxthdr[^\n]*$/);
  });
} else {
  t.test('the own library and the walk of its version are one, on hostile buffers and on random ones', () => {
    const before = openFds().join();
    const found = search(openLibc('', { options }));
    assert.is(found, undefined, found?.cause);
    assert.is(openFds().join(), before);
  });

  t.test('inputs of no bytes, of few and of the most are walked; one more is refused in a line', async () => {
    const target = openLibc('', { options });
    for (const size of [0, 1, 15, 16, 17, 4095, 4096]) assert.is(target.run(new Uint8Array(size).fill(255)), undefined);
    assert.is((await thrownBy(() => target.run(new Uint8Array(4097)))).code, 'ERR_TOO_LARGE');
    target.close();
  });

  t.test('another ABI than that of this process is refused in a line', async () => {
    const { code, message } = await thrownBy(() => openLibc('', { options: { ...options, abi: 'wasm32-emscripten' } }));
    assert.is(code, 'ERR_UNSUPPORTED');
    assert.match(message, new RegExp(`this process runs on ${abiId}`));
  });

  const own = findOwnWalk(native());
  const wrong: { name: string; nextHeader: NextHeader; out: string }[] = [
    { name: 'ends too early', nextHeader: () => 0, out: 'next|end' },
    { name: 'stays where it is', nextHeader: (_, cmsghdr) => cmsghdr, out: 'next|loop' },
    { name: 'goes before the buffer', nextHeader: (_, cmsghdr) => cmsghdr - 65536, out: 'next|escape' },
    { name: 'goes to the end of addresses', nextHeader: () => 2n ** 64n - 8n, out: 'next|escape' },
    {
      name: 'goes on where there is no header',
      nextHeader: (msghdr, cmsghdr) => own.nextHeader(msghdr, cmsghdr) || cmsghdr + 4096,
      out: 'end|escape',
    },
    {
      name: 'misses a header',
      nextHeader(msghdr, cmsghdr) {
        const next = own.nextHeader(msghdr, cmsghdr);
        return next === 0 ? 0 : own.nextHeader(msghdr, Number(next));
      },
      out: 'next|next',
    },
  ];
  for (const { name, nextHeader, out } of wrong) {
    t.test(`a library whose walk ${name} is found`, () => {
      const classes = new Set<string>();
      const target = compareOn({ ...own, nextHeader });
      for (const { control } of hostileBuffers(BUFFERS, 8, 1)) {
        const verdict = target.run(control);
        if (!verdict || verdict instanceof Promise) continue;
        assert.not.match(verdict.cause, /\n/);
        classes.add(verdict.class);
      }
      target.close();
      assert.ok(classes.has(out), [...classes].join());
    });
  }

  const outside: [name: string, offset: number, size: number, signal: string | null][] = [
    ['reads the byte behind the buffer', 64, 64, 'SIGSEGV'],
    ['reads the byte before the buffer', -1, 65, 'SIGSEGV'],
    ['reads the last byte', 63, 64, null],
    ['reads the first byte', 0, 65, null],
  ];
  for (const [name, offset, size, expected] of outside) {
    t.test(
      `a library that ${name} ${expected ? 'is killed, which its parent sees' : 'lives'}`,
      async () => {
        const { signal, stderr } = await run(
          [process.execPath, fileURLToPath(import.meta.url), CHILD, `${offset}`, `${size}`],
          { limit: 60_000 },
        );
        assert.is(signal, expected, stderr);
      },
      { timeout: 70_000 },
    );
  }
}

t.run();
