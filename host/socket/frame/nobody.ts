import { readFileSync } from 'node:fs';
import type { Credentials } from './frame.js';

/** As the kernel was asked (Documentation/admin-guide/sysctl/kernel.rst, overflowuid). */
let overflow: { uid: number; gid: number } | undefined;

/**
 * Whether nobody stated these credentials: sent before the kernel was asked to state the sender, a message has pid 0
 * and the overflow ids (net/core/scm.c, scm_recv). Pid 0 alone says something: a process of another pid namespace, with
 * its true user and group.
 */
export function isNobody({ pid, uid, gid }: Credentials): boolean {
  if (pid !== 0) return false;
  const overflow = overflowIds();
  return uid === overflow.uid && gid === overflow.gid;
}

/** The ids that stand for those which have no number here, read once. */
export function overflowIds(): { readonly uid: number; readonly gid: number } {
  overflow ??= { uid: readId('overflowuid'), gid: readId('overflowgid') };
  return overflow;
}

function readId(name: string): number {
  const DEFAULT = 65534;
  try {
    return Number(readFileSync(`/proc/sys/kernel/${name}`, 'latin1'));
  } catch {
    return DEFAULT;
  }
}
