/* Linux, sendmsg of a 32-bit process under a 64-bit kernel (net/compat.c), restated: headers
   of 12 bytes in units of 4. The next one is looked at when a single byte of it is left, and
   then no length it could have is right. */
#include "restated.h"

struct compat_cmsghdr {
  uint32_t cmsg_len;
  int32_t cmsg_level, cmsg_type;
};
#define HEADER struct compat_cmsghdr
#define READS_PAST_END

#define FIRST_HEADER(m) ((m)->msg_controllen ? (HEADER *)(m)->msg_control : NULL)

static const char *check_header(const struct msghdr *m, const HEADER *c) {
  if (m->msg_controllen < sizeof *c) return "EINVAL";
  return c->cmsg_len >= sizeof *c && c->cmsg_len <= left_from(m, c) ? NULL : "EINVAL";
}
#define CHECK_HEADER check_header

static HEADER *next_header(const struct msghdr *m, const HEADER *c) {
  size_t used = address_of(c) - begin_of(m) + multiple(c->cmsg_len, 4);
  return used < m->msg_controllen ? (HEADER *)(begin_of(m) + used) : NULL;
}
