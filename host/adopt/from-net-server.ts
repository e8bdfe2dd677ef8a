import { existsSync, linkSync, renameSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { resolve } from 'node:path';
import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { duplicateFd, type OwnedFd } from '../fd/owned-fd.js';
import { numberOfSendable } from '../fd/sendable.js';
import { now } from '../runtime/globals.js';
import { reserveStack } from '../runtime/stack.js';
import { refusedByNode } from './hand-over.js';

/**
 * Takes the listening socket out of a net.Server (or one of node:http, node:tls), which is closed: it accepts nothing
 * more, those it has accepted stay. Connections that wait to be accepted stay in line. A socket file stays in place, and
 * is missed for an instant only: Node removes it when it closes a server that made it.
 *
 * Throws, and the server is as before: `ERR_CLOSED` for one that does not listen; `ERR_UNSUPPORTED` in a worker of
 * node:cluster, where the socket is the primary's; and where its socket file cannot be kept.
 */
export function fromNetServer(server: Server): OwnedFd {
  if (typeof server?.listen !== 'function' || typeof server.close !== 'function' || !('_handle' in server)) {
    throw invalidArgument(`fromNetServer takes a net.Server, not ${show(server)}`);
  }
  const number = numberOfSendable(server);
  const path = socketFileOf(server);
  reserveStack('plenty');
  const fd = duplicateFd(number, originOf('taken out of a net.Server', fromNetServer));
  try {
    if (path) closeKeeping(() => server.close(), path);
    else server.close();
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}

/** The path of the socket file that a server listens at, if it does. */
export function socketFileOf(server: Server): string | undefined {
  const address = server.address();
  return typeof address === 'string' && !address.startsWith('\0') ? address : undefined;
}

/** Runs `close` with another name for the socket file `file` meanwhile, which then gets its own again. */
export function closeKeeping(close: () => void, file: string): void {
  const path = resolve(file);
  const other = `${path}.${process.pid}.${now()}`;
  const isKept = keep(path, other);
  // Node removes the file before this returns, if it made it.
  close();
  if (!isKept) return;
  if (existsSync(path)) unlinkSync(other);
  else renameSync(other, path);
}

/** Codes of a folder that cannot be written: Node removes nothing there either. */
const FIXED = ['EACCES', 'EROFS'];

/** False where the file needs no keeping, or there is none (any more). */
function keep(path: string, other: string): boolean {
  try {
    linkSync(path, other);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || FIXED.includes(code)) return false;
    throw refusedByNode(error);
  }
}
