// What a transformer needs beside its matrix products, in panels: vectors run over 16 tokens, so
// that norms and losses are chains over the features without a sum across lanes. The functions for
// single rows, which generation uses, go through the same chains and so give the same bits.

typedef uint32_t uvec __attribute__((ext_vector_type(RLHS_LANES)));

// Zeros, or scales by 1 / (1 - rate), elements index to index + lanes - 1 of what `dropout` names. A
// hash of the index decides, so that nothing has to be kept for the way back.
INLINE vec drop(struct rlhs_dropout dropout, vec x, uint32_t index) {
  uvec h = (uvec)index;
  UNROLL for (int i = 0; i < lanes; i++) h[i] += (uint32_t)i;
  h ^= (uvec)dropout.key;
  h = (h ^ (h >> 16)) * (uvec)0x7feb352du;
  h = (h ^ (h >> 15)) * (uvec)0x846ca68bu;
  h ^= h >> 16;
  ivec keep = (ivec)(h >> 8) >= (ivec)(int32_t)dropout.threshold;
  return (vec)(keep & (ivec)(x * broadcast(dropout.scale)));
}

// x = embedding of each token (+ that of its position). Rows that fill up a panel may lie beyond the
// context; they take no position.
static void embed(const int32_t *tokens, ptrdiff_t panels, ptrdiff_t width, const float *embedding,
                  const float *positions, ptrdiff_t context, struct rlhs_dropout dropout,
                  ptrdiff_t first_panel, float *x) {
  for (ptrdiff_t panel = 0; panel < panels; panel++, x += width * rlhs_panel) {
    for (int r = 0; r < rlhs_panel; r++) {
      ptrdiff_t position = panel * rlhs_panel + r;
      const float *token = embedding + tokens[position] * width;
      const float *place = positions && position < context ? positions + position * width : NULL;
      for (ptrdiff_t f = 0; f < width; f++) {
        x[f * rlhs_panel + r] = place ? token[f] + place[f] : token[f];
      }
    }
    if (dropout.threshold == 0) continue;
    uint32_t index = (uint32_t)((first_panel + panel) * width * rlhs_panel);
    for (ptrdiff_t i = 0; i < width * rlhs_panel; i += lanes) {
      store(x + i, drop(dropout, load(x + i), index + (uint32_t)i));
    }
  }
}

// y = x + dropped branch, whose panels have a row of ones. Without `x` just the dropped branch.
static void add_branch(const float *x, const float *branch, ptrdiff_t branch_stride,
                       ptrdiff_t panels, ptrdiff_t width, struct rlhs_dropout dropout,
                       ptrdiff_t first_panel, float *y) {
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    uint32_t index = (uint32_t)((first_panel + panel) * width * rlhs_panel);
    for (ptrdiff_t i = 0; i < width * rlhs_panel; i += lanes) {
      vec added = load(branch + i);
      if (dropout.threshold) added = drop(dropout, added, index + (uint32_t)i);
      store(y + i, x ? load(x + i) + added : added);
    }
    if (x) x += width * rlhs_panel;
    y += width * rlhs_panel;
    branch += branch_stride * rlhs_panel;
  }
}

// y = (x - mean) / deviation * gain + bias, or without mean and bias, the deviation then being the
// root of the mean square. Each panel leaves its rows' means and inverse deviations.
static void norm(struct rlhs_norm norm, const float *x, ptrdiff_t panels, float *statistics,
                 ptrdiff_t y_stride, float *y) {
  const ptrdiff_t width = norm.width;
  const vec share = broadcast(1.0f / (float)width);
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    for (int half = 0; half < rlhs_panel; half += lanes) {
      const float *from = x + half;
      vec mean = broadcast(0), squares = broadcast(0);
      if (norm.is_centred) {
        for (ptrdiff_t f = 0; f < width; f++) mean += load(from + f * rlhs_panel);
        mean *= share;
      }
      for (ptrdiff_t f = 0; f < width; f++) {
        vec distance = load(from + f * rlhs_panel) - mean;
        squares = fused(distance, distance, squares);
      }
      vec inverse = broadcast(1) / __builtin_elementwise_sqrt(
                                       fused(squares, share, broadcast(norm.epsilon)));
      for (ptrdiff_t f = 0; f < width; f++) {
        vec unit = (load(from + f * rlhs_panel) - mean) * inverse;
        store(y + f * rlhs_panel + half,
              fused(unit, broadcast(norm.gain[f]), broadcast(norm.bias[f])));
      }
      store(statistics + half, mean);
      store(statistics + rlhs_panel + half, inverse);
    }
    if (y_stride > width) {
      UNROLL for (int r = 0; r < rlhs_panel; r++) y[width * rlhs_panel + r] = 1;
    }
    x += width * rlhs_panel;
    y += y_stride * rlhs_panel;
    statistics += 2 * rlhs_panel;
  }
}

static void norm_row(struct rlhs_norm norm, const float *x, float *y) {
  const float share = 1.0f / (float)norm.width;
  float mean = 0, squares = 0;
  if (norm.is_centred) {
    for (ptrdiff_t f = 0; f < norm.width; f++) mean += x[f];
    mean *= share;
  }
  for (ptrdiff_t f = 0; f < norm.width; f++) {
    squares = __builtin_fmaf(x[f] - mean, x[f] - mean, squares);
  }
  float inverse = 1 / sqrtf(__builtin_fmaf(squares, share, norm.epsilon));
  for (ptrdiff_t f = 0; f < norm.width; f++) {
    y[f] = __builtin_fmaf((x[f] - mean) * inverse, norm.gain[f], norm.bias[f]);
  }
}

// Adds the gradient by x to dx, and those by gain and bias to `dnorm`, [2][width].
static void norm_gradient(struct rlhs_norm norm, const float *x, ptrdiff_t panels,
                          const float *statistics, const float *dy, ptrdiff_t dy_stride, float *dx,
                          float *dnorm) {
  const ptrdiff_t width = norm.width;
  const vec share = broadcast(1.0f / (float)width);
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    for (int half = 0; half < rlhs_panel; half += lanes) {
      const vec mean = load(statistics + half), inverse = load(statistics + rlhs_panel + half);
      vec sum = broadcast(0), product = broadcast(0);
      for (ptrdiff_t f = 0; f < width; f++) {
        vec gradient = load(dy + f * rlhs_panel + half);
        vec unit = (load(x + f * rlhs_panel + half) - mean) * inverse;
        vec through = gradient * broadcast(norm.gain[f]);
        sum += through;
        product = fused(through, unit, product);
      }
      sum = norm.is_centred ? sum * share : broadcast(0);
      product *= share;
      for (ptrdiff_t f = 0; f < width; f++) {
        vec unit = (load(x + f * rlhs_panel + half) - mean) * inverse;
        vec through = load(dy + f * rlhs_panel + half) * broadcast(norm.gain[f]);
        vec added = fused(-unit, product, through - sum) * inverse;
        store(dx + f * rlhs_panel + half, load(dx + f * rlhs_panel + half) + added);
      }
    }
    for (ptrdiff_t f = 0; f < width; f++) {
      // Both halves before the lanes, as one vector of 16 would be summed.
      vec by_gain = broadcast(0), by_bias = broadcast(0);
      UNROLL for (int half = 0; half < rlhs_panel; half += lanes) {
        vec gradient = load(dy + f * rlhs_panel + half);
        vec unit = (load(x + f * rlhs_panel + half) - load(statistics + half)) *
                   load(statistics + rlhs_panel + half);
        by_gain += gradient * unit;
        by_bias += gradient;
      }
      dnorm[f] += sum_lanes(by_gain);
      if (norm.is_centred) dnorm[width + f] += sum_lanes(by_bias);
    }
    x += width * rlhs_panel;
    dy += dy_stride * rlhs_panel;
    dx += width * rlhs_panel;
    statistics += 2 * rlhs_panel;
  }
}

INLINE vec sigmoid_lanes(vec x) { return broadcast(1) / (broadcast(1) + exp_lanes(-x)); }

// GELU by its approximation with tanh, written with a sigmoid: (1 + tanh u) / 2 = sigmoid(2 u).
INLINE vec gelu_argument(vec x) {
  const vec scale = broadcast(1.5957691216f), cubic = broadcast(0.0713548163f);
  return x * fused(x * x, cubic, scale);
}

INLINE vec gelu_lanes(vec x) { return x * sigmoid_lanes(gelu_argument(x)); }

INLINE vec gelu_slope(vec x) {
  vec s = sigmoid_lanes(gelu_argument(x));
  vec inner = fused(x * x, broadcast(3 * 0.0713548163f), broadcast(1.5957691216f));
  return fused(x * s * (broadcast(1) - s), inner, s);
}

FOR_EACH(gelu_array, gelu_lanes)

// y = gate * sigmoid(gate) * up.
INLINE vec gated(vec gate, vec up) { return gate * sigmoid_lanes(gate) * up; }

static void gate_array(const float *gate, const float *up, ptrdiff_t count, float *y) {
  ptrdiff_t i = 0;
  for (; i + lanes <= count; i += lanes) store(y + i, gated(load(gate + i), load(up + i)));
  ptrdiff_t rest = count - i;
  if (rest) store_part(y + i, gated(load_part(gate + i, rest), load_part(up + i, rest)), rest);
}

// The inner layer's activation, from and to panels with ones. With a gate, x has the gate's `width`
// features first and then those that it multiplies.
static void feed(enum rlhs_feed kind, const float *x, ptrdiff_t panels, ptrdiff_t width, float *y) {
  const ptrdiff_t size = width * rlhs_panel;
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    if (kind == rlhs_gelu) gelu_array(x, y, size);
    else gate_array(x, x + size, size, y);
    UNROLL for (int r = 0; r < rlhs_panel; r++) y[size + r] = 1;
    x += (kind == rlhs_gelu ? size : 2 * size) + rlhs_panel;
    y += size + rlhs_panel;
  }
}

// dy and dx are panels without ones.
static void feed_gradient(enum rlhs_feed kind, const float *x, ptrdiff_t panels, ptrdiff_t width,
                          const float *dy, float *dx) {
  const ptrdiff_t size = width * rlhs_panel;
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    if (kind == rlhs_gelu) {
      for (ptrdiff_t i = 0; i < size; i += lanes) {
        store(dx + i, load(dy + i) * gelu_slope(load(x + i)));
      }
    } else {
      for (ptrdiff_t i = 0; i < size; i += lanes) {
        vec gate = load(x + i), up = load(x + size + i), gradient = load(dy + i);
        vec s = sigmoid_lanes(gate);
        vec slope = s * fused(gate, broadcast(1) - s, broadcast(1));
        store(dx + i, gradient * up * slope);
        store(dx + size + i, gradient * gate * s);
      }
    }
    x += (kind == rlhs_gelu ? size : 2 * size) + rlhs_panel;
    dx += kind == rlhs_gelu ? size : 2 * size;
    dy += size;
  }
}

// Turns the two halves of each head by its position's angles, `table` [panel][2][width / 2][16] with
// cosines and then sines; backwards with a sign of -1.
static void rotate(float *x, ptrdiff_t stride, ptrdiff_t panels, ptrdiff_t heads, ptrdiff_t width,
                   const float *table, float sign) {
  const ptrdiff_t half_size = width / 2 * rlhs_panel;
  for (ptrdiff_t panel = 0; panel < panels; panel++, table += 2 * half_size) {
    for (ptrdiff_t head = 0; head < heads; head++) {
      float *first = x + panel * stride * rlhs_panel + head * 2 * half_size;
      float *second = first + half_size;
      for (ptrdiff_t i = 0; i < half_size; i += lanes) {
        vec a = load(first + i), b = load(second + i);
        vec cosine = load(table + i), sine = load(table + half_size + i) * broadcast(sign);
        store(first + i, fused(-b, sine, a * cosine));
        store(second + i, fused(a, sine, b * cosine));
      }
    }
  }
}

static void rotate_row(float *x, ptrdiff_t position, ptrdiff_t heads, ptrdiff_t width,
                       const float *table) {
  const ptrdiff_t half = width / 2;
  table += position / rlhs_panel * width * rlhs_panel + position % rlhs_panel;
  for (ptrdiff_t head = 0; head < heads; head++, x += width) {
    for (ptrdiff_t i = 0; i < half; i++) {
      float a = x[i], b = x[half + i];
      float cosine = table[i * rlhs_panel], sine = table[(half + i) * rlhs_panel];
      x[i] = __builtin_fmaf(-b, sine, a * cosine);
      x[half + i] = __builtin_fmaf(a, sine, b * cosine);
    }
  }
}

// Adds each row of dx to the gradient of its token's embedding, and of its position's.
static void embed_gradient(const int32_t *tokens, ptrdiff_t panels, ptrdiff_t panels_each,
                           ptrdiff_t width, ptrdiff_t context, const float *dx, float *dembedding,
                           float *dpositions) {
  for (ptrdiff_t panel = 0; panel < panels; panel++, dx += width * rlhs_panel) {
    for (int r = 0; r < rlhs_panel; r++) {
      float *token = dembedding + tokens[panel * rlhs_panel + r] * width;
      for (ptrdiff_t f = 0; f < width; f++) token[f] += dx[f * rlhs_panel + r];
      ptrdiff_t position = panel % panels_each * rlhs_panel + r;
      if (!dpositions || position >= context) continue;
      float *place = dpositions + position * width;
      for (ptrdiff_t f = 0; f < width; f++) place[f] += dx[f * rlhs_panel + r];
    }
  }
}

// For each row: log-probability of its target (0 without one) and the entropy of the whole
// distribution, of logits [features][16] times `scale`. Leaves the logarithm of the normaliser.
static void log_probability(const float *logits, ptrdiff_t panels, ptrdiff_t vocabulary,
                            float scale, const int32_t *targets, float *normalizers,
                            float *log_probabilities, float *entropies) {
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    for (int half = 0; half < rlhs_panel; half += lanes) {
      const float *from = logits + half;
      vec greatest = broadcast(-INFINITY), sum = broadcast(0), weighted = broadcast(0);
      for (ptrdiff_t v = 0; v < vocabulary; v++) {
        vec x = load(from + v * rlhs_panel) * broadcast(scale);
        greatest = choose(x > greatest, x, greatest);
      }
      for (ptrdiff_t v = 0; v < vocabulary; v++) {
        vec distance = fused(load(from + v * rlhs_panel), broadcast(scale), -greatest);
        vec e = exp_lanes(distance);
        sum += e;
        weighted = fused(e, distance, weighted);
      }
      vec logarithm = log_lanes(sum);
      store(normalizers + half, greatest + logarithm);
      store(entropies + half, logarithm - weighted / sum);
    }
    for (int r = 0; r < rlhs_panel; r++) {
      log_probabilities[r] =
          targets[r] < 0
              ? 0
              : __builtin_fmaf(logits[targets[r] * rlhs_panel + r], scale, -normalizers[r]);
    }
    logits += vocabulary * rlhs_panel;
    targets += rlhs_panel;
    normalizers += rlhs_panel;
    log_probabilities += rlhs_panel;
    entropies += rlhs_panel;
  }
}

// The gradient by the logits, with a row of zeros after each panel's last feature, from those by the
// log-probabilities and by the entropies.
static void log_probability_gradient(const float *logits, ptrdiff_t panels, ptrdiff_t vocabulary,
                                     float scale, const int32_t *targets,
                                     const float *normalizers, const float *entropies,
                                     const float *dlog_probabilities, const float *dentropies,
                                     float *dlogits) {
  for (ptrdiff_t panel = 0; panel < panels; panel++) {
    for (int half = 0; half < rlhs_panel; half += lanes) {
      vec normalizer = load(normalizers + half), entropy = load(entropies + half);
      vec by_target = load(dlog_probabilities + half), by_entropy = load(dentropies + half);
      int needs_entropy = 0;
      for (int r = 0; r < lanes; r++) needs_entropy |= dentropies[half + r] != 0;
      for (ptrdiff_t v = 0; v < vocabulary; v++) {
        vec x = load(logits + v * rlhs_panel + half);
        vec logarithm = fused(x, broadcast(scale), -normalizer);
        vec factor = by_target;
        if (needs_entropy) factor = fused(by_entropy, logarithm + entropy, factor);
        store(dlogits + v * rlhs_panel + half,
              -exp_lanes(logarithm) * factor * broadcast(scale));
      }
      store(dlogits + vocabulary * rlhs_panel + half, broadcast(0));
    }
    for (int r = 0; r < rlhs_panel; r++) {
      if (targets[r] >= 0) dlogits[targets[r] * rlhs_panel + r] += dlog_probabilities[r] * scale;
    }
    logits += vocabulary * rlhs_panel;
    dlogits += (vocabulary + 1) * rlhs_panel;
    targets += rlhs_panel;
    normalizers += rlhs_panel;
    entropies += rlhs_panel;
    dlog_probabilities += rlhs_panel;
    dentropies += rlhs_panel;
  }
}
