/* Linux, sendmsg (include/linux/socket.h: CMSG_OK, __cmsg_nxthdr; net/core/scm.c), restated:
   a message must hold its header and lie inside, or the call fails. */
#include "restated.h"

static const char *check_header(const struct msghdr *m, const struct cmsghdr *c) {
  return c->cmsg_len >= sizeof *c && c->cmsg_len <= left_from(m, c) ? NULL : "EINVAL";
}
#define CHECK_HEADER check_header

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t used = address_of(c) - begin_of(m) + multiple(c->cmsg_len, sizeof(long));
  return used + sizeof *c <= m->msg_controllen ? (struct cmsghdr *)(begin_of(m) + used) : NULL;
}
