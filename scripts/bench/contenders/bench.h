// The contender's side of the bench: one line with a number of operations in, the nanoseconds they took out.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline void fail(const char *what) {
  perror(what);
  exit(1);
}

static inline int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void serve(void (*batch)(long)) {
  char line[32];
  while (fgets(line, sizeof line, stdin)) {
    int64_t start = now();
    batch(strtol(line, NULL, 10));
    printf("%lld\n", (long long)(now() - start));
    fflush(stdout);
  }
}
