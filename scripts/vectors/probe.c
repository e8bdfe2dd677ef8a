/* Prints what an ABI does: the facts of its headers (facts.h, made by facts.mjs) as bytes, control buffers that its macros
   made, and how its macros walk the hostile buffers that stand in the input. */
#include "facts.h"
#include "text.h"

#ifdef CMSG_FIRSTHDR_IS_ABSENT
static void put_controls(void) {}
static void put_walks(void) {}
#else
#include "control.h"
#include "walk.h"
#endif

int main(void) {
  put("facts|"), put_hex(&ancillary_facts, sizeof ancillary_facts), put("\n");
  put_controls();
  put_walks();
  flush();
  return 0;
}
