/** The process at the other end: watched from outside, never signalled. */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { OwnedFd } from '../../../fd/owned-fd.js';
import { pidfd } from '../../../fd/pidfd.js';
import { POLLIN, SO_PEERCRED, SOL_SOCKET } from '../../../libc/constants.js';
import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';
import { pollOne } from './connection.js';
import { IS_LITTLE, type MessageMemory } from './memory.js';

/** struct ucred */
const UCRED = 12;

export interface Credentials {
  readonly pid: number;
  readonly uid: number;
}

/** Who listens at the other end of a connected stream or seqpacket socket (SO_PEERCRED, unix(7)). */
export function peerCredentials(fd: number, { view, scratch, poll, address }: MessageMemory): Credentials {
  const { libc } = native();
  view.setUint32(poll, UCRED, IS_LITTLE);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, address(scratch), address(poll)) < 0) {
    throw systemError('getsockopt SO_PEERCRED', libc.errno());
  }
  return { pid: view.getInt32(scratch, IS_LITTLE), uid: view.getUint32(scratch + 4, IS_LITTLE) };
}

/**
 * Who has the datagram socket that is bound to `name` (a path, or @ and an abstract name); undefined where no process
 * that this one may look into has it. Of datagrams the kernel tells nobody.
 */
export function holderOf(name: string): Credentials | undefined {
  const isAbstract = name.startsWith('@');
  const real = isAbstract ? name : realOf(name);
  const ending = isAbstract ? ` ${name}` : basename(real);
  const rows = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((row) => row.endsWith(ending));
  // Num, RefCount, Protocol, Flags, Type, St, Inode, Path: the path as it was bound, which may be relative.
  const places = new Map(
    rows.map((row): [string, string] => {
      const [, inode = '', place = ''] = /^(?:\S+ +){6}(\d+) (.*)$/.exec(row.trim()) ?? [];
      return [`socket:[${inode}]`, place];
    }),
  );
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of listFds(Number(pid)) ?? []) {
      const place = places.get(linkOf(`/proc/${pid}/fd/${fd}`));
      if (place === undefined) continue;
      if (!isAbstract && realOf(resolve(linkOf(`/proc/${pid}/cwd`), place)) !== real) continue;
      return { pid: Number(pid), uid: statSync(`/proc/${pid}`).uid };
    }
  }
  return undefined;
}

export class Peer {
  readonly pid: number;
  readonly #pidfd: OwnedFd;
  readonly #memory: MessageMemory;

  /** Throws where it is no more. */
  constructor(pid: number, memory: MessageMemory) {
    this.pid = pid;
    this.#memory = memory;
    this.#pidfd = pidfd(pid);
  }

  /** Whether it has ended, or does so within `timeout` milliseconds. */
  hasEnded(timeout = 0): boolean {
    return (pollOne(this.#memory, this.#pidfd.fd, POLLIN, timeout) & POLLIN) !== 0;
  }

  /** Whether it has ended or is about to: it has given back what it had open. */
  isEnding(): boolean {
    return this.hasEnded() || (this.countDescriptors() ?? 1) === 0;
  }

  /** How many descriptors it has open; undefined where that cannot be seen. */
  countDescriptors(): number | undefined {
    return listFds(this.pid)?.length;
  }

  /** How many it may have open. */
  mostDescriptors(): number {
    try {
      const [, most] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${this.pid}/limits`, 'latin1')) ?? [];
      return Number(most ?? Number.POSITIVE_INFINITY);
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  close(): void {
    this.#pidfd.close();
  }
}

function listFds(pid: number): string[] | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
