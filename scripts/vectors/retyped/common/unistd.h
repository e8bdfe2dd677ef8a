/* What the probe calls, where the headers of a system are retyped: those of the machine are out of sight. */
#include <stddef.h>
long read(int, void *, size_t);
long write(int, const void *, size_t);
