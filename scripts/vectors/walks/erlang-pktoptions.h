/* Erlang, IP_PKTOPTIONS (erts/emulator/nifs/common/prim_socket_nif.c), restated: from the start
   to the end in steps of the space of each payload; a short length is a payload of nothing.
   Nothing asks whether a header lies inside. */
#include "restated.h"

#define FIRST_HEADER(m) ((m)->msg_controllen > 0 ? (struct cmsghdr *)(m)->msg_control : NULL)

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t data = (size_t)(CMSG_DATA(c) - (const unsigned char *)c);
  size_t payload = c->cmsg_len < sizeof *c ? 0 : c->cmsg_len - data;
  address next = address_of(c) + multiple(sizeof *c, sizeof(size_t)) + multiple(payload, sizeof(size_t));
  return next < end_of(m) ? (struct cmsghdr *)next : NULL;
}
