import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { show } from '../check/show.js';
import { AncillaryError, invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { duplicateFd, numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { numberOfSendable } from '../fd/sendable.js';
import { reserveStack } from '../runtime/stack.js';
import { takeDescriptorsAgain } from './queued.js';
import { refusal } from './takers.js';

/** What is taken out of a net.Socket. */
export interface FromNetSocket {
  /** The connection. It is non-blocking, as Node had it. */
  readonly fd: OwnedFd;
  /** What Node had read of it and nobody had taken: it comes before whatever is read from the connection next. */
  readonly unread: Buffer;
}

/** What is used of a net.Socket that is no public part of it. */
interface Inside {
  readonly _handle: { readStop(): number; reading?: boolean; readonly writeQueueSize?: number };
  /** Node's HTTP parser reads past the socket. */
  readonly parser?: unknown;
}

/**
 * Takes the connection out of a net.Socket, which is destroyed: its `close` is emitted, but the peer is told nothing,
 * neither an end nor a reset. No byte is lost and none comes twice: what Node has read and nobody has taken is `unread`.
 * Whoever reads the socket by a `data` listener, a pipe or a loop gets nothing more of it from this call on.
 *
 * Throws, and the net.Socket is as before: `ERR_CLOSED` for one that has no connection (yet); `ERR_BUSY` while something
 * written has not been sent (wait for the callback of `write`), while its end has not been sent, and while HTTP has it
 * (after `upgrade` or `connect` it may be taken; what came with that event's head is not in `unread`);
 * `ERR_UNSUPPORTED` for a TLS socket, and after `setEncoding`, which may keep half a character.
 */
export function fromNetSocket(socket: Socket): FromNetSocket {
  if (typeof socket?.read !== 'function' || typeof socket.destroy !== 'function' || !('_handle' in socket)) {
    throw invalidArgument(`fromNetSocket takes a net.Socket, not ${show(socket)}`);
  }
  const number = numberOfSendable(socket);
  checkIdle(socket);
  const { _handle: handle } = socket as unknown as Inside;
  reserveStack('plenty');
  const fd = duplicateFd(number, originOf('taken out of a net.Socket', fromNetSocket));
  try {
    handle.readStop();
    handle.reading = false;
    const unread = takeUnread(socket);
    socket.destroy();
    takeDescriptorsAgain(socket, numberOf(fd));
    return { fd, unread };
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}

function checkIdle(socket: Socket): void {
  const { parser, _handle: handle } = socket as unknown as Inside;
  if (socket.connecting) throw new AncillaryError('ERR_CLOSED', 'this socket is not connected yet');
  if (parser !== undefined && parser !== null)
    throw busy('HTTP has this socket: wait for its upgrade or connect event');
  if (socket.writableLength > 0 || (handle.writeQueueSize ?? 0) > 0) {
    throw busy('this socket has not sent all that was written: wait for the callback of write');
  }
  if (socket.writableEnded && !socket.writableFinished) {
    throw busy('the end of this socket has not been sent: wait for its finish event');
  }
  if (socket.readableEncoding !== null) {
    throw refusal(
      'this socket decodes what it reads (setEncoding), and may keep half a character: take it before that',
    );
  }
}

function busy(message: string): AncillaryError {
  return new AncillaryError('ERR_BUSY', message);
}

/** What is buffered. To read emits `data`, which would have it handled twice: nobody is told of anything. */
export function takeUnread(socket: Socket): Buffer {
  const isOwn = Object.hasOwn(socket, 'emit');
  const { emit } = socket;
  const chunks: Uint8Array[] = [];
  socket.emit = () => false;
  try {
    if (socket.readableFlowing) socket.pause();
    // Exactly what is there: to read beyond it would emit the end.
    while (socket.readableLength > 0) chunks.push(socket.read(socket.readableLength));
  } finally {
    if (isOwn) socket.emit = emit;
    else Reflect.deleteProperty(socket, 'emit');
  }
  return Buffer.concat(chunks);
}
