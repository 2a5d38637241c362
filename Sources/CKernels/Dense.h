// Layers forward: panels of a batch. Those of a few rows are in Rows.h.

// The most members of a tile, and the most sums: `tile * vectors`.
enum { tile_limit = 12, sums_limit = 16 };

// Adds to sums[i][row] all w[i * tile_stride + k * step] x[k][row] in the order of k, for `tile`
// values of i and `vectors` vectors of rows, which may go on into the next panels. Both are
// constants where this is inlined, so the sums stay in registers.
INLINE void product_tile(int tile, int vectors, const float *x, ptrdiff_t x_panel, ptrdiff_t depth,
                         const float *w, ptrdiff_t tile_stride, ptrdiff_t step,
                         vec sums[sums_limit]) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    vec rows[4];
    UNROLL for (int v = 0; v < vectors; v++) {
      rows[v] = load(x + (v / panel_vectors) * x_panel + k * rlhs_panel +
                     (v % panel_vectors) * lanes);
    }
    UNROLL for (int i = 0; i < tile; i++) {
      vec weight = broadcast(w[i * tile_stride + k * step]);
      UNROLL for (int v = 0; v < vectors; v++) {
        sums[i * vectors + v] = fused(rows[v], weight, sums[i * vectors + v]);
      }
    }
  }
}

INLINE void forward_tile(int tile, int vectors, const float *x, ptrdiff_t inputs,
                         ptrdiff_t outputs, const float *w, int is_relu, float *y) {
  const float *bias = w + inputs * outputs;
  vec sums[sums_limit];
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[i * vectors + v] = broadcast(bias[i]);
  }
  product_tile(tile, vectors, x, (inputs + 1) * rlhs_panel, inputs, w, 1, outputs, sums);
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      vec sum = sums[i * vectors + v];
      float *target = y + (v / panel_vectors) * (outputs + 1) * rlhs_panel + i * rlhs_panel +
                      (v % panel_vectors) * lanes;
      store(target, is_relu ? relu(sum) : sum);
    }
  }
}

// Vectors to go on with, where `rest` numbers are left: each has at least one of them. Few sums for
// each, as in a network's narrow head, do not keep the units busy: then it takes as many as four.
INLINE int vectors_at_once(ptrdiff_t rest, int has_few_sums) {
  if (has_few_sums && rest > 3 * lanes) return 4;
  return rest > lanes ? 2 : 1;
}

// Members of a tile whose sums all stay in registers.
INLINE int widest_tile(int vectors) {
  const int widest = RLHS_SUMS < vectors ? 1 : RLHS_SUMS / vectors;
  return widest < tile_limit ? widest : tile_limit;
}

// Members of the next tile; the last two are alike, as a narrow one leaves the units waiting.
INLINE ptrdiff_t next_tile(ptrdiff_t rest, int widest) {
  if (rest <= widest) return rest;
  return rest < 2 * widest ? (rest + 1) / 2 : widest;
}

// Calls CASE(tile) with the number of a tile's members as a constant.
#define DISPATCH_TILE(count)  \
  switch (count) {            \
    case 1: CASE(1); break;   \
    case 2: CASE(2); break;   \
    case 3: CASE(3); break;   \
    case 4: CASE(4); break;   \
    case 5: CASE(5); break;   \
    case 6: CASE(6); break;   \
    case 7: CASE(7); break;   \
    case 8: CASE(8); break;   \
    case 9: CASE(9); break;   \
    case 10: CASE(10); break; \
    case 11: CASE(11); break; \
    default: CASE(12); break; \
  }

// Calls CASE(vectors) with the number of vectors, 1, 2 or 4, as a constant.
#define DISPATCH_VECTORS(count) \
  switch (count) {              \
    case 1: CASE(1); break;     \
    case 2: CASE(2); break;     \
    default: CASE(4); break;    \
  }

// All outputs of as many vectors of rows.
INLINE void forward_vectors(int vectors, const float *x, ptrdiff_t inputs, ptrdiff_t outputs,
                            const float *w, int is_relu, float *y) {
  const int widest = widest_tile(vectors);
  for (ptrdiff_t j = 0, count; j < outputs; j += count) {
    count = next_tile(outputs - j, widest);
#define CASE(tile)    \
  if (tile <= widest) \
  forward_tile(tile, vectors, x, inputs, outputs, w + j, is_relu, y + j * rlhs_panel)
    DISPATCH_TILE(count)
#undef CASE
  }
}

// The second half of the rows only where it is in use.
INLINE void tanh_panel(float *y, ptrdiff_t outputs, ptrdiff_t rows) {
  if (rows > rlhs_panel - lanes) return tanh_array(y, y, outputs * rlhs_panel);
  for (ptrdiff_t j = 0; j < outputs; j++, y += rlhs_panel) {
    for (int r = 0; r < rows; r += lanes) tanh_array(y + r, y + r, lanes);
  }
}

static void forward(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                    const float *weights, enum rlhs_activation activation, float *y) {
  int is_relu = activation == rlhs_relu;
  for (ptrdiff_t row = 0; row < batch;) {
    int vectors = vectors_at_once(batch - row, outputs <= 3);
#define CASE(vectors) forward_vectors(vectors, x, inputs, outputs, weights, is_relu, y)
    DISPATCH_VECTORS(vectors)
#undef CASE
    for (int done = 0; done < vectors * lanes; done += rlhs_panel, row += rlhs_panel) {
      if (activation == rlhs_tanh) tanh_panel(y, outputs, batch - row);
      UNROLL for (int r = 0; r < rlhs_panel; r++) y[outputs * rlhs_panel + r] = 1;
      x += (inputs + 1) * rlhs_panel;
      y += (outputs + 1) * rlhs_panel;
    }
  }
}

static void pack(const float *rows, ptrdiff_t batch, ptrdiff_t features, int ones, float *panels) {
  ptrdiff_t stride = features + (ones ? 1 : 0);
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel, panels += stride * rlhs_panel) {
    const float *from = rows + row * features;
    ptrdiff_t count = batch - row < rlhs_panel ? batch - row : rlhs_panel;
    ptrdiff_t f = 0;
    for (; count == rlhs_panel && f + lanes <= features; f += lanes) {
      for (int half = 0; half < rlhs_panel; half += lanes) {
        vec block[lanes];
        UNROLL for (int r = 0; r < lanes; r++) block[r] = load(from + (half + r) * features + f);
        transpose(block);
        UNROLL for (int i = 0; i < lanes; i++) store(panels + (f + i) * rlhs_panel + half, block[i]);
      }
    }
    for (; f < features; f++) {
      float *to = panels + f * rlhs_panel;
      if (count == rlhs_panel) {
        UNROLL for (int r = 0; r < rlhs_panel; r++) to[r] = from[r * features + f];
      } else {
        for (int r = 0; r < rlhs_panel; r++) to[r] = r < count ? from[r * features + f] : 0;
      }
    }
    for (int r = 0; ones && r < rlhs_panel; r++) panels[features * rlhs_panel + r] = 1;
  }
}

static void unpack(const float *panels, ptrdiff_t stride, ptrdiff_t batch, ptrdiff_t features,
                   float *rows) {
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel, panels += stride * rlhs_panel) {
    ptrdiff_t count = batch - row < rlhs_panel ? batch - row : rlhs_panel;
    float *to = rows + row * features;
    ptrdiff_t f = 0;
    for (; f + lanes <= features; f += lanes) {
      for (int half = 0; half < count; half += lanes) {
        vec block[lanes];
        UNROLL for (int i = 0; i < lanes; i++) block[i] = load(panels + (f + i) * rlhs_panel + half);
        transpose(block);
        UNROLL for (int r = 0; r < lanes; r++) {
          if (half + r == count) break;
          store(to + (half + r) * features + f, block[r]);
        }
      }
    }
    for (; f < features; f++) {
      const float *from = panels + f * rlhs_panel;
      if (count == rlhs_panel) {
        UNROLL for (int r = 0; r < rlhs_panel; r++) to[r * features + f] = from[r];
      } else {
        for (ptrdiff_t r = 0; r < count; r++) to[r * features + f] = from[r];
      }
    }
  }
}
