/* The start, three calls and two functions a program needs when it is linked
   without a C library: libc headers of an ABI are easier to get than its libc. */
#include <stddef.h>
#include <sys/types.h>

#if defined __arm__
enum { READ = 3, WRITE = 4, EXIT = 1 };
#else /* asm-generic/unistd.h */
enum { READ = 63, WRITE = 64, EXIT = 93 };
#endif

static long call(long number, long a, long b, long c) {
#if defined __aarch64__
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#elif defined __loongarch64
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  __asm__ volatile("syscall 0"
                   : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2)
                   : "memory", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8");
  return a0;
#elif defined __arm__
  register long r7 __asm__("r7") = number, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
  __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
#elif defined __riscv
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
#else
#error "no system call sequence for this machine"
#endif
}

ssize_t read(int fd, void *data, size_t size) { return call(READ, fd, (long)data, (long)size); }
ssize_t write(int fd, const void *data, size_t size) { return call(WRITE, fd, (long)data, (long)size); }

void *memset(void *to, int byte, size_t size) {
  for (volatile unsigned char *p = to; size--;) *p++ = (unsigned char)byte;
  return to;
}

void *memcpy(void *to, const void *from, size_t size) {
  const unsigned char *q = from;
  for (volatile unsigned char *p = to; size--;) *p++ = *q++;
  return to;
}

int main(void);
void _start(void) { call(EXIT, main(), 0, 0); }
