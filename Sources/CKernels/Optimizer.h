// Adam over the flat weights, clipping fused into it, and the measure of the processor's peak.

// Moments of a weight whose gradient stays zero would shrink into subnormal numbers, on which some
// processors are a hundred times slower: below `least` they become zero. nan stays nan.
INLINE v8 flush(v8 x, float least) {
  i8 small = (v8)((i8)x & INT32_MAX) < broadcast(least);
  return (v8)(~small & (i8)x);
}

struct adam_lanes {
  v8 weights, first, second;
};

INLINE struct adam_lanes adam8(struct rlhs_adam step, v8 gradient, struct adam_lanes old) {
  v8 g = gradient * broadcast(step.gradient_scale);
  v8 m = fma8(broadcast(step.complement1), g - old.first, old.first);
  v8 v = fma8(broadcast(step.complement2) * g, g, broadcast(step.beta2) * old.second);
  m = flush(m, 1e-30f);
  v = flush(v, 1e-36f);
  v8 root = __builtin_elementwise_sqrt(v);
  v8 denominator =
      fma8(root, broadcast(step.second_correction), broadcast(step.epsilon));
  return (struct adam_lanes){fma8(broadcast(-step.step_size), m / denominator, old.weights), m, v};
}

static void adam(struct rlhs_adam step, ptrdiff_t count, const float *gradient, float *weights,
                 float *first_moment, float *second_moment) {
  ptrdiff_t i = 0;
  for (; i + 8 <= count; i += 8) {
    struct adam_lanes old = {load(weights + i), load(first_moment + i), load(second_moment + i)};
    struct adam_lanes new = adam8(step, load(gradient + i), old);
    store(weights + i, new.weights);
    store(first_moment + i, new.first);
    store(second_moment + i, new.second);
  }
  ptrdiff_t rest = count - i;
  if (rest == 0) return;
  struct adam_lanes old = {load_part(weights + i, rest), load_part(first_moment + i, rest),
                           load_part(second_moment + i, rest)};
  struct adam_lanes new = adam8(step, load_part(gradient + i, rest), old);
  store_part(weights + i, new.weights, rest);
  store_part(first_moment + i, new.first, rest);
  store_part(second_moment + i, new.second, rest);
}

// Ten chains cover the latency of a fused multiply-add on two units, eight turns at a time.
static double peak(ptrdiff_t rounds) {
  v8 chains[10];
  UNROLL for (int c = 0; c < 10; c++) chains[c] = broadcast((float)c);
  v8 factor = broadcast(0.999f), term = broadcast(0.001f);
  for (ptrdiff_t round = 0; round < rounds; round++) {
    UNROLL for (int turn = 0; turn < 8; turn++) {
      UNROLL for (int c = 0; c < 10; c++) chains[c] = fma8(chains[c], factor, term);
    }
  }
  v8 total = chains[0];
  UNROLL for (int c = 1; c < 10; c++) total += chains[c];
  // The sum must be used, or the compiler drops the loop; it is never nan.
  volatile float result = sum_lanes(total);
  return result == result ? (double)rounds * 80 * 8 * 2 : 0;
}
