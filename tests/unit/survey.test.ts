/** Many buffers in one call give the counts that each gives by itself, whichever of the loops takes them. */
import * as assert from 'uvu/assert';
import bytes from '../../build/wasm/lab.wasm';
import { encodeControl } from '../../host/model/encode.js';
import { presentStruct, readLayout } from '../../host/model/layout.js';
import { parseControl } from '../../host/model/parse.js';
import { listAbis, listDialects } from '../../host/model/rows.js';
import { walkControl } from '../../host/model/walk.js';
import { type LabExports, WALK_ENDS } from '../../host/wasm/exports.js';
import { instantiate } from '../../host/wasm/instance.js';
import { type Random, random, seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('survey');
const codec = instantiate(bytes);
const lab = codec.exports as LabExports;
const STRIDE = 72;
const COUNT = 60;
/** Where another ABI has the same header. */
const FEW = 6;

/** Short messages one behind the other, lengths of all kinds among them. */
function makeBuffer(abi: number, at: number, dice: Random): number {
  const header = lab.cmsgLen(abi, 0);
  codec.bytes.set(dice.bytes(STRIDE), at);
  let size = 0;
  while (size + header <= STRIDE - 16 && dice.below(4) > 0) {
    const payload = dice.below(13);
    const space = lab.cmsgSpace(abi, payload);
    if (size + space > STRIDE) break;
    lab.beginMessage(abi, at, STRIDE, size, 1, dice.below(3), payload, 0, 0);
    if (dice.below(3) === 0) {
      const length = dice.pick([0, 1, 11, 12, 13, 15, 16, 17, 24, 40, 71, 72, 73, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 3]);
      const odd = dice.below(4) === 0 ? 2 ** 32 - 1 - dice.below(80) : length;
      codec.view.setUint32(at + size + (lab.abiBig(abi) ? 4 * dice.below(2) : 0), odd, !lab.abiBig(abi));
      if (dice.below(3) === 0) codec.view.setUint32(at + size + 4, dice.pick([0xffff_ffff, 1, 0x8000_0000]), true);
    }
    size += space;
  }
  return Math.max(0, Math.min(STRIDE, size + dice.below(14) - 5));
}

const from = seed();
const shapes = new Set<string>();
listAbis(codec).forEach(({ id }, abi) => {
  if (lab.abiData(abi) === 0) return;
  const shape = JSON.stringify([
    lab.abiWord(abi),
    lab.abiBig(abi),
    presentStruct(readLayout(codec, id), 'cmsghdr'),
    lab.cmsgSpace(abi, 1),
  ]);
  const many = shapes.has(shape) ? FEW : COUNT;
  shapes.add(shape);
  t.test(`${id}: every walk, as one buffer at a time (seed ${from})`, () => {
    const dice = random(from);
    listDialects(codec).forEach(({ id: dialectId }, dialect) => {
      codec.arena.lend(32 + many * (4 + STRIDE), (out) => {
        const sizes = out + 32;
        const buffers = sizes + 4 * many;
        const expected = new Array<number>(8).fill(0);
        const count = (at: number, by = 1) => {
          expected[at] = (expected[at] as number) + by;
        };
        codec.bytes.fill(0, out, sizes);
        for (let i = 0; i < many; i++) {
          const at = buffers + i * STRIDE;
          const size = makeBuffer(abi, at, dice);
          codec.view.setUint32(sizes + 4 * i, size, true);
          const control = codec.bytes.slice(at, at + size);
          const { messages, problem } = parseControl(codec, id, control);
          const { headers, end } = walkControl(codec, id, control, { dialect: dialectId });
          count(0, messages.length);
          if (problem !== undefined) count(1);
          count(2, headers.length);
          count(3 + WALK_ENDS.indexOf(end));
        }
        // What another walk left is not used.
        walkControl(codec, id, new Uint8Array(8), { dialect: dialectId === 'fuchsia' ? 'go' : 'fuchsia' });
        lab.surveyBuffers(abi, dialect, buffers, STRIDE, sizes, many, out);
        const found = Array.from({ length: 8 }, (_, i) => codec.view.getUint32(out + 4 * i, true));
        assert.equal(found, expected, dialectId);
        lab.surveyBuffers(abi, dialect, buffers, STRIDE, sizes, many, out);
        assert.is(codec.view.getUint32(out + 8, true), 2 * (expected[2] as number), 'counts are added up');
      });
    });
  });
});

/** How often, and the first descriptor of the last one: a number below 1024. */
const REPEATED = [
  [8, 7],
  [601, 600],
  [1025, 0],
] as const;
for (const wanted of ['x86_64-glibc', 's390x-glibc']) {
  t.test(`${wanted}: what is encoded many times is what encode gives once`, () => {
    const abi = listAbis(codec).findIndex(({ id }) => id === wanted);
    codec.arena.lend(256, (fds) => {
      codec.ints.set([9, 4, 5], fds >> 2);
      assert.is(lab.encodeRepeatedly(abi, fds, fds + 64, 64, 0), 0, 'nothing');
      for (const [count, first] of REPEATED) {
        const used = lab.encodeRepeatedly(abi, fds, fds + 64, 64, count);
        const messages = [{ fds: [first, 4, 5] }, { credentials: { pid: 1000, uid: 1001, gid: 1002 } }];
        const { control } = encodeControl(codec, wanted, messages);
        assert.equal(codec.bytes.slice(fds + 64, fds + 64 + used), control);
      }
      assert.is(lab.encodeRepeatedly(abi, fds, fds + 64, 63, 1), -1, 'no room');
      assert.is(lab.encodeRepeatedly(abi, fds, fds + 64, 31, 1), -1, 'no room for the first');
    });
  });
}

t.run();
