import { fail, succeed } from '../reactor/wait.js';
import type { BindAddress } from './address/address.js';
import { Listener, type Listening } from './listener.js';
import { KEY } from './message-socket.js';
import type { Adoptable } from './opening/adopt.js';
import { type AdoptListenerOptions, adoptListener, type ListenOptions, listen } from './opening/listen.js';
import { SEQPACKET, STREAM } from './options/nature.js';
import { makeSeqpacket, type UnixSeqpacket } from './seqpacket.js';
import { makeStream, type UnixStream } from './stream.js';

/** Accepts Unix stream connections at an address. */
export class UnixListener extends Listener<UnixStream> {
  private constructor(key: symbol, listening: Listening<UnixStream>) {
    super(key, listening);
  }

  /**
   * Listens at `address`. A socket file there that refuses connections is stale and is replaced; where somebody listens,
   * or where there is anything that is no socket, nothing is touched and `EADDRINUSE` is thrown.
   */
  static listen(address: BindAddress, options?: ListenOptions): Promise<UnixListener> {
    return later(() => listen(address, options, STREAM, makeStream, makeStreamListener, listenStream.later));
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(address: BindAddress, options?: ListenOptions): UnixListener {
    return listen(address, options, STREAM, makeStream, makeStreamListener, listenStream.sync);
  }

  /**
   * Makes one of a listening socket that this process has already: inherited (LISTEN_FDS), received, handed over. It is
   * this object's to close from now on, and close-on-exec; a socket file is never removed. A blocking one, which others
   * may share, is made non-blocking only when told so.
   */
  static adopt(fd: Adoptable, options?: AdoptListenerOptions): UnixListener {
    return adoptListener(fd, options, STREAM, makeStream, makeStreamListener, listenStream.adopt);
  }
}

/** Accepts Unix seqpacket connections at an address. */
export class UnixSeqpacketListener extends Listener<UnixSeqpacket> {
  private constructor(key: symbol, listening: Listening<UnixSeqpacket>) {
    super(key, listening);
  }

  /** As `UnixListener.listen`. */
  static listen(address: BindAddress, options?: ListenOptions): Promise<UnixSeqpacketListener> {
    return later(() =>
      listen(address, options, SEQPACKET, makeSeqpacket, makeSeqpacketListener, listenSeqpacket.later),
    );
  }

  /** As `listen`: nothing in it needs to wait. */
  static listenSync(address: BindAddress, options?: ListenOptions): UnixSeqpacketListener {
    return listen(address, options, SEQPACKET, makeSeqpacket, makeSeqpacketListener, listenSeqpacket.sync);
  }

  /** As `UnixListener.adopt`. */
  static adopt(fd: Adoptable, options?: AdoptListenerOptions): UnixSeqpacketListener {
    return adoptListener(fd, options, SEQPACKET, makeSeqpacket, makeSeqpacketListener, listenSeqpacket.adopt);
  }
}

// Not by the names of the classes within them: the bundler would give them others.
const listenStream = { later: UnixListener.listen, sync: UnixListener.listenSync, adopt: UnixListener.adopt };
const listenSeqpacket = {
  later: UnixSeqpacketListener.listen,
  sync: UnixSeqpacketListener.listenSync,
  adopt: UnixSeqpacketListener.adopt,
};

type Make<L, A> = new (key: symbol, listening: Listening<A>) => L;

function makeStreamListener(listening: Listening<UnixStream>): UnixListener {
  return new (UnixListener as unknown as Make<UnixListener, UnixStream>)(KEY, listening);
}

function makeSeqpacketListener(listening: Listening<UnixSeqpacket>): UnixSeqpacketListener {
  return new (UnixSeqpacketListener as unknown as Make<UnixSeqpacketListener, UnixSeqpacket>)(KEY, listening);
}

function later<T>(listening: () => T): Promise<T> {
  try {
    return succeed(listening());
  } catch (error) {
    return fail(error);
  }
}
