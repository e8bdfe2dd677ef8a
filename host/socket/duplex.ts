import type { Duplex } from 'node:stream';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import type { Sendable } from '../fd/sendable.js';
import { checkMaxFds, type Settings } from './options/socket-options.js';

/** How a Duplex over a stream behaves. */
export interface StreamDuplexOptions {
  /** Whether writing goes on when the peer has ended; default false, as of a net.Socket: the Duplex ends itself then. */
  allowHalfOpen?: boolean | undefined;
  /** So many bytes are held, in each direction, before it has to wait; default what node:stream has. */
  highWaterMark?: number | undefined;
  /** Most descriptors to accept at once, up to 253, or Infinity; default what the stream was made with, or 0. */
  maxFds?: number | undefined;
}

/**
 * The Duplex that `toDuplex` gives. Bytes pass as in any Duplex, with its back-pressure; `end` half-closes the
 * connection (shutdown(2)), `destroy` closes it, and so does its end in both directions.
 *
 * Descriptors come as the event `'fds'`, with the list of them, which are the listener's to close, and their position:
 * how many bytes of this Duplex had come when they came, those that they came with included. It is emitted before these
 * bytes can be read. When nobody listens they are closed, and the Duplex fails with `ERR_UNHEARD`; when a listener
 * throws, those still open are closed, and it fails with what was thrown. While more than 253 of them stand before bytes
 * that nobody has read, no more is received; a `read(size)` that needs more bytes nevertheless fails with
 * `ERR_TOO_LARGE`. Credentials and other control messages do not pass.
 */
export interface StreamDuplex extends Duplex {
  /**
   * Writes as `write` does, with descriptors, which go with the first of the bytes, never with those of another write.
   * They stay the caller's, who may close them as soon as this returns.
   */
  writeWithFds(
    bytes: string | Uint8Array,
    fds: readonly Sendable[],
    callback?: (error: Error | null | undefined) => void,
  ): boolean;
  /** Listens for descriptors, which are the listener's to close. */
  on(event: 'fds', listener: (fds: OwnedFd[], position: number) => void): this;
  /** Listens for any other event, as of every Duplex. */
  // biome-ignore lint/suspicious/noExplicitAny: as node:stream has it.
  on(event: string | symbol, listener: (...args: any[]) => void): this;
  /** Listens for the next descriptors, which are the listener's to close. */
  once(event: 'fds', listener: (fds: OwnedFd[], position: number) => void): this;
  /** Listens for any other event once, as of every Duplex. */
  // biome-ignore lint/suspicious/noExplicitAny: as node:stream has it.
  once(event: string | symbol, listener: (...args: any[]) => void): this;
}

const OPTIONS = optionNames<StreamDuplexOptions>({ allowHalfOpen: true, highWaterMark: true, maxFds: true });

/** Checked options of a Duplex. */
export interface DuplexSettings {
  readonly allowHalfOpen: boolean;
  readonly highWaterMark: number | undefined;
  readonly maxFds: number;
}

/** The options of a Duplex over a stream of such settings, checked. */
export function checkDuplexOptions(options: StreamDuplexOptions | undefined, settings: Settings): DuplexSettings {
  const { allowHalfOpen, highWaterMark, maxFds } = checkOptions(options, OPTIONS, 'toDuplex');
  return {
    allowHalfOpen: checkBoolean(allowHalfOpen, 'allowHalfOpen'),
    highWaterMark: highWaterMark === undefined ? undefined : checkInteger(highWaterMark, 'highWaterMark', 0, INT_MAX),
    maxFds: maxFds === undefined ? (settings.maxFds ?? 0) : checkMaxFds(maxFds),
  };
}
