/* Prints control buffers as a C program makes them: memset, then the ABI's own macros. Level and type are 1 whatever
   SOL_SOCKET is, so that ABIs with the same headers print the same lines. One line each:
   control|name|level:type:data,...|fill|tight or whole|offsets|bytes */

struct message {
  int level, type;
  const void *data;
  size_t size;
};

struct control {
  const char *name;
  struct message messages[3];
};

static int numbers[253];
static const int credentials[] = {4321, 1000, 1001};
static const char bytes[] = "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd";

#define NUMBERS(count) {1, 1, numbers, (count) * sizeof(int)}
#define CREDENTIALS {1, 2, credentials, sizeof credentials}
#define BYTES(count) {0, 7, bytes, count}

static const struct control controls[] = {
  {"one descriptor", {NUMBERS(1)}},
  {"two descriptors", {NUMBERS(2)}},
  {"three descriptors and credentials", {NUMBERS(3), CREDENTIALS}},
  {"empty payload", {NUMBERS(0)}},
  {"payload of 1 byte", {BYTES(1)}},
  {"payload of 5 bytes", {BYTES(5)}},
  {"payload of 13 bytes", {BYTES(13)}},
  {"three messages", {NUMBERS(1), BYTES(5), CREDENTIALS}},
  {"empty payload last", {BYTES(1), NUMBERS(0)}},
  {"253 descriptors", {NUMBERS(253)}},
};

static void put_message(const struct message *m) {
  put_number(m->level), put(":"), put_number(m->type), put(":"), put_hex(m->data, m->size);
}

static void put_control(const struct control *control, int fill, int tight) {
  static _Alignas(16) unsigned char buffer[2048];
  size_t offsets[3], used = 0, count = 0, end = 0;
  struct msghdr m;

  memset(&m, 0, sizeof m);
  memset(buffer, fill, sizeof buffer);
  m.msg_control = (void *)buffer;
  m.msg_controllen = sizeof buffer;
  for (; count < 3 && control->messages[count].data; count++) {
    const struct message *message = &control->messages[count];
    /* An older CMSG_NXTHDR judges the next header by what the fill left there
       (glibc-le-2.36.h), so positions after the first are sums of CMSG_SPACE. */
    struct cmsghdr *c = count ? (struct cmsghdr *)(buffer + used) : CMSG_FIRSTHDR(&m);
    c->cmsg_len = CMSG_LEN(message->size);
    c->cmsg_level = message->level;
    c->cmsg_type = message->type;
    memcpy(CMSG_DATA(c), message->data, message->size);
    offsets[count] = used;
    end = used + CMSG_LEN(message->size);
    used += CMSG_SPACE(message->size);
  }

  put("control|"), put(control->name), put("|");
  for (size_t i = 0; i < count; i++) put(i ? "," : ""), put_message(&control->messages[i]);
  put("|"), put_number(fill), put(tight ? "|tight|" : "|whole|");
  for (size_t i = 0; i < count; i++) put(i ? "," : ""), put_number((int64_t)offsets[i]);
  put("|"), put_hex(buffer, tight ? end : used), put("\n");
}

static void put_controls(void) {
  static const int fills[] = {0x00, 0xaa, 0xff};
  for (int i = 0; i < 253; i++) numbers[i] = 3 + i;
  for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
    for (int variant = 0; variant < 6; variant++) {
      int large = controls[i].messages[0].size > 1000;
      if (large && variant != 1 && variant != 2) continue; /* two dumps of a long buffer say enough */
      put_control(&controls[i], fills[variant / 2], variant % 2);
    }
  }
}
