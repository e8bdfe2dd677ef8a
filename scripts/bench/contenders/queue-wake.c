// queue-wake: 64 bytes through a System V queue to another process that sleeps in msgrcv, and back.
#include "bench.h"
#include <signal.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { SIZE = 64, THERE = 1, BACK = 2 };
struct message {
  long type;
  char text[SIZE];
};

static int queue;
static struct message message;

static void remove_queue(void) { msgctl(queue, IPC_RMID, NULL); }

static int say(long type) {
  message.type = type;
  return msgsnd(queue, &message, SIZE, 0);
}

static void batch(long n) {
  while (n--) {
    if (say(THERE) != 0) fail("msgsnd");
    if (msgrcv(queue, &message, SIZE, BACK, 0) != SIZE) fail("msgrcv");
  }
}

int main(void) {
  queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
  if (queue < 0) fail("msgget");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // Ends when the queue is removed.
    while (msgrcv(queue, &message, SIZE, THERE, 0) == SIZE && say(BACK) == 0) continue;
    _exit(0);
  }
  atexit(remove_queue);
  serve(batch);
}
