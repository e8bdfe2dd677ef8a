/* Walks hostile control buffers with the ABI's own CMSG_FIRSTHDR and CMSG_NXTHDR.
   In: lines `controllen hex`. Out: for each line the headers visited and how the
   walk stopped, as JSON. NEXT_HEADER names a header whose walk is used instead. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include "io.h"

#ifdef NEXT_HEADER
#include NEXT_HEADER
#undef CMSG_NXTHDR
#define CMSG_NXTHDR next_header
#endif

/* The buffer lies amid zeros, so that a macro may read outside it unharmed. */
static _Alignas(16) unsigned char memory[3 << 16];
static unsigned char *const control = memory + (1 << 16);
enum { CONTROL_MAX = 1 << 12 };

static int get_char(void) {
  static char input[1 << 12];
  static ssize_t size, at;
  if (at == size) size = read(0, input, sizeof input), at = 0;
  return size > 0 ? input[at++] : -1;
}

static int get_case(struct msghdr *m) {
  size_t controllen = 0, size = 0;
  int c = get_char();
  if (c < 0) return 0;
  for (; c >= '0' && c <= '9'; c = get_char()) controllen = controllen * 10 + (size_t)(c - '0');
  memset(control, 0, CONTROL_MAX);
  for (c = get_char(); c > ' ' && size < 2 * CONTROL_MAX; c = get_char(), size++) {
    int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    control[size / 2] |= (unsigned char)(size % 2 ? digit : digit << 4);
  }
  memset(m, 0, sizeof *m);
  m->msg_control = control;
  m->msg_controllen = controllen;
  return 1;
}

/* Numbers that a double cannot hold go as strings. */
static void put_length(uint64_t length) {
  if (length >> 53) put("\"0x"), put_unsigned(length, 16), put("\"");
  else put_number((int64_t)length);
}

static const char *walk(struct msghdr *m, intptr_t *at) {
  struct cmsghdr *c = CMSG_FIRSTHDR(m);
  *at = 0;
  for (int visited = 0; c; c = CMSG_NXTHDR(m, c), visited++) {
    intptr_t offset = (intptr_t)((uintptr_t)c - (uintptr_t)control), last = *at;
    *at = offset;
    if (offset < 0 || (intptr_t)m->msg_controllen - offset < (intptr_t)sizeof *c) return "escape";
    if (visited && offset == last) return "loop";
    if (visited && offset < last) return "back";
    put(visited ? ",[" : "["), put_number(offset), put(","), put_length(c->cmsg_len), put(",");
    put_number(c->cmsg_level), put(","), put_number(c->cmsg_type), put("]");
  }
  return "end";
}

int main(void) {
  struct msghdr m;
  intptr_t at;
  while (get_case(&m)) {
    put("{\"headers\":[");
    const char *end = walk(&m, &at);
    put("],\"end\":\""), put(end), put("\","), put_field("at", at), put("}\n");
  }
  flush();
  return 0;
}
