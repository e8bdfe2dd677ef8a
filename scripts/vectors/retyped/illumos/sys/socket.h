/* illumos, retyped from
   https://github.com/illumos/illumos-gate/blob/0250c53ad267726f2438e3c6556199a0bbf588a2/usr/src/uts/common/sys/socket.h (and ipc.h, msg.h beside it) */
#ifndef ILLUMOS_SYS_SOCKET_H
#define ILLUMOS_SYS_SOCKET_H

#ifdef __sparc__
#define HEADER_UNIT 8
#else
#define HEADER_UNIT 4
#endif
#define SCM_RIGHTS 0x1010
#define TIME_T long
#define SUSECONDS_T long
#define NO_SA_LEN
#define SUN_PATH 108
#define SIN6_MORE
#define CMSG_UNIT HEADER_UNIT

/* Addresses are rounded up, not lengths. */
#define UP(n, unit) (((uintptr_t)(n) + (unit) - 1) & ~(uintptr_t)((unit) - 1))
#define CMSG_DATA(c) ((unsigned char *)UP((struct cmsghdr *)(c) + 1, 4))
#define CMSG_LEN(n) (UP(sizeof(struct cmsghdr), 4) + (n))
#define CMSG_SPACE(n) ((unsigned int)UP(sizeof(struct cmsghdr) + (n), HEADER_UNIT))
#define CMSG_NXTHDR illumos_next
#include <bsd.h>

static inline struct cmsghdr *illumos_next(const struct msghdr *m, const struct cmsghdr *c) {
  uintptr_t next = UP((uintptr_t)c + c->cmsg_len, HEADER_UNIT);
  return next + sizeof *c > (uintptr_t)m->msg_control + m->msg_controllen ? NULL : (struct cmsghdr *)next;
}

#define HAS_sys_ipc_h
#define HAS_sys_msg_h

struct in_pktinfo {
  unsigned int ipi_ifindex;
  struct in_addr ipi_spec_dst, ipi_addr;
};

struct ipc_perm {
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  uint32_t mode;
  unsigned int seq;
  int key;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  void *msg_first, *msg_last;
  unsigned long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  time_t msg_stime, msg_rtime, msg_ctime;
  short msg_cv, msg_qnum_cv;
  long msg_pad4[3];
};

struct msgbuf {
  long mtype;
  char mtext[1];
};

#endif
