/* mlibc, retyped from
   https://github.com/managarm/mlibc/blob/0a97cf6bf6b85f3c8aaa66614b968c66e541df61/options/posix/include/sys/socket.h and
   abis/linux/socket.h there */
#ifndef MLIBC_SYS_SOCKET_H
#define MLIBC_SYS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2

typedef uint32_t socklen_t;
typedef int pid_t;
typedef unsigned int uid_t, gid_t;
typedef long time_t, suseconds_t, ssize_t;

struct iovec {
  void *iov_base;
  size_t iov_len;
};

/* As it is on 64-bit little-endian machines. */
struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  int __pad0;
  void *msg_control;
  socklen_t msg_controllen;
  int __pad1;
  int msg_flags;
};

struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};

struct cmsghdr {
  socklen_t cmsg_len;
  int __pad;
  int cmsg_level;
  int cmsg_type;
};

struct ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};

struct timespec {
  time_t tv_sec;
  long tv_nsec;
};

#define MLIBC_ALIGN(n) (((n) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_DATA(c) ((unsigned char *)((struct cmsghdr *)(c) + 1))
#define CMSG_SPACE(n) (MLIBC_ALIGN(n) + MLIBC_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_LEN(n) (MLIBC_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_FIRSTHDR(m) \
  ((m)->msg_controllen < sizeof(struct cmsghdr) ? NULL : (struct cmsghdr *)(m)->msg_control)
#define CMSG_NXTHDR mlibc_next

static inline struct cmsghdr *mlibc_next(const struct msghdr *m, const struct cmsghdr *c) {
  uintptr_t end = (uintptr_t)m->msg_control + m->msg_controllen;
  if (c->cmsg_len < sizeof *c) return NULL;
  if ((intptr_t)(sizeof *c + MLIBC_ALIGN((size_t)c->cmsg_len)) > (intptr_t)(end - (uintptr_t)c)) return NULL;
  return (struct cmsghdr *)((uintptr_t)c + MLIBC_ALIGN((size_t)c->cmsg_len));
}

#endif
