// Eight lanes of float: one register with AVX, two of four lanes elsewhere.
#include <math.h>
#include <string.h>

// How vectors are passed does not matter: every function that takes them is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float v8 __attribute__((vector_size(32)));
typedef int32_t i8 __attribute__((vector_size(32)));

INLINE v8 load(const float *p) {
  v8 x;
  memcpy(&x, p, sizeof x);
  return x;
}

INLINE void store(float *p, v8 x) { memcpy(p, &x, sizeof x); }

// Under eight numbers, by pieces of a fixed size: a call of memcpy would take longer than the rest.
INLINE void copy_part(float *to, const float *from, ptrdiff_t count) {
  ptrdiff_t at = 0;
  if (count & 4) memcpy(to, from, 16), at = 4;
  if (count & 2) memcpy(to + at, from + at, 8), at += 2;
  if (count & 1) to[at] = from[at];
}

// The first `count` lanes (under eight), the others zero.
INLINE v8 load_part(const float *p, ptrdiff_t count) {
  float lanes[8] = {0};
  copy_part(lanes, p, count);
  return load(lanes);
}

INLINE void store_part(float *p, v8 x, ptrdiff_t count) {
  float lanes[8];
  store(lanes, x);
  copy_part(p, lanes, count);
}

INLINE v8 broadcast(float x) { return (v8){x, x, x, x, x, x, x, x}; }

// a b + c with one rounding: an instruction with FMA, the C library's exact function elsewhere.
INLINE v8 fma8(v8 a, v8 b, v8 c) { return __builtin_elementwise_fma(a, b, c); }

// x where the mask is set, y elsewhere.
INLINE v8 choose(i8 mask, v8 x, v8 y) { return (v8)((mask & (i8)x) | (~mask & (i8)y)); }

// max(x, 0), and nan stays nan.
INLINE v8 relu8(v8 x) { return (v8)(~(x < broadcast(0)) & (i8)x); }

INLINE float sum_lanes(v8 x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

// rows[i][j] becomes rows[j][i].
INLINE void transpose8(v8 rows[8]) {
  v8 a[8], b[8];
  UNROLL for (int i = 0; i < 4; i++) {
    a[2 * i] =
        __builtin_shufflevector(rows[2 * i], rows[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    a[2 * i + 1] =
        __builtin_shufflevector(rows[2 * i], rows[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  UNROLL for (int i = 0; i < 8; i += 4) {
    b[i] = __builtin_shufflevector(a[i], a[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    b[i + 2] = __builtin_shufflevector(a[i + 1], a[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    b[i + 3] = __builtin_shufflevector(a[i + 1], a[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  UNROLL for (int i = 0; i < 4; i++) {
    rows[i] = __builtin_shufflevector(b[i], b[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    rows[i + 4] = __builtin_shufflevector(b[i], b[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
