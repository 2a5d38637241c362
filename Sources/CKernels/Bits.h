// Observations of zeros and ones as bits, 32 a word, the first in the lowest: as a buffer keeps them.

// 32 numbers; what is neither 0 nor 1 shows in `others`.
INLINE uint32_t packed_bits(const float *x, ivec *others) {
  const ivec one = (ivec)broadcast(1);
  uint32_t found = 0;
  UNROLL for (int v = 0; v < 32 / lanes; v++) {
    ivec pattern = (ivec)load(x + v * lanes);
    ivec is_one = pattern == one;
    *others |= ~(is_one | (pattern == 0));
    found |= set_lanes(is_one) << v * lanes;
  }
  return found;
}

// Gives whether all numbers are 0 or 1; else the bits mean nothing.
static int pack_bits(const float *x, ptrdiff_t count, uint32_t *bits) {
  ivec others = 0;
  ptrdiff_t whole = count / 32;
  for (ptrdiff_t i = 0; i < whole; i++) bits[i] = packed_bits(x + 32 * i, &others);
  if (count % 32) {
    float rest[32] = {0};
    memcpy(rest, x + 32 * whole, sizeof(float) * (size_t)(count % 32));
    bits[whole] = packed_bits(rest, &others);
  }
  return or_lanes(others) == 0;
}

static void unpack_bits(const uint32_t *bits, ptrdiff_t count, float *x) {
  for (; count >= 32; count -= 32, x += 32, bits++) {
    ivec word = (ivec)(int32_t)*bits;
    UNROLL for (int v = 0; v < 32 / lanes; v++) {
      ivec is_set = (word & lane_bits(v)) != 0;
      store(x + v * lanes, (vec)(is_set & (ivec)broadcast(1)));
    }
  }
  for (ptrdiff_t i = 0; i < count; i++) x[i] = (float)(int32_t)(*bits >> i & 1);
}
