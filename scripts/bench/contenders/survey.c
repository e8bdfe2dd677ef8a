// survey: random control buffers, parsed strictly and walked with CMSG_NXTHDR; the same ones as survey-ancillary.mjs.
#include "bench.h"
#include <string.h>
#include <sys/socket.h>

enum { COUNT = 1000000, STRIDE = 64 };

static _Alignas(64) unsigned char buffers[COUNT][STRIDE];
static unsigned sizes[COUNT];

static uint32_t state = 1;

static uint32_t random_below(uint32_t limit) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state % limit;
}

static void fill(void) {
  static const uint64_t hostile[] = {0, 1, 15, 17, 40, 80, UINT32_MAX, UINT64_MAX};
  for (size_t i = 0; i < COUNT; i++) {
    size_t size = 0;
    for (uint32_t left = 1 + random_below(3); left > 0 && STRIDE - size >= CMSG_SPACE(0); left--) {
      size_t payload = random_below(13);
      uint64_t length = CMSG_LEN(payload);
      if (random_below(8) == 0) length = hostile[random_below(8)];
      struct cmsghdr *cmsg = (struct cmsghdr *)(buffers[i] + size);
      cmsg->cmsg_len = length;
      cmsg->cmsg_level = SOL_SOCKET;
      cmsg->cmsg_type = SCM_RIGHTS;
      size += CMSG_SPACE(payload);
      if (size > STRIDE) size = STRIDE;
    }
    size_t cut = random_below(4) == 0 ? random_below(8) : 0;
    sizes[i] = size - cut;
  }
}

struct counts {
  unsigned messages, malformed, headers, ends;
};

__attribute__((noinline)) static void survey(size_t count, struct counts *counts) {
  for (size_t i = 0; i < count; i++) {
    unsigned char *control = buffers[i];
    size_t size = sizes[i], at = 0;
    while (size - at >= sizeof(struct cmsghdr)) {
      size_t length = ((struct cmsghdr *)(control + at))->cmsg_len;
      if (length < CMSG_LEN(0) || length > size - at) {
        counts->malformed++;
        break;
      }
      counts->messages++;
      size_t step = CMSG_ALIGN(length);
      if (step >= size - at) break;
      at += step;
    }
    struct msghdr header = {.msg_control = control, .msg_controllen = size};
    for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg; cmsg = CMSG_NXTHDR(&header, cmsg)) counts->headers++;
    counts->ends++;
  }
}

static struct counts total;

static void survey_batch(long n) {
  for (; n > 0; n -= COUNT) survey(n < COUNT ? n : COUNT, &total);
  __asm__ volatile("" : : "r"(&total) : "memory");
}

int main(void) {
  fill();
  serve(survey_batch);
}
