/** The running kernel as a target: nothing is found in a right one, and every lie of a wrong one is. */
import { readlinkSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { INPUT_ROOM } from '../../host/fuzz/targets/kernel/buffers.js';
import { systemCalls } from '../../host/fuzz/targets/kernel/calls.js';
import { hasTrailer, TRAILER } from '../../host/fuzz/targets/kernel/choices.js';
import { KernelTarget, type Seams } from '../../host/fuzz/targets/kernel/target.js';
import { EINVAL } from '../../host/libc/errno.js';
import { hostileBuffers } from '../../host/oracle/hostile.js';
import { openFds } from '../support/descriptors.js';
import { FAULTS } from '../support/kernel-faults.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('fuzz kernel');
const SOL_SOCKET = 1;
const MOST = 6000;
const { bytes, below } = random(seed());

/** Structured buffers, every eighth of random bytes, which decide on well-formed lists. */
function* inputs(count: number): Iterable<Uint8Array> {
  let i = 0;
  for (const { control } of hostileBuffers(count, 8, SOL_SOCKET)) yield i++ % 8 === 7 ? bytes(below(300)) : control;
}

/** The target's own files and their copies: others are opened by Node, too. */
function openFiles(): string {
  return openFds()
    .filter((fd) => readlinkSync(`/proc/self/fd/${fd}`).startsWith('/memfd:'))
    .join();
}

/** Uses a target, which is closed whatever happens; nothing may be left open. */
function using<T>(seams: Seams, work: (target: KernelTarget) => T): T {
  const before = openFiles();
  const target = new KernelTarget(seams);
  try {
    return work(target);
  } finally {
    target.close();
    assert.is(openFiles(), before);
  }
}

t.test('a kernel that is right shows nothing, takes what is well formed and refuses what is not', () => {
  using({}, (target) => {
    for (const input of inputs(MOST)) assert.is(target.run(input), undefined, Buffer.from(input).toString('hex'));
    assert.ok((target.outcomes[0] as number) > MOST / 10, 'too little is taken');
    assert.ok((target.outcomes[EINVAL] as number) > MOST / 10, 'too little is refused');
    assert.ok(target.received > MOST / 10, 'too few descriptors come');
  });
});

t.test('inputs of no bytes, of one and of the most are cases; one more is refused in a line', async () => {
  await using({}, (target) => {
    for (const size of [0, 1, 7, 8, 15, 16, INPUT_ROOM - 1, INPUT_ROOM]) {
      assert.is(target.run(new Uint8Array(size)), undefined);
      assert.is(target.run(new Uint8Array(size).fill(0xff)), undefined);
    }
    return thrownBy(() => target.run(new Uint8Array(INPUT_ROOM + 1)));
  }).then(({ code }) => assert.is(code, 'ERR_TOO_LARGE'));
});

for (const { name, fault, out } of FAULTS) {
  t.test(`${name}: that is found, is of class ${out}, and is found again`, () => {
    using({ calls: fault(systemCalls()) }, (target) => {
      for (const input of inputs(MOST)) {
        const verdict = target.run(input);
        if (!verdict) continue;
        assert.is(verdict.class, out, verdict.cause);
        assert.not.match(verdict.cause, /\n/);
        const found = verdict.input ?? input;
        assert.is(target.run(found)?.class, out, 'not found again');
        const pinned = target.pin(found);
        assert.ok(hasTrailer(pinned) && pinned.length === found.length + (hasTrailer(found) ? 0 : TRAILER));
        assert.is(target.run(pinned)?.class, out, 'not found as a case of its own');
        assert.is(target.pin(pinned), pinned);
        return;
      }
      assert.unreachable('not found');
    });
  });
}

t.test('a model in the place of the table is asked of every buffer, and its word is what counts', () => {
  const sizes: number[] = [];
  const expectSend = ({ size }: { size: number }) => {
    sizes.push(size);
    return false;
  };
  using({ expectSend }, (target) => {
    for (const input of inputs(20)) assert.match(target.run(input)?.class ?? '', /^errno:/);
  });
  assert.ok(sizes.length >= 20);
});

t.run();
