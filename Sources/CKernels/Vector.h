// Vectors of float as wide as a level has them: RLHS_LANES is 8 or 16.
#include <math.h>
#include <string.h>

// How vectors are passed does not matter: every function that takes them is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vec __attribute__((ext_vector_type(RLHS_LANES)));
typedef int32_t ivec __attribute__((ext_vector_type(RLHS_LANES)));
typedef int32_t ivec2 __attribute__((ext_vector_type(2)));
typedef int32_t ivec4 __attribute__((ext_vector_type(4)));
typedef int32_t ivec8 __attribute__((ext_vector_type(8)));
typedef float vec2 __attribute__((ext_vector_type(2)));
typedef float vec4 __attribute__((ext_vector_type(4)));
typedef float vec8 __attribute__((ext_vector_type(8)));

enum { lanes = RLHS_LANES, panel_vectors = rlhs_panel / RLHS_LANES };

INLINE vec load(const float *p) {
  vec x;
  memcpy(&x, p, sizeof x);
  return x;
}

INLINE void store(float *p, vec x) { memcpy(p, &x, sizeof x); }

// Fewer than a vector's, by pieces of a fixed size: a call of memcpy would take longer than the
// rest.
INLINE void copy_part(float *to, const float *from, ptrdiff_t count) {
  ptrdiff_t at = 0;
  if (count & 8) memcpy(to, from, 32), at = 8;
  if (count & 4) memcpy(to + at, from + at, 16), at += 4;
  if (count & 2) memcpy(to + at, from + at, 8), at += 2;
  if (count & 1) to[at] = from[at];
}

// The first `count` lanes (not all), the others zero.
INLINE vec load_part(const float *p, ptrdiff_t count) {
  float part[lanes] = {0};
  copy_part(part, p, count);
  return load(part);
}

INLINE void store_part(float *p, vec x, ptrdiff_t count) {
  float part[lanes];
  store(part, x);
  copy_part(p, part, count);
}

// A scalar made a vector has that number in every lane.
INLINE vec broadcast(float x) { return (vec)x; }

// a b + c with one rounding: an instruction with FMA, the C library's exact function elsewhere.
INLINE vec fused(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }

// x where the mask is set, y elsewhere.
INLINE vec choose(ivec mask, vec x, vec y) { return (vec)((mask & (ivec)x) | (~mask & (ivec)y)); }

// max(x, 0), and nan stays nan.
INLINE vec relu(vec x) { return (vec)(~(x < broadcast(0)) & (ivec)x); }

// Halves added up until one number is left.
INLINE float sum_lanes(vec x) {
#if RLHS_LANES == 16
  vec8 eight = x.lo + x.hi;
#else
  vec8 eight = x;
#endif
  vec4 four = eight.lo + eight.hi;
  vec2 two = four.lo + four.hi;
  return two.x + two.y;
}

// All lanes or-ed together.
INLINE uint32_t or_lanes(ivec x) {
  ivec8 eight;
#if RLHS_LANES == 16
  eight = x.lo | x.hi;
#else
  eight = x;
#endif
  ivec4 four = eight.lo | eight.hi;
  ivec2 two = four.lo | four.hi;
  return (uint32_t)(two.x | two.y);
}

// Which lanes of a comparison's result are set, the first in the lowest bit.
INLINE uint32_t set_lanes(ivec mask) {
  typedef _Bool bits __attribute__((ext_vector_type(RLHS_LANES)));
  bits are_set = __builtin_convertvector(mask, bits);
#if RLHS_LANES == 16
  uint16_t packed;
#else
  uint8_t packed;
#endif
  memcpy(&packed, &are_set, sizeof packed);
  return packed;
}

// Of vector v among those of 32 numbers: in each lane the bit of the number there.
INLINE ivec lane_bits(int v) {
  ivec bits;
  UNROLL for (int i = 0; i < lanes; i++) bits[i] = (int32_t)(1u << (v * lanes + i));
  return bits;
}

// Within each four lanes: the lower, or the upper, two of a and b, in turns or as pairs.
// Of the groups of four lanes: the even, or the odd, ones of a, then of b.
#if RLHS_LANES == 16
#define LOWER(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define UPPER(a, b) \
  __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOWER_PAIRS(a, b) \
  __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define UPPER_PAIRS(a, b) \
  __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_FOURS(a, b) \
  __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_FOURS(a, b) \
  __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
#else
#define LOWER(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define UPPER(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOWER_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define UPPER_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define EVEN_FOURS(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define ODD_FOURS(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
#endif

// rows[i][j] becomes rows[j][i].
INLINE void transpose(vec rows[lanes]) {
  vec a[lanes], b[lanes];
  UNROLL for (int i = 0; i < lanes; i += 2) {
    a[i] = LOWER(rows[i], rows[i + 1]);
    a[i + 1] = UPPER(rows[i], rows[i + 1]);
  }
  // Then group g of b[4 q + c] holds column 4 g + c of rows 4 q to 4 q + 3.
  UNROLL for (int i = 0; i < lanes; i += 4) {
    b[i] = LOWER_PAIRS(a[i], a[i + 2]);
    b[i + 1] = UPPER_PAIRS(a[i], a[i + 2]);
    b[i + 2] = LOWER_PAIRS(a[i + 1], a[i + 3]);
    b[i + 3] = UPPER_PAIRS(a[i + 1], a[i + 3]);
  }
  UNROLL for (int c = 0; c < 4; c++) {
#if RLHS_LANES == 16
    vec even[2] = {EVEN_FOURS(b[c], b[4 + c]), EVEN_FOURS(b[8 + c], b[12 + c])};
    vec odd[2] = {ODD_FOURS(b[c], b[4 + c]), ODD_FOURS(b[8 + c], b[12 + c])};
    rows[c] = EVEN_FOURS(even[0], even[1]);
    rows[4 + c] = EVEN_FOURS(odd[0], odd[1]);
    rows[8 + c] = ODD_FOURS(even[0], even[1]);
    rows[12 + c] = ODD_FOURS(odd[0], odd[1]);
#else
    rows[c] = EVEN_FOURS(b[c], b[4 + c]);
    rows[4 + c] = ODD_FOURS(b[c], b[4 + c]);
#endif
  }
}
