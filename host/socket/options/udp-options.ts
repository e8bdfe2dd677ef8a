import { checkBoolean } from '../../check/values.js';
import {
  AF_INET6,
  IP_PKTINFO,
  IP_RECVERR,
  IP_RECVTOS,
  IP_RECVTTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SO_TIMESTAMPNS_NEW,
  SOL_SOCKET,
  SOL_UDP,
  UDP_GRO,
} from '../../libc/constants.js';
import { setOption } from './socket-options.js';

/** What a UDP socket is asked to bring with every message, in `messages`, and how it is bound. */
export interface UdpOptions {
  /** Which address of this machine a message was sent to, and by which interface it came: `pktinfo`, `pktinfo6`. */
  pktinfo?: boolean | undefined;
  /** How many hops a message had left: `ttl`, `hoplimit`. */
  ttl?: boolean | undefined;
  /** Type of service or traffic class, with the congestion bits (ECN): `tos`, `tclass6`. */
  tos?: boolean | undefined;
  /** When a message came, in nanoseconds (SO_TIMESTAMPNS): `timestampns_new`. */
  timestamps?: boolean | undefined;
  /** Keeps errors of what was sent, with who said so, for `receive({ errorQueue: true })` (IP_RECVERR). */
  recverr?: boolean | undefined;
  /** Gives datagrams of a flow as one, with the size of each of them: `udp_gro` (UDP_GRO, Linux 5.0). */
  gro?: boolean | undefined;
  /** How many messages had to be dropped, once some were: `rxq_ovfl` (SO_RXQ_OVFL). */
  rxqOverflow?: boolean | undefined;
  /** Binds though others are bound there who allow it (SO_REUSEADDR). */
  reuseAddress?: boolean | undefined;
  /** Shares an address with others of this user who ask for it, each of which gets some of the flows (SO_REUSEPORT). */
  reusePort?: boolean | undefined;
  /** An IPv6 socket that takes no IPv4 (IPV6_V6ONLY). */
  v6only?: boolean | undefined;
}

/** For `optionNames`. */
export const UDP_OPTIONS: Record<keyof UdpOptions, true> = {
  pktinfo: true,
  ttl: true,
  tos: true,
  timestamps: true,
  recverr: true,
  gro: true,
  rxqOverflow: true,
  reuseAddress: true,
  reusePort: true,
  v6only: true,
};

/** A socket option: its level and number there. */
interface Option {
  level: number;
  number: number;
  name: string;
}

const socket = (number: number, name: string): Option => ({ level: SOL_SOCKET, number, name });
const ip = (number: number, name: string): Option => ({ level: IPPROTO_IP, number, name });
const ipv6 = (number: number, name: string): Option => ({ level: IPPROTO_IPV6, number, name });

/**
 * What each asks the kernel for: on an IPv4 socket, and on an IPv6 socket, whose IPv4 messages bring what the options of
 * IPv4 say (but for the address, which comes in its mapped form).
 */
const ASKS: Record<keyof UdpOptions, { inet: readonly Option[]; inet6: readonly Option[] }> = {
  pktinfo: { inet: [ip(IP_PKTINFO, 'IP_PKTINFO')], inet6: [ipv6(IPV6_RECVPKTINFO, 'IPV6_RECVPKTINFO')] },
  ttl: both(ip(IP_RECVTTL, 'IP_RECVTTL'), ipv6(IPV6_RECVHOPLIMIT, 'IPV6_RECVHOPLIMIT')),
  tos: both(ip(IP_RECVTOS, 'IP_RECVTOS'), ipv6(IPV6_RECVTCLASS, 'IPV6_RECVTCLASS')),
  timestamps: alike(socket(SO_TIMESTAMPNS_NEW, 'SO_TIMESTAMPNS')),
  recverr: both(ip(IP_RECVERR, 'IP_RECVERR'), ipv6(IPV6_RECVERR, 'IPV6_RECVERR')),
  gro: alike({ level: SOL_UDP, number: UDP_GRO, name: 'UDP_GRO' }),
  rxqOverflow: alike(socket(SO_RXQ_OVFL, 'SO_RXQ_OVFL')),
  reuseAddress: alike(socket(SO_REUSEADDR, 'SO_REUSEADDR')),
  reusePort: alike(socket(SO_REUSEPORT, 'SO_REUSEPORT')),
  v6only: { inet: [], inet6: [ipv6(IPV6_V6ONLY, 'IPV6_V6ONLY')] },
};

function both(inet: Option, inet6: Option) {
  return { inet: [inet], inet6: [inet6, inet] };
}

function alike(option: Option) {
  return { inet: [option], inet6: [option] };
}

/** Options of a UDP socket that have been checked. */
export type UdpSettings = Record<keyof UdpOptions, boolean>;

/** The settings that options say, which have been checked for unknown names. */
export function udpSettingsOf(options: UdpOptions): UdpSettings {
  const names = Object.keys(UDP_OPTIONS) as (keyof UdpOptions)[];
  return Object.fromEntries(names.map((name) => [name, checkBoolean(options[name], name)])) as UdpSettings;
}

/** Asks the kernel for what the settings want; to be done before anything can come. */
export function applyUdpSettings(fd: number, settings: UdpSettings, domain: number): void {
  for (const [name, { inet, inet6 }] of Object.entries(ASKS)) {
    if (!settings[name as keyof UdpOptions]) continue;
    for (const option of domain === AF_INET6 ? inet6 : inet) {
      setOption(fd, option.number, 1, option.name, option.level);
    }
  }
}
