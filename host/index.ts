/**
 * `ancillary`: pass open files and credentials between processes. Linux; the codec part works everywhere.
 *
 * @module ancillary
 */
export type { FdHolder } from './adopt/fd-holder.js';
export { fromDgram } from './adopt/from-dgram.js';
export { fromFileHandle } from './adopt/from-file-handle.js';
export { fromNetServer } from './adopt/from-net-server.js';
export { type FromNetSocket, fromNetSocket } from './adopt/from-net-socket.js';
export { type ToDgramOptions, toDgram } from './adopt/to-dgram.js';
export { toFileHandle } from './adopt/to-file-handle.js';
export { type ToNetServerOptions, toNetServer } from './adopt/to-net-server.js';
export { type ToNetSocketOptions, toNetSocket } from './adopt/to-net-socket.js';
export { type ToStreamOptions, toReadStream, toWriteStream } from './adopt/to-stream.js';
export { type ToTtyOptions, toTty } from './adopt/to-tty.js';
export * from './codec.js';
export { closeAll } from './fd/close-all.js';
export { type EventfdOptions, eventfd } from './fd/eventfd.js';
export type { FdKind } from './fd/kind.js';
export { type MemfdOptions, memfd, type Seal } from './fd/memfd.js';
export { OwnedFd } from './fd/owned-fd.js';
export { pidfd } from './fd/pidfd.js';
export { type Pipe, pipe } from './fd/pipe.js';
export { openPty, type Pty, type PtyOptions } from './fd/pty.js';
export type { Sendable } from './fd/sendable.js';
export type { WaitOptions } from './reactor/limit.js';
export { type BindAddress, parseAddress, type UnixAddress } from './socket/address/address.js';
export type { InetAddress, InetTarget } from './socket/address/inet-address.js';
export { type BindOptions, type Datagram, type DatagramHead, UnixDatagram } from './socket/datagram.js';
export type { StreamDuplex, StreamDuplexOptions } from './socket/duplex.js';
export type { Data } from './socket/frame/data.js';
export type { Credentials, MessageTrace } from './socket/frame/frame.js';
export type { Message, MessageHead, ReceivedControl } from './socket/frame/message.js';
export type { Listener } from './socket/listener.js';
export type { Many, MessageSocket } from './socket/message-socket.js';
export type { Adoptable } from './socket/opening/adopt.js';
export type { AdoptListenerOptions, ListenOptions } from './socket/opening/listen.js';
export { constants } from './socket/options/constants.js';
export type { SocketOptions } from './socket/options/socket-options.js';
export type { UdpOptions } from './socket/options/udp-options.js';
export type { RequiredPeer } from './socket/peer.js';
export type {
  ReadOptions,
  ReadSyncOptions,
  ReadUntilOptions,
  ReadUntilSyncOptions,
  StreamMessage,
} from './socket/receiving/read.js';
export type { ErrorQueueOption, ReceiveOptions, ReceiveSyncOptions } from './socket/receiving/receive.js';
export type { ReceiveManyOptions, ReceiveManySyncOptions } from './socket/receiving/receive-many.js';
export type { Addressed, MessageToSend, SendOptions, SendSyncOptions } from './socket/sending/send.js';
export { UnixSeqpacket } from './socket/seqpacket.js';
export { type PairOptions, type PairType, socketpair } from './socket/socketpair.js';
export { UnixStream } from './socket/stream.js';
export {
  type UdpAdoptOptions,
  type UdpBindOptions,
  type UdpConnectOptions,
  type UdpMessage,
  type UdpMessageHead,
  type UdpMessageToSend,
  type UdpSendOptions,
  type UdpSendSyncOptions,
  UdpSocket,
} from './socket/udp.js';
export { UnixListener, UnixSeqpacketListener } from './socket/unix-listener.js';
