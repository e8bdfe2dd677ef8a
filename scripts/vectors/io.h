/* Text in and out through read(2) and write(2) alone, so that the same programs
   also run where no C library can be linked (freestanding.c). */
#ifndef IO_H
#define IO_H

#include <stddef.h>
#include <stdint.h>
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

static void put_unsigned(uint64_t value, unsigned base) {
  char digits[20];
  size_t n = 0;
  do digits[n++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (n) put_char(digits[--n]);
}

static void put_number(int64_t value) {
  if (value < 0) put_char('-');
  put_unsigned(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static inline void put_hex(const void *data, size_t size) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < size; i++) {
    put_char("0123456789abcdef"[bytes[i] >> 4]);
    put_char("0123456789abcdef"[bytes[i] & 15]);
  }
}

/* `"name":value`, the form of nearly everything these programs print. */
static inline void put_field(const char *name, int64_t value) {
  put("\"");
  put(name);
  put("\":");
  put_number(value);
}

#endif
