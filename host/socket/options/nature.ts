import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../../libc/constants.js';

/** What sets kinds of sockets apart. */
export interface Nature {
  /** The class, for messages. */
  readonly name: string;
  /** What it is in a sentence. */
  readonly noun: string;
  readonly domain: number;
  readonly type: number;
  readonly isUnix: boolean;
  /** A send is one record, which comes whole or is lost: it may be empty, and is never sent in part. */
  readonly isRecord: boolean;
  /** There is a connection, which ends. */
  readonly hasEnd: boolean;
}

const unix = { domain: AF_UNIX, isUnix: true };

export const STREAM: Nature = Object.freeze({
  ...unix,
  name: 'UnixStream',
  noun: 'stream',
  type: SOCK_STREAM,
  isRecord: false,
  hasEnd: true,
});

export const SEQPACKET: Nature = Object.freeze({
  ...unix,
  name: 'UnixSeqpacket',
  noun: 'seqpacket',
  type: SOCK_SEQPACKET,
  isRecord: true,
  hasEnd: true,
});

export const DATAGRAM: Nature = Object.freeze({
  ...unix,
  name: 'UnixDatagram',
  noun: 'datagram',
  type: SOCK_DGRAM,
  isRecord: true,
  hasEnd: false,
});

const udp = { name: 'UdpSocket', noun: 'UDP', type: SOCK_DGRAM, isUnix: false, isRecord: true, hasEnd: false };

/** Messages of these have no descriptors, and a full queue is told of by events, whoever a message goes to. */
export const UDP4: Nature = Object.freeze({ ...udp, domain: AF_INET });
export const UDP6: Nature = Object.freeze({ ...udp, domain: AF_INET6 });
