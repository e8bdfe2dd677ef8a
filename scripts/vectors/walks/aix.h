/* AIX, as Rust's libc crate has it (src/unix/aix/mod.rs), restated: nothing is rounded. */
#include "restated.h"

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = address_of(c) + c->cmsg_len;
  return next + sizeof *c > end_of(m) ? NULL : (struct cmsghdr *)next;
}
