// encode within the module: SCM_RIGHTS with 3 descriptors and SCM_CREDENTIALS, without the host.
import { loadLab } from './lab.mjs';
import { serve } from './serve.mjs';

const { lab, view, abiOf } = loadLab(1024);
const abi = abiOf('x86_64-glibc');
const fds = (lab.heapBase() + 63) & -64;
for (let i = 0; i < 3; i++) view.setInt32(fds + 4 * i, 3 + i, true);

serve((/** @type {number} */ n) => {
  if (lab.encodeRepeatedly(abi, fds, fds + 64, 64, n) !== 64) throw new Error('not 64 bytes');
});
