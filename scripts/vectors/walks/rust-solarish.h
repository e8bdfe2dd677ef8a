/* Rust's libc crate on illumos and Solaris (src/unix/solarish/mod.rs), restated: it rounds up
   where the next header would end, and where it begins. ILLUMOS_UNIT: as in illumos.h. */
#include "restated.h"

#ifndef ILLUMOS_UNIT
#define ILLUMOS_UNIT 4
#endif

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address behind = address_of(c) + c->cmsg_len;
  if (multiple(behind + sizeof *c, ILLUMOS_UNIT) > end_of(m)) return NULL;
  return (struct cmsghdr *)multiple(behind, ILLUMOS_UNIT);
}
