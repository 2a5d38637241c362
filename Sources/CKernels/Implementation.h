// All kernels of one level; compiled once for each.
#include "CKernels.h"

// A compiler that fuses a * b + c does so only where the processor can: the levels would differ.
#pragma STDC FP_CONTRACT OFF

#include "Vector.h"

#include "Elementwise.h"

#include "Dense.h"

#include "Rows.h"

#include "Bits.h"

#include "Gradients.h"

#include "Convolution.h"

#include "Optimizer.h"

#include "Transformer.h"

#include "Attention.h"

#include "Stepping.h"

#include "Covariance.h"

const struct rlhs_kernels RLHS_TABLE = {
    .level = RLHS_LEVEL,
    .pack = pack,
    .unpack = unpack,
    .forward = forward,
    .forward_rows = forward_rows,
    .gather = gather,
    .forward_set = forward_set,
    .weight_gradient_set = weight_gradient_set,
    .pack_bits = pack_bits,
    .unpack_bits = unpack_bits,
    .input_gradient = input_gradient,
    .weight_gradient = weight_gradient,
    .convolve = convolve,
    .convolve_rows = convolve_rows,
    .convolution_gradient = convolution_gradient,
    .exp = exp_array,
    .log = log_array,
    .tanh = tanh_array,
    .sum = sum,
    .sum_of_squares = sum_of_squares,
    .adam = adam,
    .embed = embed,
    .embed_gradient = embed_gradient,
    .add_branch = add_branch,
    .norm = norm,
    .norm_row = norm_row,
    .norm_gradient = norm_gradient,
    .feed = feed,
    .feed_gradient = feed_gradient,
    .gelu = gelu_array,
    .gate = gate_array,
    .rotate = rotate,
    .rotate_row = rotate_row,
    .attention = attention,
    .attention_gradient = attention_gradient,
    .attention_row = attention_row,
    .log_probability = log_probability,
    .log_probability_gradient = log_probability_gradient,
    .peak = peak,
    .step_cart_pole = step_cart_pole,
    .step_mountain_car = step_mountain_car,
    .step_mountain_car_continuous = step_mountain_car_continuous,
    .step_pendulum = step_pendulum,
    .step_acrobot = step_acrobot,
    .observe_two = observe_two,
    .observe_four = observe_four,
    .observe_pendulum = observe_pendulum,
    .observe_acrobot = observe_acrobot,
    .draw_choices = draw_choices,
    .draw_uniforms = draw_uniforms,
    .add_rows = add_rows,
    .dot = dot,
    .add_squared_distances = add_squared_distances,
    .matern = matern,
};
