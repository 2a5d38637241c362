// The kernels for x86-64 processors with AVX-512, where a vector is a whole panel.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define RLHS_TABLE rlhs_kernels_avx512
#define RLHS_LEVEL rlhs_level_avx512
#define RLHS_LANES 16
// Twice what keeps the units busy. More of the 32 registers would gain nothing, and divide the usual
// widths less evenly.
#define RLHS_SUMS 16
#include "Implementation.h"
#pragma clang attribute pop
#endif
