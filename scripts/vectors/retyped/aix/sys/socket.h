/* AIX, retyped from
   https://github.com/rust-lang/libc/blob/2eda1e52fe2efdf93c1e5c65e346343a530d8bc3/src/unix/aix/mod.rs */
#ifndef AIX_SYS_SOCKET_H
#define AIX_SYS_SOCKET_H

#define CMSG_UNIT 1 /* nothing is rounded */
#define TIME_T long
#define SUSECONDS_T int
#define SUN_PATH 1023
#include <bsd.h>

#endif
