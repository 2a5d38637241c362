#include "CKernels.h"

#include <stdatomic.h>

extern const struct rlhs_kernels rlhs_kernels_plain;
#if defined(__x86_64__)
extern const struct rlhs_kernels rlhs_kernels_avx2, rlhs_kernels_avx512;
#endif

static _Atomic(const struct rlhs_kernels *) in_use;

// The compiler's question about the processor asks the operating system too, which has to save the
// wide registers.
const struct rlhs_kernels *rlhs_kernels_at(enum rlhs_level level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (level == rlhs_level_avx2) return has_avx2 ? &rlhs_kernels_avx2 : NULL;
  if (level == rlhs_level_avx512) {
    int has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    return has_avx2 && has_avx512 ? &rlhs_kernels_avx512 : NULL;
  }
#endif
  return level == rlhs_level_plain ? &rlhs_kernels_plain : NULL;
}

const struct rlhs_kernels *rlhs_kernels_in_use(void) {
  const struct rlhs_kernels *kernels = atomic_load_explicit(&in_use, memory_order_relaxed);
  if (kernels) return kernels;
  // Threads that come here at once all find the same answer.
  for (int level = rlhs_level_avx512; !kernels; level--) {
    kernels = rlhs_kernels_at((enum rlhs_level)level);
  }
  atomic_store_explicit(&in_use, kernels, memory_order_relaxed);
  return kernels;
}

enum rlhs_level rlhs_level_in_use(void) { return rlhs_kernels_in_use()->level; }

int rlhs_set_level(enum rlhs_level level) {
  const struct rlhs_kernels *kernels = rlhs_kernels_at(level);
  if (!kernels) return 0;
  atomic_store_explicit(&in_use, kernels, memory_order_relaxed);
  return 1;
}
