// Layers forward, row by row, for a few rows or for rows that are mostly zero. There only what is set
// is multiplied, such as the cells of a board: as fma(0, w, s) is s, the bits stay the same (but for
// the sign of a zero, and where weights are not finite).

// Rows of fewer inputs are not looked through for zeros.
enum { wide_inputs = 64 };

// Which of 32 numbers are not zero, the first in the lowest bit.
INLINE uint32_t set_bits(const float *x) {
  uint32_t found = 0;
  UNROLL for (int v = 0; v < 32 / lanes; v++) {
    found |= set_lanes(load(x + v * lanes) != broadcast(0)) << v * lanes;
  }
  return found;
}

// Puts the places of what is not zero into `places` and the numbers there into `values`; gives how many
// they are, or -1 for more than `limit`.
INLINE ptrdiff_t gather_row(const float *x, ptrdiff_t inputs, ptrdiff_t limit, int32_t *places,
                            float *values) {
  ptrdiff_t count = 0;
  for (ptrdiff_t k = 0; k < inputs; k += 32) {
    uint32_t set = 0;
    if (inputs - k >= 32) {
      set = set_bits(x + k);
    } else {
      for (int i = 0; i < inputs - k; i++) set |= (uint32_t)(x[k + i] != 0) << i;
    }
    if (count + __builtin_popcount(set) > limit) return -1;
    for (; set; set &= set - 1, count++) {
      int32_t place = (int32_t)k + __builtin_ctz(set);
      places[count] = place;
      values[count] = x[place];
    }
  }
  return count;
}

// `vectors` vectors of outputs of one row: of all inputs, or without zeros of the `count` at `places`.
INLINE void row_tile(int vectors, const float *x, const int32_t *places, ptrdiff_t count,
                     const float *bias, ptrdiff_t outputs, const float *w, int is_relu, float *y) {
  vec sums[16];
  UNROLL for (int v = 0; v < vectors; v++) sums[v] = load(bias + lanes * v);
  for (ptrdiff_t i = 0; i < count; i++) {
    vec input = broadcast(x[i]);
    const float *weights = w + (places ? places[i] : i) * outputs;
    UNROLL for (int v = 0; v < vectors; v++) {
      sums[v] = fused(input, load(weights + lanes * v), sums[v]);
    }
  }
  UNROLL for (int v = 0; v < vectors; v++) {
    store(y + lanes * v, is_relu ? relu(sums[v]) : sums[v]);
  }
}

// `width` outputs of one row that fill no vector.
INLINE void row_scalars(int width, const float *x, const int32_t *places, ptrdiff_t count,
                        const float *bias, ptrdiff_t outputs, const float *w, int is_relu,
                        float *y) {
  float sums[8];
  UNROLL for (int j = 0; j < width; j++) sums[j] = bias[j];
  for (ptrdiff_t i = 0; i < count; i++) {
    const float *weights = w + (places ? places[i] : i) * outputs;
    UNROLL for (int j = 0; j < width; j++) sums[j] = __builtin_fmaf(x[i], weights[j], sums[j]);
  }
  UNROLL for (int j = 0; j < width; j++) y[j] = is_relu && sums[j] < 0 ? 0 : sums[j];
}

// A row's outputs: x holds all inputs, or with `places` the `count` numbers there.
INLINE void row_forward(const float *x, const int32_t *places, ptrdiff_t count, ptrdiff_t inputs,
                        ptrdiff_t outputs, const float *w, enum rlhs_activation activation,
                        float *y) {
  const float *bias = w + inputs * outputs;
  int is_relu = activation == rlhs_relu;
  ptrdiff_t j = 0;
#define VECTORS(n)                                                                         \
  for (; j + n * lanes <= outputs; j += n * lanes) {                                       \
    row_tile(n, x, places, count, bias + j, outputs, w + j, is_relu, y + j);               \
  }
#if RLHS_LANES == 16
  // There are registers enough, and wide rows of weights are read as they lie in memory.
  VECTORS(16)
#endif
  VECTORS(8) VECTORS(4) VECTORS(2) VECTORS(1)
#undef VECTORS
  for (ptrdiff_t rest; (rest = outputs - j) > 0; j += 8) {
#define CASE(width) \
  row_scalars(width, x, places, count, bias + j, outputs, w + j, is_relu, y + j)
    switch (rest) {
      case 1: CASE(1); break;
      case 2: CASE(2); break;
      case 3: CASE(3); break;
      case 4: CASE(4); break;
      case 5: CASE(5); break;
      case 6: CASE(6); break;
      case 7: CASE(7); break;
      default: CASE(8); break;
    }
#undef CASE
  }
  if (activation == rlhs_tanh) tanh_array(y, y, outputs);
}

static void forward_rows(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                         const float *weights, enum rlhs_activation activation, float *y) {
  int32_t places[256];
  float values[256];
  ptrdiff_t limit = inputs / 4 < 256 ? inputs / 4 : 256;
  for (ptrdiff_t row = 0; row < batch; row++, x += inputs, y += outputs) {
    ptrdiff_t set = inputs < wide_inputs ? -1 : gather_row(x, inputs, limit, places, values);
    if (set >= 0) {
      row_forward(values, places, set, inputs, outputs, weights, activation, y);
    } else {
      row_forward(x, NULL, inputs, inputs, outputs, weights, activation, y);
    }
  }
}

// What is not zero in a batch of rows; gives whether that is at most `set.limit` numbers.
static int gather(const float *x, ptrdiff_t batch, ptrdiff_t inputs, struct rlhs_set_inputs set) {
  ptrdiff_t end = 0;
  for (ptrdiff_t row = 0; row < batch; row++, x += inputs) {
    ptrdiff_t count =
        gather_row(x, inputs, set.limit - end, set.places + end, set.values + end);
    if (count < 0) return 0;
    end += count;
    set.ends[row] = (int32_t)end;
  }
  return 1;
}

static void forward_set(struct rlhs_set_inputs set, ptrdiff_t batch, ptrdiff_t inputs,
                        ptrdiff_t outputs, const float *weights, enum rlhs_activation activation,
                        float *scratch, float *y) {
  ptrdiff_t first = 0;
  for (ptrdiff_t row = 0; row < batch; row++) {
    ptrdiff_t r = row % rlhs_panel, end = set.ends[row];
    row_forward(set.values + first, set.places + first, end - first, inputs, outputs, weights,
                activation, scratch + r * outputs);
    first = end;
    if (r == rlhs_panel - 1 || row == batch - 1) {
      pack(scratch, r + 1, outputs, 1, y);
      y += (outputs + 1) * rlhs_panel;
    }
  }
}

// `vectors` vectors of outputs of the gradients by the weights; dy lies by rows.
INLINE void set_gradient_vectors(int vectors, struct rlhs_set_inputs set, const float *dy,
                                 ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs, float *dw) {
  // Every row adds to the bias: in memory each would wait for the one before to be written.
  float *bias = dw + inputs * outputs;
  vec total[8];
  UNROLL for (int v = 0; v < vectors; v++) total[v] = load(bias + v * lanes);
  ptrdiff_t at = 0;
  for (ptrdiff_t row = 0; row < batch; row++, dy += outputs) {
    vec gradient[8];
    UNROLL for (int v = 0; v < vectors; v++) {
      gradient[v] = load(dy + v * lanes);
      total[v] += gradient[v];
    }
    for (ptrdiff_t end = set.ends[row]; at < end; at++) {
      float *to = dw + set.places[at] * outputs;
      vec input = broadcast(set.values[at]);
      UNROLL for (int v = 0; v < vectors; v++) {
        store(to + v * lanes, fused(input, gradient[v], load(to + v * lanes)));
      }
    }
  }
  UNROLL for (int v = 0; v < vectors; v++) store(bias + v * lanes, total[v]);
}

// The same for an output that is part of no vector.
static void set_gradient_scalar(struct rlhs_set_inputs set, const float *dy, ptrdiff_t batch,
                                ptrdiff_t inputs, ptrdiff_t outputs, float *dw) {
  ptrdiff_t at = 0;
  for (ptrdiff_t row = 0; row < batch; row++, dy += outputs) {
    for (; at < set.ends[row]; at++) {
      float *to = dw + set.places[at] * outputs;
      *to = __builtin_fmaf(set.values[at], *dy, *to);
    }
    dw[inputs * outputs] += *dy;
  }
}

static void weight_gradient_set(struct rlhs_set_inputs set, const float *dy, ptrdiff_t batch,
                                ptrdiff_t inputs, ptrdiff_t outputs, int accumulate,
                                float *scratch, float *dw) {
  unpack(dy, outputs, batch, outputs, scratch);
  if (!accumulate) memset(dw, 0, sizeof(float) * (size_t)((inputs + 1) * outputs));
  ptrdiff_t j = 0;
#define VECTORS(n)                                                                      \
  for (; j + n * lanes <= outputs; j += n * lanes) {                                    \
    set_gradient_vectors(n, set, scratch + j, batch, inputs, outputs, dw + j);          \
  }
  VECTORS(8) VECTORS(4) VECTORS(2) VECTORS(1)
#undef VECTORS
  for (; j < outputs; j++) {
    set_gradient_scalar(set, scratch + j, batch, inputs, outputs, dw + j);
  }
}
