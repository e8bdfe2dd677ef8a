import { constants, createReadStream, createWriteStream, type ReadStream, type WriteStream } from 'node:fs';
import type { Socket } from 'node:net';
import { checkOptions, optionNames } from '../check/options.js';
import { checkBoolean, checkInteger, INT_MAX } from '../check/values.js';
import { duplicateNumber } from '../fd/owned-fd.js';
import { isWorker, keepForNode } from '../fd/worker-descriptors.js';
import { builtin } from '../runtime/builtin.js';
import { checkNonblocking, reopen, reopenReader } from './description.js';
import { type FdHolder, numberOfHolder } from './fd-holder.js';
import { handOver } from './hand-over.js';
import { lookFor, type Taker } from './takers.js';

/** How `toReadStream` and `toWriteStream` takes a descriptor. */
export interface ToStreamOptions {
  /**
   * Node may set O_NONBLOCK on a blocking pipe that cannot be opened anew (one that another user has made), which every
   * other process that holds it sees too.
   */
  nonblocking?: boolean | undefined;
  /** Of a file or device: how many bytes are buffered; 64 KiB to read, 16 KiB to write, unless given. */
  highWaterMark?: number | undefined;
}

const OPTIONS = optionNames<ToStreamOptions>({ nonblocking: true, highWaterMark: true });

/**
 * Makes a stream that reads a file, a device or a pipe, as process.stdin is: an fs.ReadStream, from where the file's
 * position is on, or for a pipe a net.Socket. The descriptor is the stream's from then on: `owned` has been released.
 * A pipe is opened anew, so that its O_NONBLOCK is nobody else's.
 *
 * Throws `ERR_UNSUPPORTED`, and `owned` is open and the caller's as before, for anything else, for what is not open for
 * reading, and for a blocking pipe that cannot be opened anew unless `nonblocking` allows to change that.
 */
export function toReadStream(owned: FdHolder, options?: ToStreamOptions): ReadStream | Socket {
  return toStream('toReadStream', owned, options, {
    // Its path is of no use to it: a descriptor is given.
    ofFile: (fd, highWaterMark) => createReadStream('', { fd, highWaterMark }),
    ofPipe: (fd) => new (builtin('net').Socket)({ fd, readable: true, writable: false }),
    reopen: reopenReader,
  });
}

/**
 * Makes a stream that writes to a file, a device or a pipe, as process.stdout is: an fs.WriteStream, from where the
 * file's position is on, or for a pipe a net.Socket. All else is as with `toReadStream`.
 */
export function toWriteStream(owned: FdHolder, options?: ToStreamOptions): WriteStream | Socket {
  return toStream('toWriteStream', owned, options, {
    ofFile: (fd, highWaterMark) => createWriteStream('', { fd, highWaterMark }),
    ofPipe: (fd) => new (builtin('net').Socket)({ fd, readable: false, writable: true }),
    reopen: (fd) => reopen(fd, constants.O_WRONLY),
  });
}

interface Direction<T> {
  ofFile(fd: number, highWaterMark: number | undefined): T;
  ofPipe(fd: number): Socket;
  reopen(fd: number): number | undefined;
}

function toStream<T>(
  taker: Taker,
  owned: FdHolder,
  options: ToStreamOptions | undefined,
  direction: Direction<T>,
): T | Socket {
  const fd = numberOfHolder(owned, taker);
  const { nonblocking, highWaterMark } = checkOptions(options, OPTIONS, taker);
  const isAllowed = checkBoolean(nonblocking, 'nonblocking');
  if (highWaterMark !== undefined) checkInteger(highWaterMark, 'highWaterMark', 1, INT_MAX);
  const look = lookFor(taker, fd);
  if (look.sort !== 'pipe') {
    // Node complains of what it closes in a worker without having opened it.
    const make = (number: number) => direction.ofFile(isWorker ? keepForNode(number) : number, highWaterMark);
    return handOver(owned, fd, make);
  }
  const copy = () => {
    const own = direction.reopen(fd);
    if (own !== undefined) return own;
    checkNonblocking(look, isAllowed);
    return duplicateNumber(fd);
  };
  return handOver(owned, fd, (number) => direction.ofPipe(number), copy);
}
