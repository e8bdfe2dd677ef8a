/* Rust's libc crate since 0.2.180 on Linux (linux_l4re_shared.rs), restated as its release
   build runs it: all sums wrap; an address that went back is the end. RUST_LIBC_MORE: over
   musl one byte more must fit. */
#include "restated.h"

#ifndef RUST_LIBC_MORE
#define RUST_LIBC_MORE 0
#endif

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = address_of(c) + multiple(c->cmsg_len, sizeof(size_t));
  if (c->cmsg_len < sizeof *c || next < address_of(c)) return NULL;
  return next + sizeof *c > end_of(m) - RUST_LIBC_MORE ? NULL : (struct cmsghdr *)next;
}
