/** The walk of our module beside the one of this machine's C library, called by its name. */
import { AncillaryError } from '../../errors/error.js';
import { native } from '../../libc/native.js';
import type { Target, TargetContext } from '../target.js';
import { compareOn } from './libc/compare.js';
import { findOwnWalk } from './libc/own-walk.js';

/**
 * Opens it: glibc's __cmsg_nxthdr against the walk of its version. The input lies between two pages that nobody may
 * touch: where libc reads outside it the process dies, which is a finding of whoever started it.
 */
export function openLibc(_argument: string, { options }: Pick<TargetContext, 'options'>): Target {
  const { abiId } = native();
  if (options.abi !== abiId) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `cannot fuzz libc as ${options.abi}: this process runs on ${abiId}; leave --abi out, or fuzz dialects`,
    );
  }
  return compareOn(findOwnWalk(native()));
}
