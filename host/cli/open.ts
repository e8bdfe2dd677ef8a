import { constants, fstatSync, openSync, statSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import { numberOf, type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { F_SETFL, O_CLOEXEC, SCM_MAX_FD, SPLICE_F_NONBLOCK } from '../libc/constants.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';

const ADVICE: Record<string, string> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'permission denied; run as a user who may read it',
  EMFILE: 'too many open files; pass fewer at once, or raise the limit with ulimit -n',
  ELOOP: 'its symbolic links form a loop',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the path is too long',
};

/** Opens the files read-only, to be passed. All or none: a failure closes those already open. */
export function openFiles(files: readonly string[]): OwnedFd[] {
  if (files.length > SCM_MAX_FD) {
    throw new AncillaryError(
      'ERR_INVALID_ARGUMENT',
      `${files.length} files; Linux passes at most ${SCM_MAX_FD} descriptors in one message, send fewer at once`,
    );
  }
  // Before anything is open: where there is no libc to call, nothing could be closed either.
  native();
  const fds: OwnedFd[] = [];
  try {
    for (const file of files) {
      const fd = openFile(file);
      fds.push(fd);
      prepare(fd, file);
    }
    return fds;
  } catch (error) {
    closeAll(fds);
    throw error;
  }
}

function openFile(file: string): OwnedFd {
  try {
    // Non-blocking: to open a FIFO that nobody writes to would otherwise block for ever.
    return ownFd(openSync(file, constants.O_RDONLY | constants.O_NONBLOCK), 'opened by ancillary');
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot open ${file}: ${adviceOn(code, file) ?? message}`);
  }
}

function adviceOn(code: string, file: string): string | undefined {
  // What is no UTF-8 in an argument has become this before it is seen here.
  if (code === 'ENOENT' && file.includes('\ufffd')) {
    return 'there is no such file; a name that is not UTF-8 cannot be given: link it to one that is';
  }
  return code === 'ENXIO' || code === 'ENODEV' ? adviceOnDevice(file) : ADVICE[code];
}

/** What can be done about a file behind which there is nothing: that depends on what it is. */
function adviceOnDevice(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isSocket()) return 'it is a socket; connect to it instead';
  if (stat?.isFIFO()) return 'it is a FIFO that nobody has open at its other end; start that program first';
  if (stat?.isCharacterDevice() && stat.rdev === TTY) {
    return 'this process has no controlling terminal; pass the terminal by its own name, as tty(1) prints it';
  }
  if (stat?.isCharacterDevice() || stat?.isBlockDevice()) {
    return 'it is a device that no driver answers for; load its driver, or attach it';
  }
  return undefined;
}

/** /dev/tty: device 5, 0 (Documentation/admin-guide/devices.txt of Linux), whatever the name. */
const TTY = 0x500;

/** Refuses what no receiver could read, and makes the description block, as receivers expect. */
function prepare(fd: OwnedFd, file: string): void {
  const stat = fstatSync(numberOf(fd));
  if (stat.isDirectory()) {
    throw new AncillaryError('EISDIR', `cannot pass ${file}: it is a directory; name its files instead`);
  }
  if (stat.isFIFO() && !mayHaveWriter(fd)) {
    throw new AncillaryError('ENXIO', `cannot pass ${file}: a FIFO that nobody writes to; start its writer first`);
  }
  // This description is ours alone so far.
  const { libc } = native();
  if (libc.fcntl(numberOf(fd), F_SETFL, 0) < 0) throw systemError('fcntl', libc.errno(), `on ${file}`);
}

/** Whether a FIFO has bytes or a writer. tee(2) tells without taking a byte: 0 means empty and nobody there. */
function mayHaveWriter(fifo: OwnedFd): boolean {
  const { libc } = native();
  const pipe = makePipe();
  try {
    // A failure is EAGAIN for a writer that has not written, or means that it cannot be told.
    return libc.tee(numberOf(fifo), numberOf(pipe[1]), 1, SPLICE_F_NONBLOCK) !== 0;
  } finally {
    closeAll(pipe);
  }
}

/** A pipe, close-on-exec: the end to read from, and the one to write to. */
export function makePipe(): [OwnedFd, OwnedFd] {
  const { libc, codec, base, scratch } = native();
  if (libc.pipe2(base + scratch, O_CLOEXEC) < 0) throw systemError('pipe2', libc.errno());
  const { view } = codec;
  return [view.getInt32(scratch, true), view.getInt32(scratch + 4, true)].map((number) =>
    ownFd(number, 'a pipe of ancillary'),
  ) as [OwnedFd, OwnedFd];
}
