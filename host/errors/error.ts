/** What an AncillaryError may carry beside its message. */
export interface ErrorDetails {
  /** The errno of the failed call, positive as in errno(3). */
  errno?: number;
  /** The failed call: `sendmsg`, `connect`, ... */
  syscall?: string;
  /** On truncation, and where a stream ends within a read: the payload that came with the lost descriptors. */
  data?: Uint8Array;
  /** On truncation: msg_flags as the kernel returned them. */
  flags?: number;
  /** On truncation: who sent it, on sockets that ask for credentials. */
  credentials?: { pid: number; uid: number; gid: number };
  /** On truncation: the control messages that came whole, besides descriptors and credentials. */
  messages?: readonly { level: number; type: number; data: Uint8Array }[];
  /** On truncation: who sent it, on a socket whose messages have an address. */
  from?: unknown;
  /** On an interrupted send: how many bytes the kernel had taken. */
  bytesSent?: number;
  /** On a batch that was not sent to its end: how many of its messages, from the first on, the kernel had taken whole. */
  messagesSent?: number;
  /**
   * On a batch that did not come whole: all that came, in order, messages and errors; the descriptors of the messages
   * are the caller's to close.
   */
  received?: readonly unknown[];
  cause?: unknown;
}

/**
 * The one error class of the package. `code` is an errno name (`ENOENT`, `EAGAIN`, ...) when the system refused, else
 * one of the package's own: `ERR_INVALID_ARGUMENT`, `ERR_TRUNCATED`, `ERR_CLOSED`, `ERR_BUSY`, `ERR_UNSUPPORTED`,
 * `ERR_TOO_LARGE`, `ERR_INTERRUPTED` (a send before was cut short), `ERR_DATA_GONE`, `ERR_PEER` (the peer is not the one
 * that was required), `ERR_ENDED` (a stream ended within a read, a hand-off before its end), `ERR_PROTOCOL` (the other side
 * of a hand-off broke its protocol), `ERR_REFUSED` (the other side of a hand-off said no), `ERR_UNREAD` (a stream cannot be given away while bytes
 * are left in it), `ERR_UNHEARD` (descriptors came that nobody listened for), `ETIMEDOUT`, `ABORT_ERR`.
 */
export class AncillaryError extends Error {
  readonly code: string;
  declare readonly errno?: number;
  declare readonly syscall?: string;
  declare readonly data?: Uint8Array;
  declare readonly flags?: number;
  declare readonly credentials?: { pid: number; uid: number; gid: number };
  declare readonly messages?: readonly { level: number; type: number; data: Uint8Array }[];
  declare readonly from?: unknown;
  declare readonly bytesSent?: number;
  declare readonly messagesSent?: number;
  declare readonly received?: readonly unknown[];

  constructor(code: string, message: string, { cause, ...details }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    // An aborted wait is named as everywhere else on the platform, so that callers can tell it by name.
    this.name = code === 'ABORT_ERR' ? 'AbortError' : 'AncillaryError';
    this.code = code;
    Object.assign(this, details);
  }
}

/** The error for an argument that cannot be meant. */
export function invalidArgument(message: string): AncillaryError {
  return new AncillaryError('ERR_INVALID_ARGUMENT', message);
}
