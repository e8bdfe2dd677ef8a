/**
 * All that the hand-off uses of the library. In Node it is a file of its own beside the one that holds it, so that each
 * class and its state exist once, and who only passes descriptors loads none of it.
 */
export { type FdHolder, giveUp, numberOfHolder } from '../adopt/fd-holder.js';
export { closeKeeping, socketFileOf } from '../adopt/from-net-server.js';
export { takeUnread } from '../adopt/from-net-socket.js';
export { isConnected } from '../adopt/look.js';
export { toNetServer } from '../adopt/to-net-server.js';
export { toNetSocket } from '../adopt/to-net-socket.js';
export { byteLengthOf, checkHeld, isBytes } from '../check/bytes.js';
export { escapeControls } from '../check/escape.js';
export { checkOptions, optionNames } from '../check/options.js';
export { show } from '../check/show.js';
export { checkFunction, checkInteger, INT_MAX } from '../check/values.js';
export { AncillaryError, invalidArgument } from '../errors/error.js';
export { closeAside } from '../fd/close-aside.js';
export { kindOf, statFd } from '../fd/kind.js';
export { memfd } from '../fd/memfd.js';
export { duplicateFd, numberOf, type OwnedFd, takeFd } from '../fd/owned-fd.js';
export { numberOfSendable } from '../fd/sendable.js';
export {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SCM_MAX_FD,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_SNDBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../libc/constants.js';
export { native } from '../libc/native.js';
export { checkWait, limit, throwIfAborted, type WaitOptions } from '../reactor/limit.js';
export { builtin } from '../runtime/builtin.js';
export { clearTimeout, now, setImmediate, setTimeout, throwLater } from '../runtime/globals.js';
export { reserveStack } from '../runtime/stack.js';
export type { BindAddress, UnixAddress } from '../socket/address/address.js';
export type { Message } from '../socket/frame/message.js';
export { numberOfSocket } from '../socket/message-socket.js';
export { getOption } from '../socket/options/socket-options.js';
export { checkRequired, type RequiredPeer } from '../socket/peer.js';
export { UnixSeqpacket } from '../socket/seqpacket.js';
export { UnixSeqpacketListener } from '../socket/unix-listener.js';
