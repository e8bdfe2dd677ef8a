/**
 * All that the adapters use of the library. In Node they are small files in front of the one that holds it, so that each
 * class and its state exist once, whichever of them a program loads.
 */
export { toNetServer } from '../adopt/to-net-server.js';
export { byteLengthOf, checkHeld, isBytes, viewOf } from '../check/bytes.js';
export { checkOptions, optionNames } from '../check/options.js';
export { show } from '../check/show.js';
export { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
export { AncillaryError, invalidArgument } from '../errors/error.js';
export { closeAll } from '../fd/close-all.js';
export { closeAside } from '../fd/close-aside.js';
export { originOf } from '../fd/origin.js';
export { numberOf, OwnedFd, ownFd, refuseOwned, takeFd } from '../fd/owned-fd.js';
export { pipe } from '../fd/pipe.js';
export { numberOfSendable, type Sendable } from '../fd/sendable.js';
export {
  AF_UNIX,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  FD_CLOEXEC,
  FIONREAD,
  O_NONBLOCK,
  POLLIN,
  SCM_MAX_FD,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../libc/constants.js';
export { EAGAIN, EBADF, EINVAL, ENAMETOOLONG, ENOBUFS, errnoName, systemError } from '../libc/errno.js';
export { native } from '../libc/native.js';
export { checkWait, type WaitOptions } from '../reactor/limit.js';
export { startedReactor } from '../reactor/reactor.js';
export { GO_ON, NOT_YET, untilEvent, untilReady } from '../reactor/wait.js';
export { now, setImmediate, throwLater } from '../runtime/globals.js';
export { reserveStack } from '../runtime/stack.js';
export { isWorker } from '../runtime/thread.js';
export {
  checkAddress,
  decodeAddress,
  encodeAddress,
  PATH_MAX_BYTES,
  type UnixAddress,
  withAddress,
} from '../socket/address/address.js';
export { makeDatagram, UnixDatagram } from '../socket/datagram.js';
export type { Message } from '../socket/frame/message.js';
export { makeBlocking, makeSocket } from '../socket/opening/make-socket.js';
export { DATAGRAM } from '../socket/options/nature.js';
export { getOption, settingsOf } from '../socket/options/socket-options.js';
export { attemptReceive } from '../socket/receiving/attempt-receive.js';
export { roomWith } from '../socket/receiving/receive.js';
export { attemptSend } from '../socket/sending/attempt-send.js';
export { checkMessage } from '../socket/sending/send.js';
export { UnixStream } from '../socket/stream.js';
export { UnixListener, UnixSeqpacketListener } from '../socket/unix-listener.js';
