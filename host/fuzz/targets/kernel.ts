/** The running kernel: control buffers through sendmsg and recvmsg over socket pairs of the job's own. */
import { AncillaryError } from '../../errors/error.js';
import { native } from '../../libc/native.js';
import type { Target, TargetContext } from '../target.js';
import { boundProcess } from './kernel/bounds.js';
import { KernelTarget } from './kernel/target.js';

/** Opens it in this process, whose limits are lowered for good: it is a job, and has nothing else to do. */
export function openKernel(_argument: string, { options }: Pick<TargetContext, 'options'>): Target {
  const { abiId, libc } = native();
  if (options.abi !== abiId) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `cannot fuzz the kernel as ${options.abi}: this process runs on ${abiId}; leave --abi out`,
    );
  }
  boundProcess();
  // Of this thread alone: what others open or close is no number of a case, and the kernel finds a file sooner (0.25 us
  // of a case). Where an older kernel refuses, it works all the same.
  libc.unshareDescriptors();
  return new KernelTarget();
}
