/** System V message queues: sequences of calls, each compared with the model of a queue. */
import { AncillaryError } from '../../errors/error.js';
import { native } from '../../libc/native.js';
import type { Target, TargetContext } from '../target.js';
import { takeLimits } from './sysv/limits.js';
import { assertOwnNamespace } from './sysv/namespace.js';
import { dropPrivileges } from './sysv/privileges.js';
import { QueueTarget } from './sysv/target.js';

/** Opens it in this process, which gives up privileges for good: it is a job, and has nothing else to do. */
export function openSysv(_argument: string, { options }: Pick<TargetContext, 'options'>): Target {
  const { abiId } = native();
  if (options.abi !== abiId) {
    throw new AncillaryError(
      'ERR_UNSUPPORTED',
      `cannot try the kernel's queues as ${options.abi}: this process runs on ${abiId}; leave --abi out`,
    );
  }
  assertOwnNamespace();
  const limits = takeLimits();
  dropPrivileges();
  return new QueueTarget(limits);
}
