/** The oracles of this very machine: they agree with its own row, see one that is not, and leave nothing behind. */
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { native } from '../../host/libc/native.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { type Asking, Difference, type Subject, type Verdict } from '../../host/oracle/answer.js';
import { btfOracle } from '../../host/oracle/btf/ask.js';
import { hostileBuffers } from '../../host/oracle/hostile.js';
import { askKernel, kernelOracle } from '../../host/oracle/kernel/ask.js';
import { libcOracle } from '../../host/oracle/libc/ask.js';
import { compareWalks, findNextHeader } from '../../host/oracle/libc/nxthdr.js';
import { suite } from '../support/suite.js';

const t = suite('oracles');
const { codec, abiId, libc } = native();
const walks = listDialects(codec).map(({ id }): Subject => ({ kind: 'walk', id }));
const asking: Asking = {
  codec,
  subjects: [...listAbis(codec).map(({ id }): Subject => ({ kind: 'abi', id })), ...walks],
  compilers: [],
  vectors: '',
  sender: [],
  atEnd: (cleanup) => cleanup,
  progress: () => undefined,
};

/** What an oracle says, by the id of the subject. */
async function told(oracle: typeof kernelOracle): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  await oracle.ask(asking, ({ id }, verdict) => verdicts.set(id, verdict));
  return verdicts;
}

const openDescriptors = () => readdirSync('/proc/self/fd').length;

for (const oracle of [btfOracle, libcOracle, kernelOracle]) {
  const first = await told(oracle);
  const own = first.get(abiId);
  if (own?.state === 'not run') {
    t.skip(`${oracle.name} agrees with the row of this machine`, own.reason);
    continue;
  }

  t.test(`${oracle.name} agrees with the row of this machine, and with no other that it tells of it parts`, () => {
    assert.is(own?.state, 'agrees', JSON.stringify(own));
    assert.equal(
      [...first].filter(([, { state }]) => state === 'differs'),
      [],
    );
  });

  t.test(`${oracle.name} says the same again, and leaves no descriptor open`, async () => {
    const before = openDescriptors();
    assert.equal([...(await told(oracle))], [...first]);
    assert.is(openDescriptors(), before);
  });
}

t.test('the kernel parts with rows that are not of this machine, and what they bring about is closed', () => {
  const before = openDescriptors();
  for (const { id, arch, os, word, endian } of listAbis(codec)) {
    const isAlike = os === 'linux' && word === (process.arch === 'x64' ? 8 : word) && endian === 'little';
    // Cygwin's 64-bit cmsghdr is Linux's, and of its numbers the kernel is asked none.
    if (isAlike || arch === 'wasm32' || os === 'cygwin') continue;
    assert.is(askKernel(codec, id).state, 'differs', id);
  }
  assert.is(openDescriptors(), before);
});

const nextHeader = libc.name === 'glibc' ? findNextHeader() : undefined;
if (nextHeader) {
  t.test("libc's own function parts with the walks of other C libraries", () => {
    for (const dialect of ['musl-1.2', 'freebsd', 'bionic']) {
      let facts = 0;
      const compare = () => compareWalks(codec, abiId, dialect, nextHeader, () => facts++);
      assert.throws(compare, (error: unknown) => error instanceof Difference, dialect);
      assert.ok(facts > 0, `${dialect} agrees at first`);
    }
  });
} else {
  t.skip("libc's own function parts with the walks of other C libraries", `${libc.name} exports no __cmsg_nxthdr`);
}

t.test('hostile buffers are the same every time, and of every kind', () => {
  const list = () => [...hostileBuffers(500, 8)].map(({ control }) => Buffer.from(control).toString('hex'));
  assert.equal(list(), list());
  const lengths = [...hostileBuffers(500, 8)]
    .filter(({ control }) => control.length >= 8)
    .map(({ control }) => new DataView(control.buffer).getBigUint64(0, true));
  for (const [what, holds] of Object.entries({
    'shorter than a header': (length: bigint) => length < 16n,
    'of more than 32 bits': (length: bigint) => length > 2n ** 32n && length < 2n ** 63n,
    negative: (length: bigint) => length >= 2n ** 63n,
    sound: (length: bigint) => length >= 16n && length <= 96n,
  })) {
    assert.ok(lengths.filter(holds).length > 10, what);
  }
});

t.run();
