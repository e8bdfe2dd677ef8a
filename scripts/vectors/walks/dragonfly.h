/* DragonFly (sys/sys/socket.h): there is always a first header. */
#include "bsd.h"
#define FIRST_HEADER(m) ((struct cmsghdr *)(m)->msg_control)
