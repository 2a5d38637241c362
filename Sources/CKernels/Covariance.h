// What Gaussian processes are made of, in double precision: every element is one chain of operations
// in order, sums run over a fixed tree, so all levels give the same bits.

typedef double dvec __attribute__((ext_vector_type(8)));
typedef int64_t lvec __attribute__((ext_vector_type(8)));

INLINE dvec dload(const double *p) {
  dvec x;
  memcpy(&x, p, sizeof x);
  return x;
}

// sum += scales x matrix for `vectors` of eight columns, held in registers over all rows.
INLINE void add_rows_to(int vectors, ptrdiff_t rows, const double *scales, ptrdiff_t scale_stride,
                        const double *matrix, ptrdiff_t stride, double *sum) {
  dvec sums[6];
  UNROLL for (int v = 0; v < vectors; v++) sums[v] = dload(sum + 8 * v);
  for (ptrdiff_t row = 0; row < rows; row++) {
    dvec scale = (dvec)scales[row * scale_stride];
    UNROLL for (int v = 0; v < vectors; v++) {
      sums[v] = __builtin_elementwise_fma(scale, dload(matrix + row * stride + 8 * v), sums[v]);
    }
  }
  UNROLL for (int v = 0; v < vectors; v++) memcpy(sum + 8 * v, &sums[v], sizeof sums[v]);
}

static void add_rows(ptrdiff_t columns, ptrdiff_t rows, const double *scales,
                     ptrdiff_t scale_stride, const double *matrix, ptrdiff_t stride, double *sum) {
  // Less than a vector is left over: the last eight columns are worked on apart, those among them
  // that are done already once more.
  ptrdiff_t vectors = columns / 8, rest = columns % 8;
  double last[8];
  if (rest && vectors) memcpy(last, sum + columns - 8, sizeof last);
  // Groups of nearly the same width: few sums would wait for each other.
  for (ptrdiff_t groups = (vectors + 5) / 6, at = 0; groups; groups--) {
    ptrdiff_t width = (vectors + groups - 1) / groups;
    switch (width) {
#define GROUP(width) \
  case width:        \
    add_rows_to(width, rows, scales, scale_stride, matrix + at, stride, sum + at); \
    break;
      GROUP(1) GROUP(2) GROUP(3) GROUP(4) GROUP(5) GROUP(6)
#undef GROUP
    }
    vectors -= width;
    at += 8 * width;
  }
  if (!rest) return;
  if (columns > 8) {
    add_rows_to(1, rows, scales, scale_stride, matrix + columns - 8, stride, last);
    memcpy(sum + columns - 8, last, sizeof last);
    return;
  }
  for (ptrdiff_t row = 0; row < rows; row++) {
    for (ptrdiff_t column = 0; column < columns; column++) {
      sum[column] = __builtin_fma(scales[row * scale_stride], matrix[row * stride + column],
                                  sum[column]);
    }
  }
}

// Sums of 32 lanes, then halves added up.
static double dot(ptrdiff_t count, const double *a, const double *b) {
  dvec sums[4] = {0, 0, 0, 0};
  ptrdiff_t at = 0;
  for (; at + 32 <= count; at += 32) {
    UNROLL for (int v = 0; v < 4; v++) {
      sums[v] = __builtin_elementwise_fma(dload(a + at + 8 * v), dload(b + at + 8 * v), sums[v]);
    }
  }
  for (; at + 8 <= count; at += 8)
    sums[0] = __builtin_elementwise_fma(dload(a + at), dload(b + at), sums[0]);
  dvec eight = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  double total = ((eight[0] + eight[4]) + (eight[1] + eight[5])) +
                 ((eight[2] + eight[6]) + (eight[3] + eight[7]));
  for (; at < count; at++) total = __builtin_fma(a[at], b[at], total);
  return total;
}

static void add_squared_distances(ptrdiff_t count, double weight, double x, const double *values,
                                  double *sums) {
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    double difference = values[i] - x;
    sums[i] = __builtin_fma(weight * difference, difference, sums[i]);
  }
}

// e^-x for x from 0 to 700, within 2 units in the last place: 2^k times the Taylor series of what is
// left, which lies within ln(2) / 2.
INLINE dvec exp_minus(dvec x) {
  const dvec shift = (dvec)0x1.8p52;  // what is added to it is rounded to an integer in its low bits
  dvec shifted = __builtin_elementwise_fma(x, (dvec)-0x1.71547652b82fep0, shift);
  dvec k = shifted - shift;
  dvec rest = __builtin_elementwise_fma(k, (dvec)-0x1.62e42fefa39efp-1, -x);
  rest = __builtin_elementwise_fma(k, (dvec)-0x1.abc9e3b39803fp-56, rest);
  const double series[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800,
                           1.0 / 362880,     1.0 / 40320,     1.0 / 5040,     1.0 / 720,
                           1.0 / 120,        1.0 / 24,        1.0 / 6,        0.5,
                           1,                1};
  dvec power = (dvec)series[0];
  UNROLL for (int i = 1; i < 14; i++) {
    power = __builtin_elementwise_fma(power, rest, (dvec)series[i]);
  }
  return (dvec)((lvec)power + ((lvec)shifted << 52));
}

INLINE void matern_eight(double scale, double *covariances, double *slopes) {
  dvec square = dload(covariances);
  dvec q = __builtin_elementwise_sqrt(square);
  dvec decay = scale * exp_minus(__builtin_elementwise_min(q, (dvec)700.0));
  dvec covariance = decay * (1 + q + square * (1.0 / 3)), slope = decay * (1 + q) * (-5.0 / 3);
  memcpy(covariances, &covariance, sizeof covariance);
  memcpy(slopes, &slope, sizeof slope);
}

static void matern(ptrdiff_t count, double scale, double *covariances, double *slopes) {
  ptrdiff_t at = 0;
  for (; at + 8 <= count; at += 8) matern_eight(scale, covariances + at, slopes + at);
  if (at == count) return;
  double rest[8] = {0}, rest_slopes[8];
  size_t size = (size_t)(count - at) * sizeof(double);
  memcpy(rest, covariances + at, size);
  matern_eight(scale, rest, rest_slopes);
  memcpy(covariances + at, rest, size);
  memcpy(slopes + at, rest_slopes, size);
}
