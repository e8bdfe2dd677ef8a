/* Darwin (bsd/sys/socket.h) and D on FreeBSD: units of 4 bytes. */
#define BSD_UNIT 4
#include "bsd.h"
