import { closeAside } from '../fd/close-aside.js';
import { closeFd, numberOf, type OwnedFd, takeFd } from '../fd/owned-fd.js';
import { FIONREAD, POLLIN } from '../libc/constants.js';
import { native } from '../libc/native.js';

/**
 * Closes a connected socket. With it die the messages that nobody has received, and with these descriptors that a peer
 * sent: their last close may take as long as the peer likes (SO_LINGER), so that one with unread messages is closed
 * aside.
 */
export function closeSocket(owned: OwnedFd): void {
  if (hasUnread(numberOf(owned))) closeAside([takeFd(owned)]);
  else closeFd(takeFd(owned));
}

/** Closes a listening socket, with which die the connections that nobody has accepted, and what was sent on them. */
export function closeListener(owned: OwnedFd): void {
  if (isReadable(numberOf(owned))) closeAside([takeFd(owned)]);
  else closeFd(takeFd(owned));
}

/** By poll(2): to accept would take a connection from whoever else holds the listener. */
function isReadable(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  // struct pollfd: fd, events, revents.
  codec.view.setInt32(scratch, fd, true);
  codec.view.setInt32(scratch + 4, POLLIN, true);
  return libc.poll(base + scratch, 1, 0) > 0;
}

function hasUnread(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  return libc.ioctl(fd, FIONREAD, base + scratch) === 0 && codec.view.getInt32(scratch, true) > 0;
}
