// datagram SIZE: one datagram of SIZE bytes through a socketpair and out again.
#include "bench.h"
#include <sys/socket.h>

static int pair[2];
static size_t size;
static _Alignas(4096) char out[1 << 18], in[1 << 18];

static void batch(long n) {
  while (n--) {
    if (send(pair[0], out, size, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size) fail("send");
    if (recv(pair[1], in, sizeof in, MSG_DONTWAIT) != (ssize_t)size) fail("recv");
  }
}

int main(int argc, char **argv) {
  size = argc > 1 ? strtoul(argv[1], NULL, 10) : 65536;
  if (size < 1 || size > sizeof out) return 2;
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  serve(batch);
}
