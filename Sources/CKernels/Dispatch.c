#include "CKernels.h"

#include <stdatomic.h>

extern const struct rlhs_kernels rlhs_kernels_plain;
#if defined(__x86_64__)
extern const struct rlhs_kernels rlhs_kernels_avx2;
#endif

static _Atomic(const struct rlhs_kernels *) in_use;

const struct rlhs_kernels *rlhs_kernels_at(enum rlhs_level level) {
#if defined(__x86_64__)
  if (level == rlhs_level_avx2) {
    __builtin_cpu_init();
    int supported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return supported ? &rlhs_kernels_avx2 : NULL;
  }
#endif
  return level == rlhs_level_plain ? &rlhs_kernels_plain : NULL;
}

const struct rlhs_kernels *rlhs_kernels_in_use(void) {
  const struct rlhs_kernels *kernels = atomic_load_explicit(&in_use, memory_order_relaxed);
  if (kernels) return kernels;
  // Threads that come here at once all find the same answer.
  kernels = rlhs_kernels_at(rlhs_level_avx2);
  if (!kernels) kernels = &rlhs_kernels_plain;
  atomic_store_explicit(&in_use, kernels, memory_order_relaxed);
  return kernels;
}

enum rlhs_level rlhs_level_in_use(void) {
  return rlhs_kernels_in_use() == &rlhs_kernels_plain ? rlhs_level_plain : rlhs_level_avx2;
}

int rlhs_set_level(enum rlhs_level level) {
  const struct rlhs_kernels *kernels = rlhs_kernels_at(level);
  if (!kernels) return 0;
  atomic_store_explicit(&in_use, kernels, memory_order_relaxed);
  return 1;
}
