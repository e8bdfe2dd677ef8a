/* Windows (mswsock.h: WSA_CMSG_NXTHDR), restated: any length is followed; the next header,
   not rounded up, must end where the buffer does. */
#include "restated.h"

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = address_of(c) + multiple(c->cmsg_len, sizeof(size_t));
  return next + sizeof *c > end_of(m) ? NULL : (struct cmsghdr *)next;
}
