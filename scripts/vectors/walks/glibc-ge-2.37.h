/* glibc since 2.37, restated: what is left must hold this message with its padding and
   one more header. Its own macros are only there where the C library is. */
#include "restated.h"

static inline struct cmsghdr *restated_glibc(const struct msghdr *m, const struct cmsghdr *c) {
  const size_t unit = sizeof(size_t), length = c->cmsg_len;
  size_t left = left_from(m, c);
  if (length < sizeof *c) return NULL;
  size_t padding = (unit - length % unit) % unit;
  if (left < padding || (left -= padding) < sizeof *c || (left -= sizeof *c) < length) return NULL;
  return (struct cmsghdr *)((char *)c + length + padding);
}
#define next_header restated_glibc
