/* Walks hostile control buffers with the ABI's own CMSG_FIRSTHDR and CMSG_NXTHDR.
   In: lines `controllen hex`. Out: for each line the headers visited and how the
   walk stopped, as JSON. NEXT_HEADER names a header whose walk is used instead; what it may
   bring is told in walks/restated.h. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include "io.h"

/* The reason of a header that is the last, and handed out. */
static const char clipped[] = "clipped";

#ifdef NEXT_HEADER
#include NEXT_HEADER
#undef CMSG_NXTHDR
#define CMSG_NXTHDR next_header
#endif
#ifdef FIRST_HEADER
#undef CMSG_FIRSTHDR
#define CMSG_FIRSTHDR FIRST_HEADER
#endif
#ifndef HEADER
#define HEADER struct cmsghdr
#endif
#ifndef CHECK_HEADER
#define CHECK_HEADER(m, c) NULL
#endif
#ifdef READS_PAST_END
enum { PAST_END = 1 };
#else
enum { PAST_END = 0 };
#endif
#ifdef ALL_OR_NOTHING
enum { ALL = 1 };
#else
enum { ALL = 0 };
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

static void put_offset(int64_t offset) {
  if (offset >= 0) put_length((uint64_t)offset);
  else if (-(uint64_t)offset >> 53) put("\"-0x"), put_unsigned(-(uint64_t)offset, 16), put("\"");
  else put_number(offset);
}

/* How the walk stopped, where, and why a header was refused. */
struct stop {
  const char *end, *reason;
  int64_t at;
};

static int is_inside(const struct msghdr *m, int64_t offset) {
  return offset >= 0 && (int64_t)m->msg_controllen - offset >= (int64_t)sizeof(HEADER);
}

static void put_header(int visited, int64_t offset, const HEADER *c) {
  put(visited ? ",[" : "["), put_number(offset), put(","), put_length(c->cmsg_len), put(",");
  put_number(c->cmsg_level), put(","), put_number(c->cmsg_type), put("]");
}

static struct stop walk(struct msghdr *m, int silent) {
  HEADER *c = CMSG_FIRSTHDR(m);
  int64_t at = 0;
  for (int visited = 0; c; c = CMSG_NXTHDR(m, c), visited++) {
    int64_t offset = (int64_t)((uint64_t)(uintptr_t)c - (uint64_t)(uintptr_t)control), last = at;
    at = offset;
    if (!PAST_END && !is_inside(m, offset)) return (struct stop){"escape", NULL, at};
    if (visited && offset == last) return (struct stop){"loop", NULL, at};
    if (visited && offset < last) return (struct stop){"back", NULL, at};
    const char *reason = CHECK_HEADER(m, c);
    if (!silent && (!reason || reason == clipped)) put_header(visited, offset, c);
    if (reason) return (struct stop){"reject", reason, at};
  }
  return (struct stop){"end", NULL, at};
}

int main(void) {
  struct msghdr m;
  while (get_case(&m)) {
    int takes_back = ALL && walk(&m, 1).reason;
    put("{\"headers\":[");
    struct stop stop = walk(&m, takes_back);
    put("],\"end\":\""), put(stop.end), put("\",\"at\":"), put_offset(stop.at);
    if (stop.reason) put(",\"reason\":\""), put(stop.reason), put("\"");
    put("}\n");
  }
  flush();
  return 0;
}
