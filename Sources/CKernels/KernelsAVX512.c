// The kernels for x86-64 processors with AVX-512, where a vector is a whole panel.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(                                                        \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define RLHS_TABLE rlhs_kernels_avx512
#define RLHS_LEVEL rlhs_level_avx512
#define RLHS_LANES 16
// Of 32 registers; a number for all lanes is read from memory with the product.
#define RLHS_SUMS 24
#include "Implementation.h"
#pragma clang attribute pop
#endif
