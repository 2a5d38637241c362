// Many copies of an environment stepped side by side, and draws from many random streams. The loops
// hold no branch, so the compiler turns them into code for the level's vectors.
//
// The numbers of all copies lie one after the other: number k of copy i at states[k * count + i].
// So do the four words of the streams.

// Different numbers never share memory, which the compiler cannot know of parts of one array.
#define SIDE_BY_SIDE _Pragma("clang loop vectorize(assume_safety)")

// Kernels that step tasks whose states are two or four numbers of these names; ACTION is what copy i
// does, as its equations take it.
#define STEP_TWO(NAME, TASK, TYPE, ACTION, a, b)                                               \
  static void step_##NAME(struct rlhs_##TASK task, ptrdiff_t count, const TYPE *actions,       \
                          double *states, double *rewards, bool *terminated) {                 \
    SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {                                       \
      struct rlhs_##TASK##_state state = {states[i], states[count + i]};                       \
      struct rlhs_outcome outcome = rlhs_##NAME##_step(task, &state, ACTION);                  \
      states[i] = state.a;                                                                     \
      states[count + i] = state.b;                                                             \
      rewards[i] = outcome.reward;                                                             \
      terminated[i] = outcome.terminated;                                                      \
    }                                                                                          \
  }
#define STEP_FOUR(NAME, TASK, TYPE, ACTION, a, b, c, d)                                        \
  static void step_##NAME(struct rlhs_##TASK task, ptrdiff_t count, const TYPE *actions,       \
                          double *states, double *rewards, bool *terminated) {                 \
    double *as = states, *bs = states + count, *cs = states + 2 * count, *ds = states + 3 * count; \
    SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {                                       \
      struct rlhs_##TASK##_state state = {as[i], bs[i], cs[i], ds[i]};                         \
      struct rlhs_outcome outcome = rlhs_##NAME##_step(task, &state, ACTION);                  \
      as[i] = state.a;                                                                         \
      bs[i] = state.b;                                                                         \
      cs[i] = state.c;                                                                         \
      ds[i] = state.d;                                                                         \
      rewards[i] = outcome.reward;                                                             \
      terminated[i] = outcome.terminated;                                                      \
    }                                                                                          \
  }

STEP_FOUR(cart_pole, cart_pole, int32_t, actions[i], position, velocity, angle, angular_velocity)
STEP_TWO(mountain_car, mountain_car, int32_t, actions[i], position, velocity)
STEP_TWO(mountain_car_continuous, mountain_car, double, actions[i], position, velocity)
STEP_TWO(pendulum, pendulum, double, actions[i], angle, velocity)
STEP_FOUR(acrobot, acrobot, int32_t, (double)(actions[i] - 1), angle_1, angle_2, velocity_1,
          velocity_2)

static void observe_two(ptrdiff_t count, const double *states, float *observations) {
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    observations[2 * i] = (float)states[i];
    observations[2 * i + 1] = (float)states[count + i];
  }
}

static void observe_four(ptrdiff_t count, const double *states, float *observations) {
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    observations[4 * i] = (float)states[i];
    observations[4 * i + 1] = (float)states[count + i];
    observations[4 * i + 2] = (float)states[2 * count + i];
    observations[4 * i + 3] = (float)states[3 * count + i];
  }
}

static void observe_pendulum(ptrdiff_t count, const double *states, float *observations) {
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    struct rlhs_rotation arm = rlhs_rotation(states[i]);
    observations[3 * i] = (float)arm.cosine;
    observations[3 * i + 1] = (float)arm.sine;
    observations[3 * i + 2] = (float)states[count + i];
  }
}

static void observe_acrobot(ptrdiff_t count, const double *states, float *observations) {
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    struct rlhs_rotation first = rlhs_rotation(states[i]);
    struct rlhs_rotation second = rlhs_rotation(states[count + i]);
    observations[6 * i] = (float)first.cosine;
    observations[6 * i + 1] = (float)first.sine;
    observations[6 * i + 2] = (float)second.cosine;
    observations[6 * i + 3] = (float)second.sine;
    observations[6 * i + 4] = (float)states[2 * count + i];
    observations[6 * i + 5] = (float)states[3 * count + i];
  }
}

// Moves stream i of xoshiro256++ on and gives its 64 bits.
INLINE uint64_t next_word(uint64_t *words, ptrdiff_t count, ptrdiff_t i) {
  uint64_t s0 = words[i], s1 = words[count + i];
  uint64_t s2 = words[2 * count + i], s3 = words[3 * count + i];
  uint64_t sum = s0 + s3, shifted = s1 << 17;
  s2 ^= s0;
  s3 ^= s1;
  words[count + i] = s1 ^ s2;
  words[i] = s0 ^ s3;
  words[2 * count + i] = s2 ^ shifted;
  words[3 * count + i] = (s3 << 45) | (s3 >> 19);
  return ((sum << 23) | (sum >> 41)) + s0;
}

// The upper word of the product with `bound`; -1 where the lower one says to draw again.
INLINE int32_t choice_of(uint64_t word, uint32_t bound, uint64_t threshold) {
  uint64_t low = (word & UINT32_MAX) * bound, high = (word >> 32) * bound;
  int32_t choice = (int32_t)((high + (low >> 32)) >> 32);
  return low + (high << 32) < threshold ? -1 : choice;
}

static void draw_choices(ptrdiff_t count, uint64_t *words, int32_t bound, int32_t *choices) {
  // 2^64 modulo the bound: Lemire's method.
  uint64_t threshold = (0 - (uint64_t)bound) % (uint64_t)bound;
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    choices[i] = choice_of(next_word(words, count, i), (uint32_t)bound, threshold);
  }
  if (threshold == 0) return;
  for (ptrdiff_t i = 0; i < count; i++) {
    while (choices[i] < 0) {
      choices[i] = choice_of(next_word(words, count, i), (uint32_t)bound, threshold);
    }
  }
}

static void draw_uniforms(ptrdiff_t count, uint64_t *words, double low, double high, ptrdiff_t stride,
                          double *values) {
  double width = high - low;
  SIDE_BY_SIDE for (ptrdiff_t i = 0; i < count; i++) {
    double uniform = (double)(int64_t)(next_word(words, count, i) >> 11) * 0x1p-53;
    values[i * stride] = low + width * uniform;
  }
}
