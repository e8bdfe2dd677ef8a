/* What the BSDs and Darwin have alike in <sys/socket.h>, <sys/un.h>, <netinet/in.h> and <sys/time.h>, retyped. A file
   that includes this says before: CMSG_UNIT, the bytes that CMSG_ALIGN rounds to, and TIME_T, SUSECONDS_T. */
#include <stddef.h>
#include <stdint.h>

#define HAS_sys_ipc_h
#define HAS_sys_msg_h
#define SOL_SOCKET 0xffff
#define SCM_RIGHTS 1
#define IPPROTO_IP 0
#define IPPROTO_IPV6 41
#define IPV6_PKTINFO 46

typedef long ssize_t;
typedef uint32_t socklen_t, uid_t, gid_t;
typedef int32_t pid_t;
typedef uint8_t sa_family_t;
typedef TIME_T time_t;
typedef SUSECONDS_T suseconds_t;

struct iovec {
  void *iov_base;
  size_t iov_len;
};

struct msghdr {
  void *msg_name;
  socklen_t msg_namelen;
  struct iovec *msg_iov;
  int msg_iovlen;
  void *msg_control;
  socklen_t msg_controllen;
  int msg_flags;
};

struct cmsghdr {
  socklen_t cmsg_len;
  int cmsg_level;
  int cmsg_type;
};

struct in_addr {
  uint32_t s_addr;
};

struct in6_addr {
  union {
    uint8_t bytes[16];
    uint32_t words[4];
  } in6;
};

struct sockaddr_un {
  uint8_t sun_len;
  sa_family_t sun_family;
  char sun_path[104];
};

struct sockaddr_in {
  uint8_t sin_len;
  sa_family_t sin_family;
  uint16_t sin_port;
  struct in_addr sin_addr;
  char sin_zero[8];
};

struct sockaddr_in6 {
  uint8_t sin6_len;
  sa_family_t sin6_family;
  uint16_t sin6_port;
  uint32_t sin6_flowinfo;
  struct in6_addr sin6_addr;
  uint32_t sin6_scope_id;
};

struct in6_pktinfo {
  struct in6_addr ipi6_addr;
  unsigned int ipi6_ifindex;
};

struct timeval {
  time_t tv_sec;
  suseconds_t tv_usec;
};

struct timespec {
  time_t tv_sec;
  long tv_nsec;
};

#define CMSG_ROUND(n) (((size_t)(n) + CMSG_UNIT - 1) / CMSG_UNIT * CMSG_UNIT)
#define CMSG_LEN(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + CMSG_ROUND(n))
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ROUND(sizeof(struct cmsghdr)))

#ifndef CMSG_FIRSTHDR
#define CMSG_FIRSTHDR(m) \
  ((m)->msg_controllen < sizeof(struct cmsghdr) ? NULL : (struct cmsghdr *)(m)->msg_control)
#endif

/* No test of cmsg_len: a length of zero hands the same header out again. */
#ifndef CMSG_NXTHDR
#define CMSG_NXTHDR bsd_next
static inline struct cmsghdr *bsd_next(const struct msghdr *m, const struct cmsghdr *c) {
  uintptr_t next = (uintptr_t)c + CMSG_ROUND(c->cmsg_len);
  return next + CMSG_ROUND(sizeof *c) > (uintptr_t)m->msg_control + m->msg_controllen ? NULL : (struct cmsghdr *)next;
}
#endif
