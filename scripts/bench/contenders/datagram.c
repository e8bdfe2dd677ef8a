// datagram SIZE: one datagram of SIZE bytes through a socketpair and out again, with sendmsg and recvmsg, as a program
// calls them that takes descriptors and wants to know who sent.
#include "bench.h"
#include <sys/socket.h>
#include <sys/un.h>

static int pair[2];
static size_t size;
static _Alignas(4096) char out[1 << 18], in[1 << 18];
static _Alignas(4096) char control[CMSG_SPACE(253 * sizeof(int))];

static void batch(long n) {
  while (n--) {
    struct iovec data = {.iov_base = out, .iov_len = size};
    struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
    if (sendmsg(pair[0], &header, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)size) fail("sendmsg");
    struct sockaddr_un name;
    struct iovec room = {.iov_base = in, .iov_len = size};
    struct msghdr incoming = {.msg_name = &name,
                              .msg_namelen = sizeof name,
                              .msg_iov = &room,
                              .msg_iovlen = 1,
                              .msg_control = control,
                              .msg_controllen = sizeof control};
    if (recvmsg(pair[1], &incoming, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != (ssize_t)size) fail("recvmsg");
  }
}

int main(int argc, char **argv) {
  size = argc > 1 ? strtoul(argv[1], NULL, 10) : 65536;
  if (size < 1 || size > sizeof out) return 2;
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  serve(batch);
}
