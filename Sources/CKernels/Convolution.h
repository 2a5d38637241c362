// A convolution over images, in the layouts of dense layers: an image is a row of features
// [height][width][channels], in panels feature by feature like any other. A window's row of cells is
// then one stretch of features, and the window's sum is one chain over them.

// Cells that a window can stand at, along an image's height and width.
INLINE ptrdiff_t window_rows(struct rlhs_convolution shape) {
  return shape.height - shape.kernel + 1;
}

INLINE ptrdiff_t window_columns(struct rlhs_convolution shape) {
  return shape.width - shape.kernel + 1;
}

// The first feature of window number `window`.
INLINE ptrdiff_t first_feature(struct rlhs_convolution shape, ptrdiff_t window) {
  ptrdiff_t columns = window_columns(shape);
  return (window / columns * shape.width + window % columns) * shape.channels;
}

INLINE void convolve_tile(int tile, int vectors, struct rlhs_convolution shape, const float *x,
                          ptrdiff_t x_panel, const float *w, int is_relu, float *y,
                          ptrdiff_t y_panel) {
  ptrdiff_t depth = shape.kernel * shape.channels;
  const float *bias = w + shape.kernel * depth * shape.filters;
  vec sums[sums_limit];
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[i * vectors + v] = broadcast(bias[i]);
  }
  for (ptrdiff_t row = 0; row < shape.kernel; row++) {
    product_tile(tile, vectors, x + row * shape.width * shape.channels * rlhs_panel, x_panel, depth,
                 w + row * depth * shape.filters, 1, shape.filters, sums);
  }
  UNROLL for (int i = 0; i < tile; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      vec sum = sums[i * vectors + v];
      float *target = y + (v / panel_vectors) * y_panel + i * rlhs_panel +
                      (v % panel_vectors) * lanes;
      store(target, is_relu ? relu(sum) : sum);
    }
  }
}

// All windows of as many vectors of images.
INLINE void convolve_vectors(int vectors, struct rlhs_convolution shape, const float *x,
                             ptrdiff_t x_panel, const float *w, int is_relu, float *y,
                             ptrdiff_t y_panel) {
  const int widest = widest_tile(vectors);
  ptrdiff_t windows = window_rows(shape) * window_columns(shape);
  for (ptrdiff_t window = 0; window < windows; window++) {
    const float *from = x + first_feature(shape, window) * rlhs_panel;
    float *to = y + window * shape.filters * rlhs_panel;
    for (ptrdiff_t j = 0, count; j < shape.filters; j += count) {
      count = next_tile(shape.filters - j, widest);
#define CASE(tile)    \
  if (tile <= widest) \
  convolve_tile(tile, vectors, shape, from, x_panel, w + j, is_relu, to + j * rlhs_panel, y_panel)
      DISPATCH_TILE(count)
#undef CASE
    }
  }
}

static void convolve(struct rlhs_convolution shape, const float *x, ptrdiff_t batch,
                     const float *weights, enum rlhs_activation activation, float *y) {
  int is_relu = activation == rlhs_relu;
  ptrdiff_t inputs = shape.height * shape.width * shape.channels;
  ptrdiff_t outputs = window_rows(shape) * window_columns(shape) * shape.filters;
  ptrdiff_t x_panel = (inputs + 1) * rlhs_panel, y_panel = (outputs + 1) * rlhs_panel;
  for (ptrdiff_t row = 0; row < batch;) {
    int vectors = vectors_at_once(batch - row, 0);
    if (vectors == 2) {
      convolve_vectors(2, shape, x, x_panel, weights, is_relu, y, y_panel);
    } else {
      convolve_vectors(1, shape, x, x_panel, weights, is_relu, y, y_panel);
    }
    for (int done = 0; done < vectors * lanes; done += rlhs_panel, row += rlhs_panel) {
      if (activation == rlhs_tanh) tanh_panel(y, outputs, batch - row);
      UNROLL for (int r = 0; r < rlhs_panel; r++) y[outputs * rlhs_panel + r] = 1;
      x += x_panel;
      y += y_panel;
    }
  }
}

// `count` filters of one window of one image, in a vector of which the rest is left out.
INLINE vec convolve_window(struct rlhs_convolution shape, const float *x, const float *w,
                           ptrdiff_t count) {
  ptrdiff_t depth = shape.kernel * shape.channels;
  const float *bias = w + shape.kernel * depth * shape.filters;
  int is_whole = count >= lanes;
  vec sum = is_whole ? load(bias) : load_part(bias, count);
  for (ptrdiff_t row = 0; row < shape.kernel; row++, x += shape.width * shape.channels) {
    for (ptrdiff_t k = 0; k < depth; k++, w += shape.filters) {
      sum = fused(broadcast(x[k]), is_whole ? load(w) : load_part(w, count), sum);
    }
  }
  return sum;
}

static void convolve_rows(struct rlhs_convolution shape, const float *x, ptrdiff_t batch,
                          const float *weights, enum rlhs_activation activation, float *y) {
  ptrdiff_t inputs = shape.height * shape.width * shape.channels;
  ptrdiff_t windows = window_rows(shape) * window_columns(shape);
  for (ptrdiff_t row = 0; row < batch; row++, x += inputs, y += windows * shape.filters) {
    for (ptrdiff_t window = 0; window < windows; window++) {
      const float *from = x + first_feature(shape, window);
      float *to = y + window * shape.filters;
      for (ptrdiff_t j = 0; j < shape.filters; j += lanes) {
        ptrdiff_t count = shape.filters - j;
        vec sum = convolve_window(shape, from, weights + j, count);
        if (activation == rlhs_relu) sum = relu(sum);
        if (count >= lanes) store(to + j, sum);
        else store_part(to + j, sum, count);
      }
    }
    if (activation == rlhs_tanh) tanh_array(y, y, windows * shape.filters);
  }
}

// What window `window` adds to dw for as many vectors of filters, `width` of which exist.
INLINE void convolution_gradient_window(int vectors, struct rlhs_convolution shape, const float *x,
                                        ptrdiff_t ones, const float *strip, ptrdiff_t strip_size,
                                        ptrdiff_t batch, int accumulate, float *dw,
                                        ptrdiff_t width) {
  const int widest = widest_tile(vectors);
  ptrdiff_t x_panel = (ones + 1) * rlhs_panel;
  ptrdiff_t filters = shape.filters, depth = shape.kernel * shape.channels;
  for (ptrdiff_t row = 0; row < shape.kernel; row++, dw += depth * filters) {
    const float *from = x + row * shape.width * shape.channels * rlhs_panel;
    for (ptrdiff_t k = 0, count; k < depth; k += count) {
      count = next_tile(depth - k, widest);
#define CASE(tile)                                                                               \
  if (tile <= widest)                                                                            \
  weight_gradient_tile(tile, vectors, from + k * rlhs_panel, x_panel, strip, strip_size, batch, \
                       accumulate, dw + k * filters, filters, width)
      DISPATCH_TILE(count)
#undef CASE
    }
  }
}

static void convolution_gradient(struct rlhs_convolution shape, const float *x, const float *dy,
                                 ptrdiff_t batch, int accumulate, float *scratch, float *dw) {
  ptrdiff_t inputs = shape.height * shape.width * shape.channels;
  ptrdiff_t windows = window_rows(shape) * window_columns(shape), filters = shape.filters;
  ptrdiff_t strip_size = (batch + rlhs_panel - 1) / rlhs_panel * 256;
  float *bias = dw + shape.kernel * shape.kernel * shape.channels * filters;
  for (ptrdiff_t window = 0; window < windows; window++) {
    const float *from = x + first_feature(shape, window) * rlhs_panel;
    int adds = accumulate || window > 0;
    strips_from_panels(dy + window * filters * rlhs_panel, windows * filters * rlhs_panel, batch,
                       filters, scratch);
    const float *strip = scratch;
    for (ptrdiff_t j = 0; j < filters;) {
      int vectors = filters - j > lanes ? 2 : 1;
      ptrdiff_t width = filters - j < vectors * lanes ? filters - j : vectors * lanes;
#define CASE(vectors)                                                                          \
  convolution_gradient_window(vectors, shape, from, inputs, strip, strip_size, batch, adds,    \
                              dw + j, width);                                                  \
  weight_gradient_tile(1, vectors, x + inputs * rlhs_panel, (inputs + 1) * rlhs_panel, strip,  \
                       strip_size, batch, adds, bias + j, filters, width)
      if (vectors == 2) {
        CASE(2);
      } else {
        CASE(1);
      }
#undef CASE
      j += width;
      strip += (width + 15) / 16 * strip_size;
    }
  }
}
