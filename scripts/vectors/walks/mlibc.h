/* mlibc (options/posix/include/sys/socket.h), restated: header and rounded length against
   what is left, both signed, so that a sum beyond the greatest ssize_t fits. */
#include "restated.h"

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address step = multiple(c->cmsg_len, sizeof(long));
  if (c->cmsg_len < sizeof *c) return NULL;
  if ((intptr_t)(step + sizeof *c) > (intptr_t)left_from(m, c)) return NULL;
  return (struct cmsghdr *)(address_of(c) + step);
}
