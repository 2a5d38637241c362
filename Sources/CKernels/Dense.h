// Layers forward: panels of a batch, or a few rows.

// y[i][row] = start[i] + sum over k of w[i * tile_stride + k * step] x[k][row], for `tile` values of
// i and `vectors` vectors of eight rows; a vector past the second lies in the next panel. Both are
// constants where this is inlined, so the sums stay in registers.
INLINE void product_tile(int tile, int vectors, const float *x, ptrdiff_t x_panel, ptrdiff_t depth,
                         const float *w, ptrdiff_t tile_stride, ptrdiff_t step,
                         v8 sums[12]) {
  for (ptrdiff_t k = 0; k < depth; k++) {
    v8 rows[4];
    UNROLL for (int v = 0; v < vectors; v++) {
      rows[v] = load(x + (v / 2) * x_panel + k * rlhs_panel + (v % 2) * 8);
    }
    UNROLL for (int i = 0; i < tile; i++) {
      v8 weight = broadcast(w[i * tile_stride + k * step]);
      UNROLL for (int v = 0; v < vectors; v++) {
        sums[i * vectors + v] = fma8(rows[v], weight, sums[i * vectors + v]);
      }
    }
  }
}

INLINE void forward_tile(int tile, int vectors, const float *x, ptrdiff_t inputs,
                         ptrdiff_t outputs, const float *w, int relu, float *y) {
  const float *bias = w + inputs * outputs;
  v8 sums[12];
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[i * vectors + v] = broadcast(bias[i]);
  }
  product_tile(tile, vectors, x, (inputs + 1) * rlhs_panel, inputs, w, 1, outputs, sums);
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      v8 sum = sums[i * vectors + v];
      float *target = y + (v / 2) * (outputs + 1) * rlhs_panel + i * rlhs_panel + (v % 2) * 8;
      store(target, relu ? relu8(sum) : sum);
    }
  }
}

// Calls macro CASE(tile) with the number of a tile's members as a constant.
#define DISPATCH_TILE(count) \
  switch (count) {           \
    case 1: CASE(1); break;  \
    case 2: CASE(2); break;  \
    case 3: CASE(3); break;  \
    case 4: CASE(4); break;  \
    case 5: CASE(5); break;  \
    default: CASE(6); break; \
  }

// All outputs of one panel (`vectors` 1 or 2) or two (4).
INLINE void forward_panels(int vectors, const float *x, ptrdiff_t inputs, ptrdiff_t outputs,
                           const float *w, int relu, float *y) {
  const int widest = vectors == 4 ? 3 : 6;
  for (ptrdiff_t j = 0; j < outputs; j += widest) {
    ptrdiff_t count = outputs - j < widest ? outputs - j : widest;
#define CASE(tile)                  \
  if (tile <= widest)               \
    forward_tile(tile, vectors, x, inputs, outputs, w + j, relu, y + j * rlhs_panel)
    DISPATCH_TILE(count)
#undef CASE
  }
}

static void forward(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                    const float *weights, enum rlhs_activation activation, float *y) {
  int relu = activation == rlhs_relu;
  ptrdiff_t x_panel = (inputs + 1) * rlhs_panel, y_panel = (outputs + 1) * rlhs_panel;
  ptrdiff_t row = 0;
  for (; row < batch; row += rlhs_panel) {
    const float *from = x + row / rlhs_panel * x_panel;
    float *to = y + row / rlhs_panel * y_panel;
    if (batch - row > 8) {
      forward_panels(2, from, inputs, outputs, weights, relu, to);
    } else {
      forward_panels(1, from, inputs, outputs, weights, relu, to);
    }
    if (activation == rlhs_tanh) tanh_array(to, to, outputs * rlhs_panel);
    for (int r = 0; r < rlhs_panel; r++) to[outputs * rlhs_panel + r] = 1;
  }
}

// `vectors` times eight outputs of one row.
INLINE void forward_row_tile(int vectors, const float *x, ptrdiff_t inputs, ptrdiff_t outputs,
                             const float *w, int relu, float *y) {
  v8 sums[8];
  UNROLL for (int v = 0; v < vectors; v++) sums[v] = load(w + inputs * outputs + 8 * v);
  for (ptrdiff_t k = 0; k < inputs; k++) {
    v8 input = broadcast(x[k]);
    UNROLL for (int v = 0; v < vectors; v++) {
      sums[v] = fma8(input, load(w + k * outputs + 8 * v), sums[v]);
    }
  }
  UNROLL for (int v = 0; v < vectors; v++) store(y + 8 * v, relu ? relu8(sums[v]) : sums[v]);
}

static void forward_rows(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                         const float *weights, enum rlhs_activation activation, float *y) {
  int relu = activation == rlhs_relu;
  for (ptrdiff_t row = 0; row < batch; row++, x += inputs, y += outputs) {
    ptrdiff_t j = 0;
    for (; j + 64 <= outputs; j += 64) {
      forward_row_tile(8, x, inputs, outputs, weights + j, relu, y + j);
    }
    for (; j + 16 <= outputs; j += 16) {
      forward_row_tile(2, x, inputs, outputs, weights + j, relu, y + j);
    }
    for (; j + 8 <= outputs; j += 8) {
      forward_row_tile(1, x, inputs, outputs, weights + j, relu, y + j);
    }
    // What is left is under eight chains of single fused multiply-adds.
    ptrdiff_t rest = outputs - j;
    if (rest > 0) {
      float sums[8];
      memcpy(sums, weights + inputs * outputs + j, (size_t)rest * sizeof(float));
      for (ptrdiff_t k = 0; k < inputs; k++) {
        for (ptrdiff_t i = 0; i < rest; i++) {
          sums[i] = fmaf(x[k], weights[k * outputs + j + i], sums[i]);
        }
      }
      for (ptrdiff_t i = 0; i < rest; i++) y[j + i] = relu && sums[i] < 0 ? 0 : sums[i];
    }
    if (activation == rlhs_tanh) tanh_array(y, y, outputs);
  }
}

static void pack(const float *rows, ptrdiff_t batch, ptrdiff_t features, int ones, float *panels) {
  ptrdiff_t stride = features + (ones ? 1 : 0);
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel, panels += stride * rlhs_panel) {
    const float *from = rows + row * features;
    ptrdiff_t count = batch - row < rlhs_panel ? batch - row : rlhs_panel;
    ptrdiff_t f = 0;
    for (; count == rlhs_panel && f + 8 <= features; f += 8) {
      for (int half = 0; half < rlhs_panel; half += 8) {
        v8 block[8];
        UNROLL for (int r = 0; r < 8; r++) block[r] = load(from + (half + r) * features + f);
        transpose8(block);
        UNROLL for (int i = 0; i < 8; i++) store(panels + (f + i) * rlhs_panel + half, block[i]);
      }
    }
    for (; f < features; f++) {
      for (int r = 0; r < rlhs_panel; r++) {
        panels[f * rlhs_panel + r] = r < count ? from[r * features + f] : 0;
      }
    }
    for (int r = 0; ones && r < rlhs_panel; r++) panels[features * rlhs_panel + r] = 1;
  }
}

static void unpack(const float *panels, ptrdiff_t stride, ptrdiff_t batch, ptrdiff_t features,
                   float *rows) {
  for (ptrdiff_t row = 0; row < batch; row++) {
    const float *from = panels + row / rlhs_panel * stride * rlhs_panel + row % rlhs_panel;
    for (ptrdiff_t f = 0; f < features; f++) rows[row * features + f] = from[f * rlhs_panel];
  }
}
