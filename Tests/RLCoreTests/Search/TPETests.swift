import Schema
import Testing

@testable import RLCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct TPETests {
  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }

  @Test func `kernels are as wide as the larger gap to a neighbour, within bounds`() {
    let lone = ParzenEstimator.kernels(at: [0.3])
    #expect(lone.means == [0.3, 0.5])
    #expect(isClose(lone.sigmas[0], 0.7) && lone.sigmas[1] == 1)
    // Sorted 0.1, 0.15, 0.9: gaps 0.05, 0.75, 0.75; the least width is 1 / (3 + 2).
    let three = ParzenEstimator.kernels(at: [0.9, 0.1, 0.15])
    #expect(three.means == [0.9, 0.1, 0.15, 0.5])
    #expect(isClose(three.sigmas[0], 0.75))
    #expect(three.sigmas[1] == 0.2)
    #expect(isClose(three.sigmas[2], 0.75))
    let many = ParzenEstimator.kernels(at: (0..<200).map { Double($0) / 1000 })
    #expect(many.sigmas[100] == 0.01)
  }

  @Test func `older observations weigh less from the 26th on, the prior as much as the newest`() {
    #expect(ParzenEstimator.weights(observations: 0) == [1])
    #expect(ParzenEstimator.weights(observations: 3) == [0.25, 0.25, 0.25, 0.25])
    // 1/28, the middle, 1; then 25 ones and the prior.
    let weights = ParzenEstimator.weights(observations: 28)
    let total = 1.0 / 28 + (1 + 1.0 / 28) / 2 + 1 + 25 + 1
    #expect(weights.count == 29)
    #expect(isClose(weights[0], 1 / 28 / total))
    #expect(isClose(weights[1], (1 + 1.0 / 28) / 2 / total))
    #expect(isClose(weights[2], 1 / total) && isClose(weights[28], 1 / total))
  }

  @Test func `choices have 1 over n + 1 each and one more where observed`() {
    let estimator = ParzenEstimator([[0], [2]], axes: [.choice(["a", "b", "c"])])
    // Kernels: (4, 1, 1) / 6, (1, 1, 4) / 6 and (1, 1, 1) / 3.
    #expect(isClose(estimator.logDensity(at: [0]), log((4.0 / 6 + 1.0 / 6 + 1.0 / 3) / 3)))
    #expect(isClose(estimator.logDensity(at: [1]), log((1.0 / 6 + 1.0 / 6 + 1.0 / 3) / 3)))
  }

  @Test func `a density over a range has an integral of one, over a grid a sum`() {
    let range = UnitRange(-2, 6, step: 0, isLogarithmic: false, isInteger: false)
    let real = ParzenEstimator([[0.1], [0.15], [0.8]], axes: [.range(range)])
    let integral = (0..<10_000).reduce(0.0) {
      $0 + exp(real.logDensity(at: [(Double($1) + 0.5) / 10_000])) / 10_000
    }
    #expect(abs(integral - 1) < 1e-6)
    let grid = UnitRange(1, 40, step: 1, isLogarithmic: true, isInteger: true)
    let points = (1...40).map { grid.coordinate(of: Double($0))! }
    let integers = ParzenEstimator([[points[4]], [points[20]]], axes: [.range(grid)])
    let sum = points.reduce(0.0) { $0 + exp(integers.logDensity(at: [$1])) }
    #expect(abs(sum - 1) < 1e-9)
  }

  @Test func `draws follow the density`() {
    let grid = UnitRange(0, 3, step: 1, isLogarithmic: false, isInteger: true)
    let points = (0..<4).map { grid.coordinate(of: Double($0))! }
    let estimator = ParzenEstimator([[points[0]], [points[1]]], axes: [.range(grid)])
    var random = RandomSource(seed: 8)
    let draws = (0..<20_000).map { _ in estimator.draw(using: &random)[0] }
    for point in points {
      let share = Double(draws.count { $0 == point }) / 20_000
      #expect(abs(share - exp(estimator.logDensity(at: [point]))) < 0.02)
    }
  }

  @Test func `mass in the far tail is not lost`() {
    // The standard normal beyond 9 has 1.1285884e-19.
    #expect(abs(normalMass(from: 9, to: 40) / 1.128_588_4e-19 - 1) < 1e-6)
    #expect(abs(normalMass(from: -40, to: -9) / 1.128_588_4e-19 - 1) < 1e-6)
    #expect(abs(normalMass(from: -1, to: 1) - 0.682_689_492_137) < 1e-10)
  }

  @Test func `a tenth is good, complete trials first, then those that came furthest`() {
    #expect([1, 10, 11, 240, 251, 1000].map(TPESampler.goodCount) == [1, 1, 2, 24, 25, 25])
    func trial(_ number: Int, _ value: Double, steps: Int, _ state: Trial.State) -> Trial {
      var trial = Trial(number: number, parameters: [])
      trial.values = [value]
      trial.rungs = [.init(steps: steps, values: [value], parameters: [], donor: nil)]
      trial.state = state
      return trial
    }
    let trials = [
      trial(0, 9, steps: 1, .pruned), trial(1, 2, steps: 9, .complete),
      trial(2, 5, steps: 3, .pruned), trial(3, 8, steps: 9, .complete),
      trial(4, 6, steps: 3, .pruned), trial(5, .nan, steps: 9, .complete),
    ]
    for (direction, order) in [
      (Study.Direction.maximize, [3, 1, 5, 4, 2, 0]), (.minimize, [1, 3, 5, 2, 4, 0]),
    ] {
      let history = History(trials: trials, direction: direction)
      for count in 1...6 {
        let best = TPESampler.best(of: Array(trials.indices), count: count, in: history)
        #expect(best == order.prefix(count).sorted())
      }
    }
  }
}
