import { constants } from 'node:fs';
import { AncillaryError } from '../errors/error.js';
import { type Look, lookAt, type Sort } from './look.js';

/** The functions that give a descriptor to Node. */
export type Taker =
  | 'toNetSocket'
  | 'toNetServer'
  | 'toDgram'
  | 'toFileHandle'
  | 'toReadStream'
  | 'toWriteStream'
  | 'toTty';

const STREAMED: readonly Sort[] = ['file', 'memfd', 'pipe', 'character device', 'block device'];

interface Taken {
  /** For a sentence: what it takes. */
  readonly takes: string;
  readonly sorts: readonly Sort[];
  /** The access that is too little, as is none at all. */
  readonly unless?: number;
}

/** What each takes. The first that takes a thing is what it is best given to. */
const TAKERS: Record<Taker, Taken> = {
  toNetSocket: { takes: 'a connected TCP or Unix stream socket', sorts: ['connection'] },
  toNetServer: { takes: 'a listening TCP or Unix stream socket', sorts: ['listener'] },
  toDgram: { takes: 'a UDP socket', sorts: ['UDP socket'] },
  toTty: { takes: 'a terminal', sorts: ['tty'] },
  toReadStream: {
    takes: 'a file, a device or a pipe that can be read',
    sorts: STREAMED,
    unless: constants.O_WRONLY,
  },
  toWriteStream: {
    takes: 'a file, a device or a pipe that can be written',
    sorts: STREAMED,
    unless: constants.O_RDONLY,
  },
  toFileHandle: {
    takes: 'what can be read and written like a file',
    sorts: [
      ...STREAMED,
      'directory',
      'tty',
      'eventfd',
      'timerfd',
      'signalfd',
      'pidfd',
      'inotify',
      'fanotify',
      'anonymous inode',
    ],
  },
};

/**
 * What the descriptor is, if `taker` takes that. Otherwise throws `ERR_UNSUPPORTED`: given the wrong kind, Node throws
 * late, takes it for something else, or aborts the process.
 */
export function lookFor(taker: Taker, fd: number): Look {
  const look = lookAt(fd);
  const taken = TAKERS[taker];
  if (isTaken(taken, look)) return look;
  const other = Object.entries(TAKERS).find(([, each]) => isTaken(each, look))?.[0];
  throw refusal(`${taker} takes ${taken.takes}, and descriptor ${fd} is ${look.name}: ${adviceFor(look, other)}`);
}

function isTaken({ sorts, unless }: Taken, { sort, access }: Look): boolean {
  return sorts.includes(sort) && (unless === undefined || (access !== undefined && access !== unless));
}

export function refusal(message: string): AncillaryError {
  return new AncillaryError('ERR_UNSUPPORTED', message);
}

function adviceFor({ sort }: Look, taker: string | undefined): string {
  if (taker) return `${taker} takes that`;
  if (sort === 'unconnected socket') return 'connect it first, or have it listen';
  return 'Node has nothing that takes that';
}
