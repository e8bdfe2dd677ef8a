/**
 * What nearly every message is, descriptors and credentials, by one call of the module each. Gives the bytes of
 * encodeControl, or undefined for whatever it does not take: that finds the words for what is wrong.
 */
import type { CodecInstance } from '../wasm/instance.js';
import type { EncodedControl } from './encoded.js';

/** SCM_MAX_FD of Linux: more is no message that anybody sends. */
const MOST_FDS = 253;
/** Lays out the messages without fill, the last one padded. */
export function encodePassing(
  codec: CodecInstance,
  abi: number,
  messages: readonly unknown[],
): EncodedControl | undefined {
  // Before any value is read, which may be an accessor: what is not taken here is read once only, and lists are as long
  // as they were.
  const counts = countFds(messages);
  if (!counts) return undefined;
  const { cmsgSpace, putCredentials, putRights } = codec.exports;
  // All descriptors of all messages at most, with a header for each.
  const room = messages.length * cmsgSpace(abi, 4 * MOST_FDS);
  if (room + 4 * MOST_FDS > codec.arena.free) return undefined;
  return codec.arena.lend(room + 4 * MOST_FDS, (fds) => {
    const control = fds + 4 * MOST_FDS;
    const offsets: number[] = [];
    let used = 0;
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i] as { fds?: unknown; credentials?: unknown };
      offsets.push(used);
      const count = counts[i] as number;
      if (count >= 0) {
        if (!storeFds(codec, message.fds as unknown[], count, fds)) return undefined;
        used = putRights(abi, control, room, used, fds, count);
      } else {
        const ids = message.credentials as { pid: unknown; uid: unknown; gid: unknown };
        if (typeof ids !== 'object' || ids === null || !hasIdsOnly(ids)) return undefined;
        const { pid, uid, gid } = ids;
        if (!isInt(pid) || !isInt(uid) || !isInt(gid)) return undefined;
        used = putCredentials(abi, control, room, used, pid, uid, gid);
      }
      // The ABI has no such message.
      if (used < 0) return undefined;
    }
    return { control: codec.bytes.slice(control, control + used), offsets };
  });
}

/** How many descriptors each message has, -1 for credentials; undefined where one is neither. */
function countFds(messages: readonly unknown[]): number[] | undefined {
  const counts: number[] = [];
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i];
    if (typeof message !== 'object' || message === null) return undefined;
    const key = onlyKeyOf(message);
    if (key === 'fds') {
      const { fds } = message as { fds: unknown };
      if (!Array.isArray(fds) || fds.length > MOST_FDS) return undefined;
      counts.push(fds.length);
    } else if (key === 'credentials') {
      counts.push(-1);
    } else {
      return undefined;
    }
  }
  return counts;
}

/** The key of an object that has one. */
function onlyKeyOf(message: object): string {
  let only = '';
  for (const key in message) {
    if (only !== '') return '';
    only = key;
  }
  return only;
}

function hasIdsOnly(ids: object): boolean {
  let count = 0;
  for (const key in ids) {
    if (key !== 'pid' && key !== 'uid' && key !== 'gid') return false;
    count++;
  }
  return count === 3;
}

/** Stores the first `count` of a list of descriptors at `at`, if they are. */
function storeFds({ ints }: CodecInstance, fds: readonly unknown[], count: number, at: number): boolean {
  for (let i = 0; i < count; i++) {
    const fd = fds[i];
    if (!isInt(fd)) return false;
    ints[(at >> 2) + i] = fd;
  }
  return true;
}

/** What is an int as it stands. */
function isInt(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}
