// The kernels for any processor.
#define RLHS_TABLE rlhs_kernels_plain
#include "Implementation.h"
