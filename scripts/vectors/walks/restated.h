/* What the restated walks of this folder share. Addresses are plain numbers, as wrapping
   pointers are undefined. A file may bring, besides next_header:

     FIRST_HEADER(m)     instead of CMSG_FIRSTHDR
     HEADER              the struct it reads, instead of struct cmsghdr
     CHECK_HEADER(m, c)  why its loop refuses a header (clipped: it is the last), or NULL
     READS_PAST_END      it looks at a header that does not lie inside before it refuses it
     ALL_OR_NOTHING      what it refuses takes back what it handed out before */
#ifndef RESTATED_H
#define RESTATED_H

#include <stddef.h>
#include <stdint.h>

typedef uintptr_t address;

static inline address address_of(const void *p) { return (address)p; }
static inline address begin_of(const struct msghdr *m) { return address_of(m->msg_control); }
static inline address end_of(const struct msghdr *m) { return begin_of(m) + m->msg_controllen; }

/* The first multiple of `unit` that is not below n, modulo the width of an address. */
static inline address multiple(address n, address unit) {
  address over = n % unit;
  return over ? n + (unit - over) : n;
}

/* Bytes from `p` to the end of the buffer, which begins at or before it. */
static inline size_t left_from(const struct msghdr *m, const void *p) { return end_of(m) - address_of(p); }

#endif
