/* Prints, as one JSON document, what the ABI it is compiled for says about
   struct msghdr, cmsghdr, iovec and the CMSG_* sizes, with filled structs and
   control buffers (control.c) as bytes. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include "io.h"
#include "control.c"

#define MEMBER(type, name) (((struct type *)0)->name)
#define FIELD(type, name) put_layout(#name, offsetof(struct type, name), sizeof MEMBER(type, name))
#define OPEN(type) put_struct(#type, sizeof(struct type), _Alignof(struct type))

static void put_struct(const char *name, size_t size, size_t align) {
  put("\""), put(name), put("\":{");
  put_field("size", (int64_t)size), put(","), put_field("align", (int64_t)align);
  put(",\"fields\":{");
}

static void put_layout(const char *name, size_t offset, size_t size) {
  put("\""), put(name), put("\":{");
  put_field("offset", (int64_t)offset), put(","), put_field("size", (int64_t)size), put("}");
}

static void put_layouts(void) {
  OPEN(msghdr);
  FIELD(msghdr, msg_name), put(","), FIELD(msghdr, msg_namelen), put(",");
  FIELD(msghdr, msg_iov), put(","), FIELD(msghdr, msg_iovlen), put(",");
  FIELD(msghdr, msg_control), put(","), FIELD(msghdr, msg_controllen), put(",");
  FIELD(msghdr, msg_flags), put("}},");
  OPEN(cmsghdr);
  FIELD(cmsghdr, cmsg_len), put(","), FIELD(cmsghdr, cmsg_level), put(",");
  FIELD(cmsghdr, cmsg_type), put("}},");
  OPEN(iovec);
  FIELD(iovec, iov_base), put(","), FIELD(iovec, iov_len), put("}}");
}

static const size_t payload_sizes[] = {0, 1, 2, 3, 4, 5, 8, 12, 16, 20, 24, 1012};
#define EACH_SIZE(name, macro)                                                 \
  put("\"" name "\":{");                                                       \
  for (size_t i = 0; i < sizeof payload_sizes / sizeof *payload_sizes; i++) {  \
    put(i ? ",\"" : "\""), put_number((int64_t)payload_sizes[i]), put("\":");  \
    put_number((int64_t)macro(payload_sizes[i]));                              \
  }                                                                            \
  put("}")

static void put_cmsg(void) {
  static union { struct cmsghdr header; unsigned char room[64]; } c;
  put("\"cmsg\":{"), put_field("align", (int64_t)(CMSG_SPACE(1) - CMSG_SPACE(0))), put(",");
  put_field("data", (int64_t)((unsigned char *)CMSG_DATA(&c.header) - c.room)), put(",");
  EACH_SIZE("LEN", CMSG_LEN);
  put(",");
  EACH_SIZE("SPACE", CMSG_SPACE);
  put("}");
}

/* Gives a field the low bytes of a number whose bytes all differ, and prints it. */
#define FILL(type, object, name, number)                                       \
  do {                                                                         \
    uint64_t value = (number) & (UINT64_MAX >> (64 - 8 * sizeof MEMBER(type, name))); \
    object.name = (__typeof__(object.name))(uintptr_t)value;                   \
    put("\"" #name "\":\"0x"), put_unsigned(value, 16), put("\"");             \
  } while (0)

static void put_filled(void) {
  struct msghdr m;
  struct iovec v;
  memset(&m, 0, sizeof m);
  memset(&v, 0, sizeof v);
  put("\"msghdr\":{\"values\":{");
  FILL(msghdr, m, msg_name, 0x1112131415161718); put(",");
  FILL(msghdr, m, msg_namelen, 0x2122232425262728); put(",");
  FILL(msghdr, m, msg_iov, 0x3132333435363738); put(",");
  FILL(msghdr, m, msg_iovlen, 0x4142434445464748); put(",");
  FILL(msghdr, m, msg_control, 0x5152535455565758); put(",");
  FILL(msghdr, m, msg_controllen, 0x6162636465666768); put(",");
  FILL(msghdr, m, msg_flags, 0x7172737475767778);
  put("},\"bytes\":\""), put_hex(&m, sizeof m), put("\"},\"iovec\":{\"values\":{");
  FILL(iovec, v, iov_base, 0x1112131415161718); put(",");
  FILL(iovec, v, iov_len, 0x2122232425262728);
  put("},\"bytes\":\""), put_hex(&v, sizeof v), put("\"}");
}

/* As far as headers tell: musl's do not. */
static void put_libc(void) {
#if defined __EMSCRIPTEN__
  put("musl of emscripten "), put_number(__EMSCRIPTEN_major__);
  put("."), put_number(__EMSCRIPTEN_minor__), put("."), put_number(__EMSCRIPTEN_tiny__);
#elif defined __GLIBC__
  put("glibc "), put_number(__GLIBC__), put("."), put_number(__GLIBC_MINOR__);
#endif
}

int main(void) {
  const uint16_t one = 1;
  put("{\"libc\":\""), put_libc(), put("\","), put_field("word", sizeof(void *));
  put(*(const unsigned char *)&one ? ",\"endian\":\"little\"," : ",\"endian\":\"big\",");
  put_field("SOL_SOCKET", SOL_SOCKET);
  put(",\"layout\":{"), put_layouts(), put(","), put_cmsg();
  put("},\"structs\":{"), put_filled();
  put("},\"controls\":["), put_controls(), put("]}\n");
  flush();
  return 0;
}
