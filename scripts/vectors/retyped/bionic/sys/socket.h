/* bionic, retyped from
   https://github.com/aosp-mirror/platform_bionic/blob/96404229f0dce3162a0d42605ce342b508111a7f/libc/include/sys/socket.h;
   addresses and iovec are the kernel's own, as they are there. */
#ifndef BIONIC_SYS_SOCKET_H
#define BIONIC_SYS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t socklen_t;
typedef unsigned short sa_family_t;
typedef int pid_t;
typedef unsigned int uid_t, gid_t;
typedef long time_t, suseconds_t, ssize_t;

struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};

struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};

struct timespec {
  time_t tv_sec;
  long tv_nsec;
};

#include <asm/socket.h>
#include <linux/uio.h>
#define HAS_linux_uio_h
#include <linux/un.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>

#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define SCM_SECURITY 3

struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  size_t msg_iovlen;
  void *msg_control;
  size_t msg_controllen;
  int msg_flags;
};

struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};

struct cmsghdr {
  size_t cmsg_len;
  int cmsg_level;
  int cmsg_type;
};

struct ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

/* Queues: the kernel's headers, the structs of 64 bits under the names of POSIX. */
#define HAS_sys_ipc_h
#define HAS_sys_msg_h
#include <linux/msg.h>
#define ipc_perm ipc64_perm
#define msqid_ds msqid64_ds

#define CMSG_ALIGN(n) (((n) + sizeof(long) - 1) & ~(sizeof(long) - 1))
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_SPACE(n) (CMSG_ALIGN(sizeof(struct cmsghdr)) + CMSG_ALIGN(n))
#define CMSG_LEN(n) (CMSG_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_FIRSTHDR(m) \
  ((m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control : NULL)

/* The walk of libc/bionic/__cmsg_nxthdr.cpp. */
#include <bionic.h>
#define CMSG_NXTHDR next_header

#endif
