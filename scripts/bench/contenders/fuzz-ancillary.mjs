// fuzz-ancillary.mjs ABI DIALECT DIALECT: inputs through two walks, with what they cover, in the module; what is found is
// gone over, as a run that goes on does.
import { loadLab } from './lab.mjs';
import { serve } from './serve.mjs';

const [, , abiId = '', first = '', second = ''] = process.argv;
const SPACE = 8 << 20;

const { lab, bytes, view, abiOf, dialectOf } = loadLab(SPACE, 'fuzz');
const start = (lab.heapBase() + 63) & -64;
const space = start + 64;
if (lab.fuzzBegin(abiOf(abiId), space, bytes.length - space, 1, 0) !== 0) throw new Error('no room');
const [one, two] = [dialectOf(first), dialectOf(second)];
const executions = () => {
  lab.fuzzStatistics(start);
  return Number(view.getBigUint64(start, true));
};

serve((/** @type {number} */ n) => {
  const end = executions() + n;
  for (let done = end - n; done < end; done = executions()) lab.fuzzDialects(one, two, end - done);
});
