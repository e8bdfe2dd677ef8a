/* CPython (Modules/socketmodule.c: sock_recvmsg_guts, get_cmsg_data_len), restated: the loop
   around the macros of the C library. A header whose data would begin outside, or whose length
   ends before it, is left out; data longer than the buffer is cut. Both warn and end the loop. */
#include "restated.h"

static const char *check_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t data = (size_t)(CMSG_DATA(c) - (const unsigned char *)c), offset = address_of(c) - begin_of(m);
  if (offset + data > m->msg_controllen || c->cmsg_len < data) return "dropped";
  size_t claimed = c->cmsg_len - data, space = m->msg_controllen - (offset + data);
  return claimed > space ? clipped : NULL;
}
#define CHECK_HEADER check_header
