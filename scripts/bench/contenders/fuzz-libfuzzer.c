// fuzz-dialects: clang's libFuzzer on the walks of glibc before and since 2.37, inputs of 200 bytes at most. libFuzzer ends
// its process, so each batch has one, which tells how long its runs took from the first to the last.
#include "bench.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *data, size_t size));

struct header {
  uint64_t length;
  int32_t level, type;
};

struct walk {
  uint64_t offsets[16];
  unsigned count, end;
};

enum { END, LOOP, BACK, ESCAPE };

static uint64_t align(uint64_t size) { return (size + 7) & ~7ULL; }

static uint64_t length_at(const uint8_t *control, uint64_t at) {
  uint64_t length;
  memcpy(&length, control + at, sizeof length);
  return length;
}

// Whether there is a next header, and how far it is.
static int next_new(uint64_t left, uint64_t length, uint64_t *step) {
  uint64_t need = sizeof(struct header) + (-length & 7);
  if (length < sizeof(struct header) || left < need || left - need < length) return 0;
  *step = align(length);
  return 1;
}

static void walk_new(const uint8_t *control, uint64_t size, struct walk *walk) {
  memset(walk, 0, sizeof *walk);
  uint64_t at = 0, step;
  if (size < sizeof(struct header)) return;
  do {
    if (walk->count < 16) walk->offsets[walk->count] = at;
    walk->count++;
    if (!next_new(size - at, length_at(control, at), &step)) return;
    at += step;
  } while (1);
}

static void walk_old(const uint8_t *control, uint64_t size, struct walk *walk) {
  memset(walk, 0, sizeof *walk);
  const uint64_t start = 0x7ffd00000000, end = start + size;
  uint64_t at = start;
  if (size < sizeof(struct header)) return;
  do {
    if (walk->count < 16) walk->offsets[walk->count] = at - start;
    walk->count++;
    uint64_t length = length_at(control, at - start);
    if (length < sizeof(struct header)) return;
    uint64_t next = at + align(length);
    if (next + sizeof(struct header) > end) return;
    if (next < start) {
      walk->end = ESCAPE;
      return;
    }
    if (next + align(length_at(control, next - start)) > end) return;
    if (next <= at) {
      walk->end = next == at ? LOOP : BACK;
      return;
    }
    at = next;
  } while (1);
}

static long runs, left;
static int64_t started;
static int answer;
static volatile unsigned differences;

static int test(const uint8_t *data, size_t size) {
  if (left == runs) started = now();
  struct walk old, new;
  walk_old(data, size, &old);
  walk_new(data, size, &new);
  if (memcmp(&old, &new, sizeof old) != 0) differences++;
  if (--left > 0) return 0;
  int64_t took = now() - started;
  if (write(answer, &took, sizeof took) != sizeof took) _exit(1);
  _exit(0);
}

static int64_t fuzz(long n) {
  int ends[2];
  if (pipe(ends) != 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    // It talks on standard error, and asks nothing of standard input.
    if (freopen("/dev/null", "w", stderr) == NULL) fail("/dev/null");
    answer = ends[1];
    runs = left = n;
    static char *arguments[] = {"fuzz", "-max_len=200", "-len_control=0", "-use_value_profile=0", "-seed=1", "-runs=-1", NULL};
    char **argv = arguments;
    int argc = 6;
    LLVMFuzzerRunDriver(&argc, &argv, test);
    _exit(1);
  }
  close(ends[1]);
  int64_t took;
  if (read(ends[0], &took, sizeof took) != sizeof took) fail("libFuzzer ended");
  close(ends[0]);
  waitpid(child, NULL, 0);
  return took;
}

int main(void) {
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    printf("%lld\n", (long long)fuzz(strtol(line, NULL, 10)));
    fflush(stdout);
  }
}
