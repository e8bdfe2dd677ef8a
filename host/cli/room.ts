/**
 * Room for the descriptors of a program that takes this process over: numbers from 3 on that Node does not use itself.
 *
 * Node's own descriptors have the lowest numbers that were free when it started. To put others there would pull them
 * from under it: within the microseconds until the program runs it may still write to them (the eventfd by which its
 * threads wake each other), and what it writes would be in a file that was passed. So the command begins anew, in the
 * same process, with those numbers taken by /dev/null, and Node's own come behind them.
 */
import { openSync, readlinkSync, writeSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { F_GETFD, F_SETFD, O_CLOEXEC, RLIMIT_NOFILE } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { execute, prepareExecute, restoreStandardFlags } from './execute.js';
import { exitNow, leaveSignals } from './lifetime.js';
import { STDERR } from './output.js';

/** SD_LISTEN_FDS_START, sd_listen_fds(3): the first number behind standard input, output and error. */
export const FIRST = 3;
/** Those of one message with all that Linux passes, and as many more. */
const MOST = 512;
/** Which process has made room, and how much: `PID:COUNT`. */
const MARK = 'ANCILLARY_ROOM';
const NULL = '/dev/null';

/** How many descriptors there is room for, once there is; undefined before. */
let room: number | undefined;

/** Begins anew with room; what is inherited as `keep` stays. Returns when that has been done. */
export async function makeRoom(keep: number | undefined): Promise<void> {
  room ??= roomMade();
  if (room !== undefined) return;
  await leaveSignals();
  const { libc } = native();
  const count = Math.min(MOST, Math.floor(mostOpen() / 4));
  const filler = openSync(NULL, 'r');
  const again = prepareExecute(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)]);
  process.env[MARK] = `${process.pid}:${count}`;
  // The other threads keep what they use.
  if (libc.unshareDescriptors() < 0) throw systemError('close_range', libc.errno(), '', 'this needs Linux 5.9');
  // From here on this thread writes to /dev/null where it would wake another.
  for (let fd = FIRST; fd < FIRST + count; fd++) {
    if (fd === filler) libc.fcntl(fd, F_SETFD, 0);
    else if (fd !== keep) libc.dup3(filler, fd, 0);
  }
  if (keep !== undefined) libc.fcntl(keep, F_SETFD, 0);
  restoreStandardFlags();
  const error = execute(again);
  try {
    writeSync(STDERR, `ancillary: cannot begin anew: ${error.message}\n`);
  } catch {
    // The exit status alone says it.
  }
  exitNow(1);
}

/** Takes numbers that have become free, before anything else does. */
export function fillRoom(): void {
  const { libc } = native();
  const filler = openSync(NULL, 'r');
  for (let fd = FIRST; fd < FIRST + (room ?? 0); fd++) {
    if (fd !== filler && libc.fcntl(fd, F_GETFD, 0) < 0) libc.dup3(filler, fd, O_CLOEXEC);
  }
}

/** How much room this process has made before it began anew; undefined if it has not. */
function roomMade(): number | undefined {
  const [pid, count] = (process.env[MARK] ?? '').split(':').map(Number);
  delete process.env[MARK];
  return pid === process.pid && count !== undefined ? count : undefined;
}

/** RLIMIT_NOFILE. */
function mostOpen(): number {
  const { libc, codec, base, scratch } = native();
  if (libc.getrlimit(RLIMIT_NOFILE, base + scratch) < 0) throw systemError('getrlimit', libc.errno());
  return Number(codec.view.getBigUint64(scratch, true));
}

/** Refuses more descriptors than there is room for, and numbers that are somebody else's. */
export function checkRoom(count: number): void {
  if (count > (room ?? 0)) {
    throw new AncillaryError(
      'ERR_TOO_LARGE',
      `${count} descriptors for one program; there is room for ${room ?? 0}, a quarter of ulimit -n and ${MOST} at most`,
    );
  }
  for (let fd = FIRST; fd < FIRST + count; fd++) {
    const target = targetOf(fd);
    // Free, where the command's own socket was until now.
    if (target === undefined || target === NULL) continue;
    throw new AncillaryError('EBADF', `descriptor ${fd} is in use already: ${target}`);
  }
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
