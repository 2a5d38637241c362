import CKernels
import Testing

@testable import RLCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The kernels of Gaussian processes, at every level that this processor has.
@Suite struct CovarianceTests {
  private func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var random = RandomSource(seed: seed)
    return (0..<count).map { _ in random.normal() }
  }

  @Test(arguments: [0, 1, 5, 7, 8, 9, 15, 16, 31, 32, 40, 47, 48, 49, 63, 64, 100])
  func `rows are added up column by column, each a chain of fused multiply-adds`(columns: Int) {
    let (rows, stride, scaleStride) = (9, columns + 3, 2)
    let matrix = numbers(rows * stride, seed: 1)
    let scales = numbers(rows * scaleStride, seed: 2)
    let start = numbers(columns, seed: 3)
    var expected = start
    for column in 0..<columns {
      for row in 0..<rows {
        expected[column].addProduct(scales[row * scaleStride], matrix[row * stride + column])
      }
    }
    for kernels in KernelTests.levels {
      var sum = start
      kernels.add_rows(columns, rows, scales, scaleStride, matrix, stride, &sum)
      #expect(sum == expected)
    }
  }

  @Test(arguments: [0, 1, 7, 8, 31, 32, 33, 100])
  func `a sum of products is the same at every level, and right`(count: Int) {
    let (a, b) = (numbers(count, seed: 4), numbers(count, seed: 5))
    let sums = KernelTests.levels.map { $0.dot(count, a, b) }
    #expect(Set(sums).count == 1)
    #expect(abs(sums[0] - zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-13)
  }

  @Test(arguments: [1, 7, 8, 21])
  func `covariances are those of the formula, near and far`(count: Int) {
    let squares = (0..<count).map { [0, 1e-12, 0.3, 2, 40, 1e4, 1e7][$0 % 7] * Double($0 / 7 + 1) }
    var all: Set<[Double]> = []
    for kernels in KernelTests.levels {
      var (covariances, slopes) = (squares, squares)
      kernels.matern(count, 1.7, &covariances, &slopes)
      for (index, square) in squares.enumerated() {
        let q = square.squareRoot()
        let decay = q < 700 ? 1.7 * exp(-q) : 0
        let expected = decay * (1 + q + square / 3)
        #expect(abs(covariances[index] - expected) <= 2e-15 * expected + 1e-290)
        #expect(abs(slopes[index] + 5.0 / 3 * decay * (1 + q)) <= 4e-15 * expected + 1e-290)
      }
      all.insert(covariances + slopes)
    }
    #expect(all.count == 1)
  }
}
