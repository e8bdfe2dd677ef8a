/* Text in and out through read(2) and write(2) alone, so that the same programs
   also run where no C library can be linked (freestanding.c). */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static char output[1 << 16];
static size_t output_size;

static void flush(void) {
  for (size_t done = 0; done < output_size;) {
    ssize_t n = write(1, output + done, output_size - done);
    if (n <= 0) break;
    done += (size_t)n;
  }
  output_size = 0;
}

static void put_char(char c) {
  if (output_size == sizeof output) flush();
  output[output_size++] = c;
}

static void put(const char *text) {
  while (*text) put_char(*text++);
}

/* Without a division, which some processors leave to a library. */
static void put_number(int64_t value) {
  static const uint64_t powers[] = {
    10000000000000000000ULL, 1000000000000000000ULL, 100000000000000000ULL, 10000000000000000ULL,
    1000000000000000ULL, 100000000000000ULL, 10000000000000ULL, 1000000000000ULL,
    100000000000ULL, 10000000000ULL, 1000000000ULL, 100000000ULL,
    10000000ULL, 1000000ULL, 100000ULL, 10000ULL,
    1000ULL, 100ULL, 10ULL, 1ULL,
  };
  uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
  int some = 0;
  if (value < 0) put_char('-');
  for (size_t i = 0; i < 20; i++) {
    char digit = '0';
    for (; left >= powers[i]; left -= powers[i]) digit++;
    if (digit > '0' || some || i == 19) put_char(digit), some = 1;
  }
}

static inline void put_hex(const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++) {
    put_char("0123456789abcdef"[bytes[i] >> 4]);
    put_char("0123456789abcdef"[bytes[i] & 15]);
  }
}

#endif
