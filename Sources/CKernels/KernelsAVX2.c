// The kernels for x86-64 processors with AVX2 and FMA. The attribute takes the place of compiler
// flags, which a package that others depend on must not use.
#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define RLHS_TABLE rlhs_kernels_avx2
#define RLHS_LEVEL rlhs_level_avx2
#define RLHS_LANES 8
// Vectors of sums that a product holds at once: four of the sixteen registers are left for what is
// multiplied.
#define RLHS_SUMS 12
#include "Implementation.h"
#pragma clang attribute pop
#endif
