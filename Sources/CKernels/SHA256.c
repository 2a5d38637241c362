#include "CKernels.h"

// SHA-256 with the processor's own instructions, several times faster than any program: checkpoints
// of full replay buffers are hashed while someone waits.

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

static int has_sha(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & (1u << 29))) return 0;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 19)) && (c & (1u << 9));
}

__attribute__((target("sha,sse4.1,ssse3"))) static void compress(
    uint32_t *state, const uint8_t *blocks, ptrdiff_t count, const uint32_t *constants) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  // The instructions want the words as A B E F and C D G H, the highest lane first.
  __m128i dcba = _mm_loadu_si128((const __m128i *)state);
  __m128i hgfe = _mm_loadu_si128((const __m128i *)(state + 4));
  __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1);
  __m128i efgh = _mm_shuffle_epi32(hgfe, 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

  for (; count > 0; count--, blocks += 64) {
    __m128i abef_before = abef, cdgh_before = cdgh;
    // Four words of the schedule at a time; the last four groups are enough for the next.
    __m128i words[16];
    for (int group = 0; group < 16; group++) {
      if (group < 4) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(blocks + 16 * group));
        words[group] = _mm_shuffle_epi8(bytes, big_endian);
      } else {
        __m128i next = _mm_sha256msg1_epu32(words[group - 4], words[group - 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(words[group - 1], words[group - 2], 4));
        words[group] = _mm_sha256msg2_epu32(next, words[group - 1]);
      }
      __m128i constant = _mm_loadu_si128((const __m128i *)(constants + 4 * group));
      __m128i sum = _mm_add_epi32(words[group], constant);
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }
    abef = _mm_add_epi32(abef, abef_before);
    cdgh = _mm_add_epi32(cdgh, cdgh_before);
  }

  __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#endif

int rlhs_sha256(
    uint32_t *state, const uint8_t *blocks, ptrdiff_t count, const uint32_t *constants) {
#if defined(__x86_64__)
  if (has_sha()) {
    compress(state, blocks, count, constants);
    return 1;
  }
#endif
  return 0;
}
