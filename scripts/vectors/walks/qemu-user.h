/* QEMU user mode, sendmsg of a guest (linux-user/syscall.c, target_to_host_cmsg), restated with
   the copy that it makes: a buffer of twice the size, filled with the headers of a 64-bit host
   and walked there as glibc does since 2.37. Payload sizes are ints, what is used is a u32. */
#include "restated.h"

static uint64_t host_lengths[1 << 10], host_at;
static uint32_t host_space;

static const char *check_header(const struct msghdr *m, const struct cmsghdr *c) {
  if (address_of(c) == begin_of(m)) host_at = 0, host_space = 0;
  int payload = (int)(c->cmsg_len - sizeof *c);
  uint64_t size = (uint64_t)(int64_t)payload;
  host_space += (uint32_t)(16 + (size + 7) / 8 * 8);
  host_lengths[host_at / 8 % 1024] = 16 + size;
  return host_space > 2 * (uint64_t)m->msg_controllen ? "dropped" : NULL;
}
#define CHECK_HEADER check_header

static int host_next(const struct msghdr *m) {
  uint64_t length = host_lengths[host_at / 8 % 1024], left = 2 * (uint64_t)m->msg_controllen - host_at;
  uint64_t padding = (8 - length % 8) % 8;
  if (length < 16 || left < 16 + padding || left - 16 - padding < length) return 0;
  host_at += length + padding;
  return 1;
}

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  if (!host_next(m)) return NULL;
  uint64_t target = address_of(c) - (uint64_t)begin_of(m) + ((uint64_t)c->cmsg_len + sizeof(long) - 1) / sizeof(long) * sizeof(long);
  return target + sizeof *c > m->msg_controllen ? NULL : (struct cmsghdr *)(begin_of(m) + (address)target);
}
