// echo: 64 bytes to another process and back, both sides waiting in epoll as an event loop does.
#include "bench.h"
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

static int side, loop;
static _Alignas(4096) char data[64];

static void watch(void) {
  struct epoll_event event = {.events = EPOLLIN};
  loop = epoll_create1(EPOLL_CLOEXEC);
  if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, side, &event) != 0) fail("epoll");
}

static ssize_t receive(void) {
  struct epoll_event event;
  if (epoll_wait(loop, &event, 1, -1) != 1) fail("epoll_wait");
  return recv(side, data, sizeof data, MSG_DONTWAIT);
}

static void say(void) {
  if (send(side, data, sizeof data, MSG_NOSIGNAL | MSG_DONTWAIT) != sizeof data) fail("send");
}

static void batch(long n) {
  while (n--) {
    say();
    if (receive() != sizeof data) fail("recv");
  }
}

int main(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) fail("socketpair");
  pid_t child = fork();
  if (child < 0) fail("fork");
  side = pair[child == 0];
  close(pair[child != 0]);
  watch();
  if (child != 0) serve(batch);
  else
    while (receive() == sizeof data) say();
}
