import {
  type Message,
  type ReceiveOptions,
  type SendOptions,
  type SocketOptions,
  UnixListener,
  UnixStream,
} from 'ancillary';

/** The same calls, asynchronous and as their Sync twins. */
export interface Variant {
  name: string;
  listen: (path: string, options?: SocketOptions) => Promise<UnixListener> | UnixListener;
  accept: (listener: UnixListener) => Promise<UnixStream> | UnixStream;
  connect: (path: string, options?: SocketOptions) => Promise<UnixStream> | UnixStream;
  send: (stream: UnixStream, data: Uint8Array | string, options?: SendOptions) => Promise<number> | number;
  receive: (stream: UnixStream, options?: ReceiveOptions) => Promise<Message | null> | Message | null;
  close: (closable: UnixStream | UnixListener) => Promise<void> | void;
}

export const variants: Variant[] = [
  {
    name: 'async',
    listen: (path, options) => UnixListener.listen(path, options),
    accept: (listener) => listener.accept(),
    connect: (path, options) => UnixStream.connect(path, options),
    send: (stream, data, options) => stream.send(data, options),
    receive: (stream, options) => stream.receive(options),
    close: (closable) => closable.close(),
  },
  {
    name: 'sync',
    listen: (path, options) => UnixListener.listenSync(path, options),
    accept: (listener) => listener.acceptSync(),
    connect: (path, options) => UnixStream.connectSync(path, options),
    send: (stream, data, options) => stream.sendSync(data, options),
    receive: (stream, options) => stream.receiveSync(options),
    close: (closable) => closable.closeSync(),
  },
];
