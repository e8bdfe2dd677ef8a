/* The macros of the BSDs, restated: any length is followed; the next header, rounded up like
   everything, must end where the buffer does. BSD_UNIT: what is rounded to; BSD_LENGTH: the
   type in which a length is rounded. */
#include "restated.h"

#ifndef BSD_UNIT
#define BSD_UNIT sizeof(size_t)
#endif
#ifndef BSD_LENGTH
#define BSD_LENGTH address
#endif

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  BSD_LENGTH step = (BSD_LENGTH)((BSD_LENGTH)c->cmsg_len + (BSD_UNIT - 1)) / BSD_UNIT * BSD_UNIT;
  address next = address_of(c) + step;
  return next + multiple(sizeof *c, BSD_UNIT) > end_of(m) ? NULL : (struct cmsghdr *)next;
}
