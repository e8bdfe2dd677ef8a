import { spawnSync } from 'node:child_process';
import { INT_MAX } from '../../../check/values.js';
import { SYS_close_range } from '../../../libc/constants.js';
import { native } from '../../../libc/native.js';
import type { Launch } from '../../launch.js';

/** include/uapi/linux/close_range.h, since Linux 5.11. */
const CLOSE_RANGE_CLOEXEC = 4;
/** The first number that is not standard input, output or error. */
const FIRST = 3;
const PROBE_LIMIT = 5000;

/**
 * Namespaces of its own for a job: users (root there is nobody here), network (sockets, net.core.*), processes (other
 * pids cannot be named). With --fork it is a child of unshare's, which must not outlive it. What is tried first is best.
 */
const FLAGS: readonly (readonly string[])[] = [
  ['--user', '--map-root-user', '--net', '--pid', '--fork', '--kill-child'],
  ['--user', '--map-root-user', '--net'],
];

/**
 * How to start a job in namespaces of its own: a running Node cannot unshare itself, since the kernel refuses that to a
 * process with threads. Where it is not allowed, or there is no unshare (util-linux), the job runs without, and a note
 * says so.
 */
export function launchInNamespaces(unshare = 'unshare'): Launch {
  markCloseOnExec();
  let reason = '';
  for (const flags of FLAGS) {
    const words = [unshare, ...flags];
    const { error, status, stderr } = spawnSync(unshare, [...flags, 'true'], {
      encoding: 'utf8',
      timeout: PROBE_LIMIT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!error && status === 0) return reason ? { words, note: noteOf(flags, reason) } : { words };
    reason ||= error ? `there is no ${unshare}` : (stderr.trim().split('\n')[0] ?? `${unshare} fails`);
  }
  return { words: [], note: noteOf([], reason) };
}

function noteOf(flags: readonly string[], reason: string): string {
  return `the kernel is fuzzed ${flags.length > 0 ? `with ${flags.join(' ')} alone` : 'without namespaces'} (${reason})`;
}

/**
 * Marks whatever this process has inherited close-on-exec: a job that hostile numbers are sent in must have nothing
 * open that a shell has forgotten. Nothing is closed: Node's own descriptors are among them.
 */
export function markCloseOnExec(): void {
  const syscall = native().koffi.load(null).func('long syscall(long, long, long, long)');
  // An older kernel refuses the flag; what is open is known to the job all the same.
  syscall(SYS_close_range, FIRST, INT_MAX, CLOSE_RANGE_CLOEXEC);
}
