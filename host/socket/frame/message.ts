import type { OwnedFd } from '../../fd/owned-fd.js';
import type { RawMessage } from '../../model/encode.js';
import type { PayloadValue } from '../../model/payload-values.js';
import type { Credentials } from './frame.js';

/**
 * A control message as it came: its bytes, and if they are those of a payload that the codec knows on this machine, its
 * value under the payload's name, as `parse` of ancillary/codec says it.
 */
export type ReceivedControl = RawMessage & { readonly [payload: string]: PayloadValue | Uint8Array | undefined };

/** What came besides the data. */
export interface MessageHead {
  /** Bytes of data. */
  size: number;
  /**
   * The descriptors that came with it, now the caller's to close. Close-on-exec is set on each. On a stream they belong
   * to the last bytes of this receive: the kernel ends a receive at data that came with descriptors.
   */
  fds: OwnedFd[];
  /** Who sent it; only on sockets made with `credentials: true`. */
  credentials?: Credentials;
  /**
   * A descriptor of the sender's process, the caller's to close; only on sockets made with `pidfd: true`. Not there where
   * the kernel could make none (no descriptor is left): `messages` has the SCM_PIDFD then, whose data is -errno.
   */
  pidfd?: OwnedFd;
  /** Further control messages: those that socket options bring, and what nobody here knows. */
  messages: readonly ReceivedControl[];
  /** The control bytes as the kernel wrote them; only with `control: true`. Descriptors in them are those of `fds`. */
  control?: Uint8Array;
  /** msg_flags as the kernel returned them. */
  flags: number;
}

/** A message as it came. */
export interface Message extends MessageHead {
  /** The data. */
  data: Buffer;
}
