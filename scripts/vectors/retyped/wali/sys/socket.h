/* WALI's musl, retyped from
   https://github.com/arjunr2/wali-musl/blob/e22819efcca3b5232406231ebea09166bfa7609a/include/sys/socket.h and what it includes
   for arch/wasm32: pointers and size_t of 32 bits, a long of 64, here long long, aligned to 8 bytes. */
#ifndef WALI_SYS_SOCKET_H
#define WALI_SYS_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_CREDENTIALS 2
#define MSG_FIN 0x200
#define RETYPED
#define RETYPED_LONG
#define HAS_sys_ipc_h
#define HAS_sys_msg_h
#define HAS_asm_msgbuf_h

/* The kernel's headers take these over where they are defined (asm-generic/posix_types.h). */
#define __kernel_long_t __kernel_long_t
#define __kernel_ulong_t __kernel_ulong_t
typedef long long wali_long, time_t, suseconds_t, __kernel_long_t;
typedef unsigned long long __kernel_ulong_t;
typedef int ssize_t, pid_t;
typedef unsigned int socklen_t, uid_t, gid_t;
typedef unsigned short sa_family_t;

struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};

struct sockaddr_storage {
  wali_long bytes[16];
};

/* linux/time_types.h says long as well. */
#define _LINUX_TIME_TYPES_H
struct __kernel_old_timeval {
  wali_long tv_sec, tv_usec;
};

struct __kernel_old_timespec {
  wali_long tv_sec, tv_nsec;
};

struct __kernel_sock_timeval {
  wali_long tv_sec, tv_usec;
};

struct __kernel_timespec {
  wali_long tv_sec, tv_nsec;
};

#include <linux/in.h>
#include <linux/in6.h>

struct iovec {
  void *iov_base;
  size_t iov_len;
};

/* The pads of a musl whose long has 64 bits, beside pointers of 32. */
struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  int __pad1;
  void *msg_control;
  socklen_t msg_controllen;
  int __pad2;
  int msg_flags;
};

struct mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};

struct cmsghdr {
  socklen_t cmsg_len;
  int __pad1;
  int cmsg_level;
  int cmsg_type;
};

struct ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

struct sockaddr_un {
  sa_family_t sun_family;
  char sun_path[108];
};

struct in6_pktinfo {
  struct in6_addr ipi6_addr;
  unsigned ipi6_ifindex;
};

struct ip6_mtuinfo {
  struct sockaddr_in6 ip6m_addr;
  uint32_t ip6m_mtu;
};

struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};

struct timespec {
  time_t tv_sec;
  wali_long tv_nsec;
};

struct ipc_perm {
  int __key;
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  unsigned mode;
  int __seq;
  wali_long __pad1, __pad2;
};

struct msqid_ds {
  struct ipc_perm msg_perm;
  time_t msg_stime, msg_rtime, msg_ctime;
  unsigned long long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  unsigned long long __unused[2];
};

/* The structs of the 64-bit kernel below. */
struct ipc64_perm {
  int key;
  uid_t uid;
  gid_t gid;
  uid_t cuid;
  gid_t cgid;
  unsigned mode;
  unsigned short seq, __pad2;
  unsigned long long __unused[2];
};

struct msqid64_ds {
  struct ipc64_perm msg_perm;
  wali_long msg_stime, msg_rtime, msg_ctime;
  unsigned long long msg_cbytes, msg_qnum, msg_qbytes;
  pid_t msg_lspid, msg_lrpid;
  unsigned long long __unused[2];
};

struct msgbuf {
  wali_long mtype;
  char mtext[1];
};

struct msginfo {
  int msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
  unsigned short msgseg;
};

/* Room is made in units of a size_t, but walked in those of a long. */
#define WALI_ALIGN(n) (((n) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_DATA(c) ((unsigned char *)((struct cmsghdr *)(c) + 1))
#define CMSG_SPACE(n) (WALI_ALIGN(n) + WALI_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_LEN(n) (WALI_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_FIRSTHDR(m) \
  ((size_t)(m)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(m)->msg_control : NULL)
#define CMSG_NXTHDR wali_next

/* The length is rounded in its own 32 bits, the sum has 64. */
static inline struct cmsghdr *wali_next(const struct msghdr *m, const struct cmsghdr *c) {
  wali_long step = (c->cmsg_len + (unsigned)sizeof(wali_long) - 1) & ~(wali_long)(sizeof(wali_long) - 1);
  ptrdiff_t left = (unsigned char *)m->msg_control + m->msg_controllen - (unsigned char *)c;
  if (c->cmsg_len < sizeof *c || step + (wali_long)sizeof *c >= left) return NULL;
  return (struct cmsghdr *)((unsigned char *)c + step);
}

#endif
