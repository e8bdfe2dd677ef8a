/* Go (golang.org/x/sys/unix, ParseSocketControlMessage), restated: a slice that is cut off
   message by message. What it returns is all messages or an error; b[i:n] with i > n panics. */
#include "restated.h"

#define ALL_OR_NOTHING
#define SLICE_DATA multiple(sizeof(struct cmsghdr), sizeof(size_t))
#define FIRST_HEADER(m) ((m)->msg_controllen >= SLICE_DATA ? (struct cmsghdr *)(m)->msg_control : NULL)

static const char *check_header(const struct msghdr *m, const struct cmsghdr *c) {
  uint64_t length = c->cmsg_len, slice = left_from(m, c);
  if (length < sizeof *c || length > slice) return "EINVAL";
  return SLICE_DATA > length ? "panic" : NULL;
}
#define CHECK_HEADER check_header

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t i = address_of(c) - begin_of(m) + multiple(c->cmsg_len, sizeof(size_t));
  return i + SLICE_DATA <= m->msg_controllen ? (struct cmsghdr *)(begin_of(m) + i) : NULL;
}
