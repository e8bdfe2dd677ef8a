/* glibc on the Hurd, retyped from
   https://github.com/bminor/glibc/blob/glibc-2.41/sysdeps/mach/hurd/bits/socket.h and
   https://github.com/bminor/glibc/blob/glibc-2.41/sysdeps/unix/bsd/cmsg_nxthdr.c */
#ifndef HURD_SYS_SOCKET_H
#define HURD_SYS_SOCKET_H

#define CMSG_UNIT sizeof(size_t)
#define TIME_T long
#define SUSECONDS_T long
#define SUN_PATH 108
#define CMSG_NXTHDR hurd_next
#include <bsd.h>

static inline struct cmsghdr *hurd_next(const struct msghdr *m, const struct cmsghdr *c) {
  size_t left = (uintptr_t)m->msg_control + m->msg_controllen - (uintptr_t)c, length = c->cmsg_len;
  size_t pad = -length & (CMSG_UNIT - 1);
  if (length < sizeof *c || left < sizeof *c + pad || left - (sizeof *c + pad) < length) return NULL;
  return (struct cmsghdr *)((char *)c + CMSG_ROUND(length));
}

#endif
