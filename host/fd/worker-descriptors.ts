import { closeSync as nodeCloseSync, openSync as nodeOpenSync } from 'node:fs';
import { F_DUPFD_CLOEXEC, O_CLOEXEC, O_PATH } from '../libc/constants.js';
import { EBADF, EMFILE, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { isWorker } from '../runtime/thread.js';

/*
 * Descriptors that a worker thread owns. The worker may be ended at any moment, by terminate() too, when none of its
 * code runs any more; and nobody else may know of this library. But Node closes whatever was opened with fs.open in a
 * worker and not closed with fs.close (the option trackUnmanagedFds of a Worker, true by default). So the descriptor
 * is put in the place of one that was opened so. Where Node does not do that, or does not let us (no number is left, or
 * `--permission` forbids to read the root folder), it is closed by a listener for the worker's exit, which terminate()
 * does not call.
 */

/** Whether this is a worker thread: the functions below are for those only. */
export { isWorker };

// As they are now: they may be replaced later, by mocks for instance.
const openSync = nodeOpenSync;
const closeSync = nodeCloseSync;

/** Whether Node closes what is left open here; undefined until that has been tried. */
let isTracking: boolean | undefined;

/** Whether Node closes what is left open when this worker ends, however it does. */
export function isWatchedOver(): boolean {
  return isTracking === true;
}

/** Has the descriptor closed when this worker ends, however it does. Returns the number that it has from now on. */
export function keepInWorker(fd: number): number {
  isTracking ??= findTracking(fd);
  const place = isTracking ? openPlace() : -1;
  if (place < 0) return keepPlain(fd);
  const { libc } = native();
  if (libc.dup3(fd, place, O_CLOEXEC) >= 0) {
    libc.close(fd);
    plain.delete(place);
    return place;
  }
  closeThroughNode(place);
  return keepPlain(fd);
}

/**
 * Has a descriptor stand as if fs.open had opened it in this worker, for what closes it with fs.close: Node complains of
 * one that it does not know. Returns the number that it has from now on.
 */
export function keepForNode(fd: number): number {
  const kept = keepInWorker(fd);
  plain.delete(kept);
  return kept;
}

/** Closes any descriptor, kept or not; returns 0 or an errno. */
export function closeInWorker(fd: number): number {
  if (plain.delete(fd) && isOver) return 0;
  // Also one that was never kept: it may have been opened with fs.open, and Node would close its number again.
  return closeThroughNode(fd).errno;
}

/**
 * Ends the keeping without closing, and returns the number that the descriptor has from now on: Node would close the
 * old one at the worker's end, whomever it belongs to by then.
 */
export function releaseInWorker(fd: number): number {
  if (plain.delete(fd) || !isTracking) return fd;
  const { libc } = native();
  const released = libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (released < 0) {
    const errno = libc.errno();
    throw systemError('fcntl', errno, `to release descriptor ${fd}`, errno === EMFILE ? 'close some descriptors' : '');
  }
  closeThroughNode(fd);
  return released;
}

/** A new descriptor that Node watches over; -1 where it is refused. O_PATH: the folder is not even opened for reading. */
function openPlace(): number {
  try {
    return openSync('/', O_PATH);
  } catch {
    return -1;
  }
}

/**
 * Whether Node watches over descriptors here: then it complains of the closing of one that it does not know. Undefined
 * where there is no number left to try it with.
 */
function findTracking(fd: number): boolean | undefined {
  const unknown = native().libc.fcntl(fd, F_DUPFD_CLOEXEC, 0);
  return unknown < 0 ? undefined : closeThroughNode(unknown).isUnknown;
}

/** Closes a descriptor with fs.close, whether Node knows it or not. */
function closeThroughNode(fd: number): { errno: number; isUnknown: boolean } {
  const { emitWarning } = process;
  let isUnknown = false;
  const note = () => {
    isUnknown = true;
  };
  Reflect.set(process, 'emitWarning', note);
  let errno = 0;
  try {
    closeSync(fd);
  } catch (error) {
    errno = Math.abs((error as NodeJS.ErrnoException).errno ?? EBADF);
  }
  Reflect.set(process, 'emitWarning', emitWarning);
  return { errno, isUnknown };
}

/** Those that Node does not know of. */
const plain = new Set<number>();
let isListening = false;
let isOver = false;

function keepPlain(fd: number): number {
  if (!isListening) process.once('exit', closePlain);
  isListening = true;
  if (isOver) plain.delete(fd);
  else plain.add(fd);
  return fd;
}

/** The list stays: who closes one of them after that must not hit a stranger. */
function closePlain(): void {
  const { libc } = native();
  isOver = true;
  for (const fd of plain) libc.close(fd);
}
