/** The codec keeps its promises on every ABI, and a codec that breaks one is found. */
import * as assert from 'uvu/assert';
import { describeBroken } from '../../host/generate/classes.js';
import { listAbis } from '../../host/model/rows.js';
import { type LabInstance, labInstance } from '../../host/wasm/lab.js';
import { changedLab } from '../support/changed-lab.js';
import { seed } from '../support/random.js';
import { suite } from '../support/suite.js';

const t = suite('fuzz promises');
const from = seed();
const RUNS = 20_000;

function begin(lab: LabInstance): void {
  const size = (lab.arena.free - 4096) & -64;
  assert.is(lab.exports.fuzzBegin(0, lab.arena.reserve(size), size, from, 0), 0);
}

/** The class of the first broken promise, `trap` for a read outside the memory, or nothing. */
function run(lab: LabInstance, runs: number): string | undefined {
  try {
    if (lab.exports.fuzzCodec(runs) === 0) return undefined;
    const number = lab.exports.fuzzClass();
    assert.is(lab.exports.fuzzTryCodec(lab.exports.fuzzAbi()), number, 'the input shows it again');
    return describeBroken(number).class;
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    assert.throws(() => lab.exports.fuzzTryCodec(lab.exports.fuzzAbi()), 'the input is where it was');
    return 'trap';
  }
}

t.test(
  `${RUNS} inputs break no promise, each ABI has its turn, and memory is not used up (seed ${from})`,
  () => {
    const lab = labInstance();
    begin(lab);
    const seen = new Set<number>();
    for (let done = 0; done < RUNS; done += 16) {
      assert.is(run(lab, 16), undefined);
      seen.add(lab.exports.fuzzAbi());
    }
    assert.is(seen.size, listAbis(lab).filter(({ dialect }) => dialect !== '').length);
    assert.ok(lab.exports.fuzzCorpusCount() > 50);
  },
  { timeout: 60_000 },
);

for (const { name, file, line, becomes, out } of [
  {
    name: 'a strict reader that lets a message be longer than what is left',
    file: 'assembly/codec/parse.ts',
    line: 'length > left) return',
    becomes: 'length > <u64>left + 4) return',
    out: ['read-outside', 'trap'],
  },
  {
    name: 'one that reads a header where less than one is left',
    file: 'assembly/codec/parse.ts',
    line: 'if (left < sizeOf(row, CMSGHDR))',
    becomes: 'if (left < 1)',
    out: ['trap', 'read-beyond', 'read-outside'],
  },
  {
    name: 'one that goes on where it was',
    file: 'assembly/codec/parse.ts',
    line: 'step < left ? at + <u32>step : controllen',
    becomes: 'step < left ? at : controllen',
    out: ['read-outside', 'read-endless', 'trip-count', 'trip-header', 'trip-length'],
  },
  {
    name: 'a walk that hands out a header beyond the end',
    file: 'assembly/dialect/prepared.ts',
    line: 'return at >= 0 && <u64>at + header <= controllen;',
    becomes: 'return at >= 0 && <u64>at <= controllen;',
    out: ['walk-outside', 'walk-outcome', 'walk-beyond', 'trap'],
  },
  {
    name: 'descriptors whose padding is not cleared',
    file: 'assembly/payload/rights.ts',
    line: 'if ((count & 1) != 0) store<u32>(data + (count << 2), 0);',
    becomes: '',
    out: ['trip-ways'],
  },
  {
    name: 'a payload that is read from another place',
    file: 'assembly/codec/parse.ts',
    line: 'store<u32>(out, at + data, 16);',
    becomes: 'store<u32>(out, at + sizeOf(row, CMSGHDR), 16);',
    out: ['read-outside', 'trip-length'],
  },
  {
    name: 'a level that is read as the type',
    file: 'assembly/codec/parse.ts',
    line: 'CMSGHDR, CMSG_TYPE), 12);',
    becomes: 'CMSGHDR, CMSG_LEVEL), 12);',
    out: ['trip-header'],
  },
  {
    name: 'a member that loses its sign',
    file: 'assembly/abi/type.ts',
    line: 'return isSigned(type) ? (<i64>(value << unused)) >> unused : <i64>value;',
    becomes: 'return <i64>value;',
    out: ['field-value'],
  },
  {
    name: 'a member that is stored as 8 bytes',
    file: 'assembly/abi/type.ts',
    line: 'storeUint(at, typeSize(modelOf(packed), type), isBigEndian(packed, type), <u64>value);',
    becomes: 'store<u64>(at, <u64>value);',
    out: ['field-value', 'field-beside'],
  },
]) {
  t.test(
    `${name}: found`,
    async () => {
      const lab = await changedLab(file, line, becomes);
      begin(lab);
      const found = run(lab, RUNS);
      assert.ok(found !== undefined && out.includes(found), `${found}`);
    },
    { timeout: 60_000 },
  );
}

t.run();
