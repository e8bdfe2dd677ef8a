import {
  checkBoolean,
  checkInteger,
  checkOptions,
  checkWait,
  INT_MAX,
  invalidArgument,
  now,
  optionNames,
  SCM_MAX_FD,
  type Sendable,
  show,
  UnixDatagram,
  type WaitOptions,
} from '../base.js';
import { notifyAddress, takeVariable } from './address.js';
import { awaitBarrier } from './barrier.js';
import { encodeLines, linesOf, type NotifyState, withDescriptors } from './state.js';

/** What goes with a state, and how long it may take. */
export interface NotifyOptions extends WaitOptions {
  /** Descriptors for the manager to keep over a restart (FDSTORE=1 is said of them), 253 at most; they stay open here. */
  fds?: readonly Sendable[] | undefined;
  /** What they are called (FDNAME), or which are to be given up (with FDSTOREREMOVE=1). */
  fdName?: string | undefined;
  /**
   * Resolves only when the manager has read everything that was sent before (BARRIER=1). Without a `timeout` it waits for
   * 5000 ms at most.
   */
  barrier?: boolean | undefined;
  /** In whose name: the message states this pid, which needs CAP_SYS_ADMIN unless it is this process's own. */
  pid?: number | undefined;
  /** Removes NOTIFY_SOCKET from the environment, so that no child says anything. */
  unset?: boolean | undefined;
}

const OPTIONS = optionNames<NotifyOptions>({
  fds: true,
  fdName: true,
  barrier: true,
  pid: true,
  unset: true,
  signal: true,
  timeout: true,
});

/** How long a barrier is waited for when nothing is said, in milliseconds: as systemd-notify does. */
const BARRIER_MS = 5000;

/**
 * Tells the service manager at $NOTIFY_SOCKET the `state`: `await notify({ READY: 1, MAINPID: process.pid })`. Resolves to
 * true when it is sent, and to false where no manager is to be told (no NOTIFY_SOCKET).
 *
 * Rejects with `ERR_INVALID_ARGUMENT` for what a manager would misread or ignore, `ERR_UNSUPPORTED` for an address of
 * another kind, `ENOENT` or `ECONNREFUSED` where nobody listens, `EPERM` for another's pid, `ETIMEDOUT` (also of a
 * barrier), `ABORT_ERR`. See sd_notify(3).
 */
export async function notify(state: NotifyState, options?: NotifyOptions): Promise<boolean> {
  const checked = checkOptions(options, OPTIONS, 'notify');
  const { fds = [], fdName, pid, timeout, signal } = checked;
  const barrier = checkBoolean(checked.barrier, 'barrier');
  const value = takeVariable('NOTIFY_SOCKET', checkBoolean(checked.unset, 'unset'));
  if (!Array.isArray(fds)) throw invalidArgument(`fds must be an array of descriptors, not ${show(fds)}`);
  if (fds.length > SCM_MAX_FD) throw invalidArgument(`${fds.length} descriptors; Linux passes at most ${SCM_MAX_FD}`);
  if (pid !== undefined) checkInteger(pid, 'pid', 1, INT_MAX);
  const lines = withDescriptors(linesOf(state), fds.length, fdName);
  // A barrier can be all that there is to say.
  const message = lines.length === 0 && barrier ? undefined : encodeLines(lines);
  checkWait({ timeout, signal }, 'notify');
  if (value === undefined) return false;

  const left = timeLeft(barrier ? (timeout ?? BARRIER_MS) : timeout, signal);
  const socket = await UnixDatagram.connect(notifyAddress(value), left());
  try {
    const credentials =
      pid === undefined ? undefined : { pid, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    if (message) await socket.send(message, { fds, credentials, ...left() });
    if (barrier) await awaitBarrier(socket, left);
  } finally {
    if (!socket.closed) socket.closeSync();
  }
  return true;
}

/** What is left of the time, whenever it is asked. */
function timeLeft(timeout: number | undefined, signal: AbortSignal | undefined): () => WaitOptions {
  const end = timeout === undefined ? undefined : now() + timeout;
  return () => {
    const options: WaitOptions = signal ? { signal } : {};
    return end === undefined ? options : { ...options, timeout: Math.max(0, Math.ceil(end - now())) };
  };
}
