import { constants, fstatSync, openSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { type OwnedFd, ownFd } from '../fd/owned-fd.js';
import { F_SETFL, O_CLOEXEC, SCM_MAX_FD, SPLICE_F_NONBLOCK } from '../libc/constants.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';

const ADVICE: Record<string, string> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'permission denied; run as a user who may read it',
  EMFILE: 'too many open files; pass fewer at once, or raise the limit with ulimit -n',
  ENXIO: 'it is a socket; connect to it instead',
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
  const fds: OwnedFd[] = [];
  try {
    for (const file of files) fds.push(openFile(file));
    return fds;
  } catch (error) {
    for (const fd of fds) fd.close();
    throw error;
  }
}

function openFile(file: string): OwnedFd {
  let number: number;
  try {
    // Non-blocking: to open a FIFO that nobody writes to would otherwise block for ever.
    number = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot open ${file}: ${ADVICE[code] ?? message}`);
  }
  const fd = ownFd(number, `opened from ${file}`);
  try {
    const stat = fstatSync(number);
    if (stat.isDirectory()) {
      throw new AncillaryError('EISDIR', `cannot pass ${file}: it is a directory; name its files instead`);
    }
    if (stat.isFIFO() && !hasWriter(number)) {
      throw new AncillaryError('ENXIO', `cannot pass ${file}: a FIFO that nobody writes to; start its writer first`);
    }
    // This description is ours alone so far; the receiver expects one that blocks.
    const { libc } = native();
    if (libc.fcntl(number, F_SETFL, 0) < 0) throw systemError('fcntl', libc.errno(), `on ${file}`);
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

/** Whether a FIFO has bytes or a writer. tee(2) tells without taking a byte: 0 means empty and nobody there. */
function hasWriter(fifo: number): boolean {
  const { libc, codec, base, scratch } = native();
  if (libc.pipe2(base + scratch, O_CLOEXEC) < 0) throw systemError('pipe2', libc.errno());
  const from = codec.view.getInt32(scratch, true);
  const to = codec.view.getInt32(scratch + 4, true);
  const copied = libc.tee(fifo, to, 1, SPLICE_F_NONBLOCK);
  const errno = copied < 0 ? libc.errno() : 0;
  libc.close(from);
  libc.close(to);
  return copied > 0 || errno === EAGAIN;
}
