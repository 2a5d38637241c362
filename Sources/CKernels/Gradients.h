// Layers backward.

// How an activation's derivative, worked out from its result, changes a gradient.
INLINE v8 through_activation(enum rlhs_activation activation, v8 gradient, v8 result) {
  switch (activation) {
    case rlhs_relu: return (v8)((result > broadcast(0)) & (i8)gradient);
    case rlhs_tanh: return gradient * fma8(-result, result, broadcast(1));
    default: return gradient;
  }
}

INLINE void input_gradient_tile(int tile, int vectors, const float *dy, ptrdiff_t outputs,
                                const float *w, enum rlhs_activation activation, const float *x,
                                float *dx) {
  v8 sums[12];
  UNROLL for (int i = 0; i < tile * vectors; i++) sums[i] = broadcast(0);
  product_tile(tile, vectors, dy, 0, outputs, w, outputs, 1, sums);
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      ptrdiff_t at = i * rlhs_panel + 8 * v;
      v8 gradient = sums[i * vectors + v];
      store(dx + at, through_activation(activation, gradient, load(x + at)));
    }
  }
}

INLINE void input_gradient_panel(int vectors, const float *dy, ptrdiff_t inputs, ptrdiff_t outputs,
                                 const float *weights, enum rlhs_activation activation,
                                 const float *x, float *dx) {
  const int widest = widest_tile(vectors);
  for (ptrdiff_t k = 0; k < inputs; k += widest) {
    ptrdiff_t count = inputs - k < widest ? inputs - k : widest;
#define CASE(tile)                                                                   \
  if (tile <= widest)                                                                \
  input_gradient_tile(tile, vectors, dy, outputs, weights + k * outputs, activation, \
                      x + k * rlhs_panel, dx + k * rlhs_panel)
    DISPATCH_TILE(count)
#undef CASE
  }
}

INLINE void input_gradient_through(enum rlhs_activation activation, const float *dy,
                                   ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                                   const float *weights, const float *x, float *dx) {
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel) {
    if (batch - row > 8) {
      input_gradient_panel(2, dy, inputs, outputs, weights, activation, x, dx);
    } else {
      input_gradient_panel(1, dy, inputs, outputs, weights, activation, x, dx);
    }
    dy += outputs * rlhs_panel;
    x += (inputs + 1) * rlhs_panel;
    dx += inputs * rlhs_panel;
  }
}

static void input_gradient(const float *dy, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                           const float *weights, enum rlhs_activation activation, const float *x,
                           float *dx) {
  switch (activation) {
    case rlhs_linear:
      input_gradient_through(rlhs_linear, dy, batch, inputs, outputs, weights, x, dx);
      break;
    case rlhs_relu:
      input_gradient_through(rlhs_relu, dy, batch, inputs, outputs, weights, x, dx);
      break;
    case rlhs_tanh:
      input_gradient_through(rlhs_tanh, dy, batch, inputs, outputs, weights, x, dx);
      break;
  }
}

// dy by rows: strip s holds outputs 16 s to 16 s + 15 of every row, [panels][16 rows][16 outputs],
// zero where there is no such output.
static void strips_from_panels(const float *dy, ptrdiff_t batch, ptrdiff_t outputs, float *strips) {
  ptrdiff_t panels = (batch + rlhs_panel - 1) / rlhs_panel;
  for (ptrdiff_t j = 0; j < outputs; j += 8) {
    ptrdiff_t count = outputs - j < 8 ? outputs - j : 8;
    for (ptrdiff_t panel = 0; panel < panels; panel++) {
      const float *from = dy + (panel * outputs + j) * rlhs_panel;
      float *to = strips + (j / 16 * panels + panel) * 256 + j % 16;
      for (int half = 0; half < rlhs_panel; half += 8) {
        v8 block[8];
        UNROLL for (int i = 0; i < 8; i++) {
          block[i] = i < count ? load(from + i * rlhs_panel + half) : broadcast(0);
        }
        transpose8(block);
        UNROLL for (int r = 0; r < 8; r++) store(to + (half + r) * 16, block[r]);
      }
    }
  }
}

// dw for `tile` inputs and `vectors` times eight outputs, `width` of which exist.
INLINE void weight_gradient_tile(int tile, int vectors, const float *x, ptrdiff_t x_panel,
                                 const float *strip, ptrdiff_t batch, int accumulate, float *dw,
                                 ptrdiff_t outputs, ptrdiff_t width) {
  v8 sums[12];
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      v8 start = broadcast(0);
      if (accumulate) {
        ptrdiff_t lanes = width - 8 * v;
        const float *from = dw + i * outputs + 8 * v;
        start = lanes >= 8 ? load(from) : load_part(from, lanes);
      }
      sums[i * vectors + v] = start;
    }
  }
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel, x += x_panel) {
    ptrdiff_t rows = batch - row < rlhs_panel ? batch - row : rlhs_panel;
    for (ptrdiff_t r = 0; r < rows; r++, strip += 16) {
      v8 gradient[2];
      UNROLL for (int v = 0; v < vectors; v++) gradient[v] = load(strip + 8 * v);
      UNROLL for (int i = 0; i < tile; i++) {
        v8 input = broadcast(x[i * rlhs_panel + r]);
        UNROLL for (int v = 0; v < vectors; v++) {
          sums[i * vectors + v] = fma8(input, gradient[v], sums[i * vectors + v]);
        }
      }
    }
  }
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      ptrdiff_t lanes = width - 8 * v;
      float *to = dw + i * outputs + 8 * v;
      if (lanes >= 8) store(to, sums[i * vectors + v]);
      else store_part(to, sums[i * vectors + v], lanes);
    }
  }
}

// dw for all inputs, one more (the row of ones gives the bias's gradient), and one strip of dy.
INLINE void weight_gradient_strip(int vectors, const float *x, const float *strip,
                                  ptrdiff_t batch, ptrdiff_t inputs, int accumulate, float *dw,
                                  ptrdiff_t outputs, ptrdiff_t width) {
  const int widest = widest_tile(vectors);
  ptrdiff_t x_panel = (inputs + 1) * rlhs_panel;
  for (ptrdiff_t k = 0; k <= inputs; k += widest) {
    ptrdiff_t count = inputs + 1 - k < widest ? inputs + 1 - k : widest;
#define CASE(tile)                                                                          \
  if (tile <= widest)                                                                       \
  weight_gradient_tile(tile, vectors, x + k * rlhs_panel, x_panel, strip, batch, accumulate, \
                       dw + k * outputs, outputs, width)
    DISPATCH_TILE(count)
#undef CASE
  }
}

static void weight_gradient(const float *x, const float *dy, ptrdiff_t batch, ptrdiff_t inputs,
                            ptrdiff_t outputs, int accumulate, float *scratch, float *dw) {
  strips_from_panels(dy, batch, outputs, scratch);
  ptrdiff_t strip_size = (batch + rlhs_panel - 1) / rlhs_panel * 256;
  for (ptrdiff_t j = 0; j < outputs; j += 16, scratch += strip_size) {
    ptrdiff_t width = outputs - j < 16 ? outputs - j : 16;
    if (width > 8) {
      weight_gradient_strip(2, x, scratch, batch, inputs, accumulate, dw + j, outputs, width);
    } else {
      weight_gradient_strip(1, x, scratch, batch, inputs, accumulate, dw + j, outputs, width);
    }
  }
}
