// What a file built with SanitizerCoverage calls: clang's inline-8bit-counters, trace-pc-guard and trace-cmp, gcc's
// trace-pc and trace-cmp. It is loaded before that file, with its names visible to all, and asked after each input.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define VISIBLE __attribute__((visibility("default")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

enum { RANGES = 64, SLOTS = 32768, CALLERS = 16384, GUARDS = 16384, PAIRS = 64 };

struct pair {
  uint64_t a, b;
  uint32_t bytes, zero;
};

static struct range {
  uint8_t *start, *stop;
} ranges[RANGES];
static size_t range_count;
static uint8_t called[CALLERS], guarded[GUARDS];
static uint32_t guard_count, caller_count;
static struct {
  uintptr_t caller;
  uint32_t number;
} slots[SLOTS];
static struct pair pairs[PAIRS];
static size_t pair_count;

VISIBLE __thread uintptr_t __sancov_lowest_stack = UINTPTR_MAX;

static void count(uint8_t *counter) {
  if (*counter != UINT8_MAX) ++*counter;
}

VISIBLE void __sanitizer_cov_8bit_counters_init(uint8_t *start, uint8_t *stop) {
  for (size_t i = 0; i < range_count; i++)
    if (ranges[i].start == start) return;
  if (start < stop && range_count < RANGES) ranges[range_count++] = (struct range){start, stop};
}

VISIBLE void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop) { (void)start, (void)stop; }

VISIBLE void __sanitizer_cov_bool_flag_init(char *start, char *stop) { (void)start, (void)stop; }

// A guard is the number of its edge; 0 is none.
VISIBLE void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *stop) {
  if (start == stop || *start != 0) return;
  for (; start < stop; start++) *start = guard_count < GUARDS - 1 ? ++guard_count : GUARDS - 1;
}

VISIBLE void __sanitizer_cov_trace_pc_guard(uint32_t *guard) {
  if (*guard < GUARDS) count(&guarded[*guard]);
}

// Without numbers, where it is called from is what tells edges apart: they are numbered as they are met, so that there
// are no more counters than edges. Those beyond the last number share it.
VISIBLE void __sanitizer_cov_trace_pc(void) {
  uintptr_t caller = CALLER;
  uint32_t i = (uint64_t)caller * 0x9e3779b97f4a7c15 >> 49;
  while (slots[i].caller != caller) {
    if (slots[i].caller == 0) {
      if (caller_count == CALLERS) {
        count(&called[CALLERS - 1]);
        return;
      }
      slots[i].caller = caller;
      slots[i].number = caller_count++;
    } else {
      i = (i + 1) % SLOTS;
    }
  }
  count(&called[slots[i].number]);
}

static void compare(uint64_t a, uint64_t b, uint32_t bytes) {
  if (a == b) return;
  for (size_t i = 0; i < pair_count; i++)
    if (pairs[i].a == a && pairs[i].b == b && pairs[i].bytes == bytes) return;
  if (pair_count < PAIRS) pairs[pair_count++] = (struct pair){a, b, bytes, 0};
}

VISIBLE void __sanitizer_cov_trace_cmp1(uint8_t a, uint8_t b) { compare(a, b, 1); }
VISIBLE void __sanitizer_cov_trace_cmp2(uint16_t a, uint16_t b) { compare(a, b, 2); }
VISIBLE void __sanitizer_cov_trace_cmp4(uint32_t a, uint32_t b) { compare(a, b, 4); }
VISIBLE void __sanitizer_cov_trace_cmp8(uint64_t a, uint64_t b) { compare(a, b, 8); }
VISIBLE void __sanitizer_cov_trace_const_cmp1(uint8_t a, uint8_t b) { compare(a, b, 1); }
VISIBLE void __sanitizer_cov_trace_const_cmp2(uint16_t a, uint16_t b) { compare(a, b, 2); }
VISIBLE void __sanitizer_cov_trace_const_cmp4(uint32_t a, uint32_t b) { compare(a, b, 4); }
VISIBLE void __sanitizer_cov_trace_const_cmp8(uint64_t a, uint64_t b) { compare(a, b, 8); }
VISIBLE void __sanitizer_cov_trace_cmpf(float a, float b) { (void)a, (void)b; }
VISIBLE void __sanitizer_cov_trace_cmpd(double a, double b) { (void)a, (void)b; }

// How many cases there are, how many bits a value has, the cases.
VISIBLE void __sanitizer_cov_trace_switch(uint64_t value, uint64_t *cases) {
  for (uint64_t i = 0; i < cases[0] && i < 16; i++) compare(value, cases[2 + i], cases[1] / 8);
}

VISIBLE void __sanitizer_cov_trace_div4(uint32_t value) { (void)value; }
VISIBLE void __sanitizer_cov_trace_div8(uint64_t value) { (void)value; }
VISIBLE void __sanitizer_cov_trace_gep(uintptr_t index) { (void)index; }
VISIBLE void __sanitizer_cov_trace_pc_indir(uintptr_t callee) { (void)callee; }
VISIBLE void __sanitizer_cov_load1(uint8_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_load2(uint16_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_load4(uint32_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_load8(uint64_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_load16(void *at) { (void)at; }
VISIBLE void __sanitizer_cov_store1(uint8_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_store2(uint16_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_store4(uint32_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_store8(uint64_t *at) { (void)at; }
VISIBLE void __sanitizer_cov_store16(void *at) { (void)at; }

struct sink {
  uint8_t *out;
  size_t room, size;
};

static void take(struct sink *sink, uint8_t *start, size_t size) {
  size_t fits = size < sink->room - sink->size ? size : sink->room - sink->size;
  if (sink->out) memcpy(sink->out + sink->size, start, fits);
  memset(start, 0, size);
  sink->size += fits;
}

// Moves all counters to `out`, which has `room` bytes, in an order that stays (new ones come last); how many there are. They are 0 then, and
// so are those that found no room. Without `out` they are only cleared.
VISIBLE size_t ancillary_take_counters(uint8_t *out, size_t room) {
  struct sink sink = {out, room, 0};
  if (guard_count) take(&sink, guarded, guard_count + 1);
  for (size_t i = 0; i < range_count; i++) take(&sink, ranges[i].start, ranges[i].stop - ranges[i].start);
  take(&sink, called, caller_count);
  pair_count = out ? pair_count : 0;
  return sink.size;
}

// Moves what has been compared, with unequal operands, to `out`, which has room for 64 pairs; how many.
VISIBLE size_t ancillary_take_pairs(struct pair *out) {
  size_t taken = pair_count;
  memcpy(out, pairs, taken * sizeof *pairs);
  pair_count = 0;
  return taken;
}
