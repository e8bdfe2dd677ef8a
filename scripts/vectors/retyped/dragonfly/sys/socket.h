/* DragonFly, retyped from
   https://github.com/DragonFlyBSD/DragonFlyBSD/blob/03d6a592fec88fb3813b0f5d96475645c91e9aec/sys/sys/socket.h (and ipc.h, msg.h beside it) */
#ifndef DRAGONFLY_SYS_SOCKET_H
#define DRAGONFLY_SYS_SOCKET_H

#define CMSG_UNIT sizeof(long)
#define TIME_T int64_t
#define SUSECONDS_T long
/* No test of msg_controllen. */
#define CMSG_FIRSTHDR(m) ((struct cmsghdr *)(m)->msg_control)
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct ipc_perm {
  unsigned short cuid, cgid, uid, gid, mode, seq;
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
  long msg_pad3, msg_pad4[4];
};

struct mymsg {
  long mtype;
  char mtext[1];
};
#define msgbuf mymsg

struct msginfo {
  int msgmax, msgmni, msgmnb, msgtql, msgssz, msgseg;
};

#endif
