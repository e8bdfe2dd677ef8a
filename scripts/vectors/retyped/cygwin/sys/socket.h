/* Cygwin, retyped from
   https://github.com/cygwin/cygwin/blob/05d40cdef34c00fe433ca4afc157d489f12b9f37/winsup/cygwin/include/cygwin/socket.h (and ipc.h, msg.h beside it) */
#ifndef CYGWIN_SYS_SOCKET_H
#define CYGWIN_SYS_SOCKET_H

#define CMSG_UNIT _Alignof(struct cmsghdr)
#define CMSG_LEN_T size_t
#define TIME_T long
#define SUSECONDS_T long
#define NO_SA_LEN
#define SUN_PATH 108
#define SCM_CREDENTIALS 2
#include <bsd.h>

struct ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct ipc_perm {
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  uint32_t mode;
  long long key;
  unsigned short seq;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  unsigned long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  struct timespec msg_stim, msg_rtim, msg_ctim;
  long msg_spare4[2];
};

/* With _KERNEL, for ipcs. */
struct msginfo {
  long msgmax, msgmnb, msgmni, msgtql, msgssz, msgseg, msg_spare[2];
};

/* What POSIX says that msgsnd takes. */
struct msgbuf {
  long mtype;
  char mtext[1];
};

#endif
