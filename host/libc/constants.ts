// Linux's numbers, from include/uapi/asm-generic; koffi runs on no architecture where these differ, but for the one
// marked. Values that Node has in node:os or node:fs are taken from there.

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
/** arch/powerpc/include/uapi/asm/socket.h has its own. */
export const SO_PASSCRED = process.arch === 'ppc64' ? 20 : 16;
export const SO_TYPE = 3;
export const SO_SNDBUF = 7;
/** Of a time of 64 bits on every architecture; each is the type of its message, too. */
export const SO_TIMESTAMP_NEW = 63;
export const SO_TIMESTAMPNS_NEW = 64;
export const SO_ACCEPTCONN = 30;
export const SO_PASSSEC = 34;
export const SO_PEERSEC = 31;
export const SO_DOMAIN = 39;
/** Since Linux 6.5. */
export const SO_PASSPIDFD = 76;
export const SO_PEERPIDFD = 77;
/** Since Linux 6.16: whether descriptors are taken at all. */
export const SO_PASSRIGHTS = 83;
/** Since Linux 6.17 for Unix sockets: how many bytes are left to be read. */
export const SO_INQ = 84;
export const SO_PEERCRED = process.arch === 'ppc64' ? 21 : 17;

export const SO_REUSEADDR = 2;
export const SO_REUSEPORT = 15;
/** How many messages a full queue has cost. */
export const SO_RXQ_OVFL = 40;

// include/uapi/linux/in.h, in6.h and udp.h: what brings control messages, and how an IPv6 socket is bound.
export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_RECVERR = 11;
export const IP_RECVTTL = 12;
export const IP_RECVTOS = 13;
export const IPPROTO_IPV6 = 41;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_RECVTCLASS = 66;
export const SOL_UDP = 17;
export const UDP_GRO = 104;

export const MSG_OOB = 0x1;
export const SO_PROTOCOL = 38;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_MPTCP = 262;

export const MSG_PEEK = 0x2;
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x40000000;

/** Bytes that can be read at once (ioctl_tty(2); unix(7), SIOCINQ); powerpc has its own number. */
export const FIONREAD = process.arch === 'ppc64' ? 0x4004667f : 0x541b;
/** The size of a terminal, and the numbers of its master's side (ioctl_tty(2)); powerpc encodes the direction otherwise. */
export const TIOCGWINSZ = process.arch === 'ppc64' ? 0x40087468 : 0x5413;
export const TIOCSWINSZ = process.arch === 'ppc64' ? 0x80087467 : 0x5414;
export const TIOCGPTN = process.arch === 'ppc64' ? 0x40045430 : 0x80045430;
export const TIOCSPTLCK = process.arch === 'ppc64' ? 0x80045431 : 0x40045431;
export const TIOCGPTPEER = process.arch === 'ppc64' ? 0x20005441 : 0x5441;
/** signal(2): as a program has signals that it says nothing of. */
export const SIG_DFL = 0;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const POLLIN = 1;
export const POLLERR = 8;
export const POLLRDHUP = 0x2000;
export const POLLHUP = 0x10;
export const RLIMIT_NOFILE = 7;
/** Where a peek begins (Linux 3.4, for Unix sockets); -1 for the next byte, which is so when nobody sets it. */
export const SO_PEEK_OFF = 42;
/** Out-of-band bytes stand in line with the others. */
export const SO_OOBINLINE = 10;

/** include/net/scm.h: the most descriptors in one message. */
export const SCM_MAX_FD = 253;

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;

export const F_GETFD = 1;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_DUPFD_CLOEXEC = 1030;
export const O_NONBLOCK = 0o4000;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const O_CLOEXEC = 0o2000000;
export const O_ACCMODE = 3;
export const O_PATH = 0o10000000;
export const SPLICE_F_NONBLOCK = 2;
export const EFD_SEMAPHORE = 1;
export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;

/** One number on every architecture (since Linux 5.9). */
export const SYS_close_range = 436;
/** include/uapi/linux/close_range.h */
export const CLOSE_RANGE_UNSHARE = 2;
/** The same (since Linux 5.3). */
export const SYS_pidfd_open = 434;

/** syscall numbers of memfd_create, which older C libraries have no function for. */
export const SYS_MEMFD_CREATE: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 319,
  arm64: 279,
  riscv64: 279,
  loong64: 279,
  ia32: 356,
  arm: 385,
  ppc64: 360,
};

/** syscall numbers of kcmp, which C libraries have no function for. */
export const SYS_KCMP: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 312,
  arm64: 272,
  riscv64: 272,
  loong64: 272,
  ia32: 349,
  arm: 378,
  ppc64: 354,
};

/** syscall numbers of fstat, where every kernel has it. */
export const SYS_FSTAT: Partial<Record<NodeJS.Architecture, number>> = { x64: 5, arm64: 80, riscv64: 80 };

/** syscall numbers of renameat2, which older C libraries have no function for. */
export const SYS_RENAMEAT2: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 316,
  arm64: 276,
  riscv64: 276,
  loong64: 276,
  ia32: 353,
  arm: 382,
  ppc64: 357,
};
export const AT_FDCWD = -100;
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;

/** syscall numbers of the calls for messages where musl's own functions must be bypassed. */
export const SYS_MESSAGE: Partial<
  Record<NodeJS.Architecture, { sendmsg: number; recvmsg: number; sendmmsg: number; recvmmsg: number }>
> = {
  x64: { sendmsg: 46, recvmsg: 47, sendmmsg: 307, recvmmsg: 299 },
  arm64: { sendmsg: 211, recvmsg: 212, sendmmsg: 269, recvmmsg: 243 },
};
