// The kernels for any processor.
#define RLHS_TABLE rlhs_kernels_plain
#define RLHS_LEVEL rlhs_level_plain
#define RLHS_LANES 8
#if defined(__aarch64__)
// Each vector is two of the 32 registers.
#define RLHS_SUMS 12
#else
// A fused multiply-add is a call of the C library here: more at once would only make the code long.
#define RLHS_SUMS 2
#endif
#include "Implementation.h"
