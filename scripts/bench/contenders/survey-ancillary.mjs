// survey-ancillary.mjs ABI DIALECT: the random buffers of survey.c, as that ABI writes them, in one call for each million.
import { loadLab } from './lab.mjs';
import { serve } from './serve.mjs';

const [, , abiId = '', dialectId = ''] = process.argv;
const COUNT = 1_000_000;
const STRIDE = 64;
const HOSTILE = [0n, 1n, 15n, 17n, 40n, 80n, 0xffff_ffffn, 0xffff_ffff_ffff_ffffn];

const { lab, view, abiOf, dialectOf } = loadLab(COUNT * (STRIDE + 4));
const abi = abiOf(abiId);
const dialect = dialectOf(dialectId);

const out = (lab.heapBase() + 63) & -64;
const sizes = out + 64;
const buffers = (sizes + 4 * COUNT + 63) & -64;
const gap = lab.abiData(abi);
const wide = lab.abiWord(abi) === 8 && gap === 16 && lab.cmsgLen(abi, 0) === 16;
const little = lab.abiBig(abi) === 0;

let state = 1;
/** @param {number} limit */
function below(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

for (let i = 0; i < COUNT; i++) {
  const start = buffers + i * STRIDE;
  let size = 0;
  for (let left = 1 + below(3); left > 0 && STRIDE - size >= lab.cmsgSpace(abi, 0); left--) {
    const payload = below(13);
    const hostile = below(8) === 0 ? HOSTILE[below(8)] : undefined;
    lab.beginMessage(abi, start, 1 << 20, size, 1, 1, payload, 0, 0);
    if (hostile !== undefined) {
      if (wide) view.setBigUint64(start + size, hostile, little);
      else view.setUint32(start + size, Number(hostile & 0xffff_ffffn), little);
    }
    size = Math.min(size + lab.cmsgSpace(abi, payload), STRIDE);
  }
  view.setUint32(sizes + 4 * i, size - (below(4) === 0 ? below(8) : 0), true);
}

serve((/** @type {number} */ n) => {
  for (let left = n; left > 0; left -= COUNT) {
    lab.surveyBuffers(abi, dialect, buffers, STRIDE, sizes, Math.min(left, COUNT), out);
  }
});
