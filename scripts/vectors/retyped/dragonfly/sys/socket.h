/* DragonFly, retyped from
   https://github.com/DragonFlyBSD/DragonFlyBSD/blob/03d6a592fec88fb3813b0f5d96475645c91e9aec/sys/sys/socket.h */
#ifndef DRAGONFLY_SYS_SOCKET_H
#define DRAGONFLY_SYS_SOCKET_H

#define CMSG_UNIT sizeof(long)
#define TIME_T int64_t
#define SUSECONDS_T long
/* No test of msg_controllen. */
#define CMSG_FIRSTHDR(m) ((struct cmsghdr *)(m)->msg_control)
#include <bsd.h>

#endif
