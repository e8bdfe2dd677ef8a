/* The walk of glibc up to 2.36, before https://sourceware.org/bugzilla/show_bug.cgi?id=28846,
   restated from its rule in sysdeps/unix/sysv/linux/cmsg_nxthdr.c: a length below the
   header ends the walk; rounding the length up may wrap to zero or to a step back; the
   next header is read before anything proves that it lies inside, and must fit with
   its own rounded length. Addresses are plain numbers here, as wrapping pointers are
   undefined. */
static uintptr_t align_up(uintptr_t length) {
  return (length + sizeof(size_t) - 1) & ~(uintptr_t)(sizeof(size_t) - 1);
}

static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  uintptr_t end = (uintptr_t)m->msg_control + m->msg_controllen;
  uintptr_t next = (uintptr_t)c + align_up(c->cmsg_len);
  if (c->cmsg_len < sizeof *c) return NULL;
  if (next + sizeof *c > end) return NULL;
  if (next + align_up(((const struct cmsghdr *)next)->cmsg_len) > end) return NULL;
  return (struct cmsghdr *)next;
}
