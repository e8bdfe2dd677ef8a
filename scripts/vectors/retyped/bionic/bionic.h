/* The walk of bionic (also klibc, dietlibc and the kernel's own header), restated from its
   rule in libc/bionic/__cmsg_nxthdr.cpp: any length is followed; the next header is
   measured from the start of the buffer, unsigned, so that one before it is too far.
   Addresses are plain numbers here, as wrapping pointers are undefined. */
static struct cmsghdr *next_header(const struct msghdr *m, const struct cmsghdr *c) {
  size_t length = (c->cmsg_len + sizeof(long) - 1) & ~(sizeof(long) - 1);
  uintptr_t next = (uintptr_t)c + length;
  if ((size_t)(next + sizeof *c - (uintptr_t)m->msg_control) > m->msg_controllen) return NULL;
  return (struct cmsghdr *)next;
}
