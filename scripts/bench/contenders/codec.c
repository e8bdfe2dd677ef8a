// codec encode | parse: a control buffer of SCM_RIGHTS with 3 descriptors and SCM_CREDENTIALS, no system call.
#include "bench.h"
#include <string.h>
#include <sys/socket.h>

struct message {
  int fds[3];
  struct ucred credentials;
};

static _Alignas(4096) char control[CMSG_SPACE(sizeof(int[3])) + CMSG_SPACE(sizeof(struct ucred))];

// Not inlined, and memory clobbered around each call: every operation is done, none is folded into the next.
__attribute__((noinline)) static size_t encode(const struct message *in) {
  // The pads must not leak what the buffer held before.
  memset(control, 0, sizeof control);
  struct msghdr header = {.msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
  cmsg->cmsg_len = CMSG_LEN(sizeof in->fds);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(cmsg), in->fds, sizeof in->fds);
  cmsg = CMSG_NXTHDR(&header, cmsg);
  cmsg->cmsg_len = CMSG_LEN(sizeof in->credentials);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_CREDENTIALS;
  memcpy(CMSG_DATA(cmsg), &in->credentials, sizeof in->credentials);
  return header.msg_controllen;
}

__attribute__((noinline)) static int parse(size_t length, struct message *out) {
  struct msghdr header = {.msg_control = control, .msg_controllen = length};
  int found = 0;
  for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level != SOL_SOCKET) continue;
    size_t size = cmsg->cmsg_len - CMSG_LEN(0);
    if (cmsg->cmsg_type == SCM_RIGHTS && size <= sizeof out->fds) {
      memcpy(out->fds, CMSG_DATA(cmsg), size);
      found += size / sizeof(int);
    } else if (cmsg->cmsg_type == SCM_CREDENTIALS && size == sizeof out->credentials) {
      memcpy(&out->credentials, CMSG_DATA(cmsg), size);
      found++;
    }
  }
  return found;
}

static struct message message = {{3, 4, 5}, {1000, 1001, 1002}};

static void encode_batch(long n) {
  while (n--) {
    message.fds[0] = n & 1023;
    encode(&message);
    __asm__ volatile("" ::: "memory");
  }
}

static void parse_batch(long n) {
  struct message out;
  while (n--) {
    if (parse(sizeof control, &out) != 4) exit(1);
    __asm__ volatile("" : : "r"(&out) : "memory");
  }
}

int main(int argc, char **argv) {
  encode(&message);
  serve(argc > 1 && strcmp(argv[1], "parse") == 0 ? parse_batch : encode_batch);
}
