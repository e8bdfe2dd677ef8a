/* FreeBSD, retyped from
   https://github.com/freebsd/freebsd-src/blob/00b5ffde8e0f31c936d10583daa9a958e1d1ebbb/sys/sys/socket.h
   and, beside it, x86/include/_align.h (_ALIGNBYTES is that of a register), sys/ipc.h, sys/msg.h. */
#ifndef FREEBSD_SYS_SOCKET_H
#define FREEBSD_SYS_SOCKET_H

#define CMSG_UNIT sizeof(long)
#ifdef __i386__
#define TIME_T int32_t
#else
#define TIME_T int64_t
#endif
#define SUSECONDS_T long
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

#define SCM_CREDS 3

struct mmsghdr {
  struct msghdr msg_hdr;
  ssize_t msg_len;
};

struct cmsgcred {
  pid_t cmcred_pid;
  uid_t cmcred_uid, cmcred_euid;
  gid_t cmcred_gid;
  short cmcred_ngroups;
  gid_t cmcred_groups[16];
};

struct ipc_perm {
  uid_t cuid;
  gid_t cgid;
  uid_t uid;
  gid_t gid;
  uint16_t mode;
  unsigned short seq;
  long key;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  void *msg_first, *msg_last;
  unsigned long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime, msg_rtime, msg_ctime;
};

#endif
