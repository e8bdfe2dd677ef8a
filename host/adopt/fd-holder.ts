import { show } from '../check/show.js';
import { INT_MAX } from '../check/values.js';
import { invalidArgument } from '../errors/error.js';
import { closeFd, numberOf, OwnedFd, takeFd } from '../fd/owned-fd.js';
import { refuseUnread } from '../socket/receiving/unread.js';

/** What owns one descriptor and can give it away: an OwnedFd, a socket or a listener of this library. */
export interface FdHolder {
  /** Its number, lent. */
  readonly fd: number;
  /** Of a stream: how many bytes of it are held here, which its descriptor alone lacks. */
  readonly unread?: number;
  /** Gives the descriptor away and returns its number. */
  release(): number;
}

/**
 * The number that `owned` holds; throws for what holds none, `ERR_CLOSED` for what holds none any more, and `ERR_UNREAD`
 * for a stream that bytes are left in.
 */
export function numberOfHolder(owned: FdHolder, api: string): number {
  if (OwnedFd.isOwnedFd(owned)) return numberOf(owned);
  if (typeof owned === 'object' && owned !== null && typeof owned.release === 'function') {
    refuseUnread(owned.unread ?? 0);
    const { fd } = owned;
    if (Number.isInteger(fd) && fd >= 0 && fd <= INT_MAX) return fd;
  }
  const advice = typeof owned === 'number' ? ': OwnedFd.adopt makes one of a number' : '';
  throw invalidArgument(`${api} takes an OwnedFd, or a socket of this library, not ${show(owned)}${advice}`);
}

/** Closes the number of what has another owner by now, under another number. Never throws: that one is what counts. */
export function giveUp(owned: FdHolder): void {
  try {
    closeFd(OwnedFd.isOwnedFd(owned) ? takeFd(owned) : owned.release());
  } catch {
    // Closed behind its owner's back, or a worker has no number left to release it to: then it stays its owner's.
  }
}
