/* Fuchsia, as Rust's libc crate has it (src/fuchsia/mod.rs), restated: a pointer to headers is
   moved by a number of bytes, and at least one byte must follow the next header. */
#include "restated.h"

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  address next = address_of(c) + multiple(c->cmsg_len, sizeof(long)) * sizeof *c;
  if (c->cmsg_len < sizeof *c || next + sizeof *c >= end_of(m)) return NULL;
  return (struct cmsghdr *)next;
}
