import { readSync } from 'node:fs';
import {
  AncillaryError,
  NOT_YET,
  native,
  numberOf,
  POLLIN,
  pipe,
  startedReactor,
  type UnixDatagram,
  untilReady,
  type WaitOptions,
} from '../base.js';

/**
 * Sends a descriptor that the manager closes when it comes to it, and waits for that: whatever was sent before has been
 * read by then.
 */
export async function awaitBarrier(socket: UnixDatagram, left: () => WaitOptions): Promise<void> {
  const { read, write } = pipe();
  try {
    try {
      await socket.send('BARRIER=1', { fds: [write], ...left() });
    } finally {
      write.close();
    }
    await untilReady(numberOf(read), 'read', () => hasHungUp(numberOf(read)), left(), 'waiting for the barrier');
  } finally {
    startedReactor()?.forget(numberOf(read), new AncillaryError('ERR_CLOSED', 'the barrier was given up'));
    read.close();
  }
}

/** Whether nobody holds the other end any more. */
function hasHungUp(fd: number): true | typeof NOT_YET {
  const { libc, codec, base, scratch } = native();
  // struct pollfd: fd, events, revents.
  codec.view.setInt32(scratch, fd, true);
  codec.view.setInt32(scratch + 4, POLLIN, true);
  if (libc.poll(base + scratch, 1, 0) <= 0) return NOT_YET;
  const isReadable = (codec.view.getInt16(scratch + 6, true) & POLLIN) !== 0;
  if (!isReadable) return true;
  // Nobody should write here; who does must not keep the loop busy.
  readSync(fd, Buffer.allocUnsafe(65536));
  return NOT_YET;
}
