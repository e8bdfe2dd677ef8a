// ipc pass WAY SIZE [ID]: a message of SIZE bytes sent and received within one process.
// ipc wake WAY [ID]: a message of 64 bytes to another process, which waits for it, and back; what is told is the time from
// before it is sent until the other process has it.
// WAY is queue (System V, of this ID or one of its own), dgram, stream (Unix) or tcp (loopback).
#include "bench.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 8192, SMALL = 64 };
struct message {
  long type;
  char text[MOST];
};

static _Alignas(4096) struct message out, in;
static size_t size = SMALL;
static int ends[2], queue = -1;

static void remove_queue(void) { msgctl(queue, IPC_RMID, NULL); }

static void open_queue(const char *id) {
  queue = id ? atoi(id) : msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue < 0) fail("msgget");
  if (!id) atexit(remove_queue);
}

static void open_tcp(void) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ends[0] < 0 || bind(listener, (struct sockaddr *)&name, length) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, (struct sockaddr *)&name, &length) != 0 ||
      connect(ends[0], (struct sockaddr *)&name, length) != 0)
    fail("TCP");
  ends[1] = accept(listener, NULL, NULL);
  close(listener);
  for (int i = 0; i < 2; i++)
    if (setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) fail("TCP_NODELAY");
}

static void open_way(const char *way, const char *id) {
  if (strcmp(way, "queue") == 0) open_queue(id);
  else if (strcmp(way, "tcp") == 0) open_tcp();
  else if (socketpair(AF_UNIX, (*way == 'd' ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
}

// In a queue the type says which side has sent.
static int put(int side) {
  if (queue < 0) return send(ends[side], out.text, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
  out.type = side + 1;
  return msgsnd(queue, &out, size, 0);
}

static int get(int side) {
  ssize_t got = queue < 0 ? recv(ends[side], in.text, size, MSG_WAITALL) : msgrcv(queue, &in, MOST, 2 - side, 0);
  return got == (ssize_t)size ? 0 : -1;
}

static void pass(long n) {
  while (n--)
    if (put(0) != 0 || get(1) != 0) fail("pass");
}

static int64_t late;

static void wake(long n) {
  for (late = 0; n--;) {
    int64_t stamp = now();
    memcpy(out.text, &stamp, sizeof stamp);
    if (put(0) != 0 || get(0) != 0) fail("wake");
    memcpy(&stamp, in.text, sizeof stamp);
    late += stamp;
  }
}

static void answer(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (get(1) == 0) {
    int64_t stamp;
    memcpy(&stamp, in.text, sizeof stamp);
    stamp = now() - stamp;
    memcpy(out.text, &stamp, sizeof stamp);
    if (put(1) != 0) break;
  }
  _exit(0);
}

static void serve_wake(void) {
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    wake(strtol(line, NULL, 10));
    printf("%lld\n", (long long)late);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int passes = strcmp(argv[1], "pass") == 0;
  if (passes) size = argc > 3 ? strtoul(argv[3], NULL, 10) : SMALL;
  if (size < 1 || size > MOST) return 2;
  int at = passes ? 4 : 3;
  open_way(argv[2], argc > at ? argv[at] : NULL);
  if (passes) {
    serve(pass);
    return 0;
  }
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) answer();
  if (queue < 0) close(ends[1]);
  serve_wake();
  kill(child, SIGKILL);
}
