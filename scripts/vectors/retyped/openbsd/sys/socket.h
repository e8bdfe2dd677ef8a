/* OpenBSD, retyped from
   https://github.com/openbsd/src/blob/028dbc3c784e6977b34470dc3019099934cf48d7/sys/sys/socket.h (and ipc.h, msg.h beside it) */
#ifndef OPENBSD_SYS_SOCKET_H
#define OPENBSD_SYS_SOCKET_H

#define CMSG_UNIT sizeof(long)
#define TIME_T int64_t
#define SUSECONDS_T long
#define IOVLEN_T unsigned int
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};

struct ipc_perm {
  uid_t cuid;
  gid_t cgid;
  uid_t uid;
  gid_t gid;
  uint32_t mode;
  unsigned short seq;
  long key;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  void *msg_first, *msg_last;
  unsigned long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime;
  long msg_pad1;
  time_t msg_rtime;
  long msg_pad2;
  time_t msg_ctime;
  long msg_pad3;
  long msg_pad4[4];
};

#endif
