/* D over musl (druntime, core/sys/posix/sys/socket.d), restated: musl's rule on typed pointers,
   so that the step counts headers and what is left counts msghdrs. */
#include "restated.h"

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address step = multiple(c->cmsg_len, sizeof(size_t));
  if (c->cmsg_len < sizeof *c) return NULL;
  if (step + sizeof *c >= left_from(m, c) / sizeof *m) return NULL;
  return (struct cmsghdr *)(address_of(c) + step * sizeof *c);
}
