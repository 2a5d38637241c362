// Causal attention of one sequence, in panels of 16 tokens. Queries stand in the lanes, so that a
// softmax is a chain over the keys; for the gradients by keys and values, blocks are turned and the
// keys stand in the lanes. Scores are worked out again on the way back instead of being kept.

// out[i][row] (+)= sum over k of x[k][row] w[i * tile_stride + k * step], for one panel of rows.
INLINE void block_product(const float *x, ptrdiff_t depth, const float *w, ptrdiff_t tile_stride,
                          ptrdiff_t step, ptrdiff_t outputs, int accumulate, float *out) {
  const int widest = widest_tile(panel_vectors);
  for (ptrdiff_t j = 0, count; j < outputs; j += count) {
    count = next_tile(outputs - j, widest);
#define CASE(tile)                                                                        \
  if (tile <= widest) {                                                                   \
    vec sums[sums_limit];                                                                 \
    float *to = out + j * rlhs_panel;                                                     \
    UNROLL for (int i = 0; i < tile * panel_vectors; i++) {                               \
      sums[i] = accumulate ? load(to + i * lanes) : broadcast(0);                         \
    }                                                                                     \
    product_tile(tile, panel_vectors, x, 0, depth, w + j * tile_stride, tile_stride, step, \
                 sums);                                                                   \
    UNROLL for (int i = 0; i < tile * panel_vectors; i++) store(to + i * lanes, sums[i]); \
  }
    DISPATCH_TILE(count)
#undef CASE
  }
}

// A block of 16 by 16 turned over.
static void transpose_block(const float *from, float *to) {
  for (int row = 0; row < rlhs_panel; row += lanes) {
    for (int column = 0; column < rlhs_panel; column += lanes) {
      vec block[lanes];
      UNROLL for (int i = 0; i < lanes; i++) block[i] = load(from + (row + i) * rlhs_panel + column);
      transpose(block);
      UNROLL for (int i = 0; i < lanes; i++) store(to + (column + i) * rlhs_panel + row, block[i]);
    }
  }
}

static void scores(const float *queries, const float *keys, ptrdiff_t panel_size,
                   ptrdiff_t head_width, ptrdiff_t query_panel, float *s) {
  for (ptrdiff_t j = 0; j <= query_panel; j++) {
    block_product(queries, head_width, keys + j * panel_size, 1, rlhs_panel, rlhs_panel, 0,
                  s + j * rlhs_panel * rlhs_panel);
  }
}

// Lanes of queries that come before key k, both counted within the panel they share.
INLINE ivec before_key(int half, ptrdiff_t k) {
  ivec query = (ivec)half;
  UNROLL for (int i = 0; i < lanes; i++) query[i] += i;
  return query < (ivec)(int32_t)k;
}

// The place of the weight of key `k` for a panel's queries among all that dropout decides on.
INLINE uint32_t weight_index(const struct rlhs_attention *a, ptrdiff_t panel, ptrdiff_t head,
                             ptrdiff_t k) {
  return (uint32_t)((((a->first_panel + panel) * a->heads + head) * a->panels * rlhs_panel + k) *
                    rlhs_panel);
}

static void attention(const struct rlhs_attention *a, const float *qkv, float *scratch,
                      float *statistics, float *y) {
  const ptrdiff_t width = a->head_width, group = a->heads / a->key_value_heads;
  const ptrdiff_t features = (a->heads + 2 * a->key_value_heads) * width;
  const ptrdiff_t panel_size = (features + 1) * rlhs_panel;
  const ptrdiff_t y_size = (a->heads * width + 1) * rlhs_panel;
  for (ptrdiff_t panel = 0; panel < a->panels; panel++) {
    const ptrdiff_t last_block = panel * rlhs_panel, keys = last_block + rlhs_panel;
    for (ptrdiff_t head = 0; head < a->heads; head++) {
      const float *q = qkv + panel * panel_size + head * width * rlhs_panel;
      const float *k = qkv + (a->heads + head / group) * width * rlhs_panel;
      const float *v = k + a->key_value_heads * width * rlhs_panel;
      scores(q, k, panel_size, width, panel, scratch);
      for (int half = 0; half < rlhs_panel; half += lanes) {
        float *s = scratch + half;
        vec greatest = broadcast(-INFINITY), sum = broadcast(0);
        for (ptrdiff_t i = 0; i < keys; i++) {
          vec x = load(s + i * rlhs_panel) * broadcast(a->scale);
          if (i > last_block) {
            x = choose(before_key(half, i - last_block), broadcast(-INFINITY), x);
          }
          greatest = choose(x > greatest, x, greatest);
          store(s + i * rlhs_panel, x);
        }
        for (ptrdiff_t i = 0; i < keys; i++) {
          vec e = exp_lanes(load(s + i * rlhs_panel) - greatest);
          if (i > last_block) e = choose(before_key(half, i - last_block), broadcast(0), e);
          sum += e;
          store(s + i * rlhs_panel, e);
        }
        vec inverse = broadcast(1) / sum;
        for (ptrdiff_t i = 0; i < keys; i++) {
          vec p = load(s + i * rlhs_panel) * inverse;
          if (a->dropout.threshold) {
            p = drop(a->dropout, p, weight_index(a, panel, head, i) + (uint32_t)half);
          }
          store(s + i * rlhs_panel, p);
        }
        store(statistics + half, greatest);
        store(statistics + rlhs_panel + half, inverse);
      }
      float *out = y + panel * y_size + head * width * rlhs_panel;
      for (ptrdiff_t j = 0; j <= panel; j++) {
        block_product(scratch + j * rlhs_panel * rlhs_panel, rlhs_panel, v + j * panel_size,
                      rlhs_panel, 1, width, j > 0, out);
      }
      statistics += 2 * rlhs_panel;
    }
    UNROLL for (int r = 0; r < rlhs_panel; r++) {
      y[(panel + 1) * y_size - rlhs_panel + r] = 1;
    }
  }
}

// From scores to weights as `attention` had them, and from the gradients by the dropped weights to
// those by the scores.
INLINE void score_gradient(const struct rlhs_attention *a, ptrdiff_t panel, ptrdiff_t head, int half,
                           const float *statistics, vec through, float *weights,
                           float *gradients) {
  const vec greatest = load(statistics + half), inverse = load(statistics + rlhs_panel + half);
  const ptrdiff_t last_block = panel * rlhs_panel;
  for (ptrdiff_t i = 0; i < last_block + rlhs_panel; i++) {
    float *w = weights + i * rlhs_panel + half, *g = gradients + i * rlhs_panel + half;
    vec p = exp_lanes(load(w) * broadcast(a->scale) - greatest) * inverse;
    if (i > last_block) p = choose(before_key(half, i - last_block), broadcast(0), p);
    vec dp = load(g), dropped = p;
    if (a->dropout.threshold) {
      uint32_t index = weight_index(a, panel, head, i) + (uint32_t)half;
      dropped = drop(a->dropout, p, index);
      dp = drop(a->dropout, dp, index);
    }
    store(w, dropped);
    store(g, p * (dp - through) * broadcast(a->scale));
  }
}

static void attention_gradient(const struct rlhs_attention *a, const float *qkv,
                               const float *statistics, const float *y, const float *dy,
                               float *scratch, float *dqkv) {
  const ptrdiff_t width = a->head_width, group = a->heads / a->key_value_heads;
  const ptrdiff_t features = (a->heads + 2 * a->key_value_heads) * width;
  const ptrdiff_t panel_size = (features + 1) * rlhs_panel, d_size = features * rlhs_panel;
  const ptrdiff_t y_size = (a->heads * width + 1) * rlhs_panel, dy_size = y_size - rlhs_panel;
  const ptrdiff_t block = rlhs_panel * rlhs_panel;
  float *weights = scratch, *gradients = scratch + a->panels * block;
  memset(dqkv, 0, (size_t)(a->panels * d_size) * sizeof(float));
  for (ptrdiff_t panel = 0; panel < a->panels; panel++) {
    for (ptrdiff_t head = 0; head < a->heads; head++, statistics += 2 * rlhs_panel) {
      const ptrdiff_t q_at = head * width * rlhs_panel;
      const ptrdiff_t k_at = (a->heads + head / group) * width * rlhs_panel;
      const ptrdiff_t v_at = k_at + a->key_value_heads * width * rlhs_panel;
      const float *q = qkv + panel * panel_size + q_at;
      const float *result = y + panel * y_size + q_at, *dresult = dy + panel * dy_size + q_at;
      scores(q, qkv + k_at, panel_size, width, panel, weights);
      scores(dresult, qkv + v_at, panel_size, width, panel, gradients);
      for (int half = 0; half < rlhs_panel; half += lanes) {
        vec through = broadcast(0);
        for (ptrdiff_t f = 0; f < width * rlhs_panel; f += rlhs_panel) {
          through = fused(load(result + f + half), load(dresult + f + half), through);
        }
        score_gradient(a, panel, head, half, statistics, through, weights, gradients);
      }
      for (ptrdiff_t j = 0; j <= panel; j++) {
        float turned[rlhs_panel * rlhs_panel];
        block_product(gradients + j * block, rlhs_panel, qkv + j * panel_size + k_at, rlhs_panel,
                      1, width, 1, dqkv + panel * d_size + q_at);
        transpose_block(gradients + j * block, turned);
        block_product(turned, rlhs_panel, q, rlhs_panel, 1, width, 1, dqkv + j * d_size + k_at);
        transpose_block(weights + j * block, turned);
        block_product(turned, rlhs_panel, dresult, rlhs_panel, 1, width, 1,
                      dqkv + j * d_size + v_at);
      }
    }
  }
}

// One token's attention to those up to it. Keys lie in panels [position / 16][width][16], values in
// rows [position][width], both for each key-value head `context` positions apart.
static void attention_row(const struct rlhs_attention *a, const float *q, ptrdiff_t position,
                          const float *keys, const float *values, ptrdiff_t context,
                          float *scratch, float *y) {
  const ptrdiff_t width = a->head_width, group = a->heads / a->key_value_heads;
  const ptrdiff_t count = position + 1;
  for (ptrdiff_t head = 0; head < a->heads; head++, q += width, y += width) {
    const float *k = keys + head / group * context * width;
    const float *v = values + head / group * context * width;
    for (ptrdiff_t i = 0; i < count; i += lanes) {
      const float *from = k + i / rlhs_panel * width * rlhs_panel + i % rlhs_panel;
      vec sum = broadcast(0);
      for (ptrdiff_t f = 0; f < width; f++) {
        sum = fused(broadcast(q[f]), load(from + f * rlhs_panel), sum);
      }
      store(scratch + i, sum * broadcast(a->scale));
    }
    float greatest = -INFINITY, sum = 0;
    for (ptrdiff_t i = 0; i < count; i++) greatest = scratch[i] > greatest ? scratch[i] : greatest;
    for (ptrdiff_t i = 0; i < count; i += lanes) {
      store(scratch + i, exp_lanes(load(scratch + i) - broadcast(greatest)));
    }
    for (ptrdiff_t i = 0; i < count; i++) sum += scratch[i];
    float inverse = 1 / sum;
    for (ptrdiff_t f = 0; f < width; f++) y[f] = 0;
    for (ptrdiff_t i = 0; i < count; i++, v += width) {
      const float p = scratch[i] * inverse;
      ptrdiff_t f = 0;
      for (; f + lanes <= width; f += lanes) {
        store(y + f, fused(broadcast(p), load(v + f), load(y + f)));
      }
      for (; f < width; f++) y[f] = __builtin_fmaf(p, v[f], y[f]);
    }
  }
}
