import { checkOptions, optionNames } from '../check/options.js';
import { AncillaryError } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { SO_PEEK_OFF } from '../libc/constants.js';
import { EAGAIN, systemError } from '../libc/errno.js';
import type { WaitOptions } from '../reactor/limit.js';
import { startedReactor } from '../reactor/reactor.js';
import { fail, GO_ON, NOT_YET, untilReady } from '../reactor/wait.js';
import type { UnixAddress } from './address/address.js';
import { attemptRead, type Source } from './attempt-read.js';
import { ConnectedSocket } from './connected-socket.js';
import { checkDuplexOptions, type StreamDuplex, type StreamDuplexOptions } from './duplex.js';
import { makeDuplex } from './duplex-class.js';
import { isReceivingWatched } from './frame/incoming-frame.js';
import { KEY } from './message-socket.js';
import { type Adoptable, adoptSocket } from './opening/adopt.js';
import { connectSocket, connectSocketSync } from './opening/connect.js';
import { STREAM } from './options/nature.js';
import {
  applySettings,
  getOption,
  type Settings,
  SOCKET_OPTIONS,
  type SocketOptions,
  setOption,
  settingsOf,
} from './options/socket-options.js';
import {
  type ReadOptions,
  type ReadSyncOptions,
  type ReadUntilOptions,
  type ReadUntilSyncOptions,
  type StreamMessage,
  type Wanted,
  wantSize,
  wantUntil,
} from './receiving/read.js';
import { refuseUnread, Unread } from './receiving/unread.js';

type Api = (...args: never[]) => unknown;

const OPTIONS = optionNames<SocketOptions>(SOCKET_OPTIONS);

/**
 * One end of a connected Unix stream socket: bytes in order, without borders. Descriptors have a place among them:
 *
 * The kernel gives the descriptors of a send with the first of its bytes that a receive takes, and ends that receive at
 * the end of that send, or earlier where it asked for less. What was sent before without descriptors may stand in front
 * of it in the same receive; what was sent later never comes along. So `xx`, `yy`, and `zz` with a descriptor arrive as
 * `xxyyzz` with one, and `zz` with a descriptor, then `xx`, arrive as two messages: a descriptor belongs to the last
 * bytes of the receive that brought it (net/unix/af_unix.c, unix_stream_read_generic). Of a send longer than the kernel
 * takes in one piece (some 32 KiB and more) the descriptors come with its first piece.
 * What a peer sends out of band (MSG_OOB, Linux 5.15) comes in its place among the other bytes, with its descriptors.
 *
 * `read`, `readLine` and `readUntil` take from the socket what they return and nothing behind it. What they have taken
 * when they are aborted, time out or fail stays in the stream, with its descriptors and their places: the next read or
 * receive of any kind gets it first (`unread` tells how many bytes that are).
 */
export class UnixStream extends ConnectedSocket {
  readonly #source: Source;
  readonly #origin: string;
  #isDuplex = false;

  private constructor(key: symbol, making: Source) {
    super(key, making, 'a UnixStream cannot be made with new: connect, accept or use socketpair()');
    this.#source = making;
    this.#origin = `received on ${making.label}`;
  }

  /** Connects to the listener at `address`; waits while its backlog is full. */
  static connect(address: UnixAddress, options?: SocketOptions & WaitOptions): Promise<UnixStream> {
    return connectSocket(address, options, STREAM, makeStream, connect);
  }

  /** Connects at once, or throws `EAGAIN` while the listener's backlog is full. */
  static connectSync(address: UnixAddress, options?: SocketOptions): UnixStream {
    return connectSocketSync(address, options, STREAM, makeStream, connectSync);
  }

  /**
   * Makes one of a connected socket that this process has already: inherited, received, handed over. It is this object's
   * to close from now on, and close-on-exec; its O_NONBLOCK is left as it is, which others may share. What is no such
   * socket is refused, and stays the caller's.
   */
  static adopt(fd: Adoptable, options?: SocketOptions): UnixStream {
    const settings = settingsOf(checkOptions(options, OPTIONS, 'adopt'), STREAM);
    const prepare = (number: number) => {
      applySettings(number, settings, STREAM);
      // Whoever had it may have had peeks begin elsewhere: what is looked at must be what comes next.
      if ((getOption(number, SO_PEEK_OFF) ?? -1) >= 0) setOption(number, SO_PEEK_OFF, -1, 'SO_PEEK_OFF');
    };
    return adoptSocket(fd, STREAM, false, prepare, (owned, label) => makeStream(owned, label, settings), adopt);
  }

  /** How many bytes reads that ended early have left in the stream, on this side of the kernel. */
  get unread(): number {
    return this.#source.unread.size;
  }

  /**
   * Reads exactly `size` bytes, waiting until they are there, with the descriptors that came with them: `fds`, and where
   * among the bytes each came: `positions`. Resolves to `null` when the stream has ended before the first byte. Reads and
   * receives stand in line. None of no bytes has to wait; it gives an empty message.
   *
   * `credentials` and `pidfd` are there when one process sent all of the bytes, and not when several did.
   *
   * Fails with `ERR_ENDED` when the stream ends within the bytes, and with `ERR_TRUNCATED` when more descriptors come
   * than `maxFds` says for the whole read, or some are lost: `error.data` has the bytes that came, their descriptors are
   * closed, and the stream goes on behind them. After every other failure the bytes are in the stream still.
   */
  read(size: number, options?: ReadOptions): Promise<StreamMessage | null> {
    try {
      return this.#wait(wantSize(size, options, this.#source.settings, false), this.read);
    } catch (error) {
      return fail(error);
    }
  }

  /** As `read`, of what is there; throws `EAGAIN` when that is not enough, and loses nothing. */
  readSync(size: number, options?: ReadSyncOptions): StreamMessage | null {
    return this.#now(wantSize(size, options, this.#source.settings, true), this.readSync);
  }

  /**
   * Reads as far as the next `delimiter`, bytes or a string (UTF-8); `data` is what lies in front of it, and the
   * delimiter is taken as well: a descriptor that came with its bytes has a position behind the data. Otherwise as
   * `read`: null at the end, `ERR_ENDED` for bytes without a delimiter in front of it.
   *
   * Fails with `ERR_TOO_LARGE` when no delimiter follows after at most `max` bytes; the bytes stay in the stream then.
   */
  readUntil(delimiter: string | Uint8Array, options?: ReadUntilOptions): Promise<StreamMessage | null> {
    try {
      return this.#wait(wantUntil(delimiter, options, this.#source.settings, 'readUntil'), this.readUntil);
    } catch (error) {
      return fail(error);
    }
  }

  /** As `readUntil`, of what is there; throws `EAGAIN` when there is no delimiter yet, and loses nothing. */
  readUntilSync(delimiter: string | Uint8Array, options?: ReadUntilSyncOptions): StreamMessage | null {
    const wanted = wantUntil(delimiter, options, this.#source.settings, 'readUntilSync');
    return this.#now(wanted, this.readUntilSync);
  }

  /** Reads a line, without the newline (`\n`) at its end: `readUntil` of that. What else ends it, as `\r`, is left in it. */
  readLine(options?: ReadUntilOptions): Promise<StreamMessage | null> {
    try {
      return this.#wait(wantUntil('\n', options, this.#source.settings, 'readLine'), this.readLine);
    } catch (error) {
      return fail(error);
    }
  }

  /** As `readLine`, of what is there; throws `EAGAIN` when there is no whole line yet, and loses nothing. */
  readLineSync(options?: ReadUntilSyncOptions): StreamMessage | null {
    return this.#now(wantUntil('\n', options, this.#source.settings, 'readLineSync'), this.readLineSync);
  }

  #wait(wanted: Wanted, api: Api): Promise<StreamMessage | null> {
    const { unread, fd, label } = this.#source;
    const origin = wanted.maxFds > 0 ? originOf(this.#origin, api) : this.#origin;
    const attempt = () => attemptRead(this.#source, wanted, origin);
    // Whoever stands behind a read that has ended gets what it had taken.
    const onFailure = () => unread.offer();
    return untilReady(numberOf(fd), 'read', attempt, wanted, `reading from ${label}`, isReceivingWatched(), onFailure);
  }

  #now(wanted: Wanted, api: Api): StreamMessage | null {
    const { fd, label } = this.#source;
    if (startedReactor()?.isBusy(numberOf(fd), 'read')) {
      throw new AncillaryError('ERR_BUSY', `an asynchronous receive is waiting on ${label}: await it first`);
    }
    for (;;) {
      const message = attemptRead(this.#source, wanted, this.#origin, api);
      if (message === NOT_YET) throw systemError('recvmsg', EAGAIN, `on ${label}`);
      if (message !== GO_ON) return message;
    }
  }

  /**
   * A Duplex of node:stream over this stream, which is the Duplex's from then on: destroying it closes the stream, and
   * `end` half-closes it. See StreamDuplex for how descriptors pass.
   */
  toDuplex(options?: StreamDuplexOptions): StreamDuplex {
    const checked = checkDuplexOptions(options, this.#source.settings);
    // Closed or released: throws.
    numberOf(this.#source.fd);
    if (this.#isDuplex) {
      throw new AncillaryError('ERR_BUSY', `there is a Duplex over ${this.#source.label} already: it takes what comes`);
    }
    const duplex = makeDuplex(this, checked);
    this.#isDuplex = true;
    return duplex;
  }

  /**
   * Gives the socket's descriptor away without closing it; whatever waits on it fails with `ERR_CLOSED`. While bytes are
   * `unread` it throws `ERR_UNREAD`: whoever got the descriptor would miss them.
   */
  override release(): number {
    refuseUnread(this.#source.unread.size);
    return super.release();
  }
}

// Not by the name of the class within it: the bundler would give it another one.
const { adopt, connect, connectSync } = UnixStream;

/** A stream over a connected socket, which is its own from now on. */
export function makeStream(fd: OwnedFd, label: string, settings: Settings): UnixStream {
  type Make = new (key: symbol, making: Source) => UnixStream;
  const unread = new Unread(fd);
  const making: Source = {
    fd,
    label,
    settings,
    nature: STREAM,
    readFrom: undefined,
    encodeTo: undefined,
    isStamped: false,
    unread,
    beforeClose: () => unread.drop(),
  };
  return new (UnixStream as unknown as Make)(KEY, making);
}
