/* Cygwin, retyped from
   https://github.com/cygwin/cygwin/blob/05d40cdef34c00fe433ca4afc157d489f12b9f37/winsup/cygwin/include/cygwin/socket.h */
#ifndef CYGWIN_SYS_SOCKET_H
#define CYGWIN_SYS_SOCKET_H

#define CMSG_UNIT _Alignof(struct cmsghdr)
#define CMSG_LEN_T size_t
#define TIME_T long
#define SUSECONDS_T long
#define NO_SA_LEN
#define SUN_PATH 108
#define SCM_CREDENTIALS 2
#include <bsd.h>

struct ucred {
  pid_t pid;
  uid_t uid;
  gid_t gid;
};

#endif
