/* Shows payloads as a C compiler lays them out, a line of JSON each: level, type, key and value as a message has them, and
   the bytes that the C object of that value has. `only` "parse": another form of the same key is encoded. Objects are
   static, so that their padding is zero. */
#ifndef PAYLOAD_EXAMPLES_H
#define PAYLOAD_EXAMPLES_H

#include <stdint.h>
#include <stdio.h>

/* Constants, which htons and htonl are not. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NET16(n) __builtin_bswap16(n)
#define NET32(n) __builtin_bswap32(n)
#else
#define NET16(n) (n)
#define NET32(n) (n)
#endif
#define LOOPBACK NET32(0x7f000001)
#define SIX {{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34}}}

static void show(const char *only, int level, int type, const char *key, const char *value, const void *data, size_t size) {
  printf("{\"key\":\"%s\",\"value\":%s,\"level\":%d,\"type\":%d,\"bytes\":\"", key, value, level, type);
  for (size_t i = 0; i < size; i++) printf("%02x", ((const unsigned char *)data)[i]);
  printf("\"%s}\n", only);
}

/* An object of the type, and an array of them, written as C writes values. */
#define SHOW(only, level, type, key, value, object, ...)        \
  do {                                                          \
    static const object x = __VA_ARGS__;                        \
    show(only, level, type, key, value, &x, sizeof x);          \
  } while (0)
#define BOTH(...) SHOW("", __VA_ARGS__)
#define PARSE(...) SHOW(",\"only\":\"parse\"", __VA_ARGS__)
#define LIST(level, type, key, value, element, ...)             \
  do {                                                          \
    static const element x[] = __VA_ARGS__;                     \
    show("", level, type, key, value, x, sizeof x);             \
  } while (0)

#endif
