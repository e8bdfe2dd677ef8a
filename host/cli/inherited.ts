/** Descriptors that whoever started the command has opened for it. */
import { readdirSync, readlinkSync } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { F_GETFL, O_ACCMODE } from '../libc/constants.js';
import { native } from '../libc/native.js';

/** What Node opens for itself at its start, from the first free number on. */
const NODES_OWN = /^anon_inode:\[(eventpoll|eventfd|io_uring)\]$/;

/**
 * The number, if that descriptor was inherited. Where it was not, the number may be one of Node's own, as 3 mostly is:
 * that must not be sent in the place of what somebody forgot to open.
 */
export function inheritedFd(fd: number): number {
  const target = targetOf(fd);
  if (target === undefined && modeOf(fd) < 0) throw notInherited(fd, 'is not open');
  if (target !== undefined && (NODES_OWN.test(target) || isPipeToOneself(fd, target))) {
    throw notInherited(fd, 'was not inherited, Node has opened it for itself');
  }
  return fd;
}

function notInherited(fd: number, what: string): AncillaryError {
  return new AncillaryError('EBADF', `descriptor ${fd} ${what}; in a shell ${fd}<FILE opens a file under that number`);
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/** O_RDONLY, O_WRONLY or O_RDWR; negative for what is not open. */
function modeOf(fd: number): number {
  const flags = native().libc.fcntl(fd, F_GETFL, 0);
  return flags < 0 ? flags : flags & O_ACCMODE;
}

/** Whether it is a pipe whose other end is here, too. */
function isPipeToOneself(fd: number, target: string): boolean {
  if (!target.startsWith('pipe:')) return false;
  const mode = modeOf(fd);
  return readdirSync('/proc/self/fd').some(
    (name) => targetOf(Number(name)) === target && modeOf(Number(name)) !== mode,
  );
}
