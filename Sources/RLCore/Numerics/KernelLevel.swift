import CKernels

/// The level of the processor's vector units that the kernels use. Results do not depend on it.
public enum KernelLevel: String, Sendable {
  /// Any processor.
  case plain
  /// AVX2 and FMA.
  case avx2

  /// The one in use.
  public static var current: KernelLevel {
    rlhs_level_in_use() == rlhs_level_avx2 ? .avx2 : .plain
  }
}
