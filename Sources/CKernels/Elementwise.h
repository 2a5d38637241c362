// exp, log and tanh, a vector at a time, and fixed sums. The polynomials are least-squares fits with
// the weights moved until the largest error was as small as it gets.

// 2^n for a whole n from -126 to 127.
INLINE vec power_of_two(ivec n) { return (vec)((n + 127) << 23); }

// Does a step for each of `count` vectors, a constant where this is inlined: the next step of one of
// them would wait for its result.
#define EACH UNROLL for (int v = 0; v < count; v++)
enum { at_once_limit = 4 };

// Whole numbers next to x / ln 2, and what remains of x: at most ln 2 / 2 in size. Adding 1.5 *
// 2^23 leaves the whole number in the low bits.
INLINE void reduce_exponents(int count, vec x[at_once_limit], ivec n[at_once_limit]) {
  vec magic = broadcast(0x1.8p23f), whole[at_once_limit];
  EACH whole[v] = fused(x[v], broadcast(0x1.715476p0f), magic);
  EACH n[v] = (ivec)whole[v] - (ivec)magic;
  EACH whole[v] -= magic;
  EACH x[v] = fused(whole[v], broadcast(-0x1.62e4p-1f), x[v]);
  EACH x[v] = fused(whole[v], broadcast(-0x1.7f7d1cp-20f), x[v]);
}

// exp(r) - 1 for reduced r, to 0.2 units in the last place before rounding.
INLINE void exp_minus_one_reduced(int count, vec r[at_once_limit]) {
  vec q[at_once_limit];
  EACH q[v] = fused(broadcast(1.394665916e-3f), r[v], broadcast(8.366711438e-3f));
  EACH q[v] = fused(q[v], r[v], broadcast(4.166628048e-2f));
  EACH q[v] = fused(q[v], r[v], broadcast(1.666654199e-1f));
  EACH q[v] = fused(q[v], r[v], broadcast(0.5f));
  EACH r[v] = fused(r[v] * r[v], q[v], r[v]);
}

// Beyond the bounds the answer is infinite or zero anyway; nan passes both comparisons.
INLINE vec exp_lanes(vec x) {
  x = choose(x > broadcast(89), broadcast(89), x);
  x = choose(x < broadcast(-104), broadcast(-104), x);
  ivec n;
  reduce_exponents(1, &x, &n);
  exp_minus_one_reduced(1, &x);
  // In two factors, as 2^128 is no float and 2^-149 has no float exponent.
  ivec half = n >> 1;
  return (x + broadcast(1)) * power_of_two(half) * power_of_two(n - half);
}

// With e = exp(2 |x|) - 1: tanh |x| = e / (e + 2), accurate near zero too. From 10 on it is 1.
INLINE void tanh_lanes(int count, vec x[at_once_limit]) {
  ivec sign[at_once_limit], n[at_once_limit];
  vec e[at_once_limit], power[at_once_limit];
  EACH sign[v] = (ivec)x[v] & INT32_MIN;
  EACH x[v] = (vec)((ivec)x[v] ^ sign[v]);
  EACH x[v] = choose(x[v] > broadcast(10), broadcast(10), x[v]);
  EACH x[v] += x[v];
  reduce_exponents(count, x, n);
  EACH power[v] = power_of_two(n[v]);
  exp_minus_one_reduced(count, x);
  EACH e[v] = fused(power[v], x[v], power[v] - broadcast(1));
  EACH x[v] = (vec)((ivec)(e[v] / (e[v] + broadcast(2))) | sign[v]);
}

#undef EACH

// x = 2^n (1 + f) with 1 + f from sqrt(1/2) to sqrt(2).
INLINE vec log_lanes(vec x) {
  ivec subnormal = x < broadcast(0x1p-126f);
  vec normal = choose(subnormal, x * broadcast(0x1p23f), x);
  ivec n = ((ivec)normal - 0x3f3504f3) >> 23;
  vec f = (vec)((ivec)normal - (n << 23)) - broadcast(1);
  vec exponent = __builtin_convertvector(n + (subnormal & -23), vec);

  vec p = broadcast(-7.859332860e-2f);
  p = fused(p, f, broadcast(1.288154125e-1f));
  p = fused(p, f, broadcast(-1.312880963e-1f));
  p = fused(p, f, broadcast(1.418121010e-1f));
  p = fused(p, f, broadcast(-1.662455052e-1f));
  p = fused(p, f, broadcast(2.000228614e-1f));
  p = fused(p, f, broadcast(-2.500081062e-1f));
  p = fused(p, f, broadcast(3.333331645e-1f));
  vec square = f * f;
  vec low = fused(broadcast(-0.5f), square, exponent * broadcast(0x1.7f7d1cp-20f));
  low = fused(f * square, p, low);
  vec y = fused(exponent, broadcast(0x1.62e4p-1f), f + low);

  y = choose(x == broadcast(INFINITY), x, y);
  y = choose(x == broadcast(0), broadcast(-INFINITY), y);
  // Below zero, or nan.
  return choose(~(x >= broadcast(0)), broadcast(NAN), y);
}

#define FOR_EACH(name, function)                                                           \
  static void name(const float *x, float *y, ptrdiff_t count) {                            \
    ptrdiff_t i = 0;                                                                       \
    for (; i + lanes <= count; i += lanes) store(y + i, function(load(x + i)));            \
    if (i < count) store_part(y + i, function(load_part(x + i, count - i)), count - i);    \
  }

FOR_EACH(exp_array, exp_lanes)
FOR_EACH(log_array, log_lanes)

// Vectors that the registers have room for beside the constants.
enum { tanh_at_once = lanes == 16 ? 4 : 2 };

static void tanh_array(const float *x, float *y, ptrdiff_t count) {
  ptrdiff_t i = 0;
  vec part[at_once_limit];
  for (; i + tanh_at_once * lanes <= count; i += tanh_at_once * lanes) {
    UNROLL for (int v = 0; v < tanh_at_once; v++) part[v] = load(x + i + v * lanes);
    tanh_lanes(tanh_at_once, part);
    UNROLL for (int v = 0; v < tanh_at_once; v++) store(y + i + v * lanes, part[v]);
  }
  for (; i < count; i += lanes) {
    ptrdiff_t rest = count - i;
    part[0] = rest >= lanes ? load(x + i) : load_part(x + i, rest);
    tanh_lanes(1, part);
    if (rest >= lanes) store(y + i, part[0]);
    else store_part(y + i, part[0], rest);
  }
}

// 32 lanes, each adding every 32nd element in order, then a tree: several vectors hide the latency
// of an addition. Zeros that fill up the last part change no sum.
enum { sum_vectors = 32 / lanes };

INLINE float sum_tree(vec part[sum_vectors]) {
  UNROLL for (int half = sum_vectors / 2; half > 0; half /= 2) {
    UNROLL for (int v = 0; v < half; v++) part[v] += part[v + half];
  }
  return sum_lanes(part[0]);
}

#define SUM(name, add)                                                      \
  static float name(const float *x, ptrdiff_t count) {                      \
    vec part[sum_vectors];                                                  \
    UNROLL for (int v = 0; v < sum_vectors; v++) part[v] = broadcast(0);    \
    ptrdiff_t i = 0;                                                        \
    for (; i + 32 <= count; i += 32) {                                      \
      UNROLL for (int v = 0; v < sum_vectors; v++) {                        \
        vec a = load(x + i + lanes * v);                                    \
        part[v] = add;                                                      \
      }                                                                     \
    }                                                                       \
    UNROLL for (int v = 0; v < sum_vectors; v++, i += lanes) {              \
      ptrdiff_t rest = count - i;                                           \
      if (rest <= 0) break;                                                 \
      vec a = rest >= lanes ? load(x + i) : load_part(x + i, rest);         \
      part[v] = add;                                                        \
    }                                                                       \
    return sum_tree(part);                                                  \
  }

SUM(sum, part[v] + a)
SUM(sum_of_squares, fused(a, a, part[v]))
