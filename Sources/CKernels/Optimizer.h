// Adam over the flat weights, clipping fused into it, and the measure of the processor's peak.

// Moments of a weight whose gradient stays zero would shrink into subnormal numbers, on which some
// processors are a hundred times slower: below `least` in `size`, x without its sign, they become zero.
// nan stays nan.
INLINE vec flush(vec x, vec size, float least) {
  return (vec)(~(size < broadcast(least)) & (ivec)x);
}

struct adam_lanes {
  vec weights, first, second;
};

INLINE struct adam_lanes adam_step(struct rlhs_adam step, vec gradient, struct adam_lanes old) {
  vec g = gradient * broadcast(step.gradient_scale);
  vec m = fused(broadcast(step.complement1), g - old.first, old.first);
  vec v = fused(broadcast(step.complement2) * g, g, broadcast(step.beta2) * old.second);
  m = flush(m, (vec)((ivec)m & INT32_MAX), 1e-30f);
  v = flush(v, v, 1e-36f);
  vec root = __builtin_elementwise_sqrt(v);
  vec denominator =
      fused(root, broadcast(step.second_correction), broadcast(step.epsilon));
  return (struct adam_lanes){fused(broadcast(-step.step_size), m / denominator, old.weights), m, v};
}

static void adam(struct rlhs_adam step, ptrdiff_t count, const float *gradient, float *weights,
                 float *first_moment, float *second_moment) {
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    struct adam_lanes old = {load(weights + i), load(first_moment + i), load(second_moment + i)};
    struct adam_lanes new = adam_step(step, load(gradient + i), old);
    store(weights + i, new.weights);
    store(first_moment + i, new.first);
    store(second_moment + i, new.second);
  }
  ptrdiff_t rest = count - i;
  if (rest == 0) return;
  struct adam_lanes old = {load_part(weights + i, rest), load_part(first_moment + i, rest),
                           load_part(second_moment + i, rest)};
  struct adam_lanes new = adam_step(step, load_part(gradient + i, rest), old);
  store_part(weights + i, new.weights, rest);
  store_part(first_moment + i, new.first, rest);
  store_part(second_moment + i, new.second, rest);
}

// Ten chains cover the latency of a fused multiply-add on two units, eight turns at a time.
static double peak(ptrdiff_t rounds) {
  vec chains[10];
  UNROLL for (int c = 0; c < 10; c++) chains[c] = broadcast((float)c);
  vec factor = broadcast(0.999f), term = broadcast(0.001f);
  for (ptrdiff_t round = 0; round < rounds; round++) {
    UNROLL for (int turn = 0; turn < 8; turn++) {
      UNROLL for (int c = 0; c < 10; c++) chains[c] = fused(chains[c], factor, term);
    }
  }
  vec total = chains[0];
  UNROLL for (int c = 1; c < 10; c++) total += chains[c];
  // The sum must be used, or the compiler drops the loop; it is never nan.
  volatile float result = sum_lanes(total);
  return result == result ? (double)rounds * 80 * lanes * 2 : 0;
}
