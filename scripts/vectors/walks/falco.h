/* Falco (userspace/libsinsp/parsers.cpp, process_recvmsg_ancillary_data), restated: glibc's walk
   since 2.37; descriptors, by the type alone, must lie inside, be whole and at most 253. */
#include "glibc-ge-2.37.h"

static const char *check_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t data = (size_t)(CMSG_DATA(c) - (const unsigned char *)c);
  if (c->cmsg_type != 1) return NULL;
  if (c->cmsg_len < data || c->cmsg_len > left_from(m, c)) return "dropped";
  size_t size = c->cmsg_len - data;
  return size % sizeof(int) || size / sizeof(int) > 253 ? "dropped" : NULL;
}
#define CHECK_HEADER check_header
