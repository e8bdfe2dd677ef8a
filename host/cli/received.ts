/** What a message that has come says: as lines for people, and as one object for JSON. */

import { isUtf8 } from 'node:buffer';
import { readlinkSync } from 'node:fs';
import { type FdKind, kindOf } from '../fd/kind.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { numberOf } from '../fd/owned-fd.js';
import { hexOfBytes } from '../model/hex.js';
import { formatAddress, type UnixAddress } from '../socket/address/address.js';
import type { Message } from '../socket/frame/message.js';
import { jsonOf } from './output.js';

/** A message of any kind of socket: a datagram says who sent it. */
export interface Received extends Message {
  from?: UnixAddress | undefined;
}

/** A descriptor that has come, and what it is. */
interface DescribedFd {
  fd: number;
  kind: FdKind;
  /** What /proc calls it: a path, `pipe:[5]`, ... */
  target: string;
}

function describeFd(owned: OwnedFd): DescribedFd {
  const fd = numberOf(owned);
  return { fd, kind: kindOf(fd), target: targetOf(fd) };
}

function targetOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // Without /proc it cannot be told.
    return '';
  }
}

/** The message as JSON has it; what is not there is left out. */
export function describeReceived(message: Received) {
  const { size, data, fds, credentials, pidfd, from, messages, flags } = message;
  return {
    size,
    data: hexOfBytes(data),
    ...(isUtf8(data) && { text: data.toString() }),
    fds: fds.map(describeFd),
    ...(credentials && { credentials }),
    ...(pidfd && { pidfd: describeFd(pidfd) }),
    ...(from !== undefined && { from: nameOf(from) }),
    messages: messages.map((each) => ({ ...each, data: hexOfBytes(each.data) })),
    flags,
  };
}

/** As `--connect` takes it; a name that is no UTF-8 by its bytes. */
function nameOf(address: UnixAddress): string | Record<string, string> {
  const text = formatAddress(address);
  if (text !== undefined) return text;
  return Object.fromEntries(Object.entries(address).map(([kind, bytes]) => [kind, hexOfBytes(bytes as Uint8Array)]));
}

/** What came besides the data, in lines; `i` counts messages from 1. Unless `always`, nothing where there was nothing. */
export function linesOfReceived(message: Received, i: number, always: boolean): string[] {
  const { size, fds, credentials, pidfd, from, messages } = describeReceived(message);
  const lines = [
    ...fds.map((each) => lineOf('descriptor', each)),
    ...(pidfd ? [lineOf('process', pidfd)] : []),
    ...messages.map((each) => `  control message ${jsonOf(each)}`),
  ];
  if (!always && lines.length === 0 && !credentials) return [];
  const who = credentials ? [`pid ${credentials.pid}, uid ${credentials.uid}, gid ${credentials.gid}`] : [];
  const where = from === undefined ? [] : [typeof from === 'string' ? from : jsonOf(from)];
  const sender = [...where, ...who].join(', ');
  return [`message ${i}: ${size} bytes${sender === '' ? '' : ` from ${sender}`}`, ...lines];
}

function lineOf(what: string, { fd, kind, target }: DescribedFd): string {
  return `  ${what} ${fd}: ${kind}${target === '' ? '' : ` ${target}`}`;
}
