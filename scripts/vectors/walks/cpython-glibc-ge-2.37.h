#include "glibc-ge-2.37.h"
#include "cpython.h"
