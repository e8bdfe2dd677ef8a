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

// What never waits may be measured by the processor's time that it takes, which others on the machine change less.
#ifndef CLOCK
#define CLOCK CLOCK_MONOTONIC
#endif

static inline int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK, &t);
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
