// Layers backward.

// How an activation's derivative, worked out from its result, changes a gradient.
INLINE vec through_activation(enum rlhs_activation activation, vec gradient, vec result) {
  switch (activation) {
    case rlhs_relu: return (vec)((result > broadcast(0)) & (ivec)gradient);
    case rlhs_tanh: return gradient * fused(-result, result, broadcast(1));
    default: return gradient;
  }
}

INLINE void input_gradient_tile(int tile, int vectors, const float *dy, ptrdiff_t inputs,
                                ptrdiff_t outputs, const float *w,
                                enum rlhs_activation activation, const float *x, float *dx) {
  vec sums[sums_limit];
  UNROLL for (int i = 0; i < tile * vectors; i++) sums[i] = broadcast(0);
  product_tile(tile, vectors, dy, outputs * rlhs_panel, outputs, w, outputs, 1, sums);
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      int panel = v / panel_vectors;
      ptrdiff_t at = i * rlhs_panel + (v % panel_vectors) * lanes;
      vec result = load(x + panel * (inputs + 1) * rlhs_panel + at);
      store(dx + panel * inputs * rlhs_panel + at,
            through_activation(activation, sums[i * vectors + v], result));
    }
  }
}

INLINE void input_gradient_vectors(int vectors, const float *dy, ptrdiff_t inputs,
                                   ptrdiff_t outputs, const float *weights,
                                   enum rlhs_activation activation, const float *x, float *dx) {
  const int widest = widest_tile(vectors);
  for (ptrdiff_t k = 0, count; k < inputs; k += count) {
    count = next_tile(inputs - k, widest);
#define CASE(tile)                                                                           \
  if (tile <= widest)                                                                        \
  input_gradient_tile(tile, vectors, dy, inputs, outputs, weights + k * outputs, activation, \
                      x + k * rlhs_panel, dx + k * rlhs_panel)
    DISPATCH_TILE(count)
#undef CASE
  }
}

INLINE void input_gradient_through(enum rlhs_activation activation, const float *dy,
                                   ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                                   const float *weights, const float *x, float *dx) {
  while (batch > 0) {
    int vectors = vectors_at_once(batch, 0);
    if (vectors == 2) {
      input_gradient_vectors(2, dy, inputs, outputs, weights, activation, x, dx);
    } else {
      input_gradient_vectors(1, dy, inputs, outputs, weights, activation, x, dx);
    }
    for (int done = 0; done < vectors * lanes; done += rlhs_panel, batch -= rlhs_panel) {
      dy += outputs * rlhs_panel;
      x += (inputs + 1) * rlhs_panel;
      dx += inputs * rlhs_panel;
    }
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

// dy, whose panels lie `dy_panel` apart, by rows: strip s holds outputs 16 s to 16 s + 15 of every row,
// [panels][16 rows][16 outputs], zero where there is no such output.
static void strips_from_panels(const float *dy, ptrdiff_t dy_panel, ptrdiff_t batch,
                               ptrdiff_t outputs, float *strips) {
  ptrdiff_t panels = (batch + rlhs_panel - 1) / rlhs_panel;
  for (ptrdiff_t j = 0; j < outputs; j += lanes) {
    ptrdiff_t count = outputs - j < lanes ? outputs - j : lanes;
    for (ptrdiff_t panel = 0; panel < panels; panel++) {
      const float *from = dy + panel * dy_panel + j * rlhs_panel;
      float *to = strips + (j / 16 * panels + panel) * 256 + j % 16;
      for (int half = 0; half < rlhs_panel; half += lanes) {
        vec block[lanes];
        UNROLL for (int i = 0; i < lanes; i++) {
          block[i] = i < count ? load(from + i * rlhs_panel + half) : broadcast(0);
        }
        transpose(block);
        UNROLL for (int r = 0; r < lanes; r++) store(to + (half + r) * 16, block[r]);
      }
    }
  }
}

// dw for `tile` inputs and `vectors` vectors of outputs, `width` of which exist; strips lie
// `strip_size` apart.
INLINE void weight_gradient_tile(int tile, int vectors, const float *x, ptrdiff_t x_panel,
                                 const float *strip, ptrdiff_t strip_size, ptrdiff_t batch,
                                 int accumulate, float *dw, ptrdiff_t outputs, ptrdiff_t width) {
  vec sums[sums_limit];
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      vec start = broadcast(0);
      if (accumulate) {
        ptrdiff_t rest = width - lanes * v;
        const float *from = dw + i * outputs + lanes * v;
        start = rest >= lanes ? load(from) : load_part(from, rest);
      }
      sums[i * vectors + v] = start;
    }
  }
  for (ptrdiff_t row = 0; row < batch; row += rlhs_panel, x += x_panel) {
    ptrdiff_t rows = batch - row < rlhs_panel ? batch - row : rlhs_panel;
    for (ptrdiff_t r = 0; r < rows; r++, strip += 16) {
      vec gradient[4];
      UNROLL for (int v = 0; v < vectors; v++) {
        gradient[v] = load(strip + (v / panel_vectors) * strip_size + (v % panel_vectors) * lanes);
      }
      UNROLL for (int i = 0; i < tile; i++) {
        vec input = broadcast(x[i * rlhs_panel + r]);
        UNROLL for (int v = 0; v < vectors; v++) {
          sums[i * vectors + v] = fused(input, gradient[v], sums[i * vectors + v]);
        }
      }
    }
  }
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      ptrdiff_t rest = width - lanes * v;
      float *to = dw + i * outputs + lanes * v;
      if (rest >= lanes) store(to, sums[i * vectors + v]);
      else store_part(to, sums[i * vectors + v], rest);
    }
  }
}

// dw for all inputs, one more (the row of ones gives the bias's gradient), and as many vectors of
// outputs.
INLINE void weight_gradient_vectors(int vectors, const float *x, const float *strip,
                                    ptrdiff_t strip_size, ptrdiff_t batch, ptrdiff_t inputs,
                                    int accumulate, float *dw, ptrdiff_t outputs,
                                    ptrdiff_t width) {
  const int widest = widest_tile(vectors);
  ptrdiff_t x_panel = (inputs + 1) * rlhs_panel;
  for (ptrdiff_t k = 0, count; k <= inputs; k += count) {
    count = next_tile(inputs + 1 - k, widest);
#define CASE(tile)                                                                              \
  if (tile <= widest)                                                                           \
  weight_gradient_tile(tile, vectors, x + k * rlhs_panel, x_panel, strip, strip_size, batch,    \
                       accumulate, dw + k * outputs, outputs, width)
    DISPATCH_TILE(count)
#undef CASE
  }
}

// dw for a vector of inputs, `count` of which exist, and all outputs of a narrow layer: here the
// lanes are inputs, as so few outputs would leave most lanes empty. Blocks of x are turned in
// registers.
INLINE void narrow_weight_gradient_block(int outputs, const float *x, ptrdiff_t x_panel,
                                         ptrdiff_t count, const float *dy, ptrdiff_t batch,
                                         int accumulate, float *dw) {
  float part[4][lanes] = {{0}};
  vec sums[4];
  for (ptrdiff_t k = 0; accumulate && k < count; k++) {
    UNROLL for (int j = 0; j < outputs; j++) part[j][k] = dw[k * outputs + j];
  }
  UNROLL for (int j = 0; j < outputs; j++) sums[j] = load(part[j]);
  for (ptrdiff_t row = 0; row < batch; row += lanes) {
    const float *from = x + row / rlhs_panel * x_panel + row % rlhs_panel;
    const float *gradient = dy + row / rlhs_panel * outputs * rlhs_panel + row % rlhs_panel;
    vec block[lanes];
    UNROLL for (int i = 0; i < lanes; i++) {
      block[i] = i < count ? load(from + i * rlhs_panel) : broadcast(0);
    }
    transpose(block);
    UNROLL for (int r = 0; r < lanes; r++) {
      if (row + r >= batch) break;
      UNROLL for (int j = 0; j < outputs; j++) {
        sums[j] = fused(block[r], broadcast(gradient[j * rlhs_panel + r]), sums[j]);
      }
    }
  }
  UNROLL for (int j = 0; j < outputs; j++) store(part[j], sums[j]);
  for (ptrdiff_t k = 0; k < count; k++) {
    UNROLL for (int j = 0; j < outputs; j++) dw[k * outputs + j] = part[j][k];
  }
}

INLINE void narrow_weight_gradient(int outputs, const float *x, const float *dy, ptrdiff_t batch,
                                   ptrdiff_t inputs, int accumulate, float *dw) {
  for (ptrdiff_t k = 0; k <= inputs; k += lanes) {
    ptrdiff_t count = inputs + 1 - k < lanes ? inputs + 1 - k : lanes;
    narrow_weight_gradient_block(outputs, x + k * rlhs_panel, (inputs + 1) * rlhs_panel, count, dy,
                                 batch, accumulate, dw + k * outputs);
  }
}

static void weight_gradient(const float *x, const float *dy, ptrdiff_t batch, ptrdiff_t inputs,
                            ptrdiff_t outputs, int accumulate, float *scratch, float *dw) {
#define CASE(outputs) narrow_weight_gradient(outputs, x, dy, batch, inputs, accumulate, dw)
  switch (outputs) {
    case 1: CASE(1); return;
    case 2: CASE(2); return;
    case 3: CASE(3); return;
    case 4: CASE(4); return;
    default: break;
  }
#undef CASE
  strips_from_panels(dy, outputs * rlhs_panel, batch, outputs, scratch);
  ptrdiff_t strip_size = (batch + rlhs_panel - 1) / rlhs_panel * 256;
  for (ptrdiff_t j = 0; j < outputs;) {
    int vectors = vectors_at_once(outputs - j, inputs < 6);
    ptrdiff_t width = outputs - j < vectors * lanes ? outputs - j : vectors * lanes;
#define CASE(vectors)                                                                        \
  weight_gradient_vectors(vectors, x, scratch, strip_size, batch, inputs, accumulate, dw + j, \
                          outputs, width)
    DISPATCH_VECTORS(vectors)
#undef CASE
    j += width;
    scratch += (width + 15) / 16 * strip_size;
  }
}
