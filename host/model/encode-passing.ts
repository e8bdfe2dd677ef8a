/**
 * What nearly every message is, descriptors and credentials, by one call of the module each. Gives the bytes of
 * encodeControl, or undefined for whatever it does not take: that finds the words for what is wrong.
 */
import type { CodecInstance } from '../wasm/instance.js';
import type { EncodedControl } from './encode.js';
import { payloadsOf } from './payload-rows.js';
import { perCodec } from './per-codec.js';

/** SCM_MAX_FD of Linux: more is no message that anybody sends. */
const MOST_FDS = 253;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;

/** Which of the two an ABI has under the number that the module writes. */
interface Passing {
  rights: boolean;
  credentials: boolean;
}

const perAbi = perCodec(() => new Map<number, Passing>());

function passingOf(codec: CodecInstance, abi: number): Passing {
  const known = perAbi(codec);
  let found = known.get(abi);
  if (!found) {
    const { byKey } = payloadsOf(codec, abi);
    const rights = byKey.get('fds')?.type === SCM_RIGHTS;
    found = { rights, credentials: byKey.get('credentials')?.type === SCM_CREDENTIALS };
    known.set(abi, found);
  }
  return found;
}

/** Lays out the messages without fill, the last one padded. */
export function encodePassing(
  codec: CodecInstance,
  abi: number,
  messages: readonly unknown[],
): EncodedControl | undefined {
  const passing = passingOf(codec, abi);
  const { cmsgSpace, putCredentials, putRights } = codec.exports;
  // All descriptors of all messages at most, with a header for each.
  const room = messages.length * cmsgSpace(abi, 4 * MOST_FDS);
  if (room + 4 * MOST_FDS > codec.arena.free) return undefined;
  return codec.arena.lend(room + 4 * MOST_FDS, (fds) => {
    const control = fds + 4 * MOST_FDS;
    const offsets: number[] = [];
    let used = 0;
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i] as { fds?: unknown; credentials?: unknown } | null | undefined;
      if (typeof message !== 'object' || message === null) return undefined;
      const key = onlyKeyOf(message);
      offsets.push(used);
      if (key === 'fds' && passing.rights) {
        const count = storeFds(codec, message.fds, fds);
        if (count < 0) return undefined;
        used = putRights(abi, control, room, used, fds, count, 0, 0);
      } else if (key === 'credentials' && passing.credentials) {
        const ids = message.credentials as { pid: unknown; uid: unknown; gid: unknown };
        if (typeof ids !== 'object' || ids === null || !hasIdsOnly(ids)) return undefined;
        const { pid, uid, gid } = ids;
        if (!isInt(pid) || !isInt(uid) || !isInt(gid)) return undefined;
        used = putCredentials(abi, control, room, used, pid, uid, gid, 0, 0);
      } else {
        return undefined;
      }
    }
    return { control: codec.bytes.slice(control, control + used), offsets };
  });
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

/** Stores a list of descriptors at `at`; how many there are, or -1. */
function storeFds(codec: CodecInstance, fds: unknown, at: number): number {
  if (!Array.isArray(fds)) return -1;
  const count = fds.length;
  if (count > MOST_FDS) return -1;
  for (let i = 0; i < count; i++) {
    const fd: unknown = fds[i];
    if (!isInt(fd)) return -1;
    codec.ints[(at >> 2) + i] = fd;
  }
  return count;
}

/** What is an int as it stands. */
function isInt(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}
