import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AncillaryError,
  getOption,
  isConnected,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  statFd,
} from './base.js';
import { KIND_CONNECTION, KIND_FILE, KIND_LISTENER } from './wire/constants.js';

/** What a descriptor is, in the words of the protocol. */
export interface Description {
  readonly domain: number;
  readonly type: number;
}

const DOMAINS = [AF_UNIX, AF_INET, AF_INET6];
const TYPES = [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET];
const KINDS: Readonly<Record<number, string>> = {
  [KIND_LISTENER]: 'a listening socket',
  [KIND_CONNECTION]: 'a connection',
  [KIND_FILE]: 'a file',
};

/**
 * What the descriptor `fd` is, if it can be handed over as a `kind` (KIND_*): a listener listens, or is a datagram
 * socket; a connection has a peer, or is a datagram socket; a file is no socket. Throws `ERR_UNSUPPORTED`, and `EBADF`.
 */
export function describe(fd: number, kind: number): Description {
  const domain = getOption(fd, SO_DOMAIN);
  if (domain === undefined) {
    const type = (statFd(fd).mode >>> 12) & 0xf;
    if (kind !== KIND_FILE) throw unfit(kind, 'no socket');
    return { domain: 0, type };
  }
  const type = getOption(fd, SO_TYPE) ?? 0;
  if (kind === KIND_FILE) throw unfit(kind, 'a socket');
  if (!DOMAINS.includes(domain) || !TYPES.includes(type)) {
    throw unfit(kind, `a socket of family ${domain} and type ${type}`);
  }
  if (type === SOCK_DGRAM) return { domain, type };
  const listens = getOption(fd, SO_ACCEPTCONN) === 1;
  if (listens !== (kind === KIND_LISTENER))
    throw unfit(kind, listens ? 'a listening socket' : 'a socket that does not listen');
  if (!listens && !isConnected(fd)) throw unfit(kind, 'a socket without a peer (any more)');
  return { domain, type };
}

function unfit(kind: number, what: string): AncillaryError {
  return new AncillaryError('ERR_UNSUPPORTED', `${what} cannot be handed over as ${KINDS[kind] ?? `kind ${kind}`}`);
}
