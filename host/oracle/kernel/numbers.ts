/**
 * Linux's numbers as its headers have them on this machine (include/uapi: asm-generic/socket.h, linux/in.h, in6.h,
 * udp.h, net_tstamp.h, if_packet.h, if_alg.h), written down apart from the rows, which are compared with what they bring
 * about. They hold for every architecture that koffi runs on; of SO_PASSCRED powerpc has its own.
 */
export {
  AF_INET,
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  SO_PASSCRED,
  SOCK_DGRAM,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../../libc/constants.js';

export const AF_INET6 = 10;
export const AF_PACKET = 17;
export const AF_ALG = 38;
export const SOCK_SEQPACKET = 5;
export const IPPROTO_IP = 0;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const SOL_PACKET = 263;
export const SOL_ALG = 279;

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const SCM_SECURITY = 3;
export const SCM_PIDFD = 4;

export const SO_PRIORITY = 12;
export const SO_PASSSEC = 34;
export const SO_MARK = 36;
export const SO_RXQ_OVFL = 40;
export const SO_TXTIME = 61;
export const SO_PASSPIDFD = 76;
export const SO_RCVMARK = 75;
export const SO_RCVPRIORITY = 82;
export const SO_INQ = 84;
export const SO_RCVBUF = 8;

/** Each is option and type of the message at once. */
export const SO_TIMESTAMP_OLD = 29;
export const SO_TIMESTAMPNS_OLD = 35;
export const SO_TIMESTAMPING_OLD = 37;
export const SO_TIMESTAMP_NEW = 63;
export const SO_TIMESTAMPNS_NEW = 64;
export const SO_TIMESTAMPING_NEW = 65;
export const SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
export const SOF_TIMESTAMPING_SOFTWARE = 1 << 4;

export const IP_TOS = 1;
export const IP_TTL = 2;
export const IP_PKTINFO = 8;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IP_ORIGDSTADDR = 20;

export const IPV6_RECVERR = 25;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_RECVTCLASS = 66;
export const IPV6_TCLASS = 67;
export const IPV6_ORIGDSTADDR = 74;

export const UDP_SEGMENT = 103;
export const UDP_GRO = 104;
export const TCP_INQ = 36;
export const TCP_CM_INQ = 36;
export const PACKET_AUXDATA = 8;
export const ALG_SET_IV = 2;
export const ALG_SET_OP = 3;
export const ALG_SET_KEY = 1;
export const ALG_OP_ENCRYPT = 1;

export const MSG_ERRQUEUE = 0x2000;

export const SO_EE_ORIGIN_ICMP = 2;
export const SO_EE_ORIGIN_ICMP6 = 3;
/** ICMP_DEST_UNREACH and ICMP_PORT_UNREACH; ICMPV6_DEST_UNREACH and ICMPV6_PORT_UNREACH. */
export const ICMP_PORT_UNREACHABLE = { type: 3, code: 3 };
export const ICMPV6_PORT_UNREACHABLE = { type: 1, code: 4 };

export const CLOCK_REALTIME = 0;
export const CLOCK_TAI = 11;
export const ETH_P_ALL = 3;
