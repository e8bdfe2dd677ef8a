/* rustix without libc (linux-raw-sys, cmsg_macros), restated as its release build runs it:
   lengths become a c_uint before they are rounded, in its 32 bits. */
#include "restated.h"

static uint32_t rounded(size_t length) {
  uint32_t cut = (uint32_t)length, over = cut % sizeof(long);
  return over ? cut + (uint32_t)(sizeof(long) - over) : cut;
}

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = address_of(c) + rounded(c->cmsg_len);
  if (c->cmsg_len < sizeof *c || next + sizeof *c > end_of(m)) return NULL;
  return next + rounded(((const struct cmsghdr *)next)->cmsg_len) > end_of(m) ? NULL : (struct cmsghdr *)next;
}
