// fuzz-museum BUG SEED: clang's libFuzzer, its options as they are, until the program with a bug of the museum and the one
// without first part; then {"executions":N}, and the process ends. Compiled with -DCHECK and started with BUG alone it
// tells of inputs that it reads, each behind its size, whether they do.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct buffer {
  const uint8_t *bytes;
  uint64_t size;
};

// An ABI whose cmsg_len comes first.
struct abi {
  unsigned width, header, unit;
};

struct message {
  uint64_t at, length, payload;
  int32_t level, type;
};

static const struct abi LP64 = {8, 16, 8}, MUSL64 = {4, 16, 8}, LP32 = {4, 12, 4};

static uint64_t round_up(uint64_t size, uint64_t unit) { return (size + unit - 1) & -unit; }

static uint64_t length_at(const struct abi *abi, struct buffer control, uint64_t at) {
  uint64_t length = 0;
  memcpy(&length, control.bytes + at, abi->width);
  return length;
}

// The strict reading: 1 for a message at message->at, 0 behind the last one, -1 for one that lies.
static int read_message(const struct abi *abi, struct buffer control, struct message *message) {
  if (message->at > control.size || control.size - message->at < abi->header) return 0;
  message->length = length_at(abi, control, message->at);
  if (message->length < abi->header || message->length > control.size - message->at) return -1;
  message->payload = message->length - abi->header;
  // They lie right before the payload.
  memcpy(&message->level, control.bytes + message->at + abi->header - 8, 4);
  memcpy(&message->type, control.bytes + message->at + abi->header - 4, 4);
  return 1;
}

static int is_sound(const struct abi *abi, struct buffer control) {
  struct message message = {0};
  int status;
  while ((status = read_message(abi, control, &message)) > 0) message.at += round_up(message.length, abi->unit);
  return status == 0;
}

#define EACH(abi, control, message) \
  for (struct message message = {0}; read_message(abi, control, &message) > 0; message.at += round_up(message.length, (abi)->unit))

static int is(const struct message *message, int32_t level, int32_t type) {
  return message->level == level && message->type == type;
}

// E5: musl asks for one byte more than a header; glibc does not. How many headers each hands out.
static uint64_t walk(struct buffer control, int is_musl) {
  uint64_t count = 0, at = 0;
  if (control.size < MUSL64.header) return 0;
  for (;;) {
    count++;
    uint64_t length = length_at(&MUSL64, control, at), left = control.size - at;
    if (length < MUSL64.header) return count;
    uint64_t need = round_up(length, MUSL64.unit) + MUSL64.header;
    if (is_musl ? need >= left : need > left) return count;
    at += round_up(length, MUSL64.unit);
  }
}
static uint64_t e5_buggy(struct buffer control) { return walk(control, 1); }
static uint64_t e5_right(struct buffer control) { return walk(control, 0); }

// A9: room for one packet info. What was sent, if that is all packet info, and whether it is told that some did not come.
static uint64_t receive_info(struct buffer control, int looks_at_flags) {
  uint64_t count = 0, used = 0, room = LP64.header + 24;
  int is_truncated = 0;
  if (!is_sound(&LP64, control)) return 0;
  EACH(&LP64, control, message) {
    int is_v4 = is(&message, 0, 8) && message.payload == 12, is_v6 = is(&message, 41, 50) && message.payload == 20;
    if (!is_v4 && !is_v6) return 0;
    uint64_t left = room - used, space = round_up(message.length, LP64.unit);
    if (message.length > left) is_truncated = 1;
    used += space < left ? space : left;
    count++;
  }
  return 2 * count + (looks_at_flags ? is_truncated : 0);
}
static uint64_t a9_buggy(struct buffer control) { return receive_info(control, 0); }
static uint64_t a9_right(struct buffer control) { return receive_info(control, 1); }

// B10: room for 64 descriptors, and how many it takes to have come.
static uint64_t receive_fds(struct buffer control, uint64_t most) {
  uint64_t count = 0;
  if (!is_sound(&LP64, control)) return 0;
  EACH(&LP64, control, message) if (is(&message, 1, 1)) count += message.payload / 4;
  return count < most ? count : most;
}
static uint64_t b10_buggy(struct buffer control) { return receive_fds(control, UINT64_MAX); }
static uint64_t b10_right(struct buffer control) { return receive_fds(control, 64); }

// D11: where the 64-bit time stamp is appended: behind the last message of the socket's own level, or the last one.
static uint64_t append_at(struct buffer control, int is_own_level) {
  uint64_t at = 0;
  int is_stamped = 0;
  if (!is_sound(&LP32, control)) return 0;
  EACH(&LP32, control, message) {
    if (is(&message, 1, 29)) is_stamped = 1;
    if (!is_own_level || message.level == 1) at = message.at + round_up(message.length, LP32.unit);
  }
  return is_stamped ? at : 0;
}
static uint64_t d11_buggy(struct buffer control) { return append_at(control, 1); }
static uint64_t d11_right(struct buffer control) { return append_at(control, 0); }

// G2: how large the segments of a datagram are: two bytes are expected, four come.
static uint64_t read_segments(struct buffer control, uint64_t size) {
  uint64_t told = 0;
  if (!is_sound(&LP64, control)) return 0;
  EACH(&LP64, control, message) if (is(&message, 17, 104) && message.payload == 4) told += message.payload == size;
  return told;
}
static uint64_t g2_buggy(struct buffer control) { return read_segments(control, 2); }
static uint64_t g2_right(struct buffer control) { return read_segments(control, 4); }

static const struct bug {
  const char *id;
  uint64_t (*buggy)(struct buffer), (*right)(struct buffer);
} BUGS[] = {
    {"A9", a9_buggy, a9_right},
    {"B10", b10_buggy, b10_right},
    {"D11", d11_buggy, d11_right},
    {"E5", e5_buggy, e5_right},
    {"G2", g2_buggy, g2_right},
};

static const struct bug *bug;

static int find_bug(const char *id) {
  for (size_t i = 0; i < sizeof BUGS / sizeof *BUGS; i++)
    if (strcmp(id, BUGS[i].id) == 0) bug = &BUGS[i];
  if (bug) return 0;
  fprintf(stderr, "no bug %s\n", id);
  return 1;
}

static int is_shown(struct buffer control) { return bug->buggy(control) != bug->right(control); }

#ifdef CHECK

int main(int argc, char **argv) {
  static uint8_t bytes[1 << 16];
  uint32_t size;
  if (argc != 2 || find_bug(argv[1]) != 0) return 2;
  while (fread(&size, sizeof size, 1, stdin) == 1) {
    if (size > sizeof bytes || fread(bytes, 1, size, stdin) != size) return 1;
    putchar(is_shown((struct buffer){bytes, size}) ? '1' : '0');
  }
  return 0;
}

#else

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

static uint64_t executions;

static int test(const uint8_t *data, size_t size) {
  executions++;
  if (!is_shown((struct buffer){data, size})) return 0;
  printf("{\"executions\":%" PRIu64 "}\n", executions);
  fflush(stdout);
  _exit(0);
}

int main(int argc, char **argv) {
  char seed[32];
  if (argc != 3 || find_bug(argv[1]) != 0) return 2;
  snprintf(seed, sizeof seed, "-seed=%s", argv[2]);
  // It talks on standard error.
  if (freopen("/dev/null", "w", stderr) == NULL) return 1;
  char *arguments[] = {argv[0], seed, NULL}, **given = arguments;
  int count = 2;
  return LLVMFuzzerRunDriver(&count, &given, test);
}

#endif
