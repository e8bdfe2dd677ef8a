/* Prints, as one JSON document, the payloads that the ABI's headers know: level and
   type of the message, and offset, width and signedness of each member. */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <sys/types.h>

#include "io.h"

/* In the headers since glibc 2.39; older ones and musl leave them to the kernel's own
   include/linux/socket.h, from which they are restated. */
#ifdef SCM_CREDENTIALS
#ifdef SCM_PIDFD
#define RESTATED ""
#else
#define RESTATED "SCM_SECURITY and SCM_PIDFD restated from include/linux/socket.h"
#define SCM_SECURITY 3
#define SCM_PIDFD 4
#endif
#else
#define RESTATED ""
#endif

#define IS_SIGNED(type) ((type)-1 < (type)1)
#define MEMBER(name, offset, type, many) put_member(name, offset, sizeof(type), IS_SIGNED(type), many)

static void put_member(const char *name, size_t offset, size_t size, int is_signed, int many) {
  put("{\"name\":\""), put(name), put("\","), put_field("offset", (int64_t)offset), put(",");
  put_field("size", (int64_t)size), put(is_signed ? ",\"signed\":true" : ",\"signed\":false");
  put(many ? ",\"many\":true}" : ",\"many\":false}");
}

/* `size` is that of the payload, or of its first element where it is repeated. */
static void open_payload(const char *id, int type, size_t size) {
  put("\""), put(id), put("\":{"), put_field("level", SOL_SOCKET), put(","), put_field("type", type), put(",");
  put_field("size", (int64_t)size), put(",\"fields\":[");
}

int main(void) {
  put("{\"restated\":\""), put(RESTATED), put("\",\"payloads\":{");
  open_payload("rights", SCM_RIGHTS, sizeof(int));
  MEMBER("fds", 0, int, 1), put("]}");
#ifdef SCM_CREDENTIALS
  put(",");
  open_payload("credentials", SCM_CREDENTIALS, sizeof(struct ucred));
  MEMBER("pid", offsetof(struct ucred, pid), pid_t, 0), put(",");
  MEMBER("uid", offsetof(struct ucred, uid), uid_t, 0), put(",");
  MEMBER("gid", offsetof(struct ucred, gid), gid_t, 0), put("]},");
  open_payload("security", SCM_SECURITY, 1);
  MEMBER("label", 0, unsigned char, 1), put("]},");
  open_payload("pidfd", SCM_PIDFD, sizeof(int));
  MEMBER("pidfd", 0, int, 0), put("]}");
#endif
  put("}}\n");
  flush();
  return 0;
}
