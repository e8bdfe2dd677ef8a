/* Control buffers as a C program makes them: memset, then the ABI's own macros. */

struct message {
  int level, type;
  const void *data;
  size_t size;
};

struct control {
  const char *name;
  struct message messages[3];
};

static int descriptors[253];
static const char bytes[] = "\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd";

#ifdef SCM_CREDS
static struct cmsgcred credentials = {.cmcred_pid = 4321, .cmcred_uid = 1000, .cmcred_euid = 1000,
  .cmcred_gid = 1001, .cmcred_ngroups = 1, .cmcred_groups = {1001}};
#define CREDENTIALS {SOL_SOCKET, SCM_CREDS, &credentials, sizeof credentials}
#else
static struct ucred credentials = {.pid = 4321, .uid = 1000, .gid = 1001};
#define CREDENTIALS {SOL_SOCKET, SCM_CREDENTIALS, &credentials, sizeof credentials}
#endif
#define RIGHTS(count) {SOL_SOCKET, SCM_RIGHTS, descriptors, (count) * sizeof(int)}
/* Levels and types that carry a single byte (IP_TOS) and any number of bytes (IP_RETOPTS). */
#define BYTE {0, 1, bytes, 1}
#define BYTES(count) {0, 7, bytes, count}

static const struct control controls[] = {
  {"one descriptor", {RIGHTS(1)}},
  {"two descriptors", {RIGHTS(2)}},
  {"three descriptors and credentials", {RIGHTS(3), CREDENTIALS}},
  {"empty payload", {RIGHTS(0)}},
  {"payload of 1 byte", {BYTE}},
  {"payload of 5 bytes", {BYTES(5)}},
  {"payload of 13 bytes", {BYTES(13)}},
  {"three messages", {RIGHTS(1), BYTES(5), CREDENTIALS}},
  {"empty payload last", {BYTE, RIGHTS(0)}},
  {"253 descriptors", {RIGHTS(253)}},
};

static void put_message(const struct message *m) {
  put("{"), put_field("level", m->level), put(","), put_field("type", m->type);
  put(",\"data\":\""), put_hex(m->data, m->size), put("\"}");
}

static void put_control(const struct control *control, int fill, int tight) {
  static _Alignas(16) unsigned char buffer[2048];
  size_t offsets[3], used = 0, count = 0, end = 0;
  struct msghdr m;

  memset(&m, 0, sizeof m);
  memset(buffer, fill, sizeof buffer);
  m.msg_control = buffer;
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

  put("{\"name\":\""), put(control->name), put("\",\"messages\":[");
  for (size_t i = 0; i < count; i++) {
    if (i) put(",");
    put_message(&control->messages[i]);
  }
  put("],"), put_field("fill", fill), put(tight ? ",\"tight\":true" : ",\"tight\":false");
  put(",\"control\":\""), put_hex(buffer, tight ? end : used), put("\",\"offsets\":[");
  for (size_t i = 0; i < count; i++) {
    if (i) put(",");
    put_number((int64_t)offsets[i]);
  }
  put("]}");
}

static void put_controls(void) {
  static const int fills[] = {0x00, 0xaa, 0xff};
  int some = 0;
  for (int i = 0; i < 253; i++) descriptors[i] = 3 + i;
  for (size_t i = 0; i < sizeof controls / sizeof *controls; i++) {
    for (int variant = 0; variant < 6; variant++) {
      int large = controls[i].messages[0].size > 1000;
      if (large && variant != 1 && variant != 2) continue; /* two dumps of a long buffer say enough */
      if (some++) put(",\n");
      put_control(&controls[i], fills[variant / 2], variant % 2);
    }
  }
}
