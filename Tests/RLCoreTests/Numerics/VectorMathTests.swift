import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@testable import RLCore

@Suite struct VectorMathTests {

  @Test func `exp stays within 1.1 units in the last place`() {
    let worst = largestError(of: { $0.exp }, exact: { exp($0) }) { $0 > -87.3 && $0 < 88.7 }
    #expect(worst < 1.1)
  }

  @Test func `log stays within 1.1 units in the last place`() {
    let worst = largestError(of: { $0.log }, exact: { log($0) }) { $0 > 0 && $0.isFinite }
    #expect(worst < 1.1)
  }

  @Test func `tanh stays within 2.5 units in the last place`() {
    let worst = largestError(of: { $0.tanh }, exact: { tanh($0) }) { $0.isFinite }
    #expect(worst < 2.5)
  }

  @Test func `All levels give the same bits`() {
    let x = samples(by: 100_003) { _ in true }
    let functions: [(rlhs_kernels) -> Kernel] = [{ $0.exp }, { $0.log }, { $0.tanh }]
    for function in functions {
      let results = KernelTests.levels.map { level in
        apply(function(level), to: x).map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern }
      }
      #expect(results.allSatisfy { $0 == results[0] })
    }
  }

  @Test func `The edges of the domains give what they must`() {
    var x: [Float] = [0, -.infinity, .infinity, 1000, -1000, 88.8, .nan]
    VectorMath.exp(&x)
    #expect(x.prefix(6) == [1, 0, .infinity, .infinity, 0, .infinity] && x[6].isNaN)
    x = [0, -0.0, 1, .infinity, -1, -.infinity, .nan]
    VectorMath.log(&x)
    #expect(x.prefix(4) == [-.infinity, -.infinity, 0, .infinity])
    #expect(x.suffix(3).allSatisfy { $0.isNaN })
    x = [0, 20, -20, .infinity, -.infinity, .leastNonzeroMagnitude, .nan]
    VectorMath.tanh(&x)
    #expect(x.prefix(6) == [0, 1, -1, 1, -1, .leastNonzeroMagnitude] && x[6].isNaN)
    x = [-0.0]
    VectorMath.tanh(&x)
    #expect(x[0].sign == .minus)
  }

  @Test(arguments: [(Float(0.5), Float(0.125)), (1, 0.5), (3, 2.5), (-3, 2.5)])
  func `The smooth L1 loss has its known values`(error: Float, loss: Float) {
    #expect(SmoothL1.loss(error) == loss)
    let slope = (SmoothL1.loss(error + 0.01) - SmoothL1.loss(error - 0.01)) / 0.02
    #expect(abs(SmoothL1.derivative(error) - slope) < 0.01)
  }

  @Test func `Only the values of actions taken get a gradient`() {
    var gradient: [Float] = [9, 9, 9, 9, 9, 9]
    let loss = SmoothL1.meanLoss(
      values: [1, 2, 3, 4, 5, 6], actionCount: 3, actions: [1, 0], targets: [1.5, 7],
      gradient: &gradient)
    #expect(loss == (0.125 + 2.5) / 2)
    #expect(gradient == [0, 0.25, 0, -0.5, 0, 0])
    #expect(SmoothL1.derivative(.nan).isNaN)
  }

  @Test func `The norm is the length of the whole vector`() {
    #expect(VectorMath.norm([3, 4]) == 5)
    #expect(VectorMath.norm([]) == 0)
    #expect(VectorMath.sum([1, 2, 3.5]) == 6.5)
  }

  typealias Kernel =
    @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void

  private func apply(_ kernel: Kernel, to x: [Float]) -> [Float] {
    var y = x
    kernel(x, &y, x.count)
    return y
  }

  /// Every `step`th float of all, by its bits.
  private func samples(by step: UInt32, where admitted: (Float) -> Bool) -> [Float] {
    stride(from: UInt32(0), to: .max - step, by: Int(step)).map(Float.init(bitPattern:))
      .filter(admitted)
  }

  /// In units in the last place of the exact answer.
  private func largestError(
    of function: (rlhs_kernels) -> Kernel, exact: (Double) -> Double,
    where admitted: (Float) -> Bool
  ) -> Double {
    let x = samples(by: 4001, where: admitted)
    return zip(x, apply(function(rlhs_kernels_in_use().pointee), to: x)).reduce(0) { worst, pair in
      let expected = exact(Double(pair.0))
      return max(worst, abs(Double(pair.1) - expected) / Double(Float(expected).ulp))
    }
  }
}
