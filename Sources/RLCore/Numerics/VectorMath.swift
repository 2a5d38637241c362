import CKernels

/// Functions of whole vectors with the same bits on every machine; nan stays nan.
public enum VectorMath {
  /// e to each element, within 1.1 units in the last place; infinite above 88.72.
  public static func exp(_ values: inout [Float]) {
    apply(rlhs_kernels_in_use().pointee.exp, to: &values)
  }

  /// Natural logarithm of each element, within 1.1 units in the last place: of zero minus infinity,
  /// below zero nan.
  public static func log(_ values: inout [Float]) {
    apply(rlhs_kernels_in_use().pointee.log, to: &values)
  }

  /// Hyperbolic tangent of each element, within 2.5 units in the last place.
  public static func tanh(_ values: inout [Float]) {
    apply(rlhs_kernels_in_use().pointee.tanh, to: &values)
  }

  /// Sum of all elements, over a fixed tree.
  public static func sum(_ values: [Float]) -> Float {
    values.withUnsafeBufferPointer { rlhs_kernels_in_use().pointee.sum($0.baseAddress, $0.count) }
  }

  /// Length of the vector: the root of the sum of squares, over a fixed tree.
  public static func norm(_ values: [Float]) -> Float {
    values.withUnsafeBufferPointer {
      rlhs_kernels_in_use().pointee.sum_of_squares($0.baseAddress, $0.count).squareRoot()
    }
  }

  /// Which build of the kernels runs on this processor, to be recorded with a run: `avx512`, `avx2`
  /// or `plain`, each slower than the one before and with the same bits.
  public static var level: String {
    switch rlhs_level_in_use() {
    case rlhs_level_avx512: "avx512"
    case rlhs_level_avx2: "avx2"
    default: "plain"
    }
  }

  private static func apply(
    _ kernel: @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void,
    to values: inout [Float]
  ) {
    values.withUnsafeMutableBufferPointer { kernel($0.baseAddress, $0.baseAddress, $0.count) }
  }
}
