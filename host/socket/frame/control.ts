import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { SOL_SOCKET } from '../../libc/constants.js';
import { native } from '../../libc/native.js';
import { type ControlMessage, encodeControl } from '../../model/encode.js';
import { CONTROL_ROOM } from './frame.js';

const SCM_RIGHTS = 1;

/** The control bytes of the messages on this machine. */
export function encodeFurther(messages: readonly ControlMessage[]): Uint8Array {
  const { codec, abiId } = native();
  const { control, offsets } = encodeControl(codec, abiId, messages);
  for (const [i, at] of offsets.entries()) {
    const data = at + codec.exports.cmsgLen(native().abi, 0);
    const view = new DataView(control.buffer, control.byteOffset);
    // cmsg_level and cmsg_type stand before the data.
    if (view.getInt32(data - 8, true) === SOL_SOCKET && view.getInt32(data - 4, true) === SCM_RIGHTS) {
      throw invalidArgument(`control[${i}] has descriptors: give them as fds, so that a send that waits can hold them`);
    }
  }
  if (control.length <= CONTROL_ROOM) return control;
  throw new AncillaryError(
    'ERR_TOO_LARGE',
    `control messages of ${control.length} bytes; there is room for ${CONTROL_ROOM} in one send`,
  );
}
