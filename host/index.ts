/**
 * `ancillary`: pass open files and credentials between processes. Linux; the codec part works everywhere.
 *
 * @module ancillary
 */
export * from './codec.js';
export { closeAll } from './fd/close-all.js';
export { OwnedFd } from './fd/owned-fd.js';
export type { WaitOptions } from './reactor/limit.js';
export type { BindAddress, UnixAddress } from './socket/address.js';
export type { Adoptable } from './socket/adopt.js';
export type { Data } from './socket/data.js';
export { type BindOptions, type Datagram, type DatagramHead, UnixDatagram } from './socket/datagram.js';
export type { Credentials, MessageTrace } from './socket/frame.js';
export type { AdoptListenerOptions, ListenOptions } from './socket/listen.js';
export type { Listener } from './socket/listener.js';
export type { Message, MessageHead, ReceivedControl } from './socket/message.js';
export type { MessageSocket } from './socket/message-socket.js';
export type { RequiredPeer } from './socket/peer.js';
export type { ReceiveOptions, ReceiveSyncOptions } from './socket/receive.js';
export type { Addressed, SendOptions, SendSyncOptions } from './socket/send.js';
export type { Sendable } from './socket/sendable.js';
export { UnixSeqpacket } from './socket/seqpacket.js';
export type { SocketOptions } from './socket/socket-options.js';
export { type PairOptions, type PairType, socketpair } from './socket/socketpair.js';
export { UnixStream } from './socket/stream.js';
export { UnixListener, UnixSeqpacketListener } from './socket/unix-listener.js';
