/** What `npm run bench` measures of the fuzzer, in a process of its own and without a job around it. */
import { native } from '../libc/native.js';

export { Engine } from '../generate/engine.js';
export { systemCalls } from './targets/kernel/calls.js';
export { KernelTarget } from './targets/kernel/target.js';
export { openKernel } from './targets/kernel.js';

/** Id of the ABI that this process runs on. */
export function nativeAbi(): string {
  return native().abiId;
}
