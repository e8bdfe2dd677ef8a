/* The control-message part of FreeBSD's <sys/socket.h> and <sys/_iovec.h> on amd64,
   where _ALIGNBYTES is 7, set down from the published layout:
   https://github.com/freebsd/freebsd-src/blob/00b5ffde8e0f31c936d10583daa9a958e1d1ebbb/sys/sys/socket.h
   https://github.com/freebsd/freebsd-src/blob/00b5ffde8e0f31c936d10583daa9a958e1d1ebbb/sys/x86/include/_align.h */
#ifndef FREEBSD_SYS_SOCKET_H
#define FREEBSD_SYS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define SOL_SOCKET 0xffff
#define SCM_RIGHTS 1
#define SCM_CREDS 3

struct iovec {
  void *iov_base;
  size_t iov_len;
};

struct msghdr {
  void *msg_name;
  uint32_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  void *msg_control;
  uint32_t msg_controllen;
  int msg_flags;
};

struct cmsghdr {
  uint32_t cmsg_len;
  int cmsg_level;
  int cmsg_type;
};

struct cmsgcred {
  int32_t cmcred_pid;
  uint32_t cmcred_uid, cmcred_euid, cmcred_gid;
  int16_t cmcred_ngroups;
  uint32_t cmcred_groups[16];
};

#define CMSG_UNIT 8
#define CMSG_ROUND(n) (((size_t)(n) + CMSG_UNIT - 1) / CMSG_UNIT * CMSG_UNIT)
#define CMSG_LEN(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + CMSG_ROUND(n))
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ROUND(sizeof(struct cmsghdr)))

static inline struct cmsghdr *CMSG_FIRSTHDR(const struct msghdr *m) {
  return m->msg_controllen < sizeof(struct cmsghdr) ? NULL : (struct cmsghdr *)m->msg_control;
}

/* No test of cmsg_len: a length of zero hands the same header out again. */
static inline struct cmsghdr *CMSG_NXTHDR(const struct msghdr *m, const struct cmsghdr *c) {
  if (c == NULL) return CMSG_FIRSTHDR(m);
  unsigned char *next = (unsigned char *)c + CMSG_ROUND(c->cmsg_len);
  unsigned char *end = (unsigned char *)m->msg_control + m->msg_controllen;
  return next + CMSG_ROUND(sizeof *c) > end ? NULL : (struct cmsghdr *)next;
}

#endif
