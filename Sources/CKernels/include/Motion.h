// The equations of motion of the classic control tasks, each written once: Swift calls them for one
// environment, the kernels of `Stepping.h` for many, and the bits are the same.
//
// There is neither a branch nor a call of the C library in them, so a loop over them becomes vector
// code, and nothing depends on whose library it is. Constants and units are explained where the
// environments are declared.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// A compiler that fuses a * b + c does so only where the processor can.
#pragma STDC FP_CONTRACT OFF

#define RLHS_INLINE static inline __attribute__((always_inline))

RLHS_INLINE double rlhs_clamped(double x, double low, double high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

struct rlhs_rotation {
  double sine, cosine;
};

// Sine and cosine within two units in the last place for angles up to 1.6 million. From there on
// they are as exact as the angle itself, from 2^51 on some numbers within ±1.
RLHS_INLINE struct rlhs_rotation rlhs_rotation(double angle) {
  // The whole number of quarter turns: adding 1.5 * 2^52 leaves it in the low bits.
  double shifted = angle * 0x1.45f306dc9c883p-1 + 0x1.8p52;
  double quarters = shifted - 0x1.8p52;
  uint64_t quadrant;
  memcpy(&quadrant, &shifted, sizeof quadrant);
  // A quarter turn in three parts of 33 bits, whose products with it are exact up to 2^20.
  double r = angle - quarters * 0x1.921fb54400000p+0;
  r = r - quarters * 0x1.0b4611a600000p-34;
  r = r - quarters * 0x1.3198a2e000000p-69;
  r = rlhs_clamped(r, -1, 1);

  // Interpolated at Chebyshev's points of the square over an eighth of a turn. Halves of the
  // polynomials are worked out side by side, which takes less time than one after the other.
  double z = r * r, z2 = z * z;
  double sine_low = -0x1.5555555555555p-3 + z * 0x1.1111111110b6cp-7;
  double sine_middle = -0x1.a01a019e73325p-13 + z * 0x1.71de3781495ffp-19;
  double sine_high = -0x1.ae5ff4f957b14p-26 + z * 0x1.5e0333e3ccba1p-33;
  double s = r + r * z * (sine_low + z2 * (sine_middle + z2 * sine_high));
  double cosine_low = 0x1.5555555555555p-5 + z * -0x1.6c16c16c16944p-10;
  double cosine_middle = 0x1.a01a019f4671dp-16 + z * -0x1.27e4fa0d3726cp-22;
  double cosine_high = 0x1.1eeb5de1e2b95p-29 + z * -0x1.9075bb669682cp-37;
  double c = 1 - (0.5 * z - z2 * (cosine_low + z2 * (cosine_middle + z2 * cosine_high)));

  // In odd quadrants they change places; the second bit of the quadrant, or of the next one, is the
  // sign.
  uint64_t s_bits, c_bits, swap = -(quadrant & 1);
  memcpy(&s_bits, &s, sizeof s_bits);
  memcpy(&c_bits, &c, sizeof c_bits);
  uint64_t sine_bits = ((s_bits & ~swap) | (c_bits & swap)) ^ ((quadrant & 2) << 62);
  uint64_t cosine_bits = ((c_bits & ~swap) | (s_bits & swap)) ^ (((quadrant + 1) & 2) << 62);
  struct rlhs_rotation rotation;
  memcpy(&rotation.sine, &sine_bits, sizeof sine_bits);
  memcpy(&rotation.cosine, &cosine_bits, sizeof cosine_bits);
  return rotation;
}

// The same angle within ±π; at the seam either end.
RLHS_INLINE double rlhs_wrapped_angle(double angle) {
  double turns = (angle * 0x1.45f306dc9c883p-3 + 0x1.8p52) - 0x1.8p52;
  return angle - turns * 0x1.921fb54442d18p+2;
}

struct rlhs_outcome {
  double reward;
  bool terminated;
};

// CartPole

struct rlhs_cart_pole {
  double gravity;
  double pole_share;        // the pole's mass of both masses
  double pole_moment_share; // the pole's mass times `length`, of both masses
  double force_share;       // what a push accelerates both masses by
  double length;            // half the pole's
  double time_step;
  double position_threshold, angle_threshold;
  double semi_implicit;     // 1: positions move with the new velocities; 0: with the old
};

struct rlhs_cart_pole_state {
  double position, velocity, angle, angular_velocity;
};

RLHS_INLINE struct rlhs_outcome rlhs_cart_pole_step(
    struct rlhs_cart_pole task, struct rlhs_cart_pole_state *state, int32_t action) {
  struct rlhs_rotation pole = rlhs_rotation(state->angle);
  double omega = state->angular_velocity;
  double force = action == 1 ? task.force_share : -task.force_share;
  double push = force + task.pole_moment_share * (omega * omega) * pole.sine;
  double angular_acceleration =
      (task.gravity * pole.sine - pole.cosine * push) /
      (task.length * (4.0 / 3.0 - task.pole_share * (pole.cosine * pole.cosine)));
  double acceleration = push - task.pole_moment_share * angular_acceleration * pole.cosine;

  double velocity = state->velocity + task.time_step * acceleration;
  double angular_velocity = omega + task.time_step * angular_acceleration;
  bool takes_new = task.semi_implicit != 0;
  state->position += task.time_step * (takes_new ? velocity : state->velocity);
  state->angle += task.time_step * (takes_new ? angular_velocity : omega);
  state->velocity = velocity;
  state->angular_velocity = angular_velocity;
  bool is_out = (state->position < -task.position_threshold) |
                (state->position > task.position_threshold) |
                (state->angle < -task.angle_threshold) | (state->angle > task.angle_threshold);
  return (struct rlhs_outcome){1, is_out};
}

// MountainCar, with three forces and with any

struct rlhs_mountain_car {
  double power;             // acceleration at force 1
  double gravity;
  double goal_position, goal_velocity;
};

struct rlhs_mountain_car_state {
  double position, velocity;
};

// `force` is within ±1. Gives whether the goal is reached.
RLHS_INLINE bool rlhs_mountain_car_move(
    struct rlhs_mountain_car task, struct rlhs_mountain_car_state *state, double force) {
  double slope = rlhs_rotation(3 * state->position).cosine;
  double velocity = state->velocity + (force * task.power - task.gravity * slope);
  velocity = rlhs_clamped(velocity, -0.07, 0.07);
  double position = rlhs_clamped(state->position + velocity, -1.2, 0.6);
  // The left wall takes all speed.
  velocity = ((position == -1.2) & (velocity < 0)) ? 0 : velocity;
  state->position = position;
  state->velocity = velocity;
  return (position >= task.goal_position) & (velocity >= task.goal_velocity);
}

RLHS_INLINE struct rlhs_outcome rlhs_mountain_car_step(
    struct rlhs_mountain_car task, struct rlhs_mountain_car_state *state, int32_t action) {
  return (struct rlhs_outcome){-1, rlhs_mountain_car_move(task, state, (double)(action - 1))};
}

RLHS_INLINE struct rlhs_outcome rlhs_mountain_car_continuous_step(
    struct rlhs_mountain_car task, struct rlhs_mountain_car_state *state, double action) {
  bool is_at_goal = rlhs_mountain_car_move(task, state, rlhs_clamped(action, -1, 1));
  return (struct rlhs_outcome){(is_at_goal ? 100.0 : 0.0) - 0.1 * action * action, is_at_goal};
}

// Pendulum

struct rlhs_pendulum {
  double gravity_term;      // angular acceleration by gravity, at the horizontal
  double torque_term;       // angular acceleration by a torque of 1
  double time_step, max_torque, max_speed;
};

struct rlhs_pendulum_state {
  double angle, velocity;
};

RLHS_INLINE struct rlhs_outcome rlhs_pendulum_step(
    struct rlhs_pendulum task, struct rlhs_pendulum_state *state, double action) {
  double torque = rlhs_clamped(action, -task.max_torque, task.max_torque);
  double upright = rlhs_wrapped_angle(state->angle);
  double cost = upright * upright + 0.1 * state->velocity * state->velocity +
                0.001 * torque * torque;
  double acceleration =
      task.gravity_term * rlhs_rotation(state->angle).sine + task.torque_term * torque;
  state->velocity = rlhs_clamped(
      state->velocity + acceleration * task.time_step, -task.max_speed, task.max_speed);
  state->angle += state->velocity * task.time_step;
  return (struct rlhs_outcome){-cost, false};
}

// Acrobot

struct rlhs_acrobot {
  double length_1, mass_1, mass_2;
  double center_1, center_2;  // where the links have their centres of mass
  double inertia;
  double centripetal;         // 1; 0 for the equations of the NIPS paper, which lack that term
};

// Or how fast each of them changes.
struct rlhs_acrobot_state {
  double angle_1, angle_2, velocity_1, velocity_2;
};

// The equations of Sutton and Barto's book. The angles' sines stand for the book's cosines of angles
// less a quarter turn.
RLHS_INLINE struct rlhs_acrobot_state rlhs_acrobot_rate(
    struct rlhs_acrobot task, struct rlhs_acrobot_state at, double torque) {
  const double gravity = 9.8;
  struct rlhs_rotation second = rlhs_rotation(at.angle_2);
  double omega_1 = at.velocity_1, omega_2 = at.velocity_2;
  double reach = task.length_1 * task.center_2;
  double coupling = task.mass_2 * reach * second.sine;
  double d1 = task.mass_1 * task.center_1 * task.center_1 +
              task.mass_2 * (task.length_1 * task.length_1 + task.center_2 * task.center_2 +
                             2 * reach * second.cosine) +
              2 * task.inertia;
  double d2 = task.mass_2 * (task.center_2 * task.center_2 + reach * second.cosine) + task.inertia;
  double phi2 =
      task.mass_2 * task.center_2 * gravity * rlhs_rotation(at.angle_1 + at.angle_2).sine;
  double phi1 = -coupling * omega_2 * omega_2 - 2 * coupling * omega_2 * omega_1 +
                (task.mass_1 * task.center_1 + task.mass_2 * task.length_1) * gravity *
                    rlhs_rotation(at.angle_1).sine +
                phi2;
  double ratio = d2 / d1;
  double acceleration_2 =
      (torque + ratio * phi1 - task.centripetal * coupling * omega_1 * omega_1 - phi2) /
      (task.mass_2 * task.center_2 * task.center_2 + task.inertia - d2 * ratio);
  double acceleration_1 = -(d2 * acceleration_2 + phi1) / d1;
  return (struct rlhs_acrobot_state){omega_1, omega_2, acceleration_1, acceleration_2};
}

RLHS_INLINE struct rlhs_acrobot_state rlhs_acrobot_moved(
    struct rlhs_acrobot_state from, struct rlhs_acrobot_state rate, double time) {
  from.angle_1 += time * rate.angle_1;
  from.angle_2 += time * rate.angle_2;
  from.velocity_1 += time * rate.velocity_1;
  from.velocity_2 += time * rate.velocity_2;
  return from;
}

// One step of the classical Runge-Kutta method, of 0.2 s.
RLHS_INLINE struct rlhs_outcome rlhs_acrobot_step(
    struct rlhs_acrobot task, struct rlhs_acrobot_state *state, double torque) {
  const double h = 0.2, max_velocity_1 = 0x1.921fb54442d18p+3, max_velocity_2 = 0x1.c463abeccb2bbp+4;
  struct rlhs_acrobot_state at = *state;
  struct rlhs_acrobot_state k1 = rlhs_acrobot_rate(task, at, torque);
  struct rlhs_acrobot_state k2 =
      rlhs_acrobot_rate(task, rlhs_acrobot_moved(at, k1, h / 2), torque);
  struct rlhs_acrobot_state k3 =
      rlhs_acrobot_rate(task, rlhs_acrobot_moved(at, k2, h / 2), torque);
  struct rlhs_acrobot_state k4 = rlhs_acrobot_rate(task, rlhs_acrobot_moved(at, k3, h), torque);
  at = rlhs_acrobot_moved(at, k1, h / 6);
  at = rlhs_acrobot_moved(at, k2, h / 3);
  at = rlhs_acrobot_moved(at, k3, h / 3);
  at = rlhs_acrobot_moved(at, k4, h / 6);
  at.angle_1 = rlhs_wrapped_angle(at.angle_1);
  at.angle_2 = rlhs_wrapped_angle(at.angle_2);
  at.velocity_1 = rlhs_clamped(at.velocity_1, -max_velocity_1, max_velocity_1);
  at.velocity_2 = rlhs_clamped(at.velocity_2, -max_velocity_2, max_velocity_2);
  *state = at;
  double height =
      -rlhs_rotation(at.angle_1).cosine - rlhs_rotation(at.angle_1 + at.angle_2).cosine;
  bool is_above = height > 1;
  return (struct rlhs_outcome){is_above ? 0.0 : -1.0, is_above};
}
