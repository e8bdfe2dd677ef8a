import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { AncillaryError } from '../../../errors/error.js';
import type { Launch } from '../../launch.js';

const PROBE_LIMIT = 20_000;
/** With a user namespace root is no more than anybody; where that is not allowed root can do without. */
const FLAGS: readonly (readonly string[])[] = [['--user', '--map-root-user', '--ipc'], ['--ipc']];

/**
 * How to start a job in an IPC namespace of its own, which ends with the job, and all queues with it. A running Node cannot
 * unshare itself: it has threads. Throws one line where no namespace can be made: nobody else's queues are ever touched.
 */
export function launchInIpcNamespace(unshare = 'unshare'): Launch {
  let reason = '';
  for (const flags of FLAGS) {
    const { error, status, stderr } = spawnSync(unshare, [...flags, 'true'], {
      encoding: 'utf8',
      timeout: PROBE_LIMIT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (!error && status === 0) return { words: [unshare, ...flags] };
    const { code } = (error ?? {}) as NodeJS.ErrnoException;
    const said = stderr?.trim().split('\n')[0] || `${unshare} fails`;
    reason ||= code === 'ENOENT' ? `there is no ${unshare}` : said;
  }
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    `cannot make an IPC namespace to try queues in (${reason}): it takes unshare of util-linux, and user namespaces or root`,
  );
}

/** Throws where this process has the IPC namespace of the one that started it. */
export function assertOwnNamespace(): void {
  const own = readlinkSync('/proc/self/ns/ipc');
  let parents: string;
  try {
    parents = readlinkSync(`/proc/${process.ppid}/ns/ipc`);
  } catch {
    // The parent is in another user namespace, or in another one of processes: what this process is in was made for it.
    return;
  }
  if (own !== parents) return;
  throw new AncillaryError(
    'ERR_UNSUPPORTED',
    'queues are tried in an IPC namespace of their own only, not in the one of the caller',
  );
}
