/* What the BSDs and those that took after them have alike in <sys/socket.h>, <sys/un.h>, <netinet/in.h> and
   <sys/time.h>, retyped. A file that includes this says before: CMSG_UNIT, the bytes that CMSG_ALIGN rounds to; TIME_T and
   SUSECONDS_T; and what else is not as below. */
#include <stddef.h>
#include <stdint.h>

#ifndef SOL_SOCKET
#define SOL_SOCKET 0xffff
#endif
#ifndef SCM_RIGHTS
#define SCM_RIGHTS 1
#endif
#define IPPROTO_IP 0
#define IPPROTO_IPV6 41
#define RETYPED

#ifndef IOVLEN_T
#define IOVLEN_T int
#endif
#ifndef CMSG_LEN_T
#define CMSG_LEN_T socklen_t
#endif
/* The first byte of an address is its length, where there is one. */
#ifdef NO_SA_LEN
#define SA_LEN(name)
#ifndef SA_FAMILY_T
#define SA_FAMILY_T uint16_t
#endif
#else
#define SA_LEN(name) uint8_t name;
#define SA_FAMILY_T uint8_t
#endif
#ifndef SUN_PATH
#define SUN_PATH 104
#endif
#ifndef SIN_ZERO
#define SIN_ZERO 8
#endif

typedef long ssize_t;
typedef uint32_t socklen_t, uid_t, gid_t;
typedef int32_t pid_t;
typedef SA_FAMILY_T sa_family_t;
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
  IOVLEN_T msg_iovlen;
  void *msg_control;
  socklen_t msg_controllen;
  int msg_flags;
};

struct cmsghdr {
  CMSG_LEN_T cmsg_len;
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
  SA_LEN(sun_len)
  sa_family_t sun_family;
  char sun_path[SUN_PATH];
};

struct sockaddr_in {
  SA_LEN(sin_len)
  sa_family_t sin_family;
  uint16_t sin_port;
  struct in_addr sin_addr;
  char sin_zero[SIN_ZERO];
};

struct sockaddr_in6 {
  SA_LEN(sin6_len)
  sa_family_t sin6_family;
  uint16_t sin6_port;
  uint32_t sin6_flowinfo;
  struct in6_addr sin6_addr;
  uint32_t sin6_scope_id;
#ifdef SIN6_MORE
  uint32_t __sin6_src_id;
#endif
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

struct bintime {
  time_t sec;
  uint64_t frac;
};

struct ip6_mtuinfo {
  struct sockaddr_in6 ip6m_addr;
  uint32_t ip6m_mtu;
};

#ifndef CMSG_LEN
#define CMSG_ROUND(n) (((size_t)(n) + CMSG_UNIT - 1) / CMSG_UNIT * CMSG_UNIT)
#define CMSG_LEN(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ROUND(sizeof(struct cmsghdr)) + CMSG_ROUND(n))
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ROUND(sizeof(struct cmsghdr)))
#endif

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
