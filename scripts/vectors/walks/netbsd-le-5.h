/* NetBSD before 6 (sys/sys/socket.h): cmsg_len is rounded in the type that it has. */
#include "restated.h"
#define BSD_LENGTH __typeof__(((struct cmsghdr *)0)->cmsg_len)
#include "bsd.h"
