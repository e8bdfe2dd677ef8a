/**
 * All that the hand-off uses of the library. In Node it is a file of its own beside the one that holds it, so that each
 * class and its state exist once, and who only passes descriptors loads none of it.
 */
export { type FdHolder, giveUp, numberOfHolder } from '../adopt/fd-holder.js';
export { isConnected } from '../adopt/look.js';
export { byteLengthOf, checkHeld, isBytes } from '../check/bytes.js';
export { escapeControls } from '../check/escape.js';
export { checkOptions, optionNames } from '../check/options.js';
export { show } from '../check/show.js';
export { checkFunction, checkInteger, INT_MAX } from '../check/values.js';
export { AncillaryError, invalidArgument } from '../errors/error.js';
export { closeAside } from '../fd/close-aside.js';
export { kindOf, statFd } from '../fd/kind.js';
export { memfd } from '../fd/memfd.js';
export { numberOf, type OwnedFd, takeFd } from '../fd/owned-fd.js';
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
export { clearTimeout, now, setImmediate, setTimeout, throwLater } from '../runtime/globals.js';
export type { BindAddress, UnixAddress } from '../socket/address/address.js';
export type { Message } from '../socket/frame/message.js';
export { numberOfSocket } from '../socket/message-socket.js';
export { getOption } from '../socket/options/socket-options.js';
export { checkRequired, type RequiredPeer } from '../socket/peer.js';
export { UnixSeqpacket } from '../socket/seqpacket.js';
export { UnixSeqpacketListener } from '../socket/unix-listener.js';
