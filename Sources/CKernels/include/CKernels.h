// The numeric loops that need the processor's vector units.
//
// One implementation is compiled for AVX-512, for AVX2 with FMA, and for any processor. All give
// the same bits: every element of a product is one chain of fused multiply-adds over the summed
// index, in order, and sums run over a fixed tree of lanes.
//
// Batches are held in panels of 16 rows, feature by feature: feature f of row r lies at
// panels[((r / 16) * stride + f) * 16 + r % 16]. Vectors then run over the rows of a batch, so
// layers of any width, however narrow, use whole vectors, and no product needs a transposed weight.
// An activation's panel has one feature more, a row of ones (stride = features + 1): the bias of a
// layer is the last row of its weights, [inputs + 1][outputs] in row-major order.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "Motion.h"

enum { rlhs_panel = 16 };

enum rlhs_activation { rlhs_linear = 0, rlhs_relu = 1, rlhs_tanh = 2 };

// How the kernels were compiled; a higher one is faster.
enum rlhs_level { rlhs_level_plain = 0, rlhs_level_avx2 = 1, rlhs_level_avx512 = 2 };

// What one step of Adam needs, worked out from its settings and the number of steps taken.
struct rlhs_adam {
  float gradient_scale;      // what clipping multiplies the gradient by
  float beta1, beta2;        // decay of the two moments
  float complement1;         // 1 - beta1
  float complement2;         // 1 - beta2
  float step_size;           // learning rate / (1 - beta1^t)
  float second_correction;   // 1 / sqrt(1 - beta2^t)
  float epsilon;
};

// What is not zero in a batch of rows, up to `limit` numbers: those of row r are `values` at the
// inputs `places`, from ends[r - 1] up to ends[r].
struct rlhs_set_inputs {
  int32_t *ends, *places;
  float *values;
  ptrdiff_t limit;
};

// Filters of `kernel` times `kernel` cells over images [height][width][channels], moved by one cell
// and never over the edge: results are [height - kernel + 1][width - kernel + 1][filters]. Weights are
// [kernel][kernel][channels][filters] and a bias for each filter.
struct rlhs_convolution {
  ptrdiff_t height, width, channels, filters, kernel;
};

// Which elements are set to zero while training: those whose hash with `key` is below `threshold` of
// 2^24; the others are multiplied by `scale`. A threshold of 0 leaves all as they are.
struct rlhs_dropout {
  uint32_t key, threshold;
  float scale;
};

// A layer norm, or without `is_centred` a norm by the root of the mean square.
struct rlhs_norm {
  ptrdiff_t width;
  const float *gain, *bias;
  float epsilon;
  int is_centred;
};

// What stands between the two layers of a feed-forward block.
enum rlhs_feed { rlhs_gelu = 0, rlhs_gate = 1 };

// The attention of one sequence of `panels` panels, which are the batch's from `first_panel` on.
struct rlhs_attention {
  ptrdiff_t heads, key_value_heads, head_width, panels, first_panel;
  float scale;
  struct rlhs_dropout dropout;
};

struct rlhs_kernels {
  enum rlhs_level level;

  // rows[batch][features] into panels of stride `features` (+ 1 and ones, with `ones`). Rows that
  // fill up the last panel are zero.
  void (*pack)(const float *rows, ptrdiff_t batch, ptrdiff_t features, int ones, float *panels);
  // Back from panels of that stride to rows.
  void (*unpack)(const float *panels, ptrdiff_t stride, ptrdiff_t batch, ptrdiff_t features,
                 float *rows);

  // y = activation(x w + bias), from and to panels with ones.
  void (*forward)(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                  const float *weights, enum rlhs_activation activation, float *y);
  // The same for a few rows in row-major order.
  void (*forward_rows)(const float *x, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                       const float *weights, enum rlhs_activation activation, float *y);
  // dx = dy w^T, times the derivative of the activation that made x. dy and dx are panels without
  // ones.
  void (*input_gradient)(const float *dy, ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t outputs,
                         const float *weights, enum rlhs_activation activation, const float *x,
                         float *dx);
  // dw = x^T dy, the bias's row included; added to what is there with `accumulate`. `scratch` takes
  // as many floats as dy rounded up to 16 outputs.
  void (*weight_gradient)(const float *x, const float *dy, ptrdiff_t batch, ptrdiff_t inputs,
                          ptrdiff_t outputs, int accumulate, float *scratch, float *dw);

  // A first layer whose inputs are mostly zero, with the bits of `forward` and `weight_gradient`:
  // `gather` finds what is not zero in rows, and gives 0 where that is too much. `scratch` takes 16
  // rows of outputs, for the gradient as many rows as the batch.
  int (*gather)(const float *rows, ptrdiff_t batch, ptrdiff_t inputs, struct rlhs_set_inputs set);
  void (*forward_set)(struct rlhs_set_inputs set, ptrdiff_t batch, ptrdiff_t inputs,
                      ptrdiff_t outputs, const float *weights, enum rlhs_activation activation,
                      float *scratch, float *y);
  void (*weight_gradient_set)(struct rlhs_set_inputs set, const float *dy, ptrdiff_t batch,
                              ptrdiff_t inputs, ptrdiff_t outputs, int accumulate, float *scratch,
                              float *dw);

  // Numbers as bits, 32 a word, and back. The first gives 0 where one is neither 0 nor 1.
  int (*pack_bits)(const float *x, ptrdiff_t count, uint32_t *bits);
  void (*unpack_bits)(const uint32_t *bits, ptrdiff_t count, float *x);

  // y = activation(x * w + bias) for images, from and to panels with ones.
  void (*convolve)(struct rlhs_convolution shape, const float *x, ptrdiff_t batch,
                   const float *weights, enum rlhs_activation activation, float *y);
  // The same for a few images in row-major order.
  void (*convolve_rows)(struct rlhs_convolution shape, const float *x, ptrdiff_t batch,
                        const float *weights, enum rlhs_activation activation, float *y);
  // The gradient by its weights; dy are panels without ones. `scratch` takes as many floats as one
  // window's dy rounded up to 16 filters.
  void (*convolution_gradient)(struct rlhs_convolution shape, const float *x, const float *dy,
                               ptrdiff_t batch, int accumulate, float *scratch, float *dw);

  // Element by element; x and y may be the same.
  void (*exp)(const float *x, float *y, ptrdiff_t count);
  void (*log)(const float *x, float *y, ptrdiff_t count);
  void (*tanh)(const float *x, float *y, ptrdiff_t count);

  float (*sum)(const float *x, ptrdiff_t count);
  float (*sum_of_squares)(const float *x, ptrdiff_t count);
  void (*adam)(struct rlhs_adam step, ptrdiff_t count, const float *gradient, float *weights,
               float *first_moment, float *second_moment);

  // The parts of a transformer between its matrix products; panels of tokens, each sequence from a
  // panel's start on. Strides and shapes stand with the functions, in Transformer.h and Attention.h.
  void (*embed)(const int32_t *tokens, ptrdiff_t panels, ptrdiff_t width, const float *embedding,
                const float *positions, ptrdiff_t context, struct rlhs_dropout dropout,
                ptrdiff_t first_panel, float *x);
  void (*embed_gradient)(const int32_t *tokens, ptrdiff_t panels, ptrdiff_t panels_each,
                         ptrdiff_t width, ptrdiff_t context, const float *dx, float *dembedding,
                         float *dpositions);
  void (*add_branch)(const float *x, const float *branch, ptrdiff_t branch_stride,
                     ptrdiff_t panels, ptrdiff_t width, struct rlhs_dropout dropout,
                     ptrdiff_t first_panel, float *y);
  void (*norm)(struct rlhs_norm norm, const float *x, ptrdiff_t panels, float *statistics,
               ptrdiff_t y_stride, float *y);
  void (*norm_row)(struct rlhs_norm norm, const float *x, float *y);
  void (*norm_gradient)(struct rlhs_norm norm, const float *x, ptrdiff_t panels,
                        const float *statistics, const float *dy, ptrdiff_t dy_stride, float *dx,
                        float *dnorm);
  void (*feed)(enum rlhs_feed kind, const float *x, ptrdiff_t panels, ptrdiff_t width, float *y);
  void (*feed_gradient)(enum rlhs_feed kind, const float *x, ptrdiff_t panels, ptrdiff_t width,
                        const float *dy, float *dx);
  void (*gelu)(const float *x, float *y, ptrdiff_t count);
  void (*gate)(const float *gate, const float *up, ptrdiff_t count, float *y);
  void (*rotate)(float *x, ptrdiff_t stride, ptrdiff_t panels, ptrdiff_t heads, ptrdiff_t width,
                 const float *table, float sign);
  void (*rotate_row)(float *x, ptrdiff_t position, ptrdiff_t heads, ptrdiff_t width,
                     const float *table);
  // `scratch` takes 256 floats for each panel, twice that for the gradient; `statistics` 32 for each
  // panel and head.
  void (*attention)(const struct rlhs_attention *a, const float *qkv, float *scratch,
                    float *statistics, float *y);
  void (*attention_gradient)(const struct rlhs_attention *a, const float *qkv,
                             const float *statistics, const float *y, const float *dy,
                             float *scratch, float *dqkv);
  void (*attention_row)(const struct rlhs_attention *a, const float *q, ptrdiff_t position,
                        const float *keys, const float *values, ptrdiff_t context, float *scratch,
                        float *y);
  void (*log_probability)(const float *logits, ptrdiff_t panels, ptrdiff_t vocabulary, float scale,
                          const int32_t *targets, float *normalizers, float *log_probabilities,
                          float *entropies);
  void (*log_probability_gradient)(const float *logits, ptrdiff_t panels, ptrdiff_t vocabulary,
                                   float scale, const int32_t *targets, const float *normalizers,
                                   const float *entropies, const float *dlog_probabilities,
                                   const float *dentropies, float *dlogits);

  // `rounds` times 80 independent fused multiply-adds in registers; returns their number of
  // floating-point operations. Measures the processor's peak.
  double (*peak)(ptrdiff_t rounds);

  // Steps `count` copies of an environment: number k of copy i's state at states[k * count + i].
  void (*step_cart_pole)(struct rlhs_cart_pole task, ptrdiff_t count, const int32_t *actions,
                         double *states, double *rewards, bool *terminated);
  void (*step_mountain_car)(struct rlhs_mountain_car task, ptrdiff_t count, const int32_t *actions,
                            double *states, double *rewards, bool *terminated);
  void (*step_mountain_car_continuous)(struct rlhs_mountain_car task, ptrdiff_t count,
                                       const double *actions, double *states, double *rewards,
                                       bool *terminated);
  void (*step_pendulum)(struct rlhs_pendulum task, ptrdiff_t count, const double *actions,
                        double *states, double *rewards, bool *terminated);
  void (*step_acrobot)(struct rlhs_acrobot task, ptrdiff_t count, const int32_t *actions,
                       double *states, double *rewards, bool *terminated);

  // What is seen of such states, a copy a row: the two or four numbers themselves, or rotations.
  void (*observe_two)(ptrdiff_t count, const double *states, float *observations);
  void (*observe_four)(ptrdiff_t count, const double *states, float *observations);
  void (*observe_pendulum)(ptrdiff_t count, const double *states, float *observations);
  void (*observe_acrobot)(ptrdiff_t count, const double *states, float *observations);

  // One draw from each of `count` streams of xoshiro256++, word w of stream i at
  // words[w * count + i]: integers from 0 below `bound`, or reals from `low` to `high`, `stride`
  // apart.
  void (*draw_choices)(ptrdiff_t count, uint64_t *words, int32_t bound, int32_t *choices);
  void (*draw_uniforms)(ptrdiff_t count, uint64_t *words, double low, double high,
                        ptrdiff_t stride, double *values);

  // Gaussian processes, in double precision. sum += scales x matrix[rows][columns], the rows of the
  // matrix `stride` apart and the scales `scale_stride`.
  void (*add_rows)(ptrdiff_t columns, ptrdiff_t rows, const double *scales, ptrdiff_t scale_stride,
                   const double *matrix, ptrdiff_t stride, double *sum);
  double (*dot)(ptrdiff_t count, const double *a, const double *b);
  // sums[i] += weight (values[i] - x)^2
  void (*add_squared_distances)(ptrdiff_t count, double weight, double x, const double *values,
                                double *sums);
  // From q^2 the covariance scale (1 + q + q^2 / 3) e^-q, in its place, and its slope along q^2 times
  // 10: -5/3 scale (1 + q) e^-q.
  void (*matern)(ptrdiff_t count, double scale, double *covariances, double *slopes);
};

// The kernels of a level, or null where the processor or the build has no such level.
const struct rlhs_kernels *rlhs_kernels_at(enum rlhs_level level);

// The kernels in use: the best level the processor has, unless another was set.
const struct rlhs_kernels *rlhs_kernels_in_use(void);

enum rlhs_level rlhs_level_in_use(void);

// Forces a level, for tests and comparisons. Returns 0 and changes nothing where it is missing.
int rlhs_set_level(enum rlhs_level level);

// Folds `count` blocks of 64 bytes into the 8 words of a SHA-256 state, given its 64 constants. Returns
// 0 and changes nothing where the processor has no instructions for it.
int rlhs_sha256(
    uint32_t *state, const uint8_t *blocks, ptrdiff_t count, const uint32_t *constants);

// Asks for the cache line of `address`, without waiting for it.
static inline void rlhs_prefetch(const void *address) { __builtin_prefetch(address); }
