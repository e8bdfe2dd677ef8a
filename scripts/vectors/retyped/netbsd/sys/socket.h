/* NetBSD, retyped from
   https://github.com/NetBSD/src/blob/00285d2d6f9ba6ca6d1c1fac120a381daca0d032/sys/sys/socket.h (and ipc.h, msg.h beside it) */
#ifndef NETBSD_SYS_SOCKET_H
#define NETBSD_SYS_SOCKET_H

#include <stdint.h>
#define CMSG_UNIT ((int)sizeof(long)) /* what __cmsg_alignbytes() answers on x86 */
#define TIME_T int64_t
#define SUSECONDS_T int

/* Lengths are rounded in the 32 bits that they have. */
#define CMSG_ROUND(n) (((n) + (uint32_t)(CMSG_UNIT - 1)) & ~(uint32_t)(CMSG_UNIT - 1))
#define CMSG_LEN(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + CMSG_ROUND(n))
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ROUND(sizeof(struct cmsghdr)))
#include <bsd.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};

struct ipc_perm {
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  uint32_t mode;
  unsigned short _seq;
  long _key;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  unsigned long msg_qnum;
  size_t msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime, msg_rtime, msg_ctime;
  void *_msg_first, *_msg_last;
  size_t _msg_cbytes;
};

#endif
