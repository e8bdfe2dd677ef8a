// queue-pass SIZE: one message of SIZE bytes into a System V queue and out again.
#include "bench.h"
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

enum { MOST = 8192 };
struct message {
  long type;
  char text[MOST];
};

static int queue;
static size_t size;
static _Alignas(4096) struct message out, in;

static void remove_queue(void) { msgctl(queue, IPC_RMID, NULL); }

static void batch(long n) {
  while (n--) {
    out.type = 1;
    if (msgsnd(queue, &out, size, IPC_NOWAIT) != 0) fail("msgsnd");
    if (msgrcv(queue, &in, MOST, 0, IPC_NOWAIT) != (ssize_t)size) fail("msgrcv");
  }
}

int main(int argc, char **argv) {
  size = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
  if (size > MOST) return 2;
  queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue < 0) fail("msgget");
  atexit(remove_queue);
  serve(batch);
}
