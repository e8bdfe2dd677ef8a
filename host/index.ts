/** `ancillary`: pass open files and credentials between processes. Linux; the codec part works everywhere. */
export * from './codec.js';
export { closeAll } from './fd/close-all.js';
export { OwnedFd } from './fd/owned-fd.js';
export type { WaitOptions } from './reactor/limit.js';
export type { Credentials, MessageTrace } from './socket/frame.js';
export { type ListenOptions, UnixListener } from './socket/listener.js';
export type { Message, ReceiveOptions, ReceiveSyncOptions } from './socket/receive.js';
export type { Sendable, SendOptions, SendSyncOptions } from './socket/send.js';
export { type StreamOptions, socketpair, UnixStream } from './socket/stream.js';
