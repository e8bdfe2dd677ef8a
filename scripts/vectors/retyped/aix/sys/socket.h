/* AIX, retyped from
   https://github.com/rust-lang/libc/blob/2eda1e52fe2efdf93c1e5c65e346343a530d8bc3/src/unix/aix/mod.rs (and powerpc64.rs beside it) */
#ifndef AIX_SYS_SOCKET_H
#define AIX_SYS_SOCKET_H

#define CMSG_UNIT 1 /* nothing is rounded */
#define TIME_T long
#define SUSECONDS_T int
#define SUN_PATH 1023
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct ipc_perm {
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  unsigned mode;
  unsigned short seq, __reserved;
  int key;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  unsigned msg_first, msg_last, msg_cbytes, msg_qnum;
  unsigned long msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime, msg_rtime, msg_ctime;
  int msg_rwait, msg_wwait;
  unsigned short msg_reqevents;
};

/* What POSIX says that msgsnd takes. */
struct msgbuf {
  long mtype;
  char mtext[1];
};

#endif
