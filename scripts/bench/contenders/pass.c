// pass COUNT [range]: one byte and COUNT descriptors through a stream socketpair, then close what came, one by one or,
// with `range`, with one close_range where the numbers are consecutive.
#include "bench.h"
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX = 253 };

static int count, by_range, pair[2], opened[MAX], received[MAX];
static _Alignas(4096) char control_out[CMSG_SPACE(MAX * sizeof(int))];
static _Alignas(4096) char control_in[CMSG_SPACE(MAX * sizeof(int))];
static _Alignas(4096) char data_out[64] = "x";
static _Alignas(4096) char data_in[64];

static void send_fds(void) {
  size_t size = count * sizeof(int);
  struct iovec data = {.iov_base = data_out, .iov_len = 1};
  struct msghdr header = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control_out, .msg_controllen = CMSG_SPACE(size)};
  struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header);
  cmsg->cmsg_len = CMSG_LEN(size);
  cmsg->cmsg_level = SOL_SOCKET;
  cmsg->cmsg_type = SCM_RIGHTS;
  memcpy(CMSG_DATA(cmsg), opened, size);
  if (sendmsg(pair[0], &header, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) fail("sendmsg");
}

static int receive_fds(void) {
  struct iovec data = {.iov_base = data_in, .iov_len = sizeof data_in};
  struct msghdr header = {.msg_iov = &data,
                          .msg_iovlen = 1,
                          .msg_control = control_in,
                          .msg_controllen = CMSG_SPACE(count * sizeof(int))};
  if (recvmsg(pair[1], &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1) fail("recvmsg");
  int got = 0;
  for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg; cmsg = CMSG_NXTHDR(&header, cmsg)) {
    if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS) continue;
    size_t size = cmsg->cmsg_len - CMSG_LEN(0);
    memcpy(received + got, CMSG_DATA(cmsg), size);
    got += size / sizeof(int);
  }
  return got;
}

static void close_fds(void) {
  int consecutive = by_range;
  for (int i = 1; i < count && consecutive; i++) consecutive = received[i] == received[i - 1] + 1;
#ifdef SYS_close_range
  if (consecutive) {
    if (syscall(SYS_close_range, received[0], received[count - 1], 0) != 0) fail("close_range");
    return;
  }
#endif
  for (int i = 0; i < count; i++)
    if (close(received[i]) != 0) fail("close");
}

static void batch(long n) {
  while (n--) {
    send_fds();
    if (receive_fds() != count) fail("descriptors missing");
    close_fds();
  }
}

int main(int argc, char **argv) {
  count = argc > 1 ? atoi(argv[1]) : 1;
  if (count < 1 || count > MAX) return 2;
  by_range = argc > 2 && strcmp(argv[2], "range") == 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  // One open file each, as every contender does.
  for (int i = 0; i < count; i++)
    if ((opened[i] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) fail("/dev/null");
  serve(batch);
}
