import { escapeControls } from '../../check/escape.js';
import type { AncillaryError } from '../../errors/error.js';
import { numberOf, type OwnedFd } from '../../fd/owned-fd.js';
import { EACCES, EADDRINUSE, ENOENT, systemError } from '../../libc/errno.js';
import { native } from '../../libc/native.js';
import { type Address, encodeAddress, hintAbstract, withAddress, withPath } from '../address/address.js';
import { ownerOf } from './file.js';
import { type Standing, standingAt } from './probe.js';
import { replaceStale } from './replace-stale.js';

/** How often it is begun anew when what is at the path changes in the middle. */
const TRIES = 20;

/** Binds `socket` to an address; for a path see `bindPath`. */
export function bindSocket(socket: OwnedFd, address: Address): void {
  const { path, label } = address;
  if (path !== undefined) {
    bindPath(socket, path);
    return;
  }
  const { libc } = native();
  const errno = withAddress(encodeAddress(address), (at, size) =>
    libc.bind(numberOf(socket), at, size) < 0 ? libc.errno() : 0,
  );
  if (errno === 0) return;
  const advice = errno === EADDRINUSE ? 'a socket has that name already: choose another one' : '';
  throw systemError('bind', errno, `to ${label}`, advice);
}

/**
 * Binds `socket` to `path`, in the place of a socket file that is dead; where there is anything else nothing is touched.
 * Several processes may want to at once: one of them does, the others find the place taken.
 */
function bindPath(socket: OwnedFd, path: string): void {
  const { libc } = native();
  const bind = () =>
    withPath(path, (address, size) => (libc.bind(numberOf(socket), address, size) < 0 ? libc.errno() : 0));
  for (let tries = 0; tries < TRIES; tries++) {
    const errno = bind();
    if (errno === 0) return;
    if (errno !== EADDRINUSE) throw explain(path, errno);
    const standing = standingAt(path);
    // Gone meanwhile.
    if (standing === 'nothing') continue;
    if (standing !== 'dead') throw inUse(path, describe(standing, path));
    const outcome = replaceStale(path, bind);
    if (outcome === 'bound') return;
    if (outcome === 'won') throw inUse(path, 'another process is beginning to listen there');
  }
  throw inUse(path, 'what is there changes all the time');
}

function describe(standing: Standing, path: string): string {
  switch (standing) {
    case 'no socket':
      return 'something that is no socket is there';
    case 'bound':
      return 'somebody is beginning to listen there';
    case 'listening':
      return 'somebody listens there';
    case 'seqpacket':
    case 'datagram':
      return `a ${standing} socket is bound there`;
    case 'secret':
      return `this user may not connect to the socket file there${ownerOf(path)}, so whether somebody listens cannot be told`;
    default:
      return 'what is there cannot be told';
  }
}

function inUse(path: string, why: string): AncillaryError {
  return systemError('bind', EADDRINUSE, `to ${escapeControls(path)}`, `${why}: choose another path`);
}

function explain(path: string, errno: number): AncillaryError {
  let advice = '';
  if (errno === ENOENT) advice = `its folder must exist${hintAbstract(path)}`;
  else if (errno === EACCES) advice = 'this user may not make a file in its folder';
  return systemError('bind', errno, `to ${escapeControls(path)}`, advice);
}
