/* FreeBSD, OpenBSD, Haiku and Cygwin (sys/sys/socket.h). */
#include "bsd.h"
