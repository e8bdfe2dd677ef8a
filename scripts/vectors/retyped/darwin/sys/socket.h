/* Darwin, retyped from
   https://github.com/apple-oss-distributions/xnu/blob/1031c584a5e37aff177559b9f69dbd3c8c3fd30a/bsd/sys/socket.h (and ipc.h beside it) */
#ifndef DARWIN_SYS_SOCKET_H
#define DARWIN_SYS_SOCKET_H

#define CMSG_UNIT 4
#define TIME_T int64_t
#define SUSECONDS_T int
#include <bsd.h>

#define HAS_sys_ipc_h

struct in_pktinfo {
  unsigned int ipi_ifindex;
  struct in_addr ipi_spec_dst, ipi_addr;
};

struct ipc_perm {
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  uint16_t mode;
  unsigned short _seq;
  int _key;
};

#endif
