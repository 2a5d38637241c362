// Layers forward: panels of a batch, or a few rows.

// Adds to sums[i][row] all w[i * tile_stride + k * step] x[k][row] in the order of k, for `tile`
// values of i and `vectors` vectors of eight rows; a vector past the second lies in the next panel.
// Both are constants where this is inlined, so the sums stay in registers.
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

// Members of a tile whose sums all stay in registers.
INLINE int widest_tile(int vectors) { return RLHS_SUMS < vectors ? 1 : RLHS_SUMS / vectors; }

// Calls CASE(tile) with the number of a tile's members, `count` or fewer, as a constant.
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

// All outputs of half a panel (`vectors` 1), one panel (2) or two (4).
INLINE void forward_panels(int vectors, const float *x, ptrdiff_t inputs,
                           ptrdiff_t outputs, const float *w, int relu, float *y) {
  const int widest = widest_tile(vectors);
  for (ptrdiff_t j = 0; j < outputs; j += widest) {
    ptrdiff_t count = outputs - j < widest ? outputs - j : widest;
#define CASE(tile)    \
  if (tile <= widest) \
  forward_tile(tile, vectors, x, inputs, outputs, w + j, relu, y + j * rlhs_panel)
    DISPATCH_TILE(count)
#undef CASE
  }
}

// The second half of the rows only where it is in use.
INLINE void tanh_panel(float *y, ptrdiff_t outputs, int is_whole) {
  for (ptrdiff_t j = 0; j < outputs; j++, y += rlhs_panel) {
    store(y, tanh8(load(y)));
    if (is_whole) store(y + 8, tanh8(load(y + 8)));
  }
}

static void forward(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                    const float *weights, enum rlhs_activation activation, float *y) {
  int relu = activation == rlhs_relu;
  ptrdiff_t x_panel = (inputs + 1) * rlhs_panel, y_panel = (outputs + 1) * rlhs_panel;
  ptrdiff_t panels;
  for (ptrdiff_t row = 0; row < batch; row += panels * rlhs_panel) {
    // A network's narrow head has too few sums to keep the units busy; two panels have enough.
    panels = outputs <= 3 && batch - row > rlhs_panel ? 2 : 1;
    if (panels == 2) {
      forward_panels(4, x, inputs, outputs, weights, relu, y);
    } else if (batch - row > 8) {
      forward_panels(2, x, inputs, outputs, weights, relu, y);
    } else {
      forward_panels(1, x, inputs, outputs, weights, relu, y);
    }
    for (ptrdiff_t panel = 0; panel < panels; panel++, x += x_panel, y += y_panel) {
      if (activation == rlhs_tanh) tanh_panel(y, outputs, batch - row > 8);
      UNROLL for (int r = 0; r < rlhs_panel; r++) y[outputs * rlhs_panel + r] = 1;
    }
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

// `count` outputs of one row that fill no vector.
INLINE void forward_row_scalars(int count, const float *x, ptrdiff_t inputs, ptrdiff_t outputs,
                                const float *w, int relu, float *y) {
  float sums[4];
  UNROLL for (int i = 0; i < count; i++) sums[i] = w[inputs * outputs + i];
  for (ptrdiff_t k = 0; k < inputs; k++) {
    UNROLL for (int i = 0; i < count; i++) sums[i] = fmaf(x[k], w[k * outputs + i], sums[i]);
  }
  UNROLL for (int i = 0; i < count; i++) y[i] = relu && sums[i] < 0 ? 0 : sums[i];
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
    for (ptrdiff_t rest; (rest = outputs - j) > 0; j += 4) {
      switch (rest) {
        case 1: forward_row_scalars(1, x, inputs, outputs, weights + j, relu, y + j); break;
        case 2: forward_row_scalars(2, x, inputs, outputs, weights + j, relu, y + j); break;
        case 3: forward_row_scalars(3, x, inputs, outputs, weights + j, relu, y + j); break;
        default: forward_row_scalars(4, x, inputs, outputs, weights + j, relu, y + j); break;
      }
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
