/* illumos (uts/common/sys/socket.h), restated: the address behind a message is rounded up,
   not its length. ILLUMOS_UNIT: 4 on x86, 8 on sparc. */
#include "restated.h"

#ifndef ILLUMOS_UNIT
#define ILLUMOS_UNIT 4
#endif

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = multiple(address_of(c) + c->cmsg_len, ILLUMOS_UNIT);
  return next + sizeof *c > end_of(m) ? NULL : (struct cmsghdr *)next;
}
