// exp, log and tanh, eight at a time, and fixed sums. The polynomials are least-squares fits with
// the weights moved until the largest error was as small as it gets.

// 2^n for a whole n from -126 to 127.
INLINE v8 power_of_two(i8 n) { return (v8)((n + 127) << 23); }

// The whole number next to x / ln 2, and what remains of x: at most ln 2 / 2 in size. Adding 1.5 *
// 2^23 leaves the whole number in the low bits.
INLINE i8 reduce_exponent(v8 x, v8 *rest) {
  v8 magic = broadcast(0x1.8p23f);
  v8 shifted = fma8(x, broadcast(0x1.715476p0f), magic);
  v8 n = shifted - magic;
  v8 r = fma8(n, broadcast(-0x1.62e4p-1f), x);
  *rest = fma8(n, broadcast(-0x1.7f7d1cp-20f), r);
  return (i8)shifted - (i8)magic;
}

// exp(r) - 1 for a reduced r, to 0.2 units in the last place before rounding.
INLINE v8 exp_minus_one_reduced(v8 r) {
  v8 q = broadcast(1.394665916e-3f);
  q = fma8(q, r, broadcast(8.366711438e-3f));
  q = fma8(q, r, broadcast(4.166628048e-2f));
  q = fma8(q, r, broadcast(1.666654199e-1f));
  q = fma8(q, r, broadcast(0.5f));
  return fma8(r * r, q, r);
}

// Beyond the bounds the answer is infinite or zero anyway; nan passes both comparisons.
INLINE v8 exp8(v8 x) {
  x = choose(x > broadcast(89), broadcast(89), x);
  x = choose(x < broadcast(-104), broadcast(-104), x);
  v8 r;
  i8 n = reduce_exponent(x, &r);
  // In two factors, as 2^128 is no float and 2^-149 has no float exponent.
  i8 half = n >> 1;
  v8 one_more = exp_minus_one_reduced(r) + broadcast(1);
  return one_more * power_of_two(half) * power_of_two(n - half);
}

// With e = exp(2 |x|) - 1: tanh |x| = e / (e + 2), accurate near zero too. From 10 on it is 1.
INLINE v8 tanh8(v8 x) {
  i8 sign = (i8)x & INT32_MIN;
  v8 a = (v8)((i8)x ^ sign);
  a = choose(a > broadcast(10), broadcast(10), a);
  v8 r;
  i8 n = reduce_exponent(a + a, &r);
  v8 power = power_of_two(n);
  v8 e = fma8(power, exp_minus_one_reduced(r), power - broadcast(1));
  return (v8)((i8)(e / (e + broadcast(2))) | sign);
}

// x = 2^n (1 + f) with 1 + f from sqrt(1/2) to sqrt(2).
INLINE v8 log8(v8 x) {
  i8 subnormal = x < broadcast(0x1p-126f);
  v8 normal = choose(subnormal, x * broadcast(0x1p23f), x);
  i8 n = ((i8)normal - 0x3f3504f3) >> 23;
  v8 f = (v8)((i8)normal - (n << 23)) - broadcast(1);
  v8 exponent = __builtin_convertvector(n + (subnormal & -23), v8);

  v8 p = broadcast(-7.859332860e-2f);
  p = fma8(p, f, broadcast(1.288154125e-1f));
  p = fma8(p, f, broadcast(-1.312880963e-1f));
  p = fma8(p, f, broadcast(1.418121010e-1f));
  p = fma8(p, f, broadcast(-1.662455052e-1f));
  p = fma8(p, f, broadcast(2.000228614e-1f));
  p = fma8(p, f, broadcast(-2.500081062e-1f));
  p = fma8(p, f, broadcast(3.333331645e-1f));
  v8 square = f * f;
  v8 low = fma8(broadcast(-0.5f), square, exponent * broadcast(0x1.7f7d1cp-20f));
  low = fma8(f * square, p, low);
  v8 y = fma8(exponent, broadcast(0x1.62e4p-1f), f + low);

  y = choose(x == broadcast(INFINITY), x, y);
  y = choose(x == broadcast(0), broadcast(-INFINITY), y);
  // Below zero, or nan.
  return choose(~(x >= broadcast(0)), broadcast(NAN), y);
}

#define FOR_EACH(name, function)                                                       \
  static void name(const float *x, float *y, ptrdiff_t count) {                        \
    ptrdiff_t i = 0;                                                                   \
    for (; i + 8 <= count; i += 8) store(y + i, function(load(x + i)));                \
    if (i < count) store_part(y + i, function(load_part(x + i, count - i)), count - i); \
  }

FOR_EACH(exp_array, exp8)
FOR_EACH(log_array, log8)
FOR_EACH(tanh_array, tanh8)

// 32 lanes, each adding every 32nd element in order, then a tree: four vectors hide the latency of
// an addition. Zeros that fill up the last part change no sum.
#define SUM(name, add)                                                    \
  static float name(const float *x, ptrdiff_t count) {                    \
    v8 lanes[4] = {{0}, {0}, {0}, {0}};                                   \
    ptrdiff_t i = 0;                                                      \
    for (; i + 32 <= count; i += 32) {                                    \
      UNROLL for (int v = 0; v < 4; v++) {                                \
        v8 a = load(x + i + 8 * v);                                       \
        lanes[v] = add;                                                   \
      }                                                                   \
    }                                                                     \
    for (int v = 0; i < count; i += 8, v++) {                             \
      ptrdiff_t rest = count - i;                                         \
      v8 a = rest >= 8 ? load(x + i) : load_part(x + i, rest);            \
      lanes[v] = add;                                                     \
    }                                                                     \
    return sum_lanes((lanes[0] + lanes[2]) + (lanes[1] + lanes[3]));      \
  }

SUM(sum, lanes[v] + a)
SUM(sum_of_squares, fma8(a, a, lanes[v]))
