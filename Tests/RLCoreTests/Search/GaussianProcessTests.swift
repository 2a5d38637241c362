import Testing

@testable import RLCore

@Suite struct GaussianProcessTests {
  private var points: [[Double]] {
    var random = RandomSource(seed: 3)
    return (0..<9).map { i in [random.uniform(), random.uniform(), Double(i % 3)] }
  }
  private let values = [0.3, -1.2, 0.8, 1.5, -0.4, 0.1, -0.9, 0.6, -0.8]
  private let isChoice = [false, false, true]
  private let kernel = GaussianProcess.Kernel(weights: [2, 5, 0.7], scale: 1.3, noise: 0.01)

  /// The slope of a function along one of its arguments, from values.
  private func slope(of function: ([Double]) -> Double, at x: [Double], along i: Int) -> Double {
    var (low, high) = (x, x)
    low[i] -= 1e-5
    high[i] += 1e-5
    return (function(high) - function(low)) / 2e-5
  }

  @Test func `a factor times itself is the matrix, its inverse times it is one`() throws {
    // Of more than a block's columns, so that whole ones and rests are met.
    let n = 43
    var random = RandomSource(seed: 1)
    let root = (0..<n * n).map { _ in random.normal() }
    var factor = Cholesky(count: n)
    // The second time what the first left there must not matter.
    for scale in [1.0, 3] {
      var matrix = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          for k in 0..<n { matrix[i * n + j] += scale * root[i * n + k] * root[j * n + k] }
          if j >= i { factor.matrix[i * n + j] = matrix[i * n + j] }
        }
        matrix[i * n + i] += 1
        factor.matrix[i * n + i] += 1
      }
      let isDefinite = factor.factorize()
      try #require(isDefinite)
      factor.invert()
      for i in 0..<n {
        for j in 0..<n {
          let product = (0...min(i, j)).reduce(0.0) {
            $0 + factor.factor[$1 * n + i] * factor.factor[$1 * n + j]
          }
          #expect(abs(product - matrix[i * n + j]) < 1e-10)
          let identity = (0..<n).reduce(0.0) {
            $0 + matrix[i * n + $1] * factor.inverse[min(j, $1) * n + max(j, $1)]
          }
          #expect(abs(identity - (i == j ? 1 : 0)) < 1e-9)
        }
      }
    }
    var indefinite = Cholesky(count: 2)
    indefinite.matrix = [1, 2, 2, 1]
    let isDefinite = indefinite.factorize()
    #expect(!isDefinite)
  }

  @Test func `a single observation gives the posterior that a pencil does`() {
    let process = GaussianProcess(
      kernel: .init(weights: [1.25], scale: 2, noise: 0.5), isChoice: [false], points: [[0]],
      values: [1])
    // q = sqrt(5 * 1.25) * 0.4 = 1; k = 2 (1 + 1 + 1/3) / e.
    let k = 2 * (7.0 / 3) * 0.367_879_441_171_442_33
    let posterior = process.posterior(at: [[0.4]])[0]
    #expect(abs(posterior.mean - k / 2.5) < 1e-12)
    #expect(abs(posterior.variance - (2 - k * k / 2.5)) < 1e-12)
  }

  @Test func `slopes of the posterior are those of its values`() {
    let process = GaussianProcess(
      kernel: kernel, isChoice: isChoice, points: points, values: values)
    let x = [0.31, 0.62, 1]
    let slopes = process.slopes(at: x)
    #expect(abs(slopes.mean - process.posterior(at: [x])[0].mean) < 1e-12)
    let known = process.posterior(at: points)
    for (mean, expected) in zip(process.means, known) { #expect(abs(mean - expected.mean) < 1e-9) }
    for axis in 0..<2 {
      let mean = slope(of: { process.posterior(at: [$0])[0].mean }, at: x, along: axis)
      let variance = slope(of: { process.posterior(at: [$0])[0].variance }, at: x, along: axis)
      #expect(abs(mean - slopes.meanSlope[axis]) < 1e-6)
      #expect(abs(variance - slopes.varianceSlope[axis]) < 1e-6)
    }
  }

  @Test func `slopes of the kernel's fit are those of its loss`() {
    var fit = KernelFit(isChoice: isChoice, points: points, values: values)
    var gradient = [Double](repeating: 0, count: 5)
    let x = [0.3, -0.5, 0.2, 0.4, -3]
    _ = fit.loss(at: x, gradient: &gradient)
    for i in x.indices {
      var unused = gradient
      let expected = slope(of: { fit.loss(at: $0, gradient: &unused) }, at: x, along: i)
      #expect(abs(gradient[i] - expected) < 1e-5)
    }
  }

  @Test func `a search downhill finds the bottom of a bent valley, and stops at a bound`() {
    // Rosenbrock's function.
    func valley(_ x: [Double], _ gradient: inout [Double]) -> Double {
      let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
      gradient = [-2 * a - 400 * x[0] * b, 200 * b]
      return a * a + 100 * b * b
    }
    var search = LBFGS()
    search.maximumEvaluations = 200
    let bottom = search.minimize(from: [-1.2, 1], within: -2...2, valley)
    #expect(abs(bottom.point[0] - 1) < 1e-3)
    // Within [-2, 0.5] the least is at x = 0.5, y = 0.25.
    let cut = search.minimize(from: [-1.2, 0.5], within: -2...0.5, valley)
    #expect(abs(cut.point[0] - 0.5) < 1e-3)
    #expect(abs(cut.value - 0.25) < 1e-3)
  }

  @Test func `the logarithm of the improvement is exact near and far`() {
    // log(phi(z) + z Phi(z)) with 50 digits.
    for (z, expected) in [
      (0.0, -0.918_938_533_204_673), (2.0, 0.697_383_545_788_228), (-0.5, -1.620_516_264_387_32),
      (-5.0, -16.744_301_162_661), (-30.0, -457.724_653_760_598),
    ] {
      #expect(abs(LogExpectedImprovement.logGain(z) - expected) < 1e-10 * max(1, abs(expected)))
    }
    let (near, far) = (
      LogExpectedImprovement.logGain(-999.9), LogExpectedImprovement.logGain(-1000.1)
    )
    #expect(abs(near - far - 200.0002) < 1e-3)
    #expect(
      abs(LogExpectedImprovement.scaledErfc(3.999999) - LogExpectedImprovement.scaledErfc(4)) < 1e-6
    )
    let improvement = LogExpectedImprovement(best: 0.2)
    for mean in [-1.0, 0.3, 20] {
      let slopes = improvement.slopes(mean: mean, variance: 0.5)
      let value = { (x: [Double]) in improvement.value(mean: x[0], variance: x[1]) }
      #expect(abs(slopes.alongMean - slope(of: value, at: [mean, 0.5], along: 0)) < 1e-4)
      #expect(abs(slopes.alongVariance / slope(of: value, at: [mean, 0.5], along: 1) - 1) < 1e-4)
    }
  }

  @Test func `values are measured by their mean and deviation, the infinite as the worst`() {
    #expect(GPSampler.standardized([1, 3]) == [-1, 1])
    #expect(GPSampler.standardized([1, 3, .infinity, 1]) == [-1, 1, 1, -1])
    #expect(GPSampler.standardized([2, 2]) == [0, 0])
  }

  @Test func `Sobol points put one into each equal part of every coordinate`() {
    for seed in 0..<3 {
      let sobol = SobolSequence(dimensions: 12, random: RandomSource(seed: UInt64(seed)))
      let points = (0..<256).map(sobol.point)
      for dimension in 0..<12 {
        #expect(Set(points.map { Int($0[dimension] * 256) }).count == 256)
      }
      // In pairs they are even too: 16 x 16 boxes of the first two hold one each.
      #expect(Set(points.map { Int($0[0] * 16) * 16 + Int($0[1] * 16) }).count == 256)
    }
    #expect(
      SobolSequence(dimensions: 2, random: RandomSource(seed: 1)).point(5)
        != SobolSequence(dimensions: 2, random: RandomSource(seed: 2)).point(5))
  }
}
