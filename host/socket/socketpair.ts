import { checkOptions, optionNames } from '../check/options.js';
import { show } from '../check/show.js';
import { invalidArgument } from '../errors/error.js';
import { originOf } from '../fd/origin.js';
import { numberOf, type OwnedFd } from '../fd/owned-fd.js';
import { makeDatagram, type UnixDatagram } from './datagram.js';
import { makePair } from './opening/make-pair.js';
import { DATAGRAM, type Nature, SEQPACKET, STREAM } from './options/nature.js';
import { type Settings, SOCKET_OPTIONS, type SocketOptions, settingsOf } from './options/socket-options.js';
import { makeSeqpacket, type UnixSeqpacket } from './seqpacket.js';
import { makeStream, type UnixStream } from './stream.js';

/** Which sockets a pair is of. */
export type PairType = 'stream' | 'seqpacket' | 'dgram';

export interface PairOptions extends SocketOptions {
  /** Default `stream`. */
  type?: PairType | undefined;
}

const OPTIONS = optionNames<PairOptions>({ ...SOCKET_OPTIONS, type: true });

type Maker = (fd: OwnedFd, label: string, settings: Settings) => UnixStream | UnixSeqpacket | UnixDatagram;

const KINDS: Record<PairType, { nature: Nature; make: Maker }> = {
  stream: { nature: STREAM, make: makeStream },
  seqpacket: { nature: SEQPACKET, make: makeSeqpacket },
  dgram: { nature: DATAGRAM, make: makeDatagram },
};

/** Two connected ends. */
export function socketpair(options: PairOptions & { type: 'seqpacket' }): [UnixSeqpacket, UnixSeqpacket];
export function socketpair(options: PairOptions & { type: 'dgram' }): [UnixDatagram, UnixDatagram];
export function socketpair(options?: PairOptions & { type?: 'stream' | undefined }): [UnixStream, UnixStream];
export function socketpair(
  options: PairOptions,
): [UnixStream, UnixStream] | [UnixSeqpacket, UnixSeqpacket] | [UnixDatagram, UnixDatagram];
export function socketpair(options?: PairOptions): [ReturnType<Maker>, ReturnType<Maker>] {
  const checked = checkOptions(options, OPTIONS, 'socketpair');
  const { type = 'stream' } = checked;
  const kind = typeof type === 'string' && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (!kind) throw invalidArgument(`type must be 'stream', 'seqpacket' or 'dgram', not ${show(type)}`);
  const { nature, make } = kind;
  const settings = settingsOf(checked, nature);
  const origin = originOf('made by socketpair', socketpair);
  const [a, b] = makePair(origin, nature.type);
  try {
    const label = (end: OwnedFd) => `socketpair ${numberOf(end)}`;
    return [make(a, label(a), settings), make(b, label(b), settings)];
  } catch (error) {
    for (const end of [a, b]) end[Symbol.dispose]();
    throw error;
  }
}
