#include "../glibc-le-2.36.h"
#include "cpython.h"
