/* Walks hostile control buffers with the ABI's own CMSG_FIRSTHDR and CMSG_NXTHDR.
   In: lines `controllen hex`. Out: for each a line with what was found at two places: the offsets of the headers visited,
   how the walk stopped, where (unless at its end), and why a header was refused: `walk|0 24 end|0 24 end`. NEXT_HEADER names a header whose walk is used instead; what it may
   bring is told in walks/restated.h. */

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

/* The buffer lies amid zeros, so that a macro may read outside it unharmed; once among the variables and once on the
   stack, as a walk that adds lengths to addresses can depend on where that is. With 32-bit addresses only among the
   variables: near their end a length can wrap around to where nothing may be read. */
enum { CONTROL_MAX = 1 << 12, AROUND = 1 << 16, MEMORY = 2 * AROUND + CONTROL_MAX };
static _Alignas(16) unsigned char memory[MEMORY];

static int get_char(void) {
  static char input[1 << 12];
  static ssize_t size, at;
  if (at == size) size = read(0, input, sizeof input), at = 0;
  return size > 0 ? input[at++] : -1;
}

static int get_case(unsigned char *control, size_t *controllen) {
  size_t size = 0;
  int c = get_char();
  if (c < 0) return 0;
  for (*controllen = 0; c >= '0' && c <= '9'; c = get_char()) *controllen = *controllen * 10 + (size_t)(c - '0');
  memset(control, 0, CONTROL_MAX);
  for (c = get_char(); c > ' ' && size < 2 * CONTROL_MAX; c = get_char(), size++) {
    int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    control[size / 2] |= (unsigned char)(size % 2 ? digit : digit << 4);
  }
  while (c == '\r') c = get_char();
  return 1;
}

/* How the walk stopped, where, and why a header was refused. */
struct stop {
  const char *end, *reason;
  int64_t at;
};

/* The offsets of the headers that were handed out. */
static int64_t visited[CONTROL_MAX];
static int count;

static int is_inside(const struct msghdr *m, int64_t offset) {
  return offset >= 0 && (int64_t)m->msg_controllen - offset >= (int64_t)sizeof(HEADER);
}

static struct stop walk(struct msghdr *m) {
  HEADER *c = (HEADER *)CMSG_FIRSTHDR(m);
  int64_t at = 0;
  count = 0;
  for (int first = 1; c; c = (HEADER *)CMSG_NXTHDR(m, c), first = 0) {
    int64_t offset = (int64_t)((uint64_t)(uintptr_t)c - (uint64_t)(uintptr_t)m->msg_control), last = at;
    at = offset;
    if (!PAST_END && !is_inside(m, offset)) return (struct stop){"escape", NULL, at};
    if (!first && offset == last) return (struct stop){"loop", NULL, at};
    if (!first && offset < last) return (struct stop){"back", NULL, at};
    const char *reason = CHECK_HEADER(m, c);
    if (!reason || reason == clipped) visited[count++] = offset;
    if (reason) return (struct stop){"reject", reason, at};
  }
  return (struct stop){"end", NULL, at};
}

static void put_walk(unsigned char *control, size_t controllen) {
  struct msghdr m;
  memset(&m, 0, sizeof m);
  m.msg_control = (void *)control;
  m.msg_controllen = controllen;
  struct stop stop = walk(&m);
  if (ALL && stop.reason) count = 0;
  put("|");
  for (int i = 0; i < count; i++) put_number(visited[i]), put(" ");
  put(stop.end);
  /* Where an end was reached is where the last header was. */
  if (stop.end[1] != 'n') put(" "), put_number(stop.at);
  if (stop.reason) put(" "), put(stop.reason);
}

static void put_walks(void) {
  _Alignas(16) unsigned char stack[MEMORY];
  size_t controllen;
  memset(stack, 0, sizeof stack);
  while (get_case(memory + AROUND, &controllen)) {
    unsigned char *elsewhere = sizeof(void *) > 4 ? stack + AROUND : memory + AROUND;
    memcpy(stack + AROUND, memory + AROUND, CONTROL_MAX);
    put("walk"), put_walk(memory + AROUND, controllen), put_walk(elsewhere, controllen), put("\n");
  }
}
