import { MSG_DONTWAIT, MSG_PEEK, POLLRDHUP, SO_TIMESTAMP_NEW } from '../../libc/constants.js';
import { native } from '../../libc/native.js';
import { setOption, trySetOption } from './socket-options.js';

/*
 * At the end of a seqpacket connection recvmsg returns 0, and of an empty record too. So the kernel is asked for a
 * timestamp with each record, which the end has not. That is hidden, and it is for us alone: as soon as the descriptor's
 * number is lent or given away it is switched off, or another program would lose its descriptors for want of room.
 */

/** Has every record of the socket come with a timestamp. */
export function stamp(fd: number): void {
  setOption(fd, SO_TIMESTAMP_NEW, 1, 'SO_TIMESTAMP');
}

/** Ends that. */
export function endStamp(fd: number): void {
  trySetOption(fd, SO_TIMESTAMP_NEW, 0);
}

/** Room for a timestamp, and for no descriptor. */
const ROOM = 32;

/**
 * Whether nothing more comes, after a receive that brought nothing at all, without timestamps: the peer has closed, and
 * no record stands in line. An empty record that was the last one before that is taken for the end.
 */
export function isPeerGone(fd: number): boolean {
  const { libc, codec, base, scratch } = native();
  // struct pollfd: fd, events, revents.
  codec.view.setInt32(scratch, fd, true);
  codec.view.setInt32(scratch + 4, POLLRDHUP, true);
  return libc.poll(base + scratch, 1, 0) > 0 && !hasRecord(fd);
}

/** Whether a record stands in line, by a look with timestamps. */
function hasRecord(fd: number): boolean {
  const { libc, codec, base, abi } = native();
  const { exports, arena } = codec;
  stamp(fd);
  try {
    return arena.lend(MSGHDR_MOST + ROOM, (at) => {
      exports.putMsghdr(abi, at, 0n, 0, 0n, 0n, BigInt(base + at + MSGHDR_MOST), BigInt(ROOM), 0);
      return libc.recvmsg(fd, base + at, MSG_PEEK | MSG_DONTWAIT) >= 0 && exports.readControllen(abi, at) > 0n;
    });
  } finally {
    endStamp(fd);
  }
}

/** sizeof(struct msghdr), at most */
const MSGHDR_MOST = 64;
