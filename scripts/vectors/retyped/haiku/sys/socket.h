/* Haiku, retyped from
   https://github.com/haiku/haiku/blob/0501b7cd8077dd0f58a6e2fa5f14120641e0f9cd/headers/posix/sys/socket.h (and ipc.h, msg.h beside it) */
#ifndef HAIKU_SYS_SOCKET_H
#define HAIKU_SYS_SOCKET_H

#define CMSG_UNIT sizeof(long)
#define SOL_SOCKET -1
#define TIME_T long
#define SUSECONDS_T int
#define SUN_PATH 126
#define SIN_ZERO 24
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct ipc_perm {
  int key;
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  uint32_t mode;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  uint32_t msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime, msg_rtime, msg_ctime;
};

/* No header has it: what POSIX says that msgsnd takes. */
struct msgbuf {
  long mtype;
  char mtext[1];
};

#endif
