import Schema
import Testing

@testable import RLCore

/// Against values computed elsewhere.
@Suite struct FormulaTests {
  private func expect(_ value: Double, _ golden: Double, _ tolerance: Double = 5e-6) {
    #expect(abs(value - golden) <= tolerance, "\(value) is not \(golden)")
  }

  @Test func `generalised advantages bootstrap at a time limit and stop at an end`() throws {
    func advantages(truncated: Bool) throws -> [Double] {
      try generalizedAdvantages(
        rewards: [1, 0, 2, 1, 1, 1], values: [0.5, 0.4, 0.3, 0.2, 0.6, 0.1],
        terminated: [false, false, true, false, false, !truncated],
        truncated: [false, false, false, false, false, truncated], final: 0.7)
    }
    for (ours, golden) in zip(
      try advantages(truncated: true), [2.302847, 1.49585, 1.7, 3.272382, 1.997216, 1.593])
    { expect(ours, golden, 1e-6) }
    for (ours, golden) in zip(
      try advantages(truncated: false), [2.302847, 1.49585, 1.7, 2.659396, 1.34545, 0.9])
    { expect(ours, golden, 1e-6) }
    #expect(throws: CoreError.self) {
      try generalizedAdvantages(
        rewards: [1], values: [], terminated: [false], truncated: [false], final: 0)
    }
  }

  @Test func `preferences follow Bradley and Terry`() throws {
    expect(try preferenceProbability(1), 0.731059)
    expect(try preferenceProbability(1, error: 0.1), 0.707953)
    expect(try preferenceProbability(-800), 0)
    expect(try preferenceProbability(-20, error: 0.1), 0.05)
    #expect(throws: CoreError.self) { try preferenceProbability(1, error: 2) }
  }

  @Test func `the divergence's penalty adapts`() throws {
    expect(try adaptiveKL(coefficient: 1, divergence: 3, samples: 512), 0.98976)
    expect(try adaptiveKL(coefficient: 2, divergence: 12, samples: 512), 2 * 1.01024)
    #expect(throws: CoreError.self) {
      try adaptiveKL(coefficient: 1, divergence: 1, target: 0, samples: 1)
    }
  }

  @Test func `direct preference losses`() throws {
    expect(dpoLoss(4), 0.513015)
    expect(try ipoLoss(4), 1)
    expect(dpoLoss(-10_000), 1000)
    #expect(throws: CoreError.self) { try ipoLoss(1, beta: 0) }
  }

  @Test func `divergence estimates`() throws {
    let estimates = try KLEstimates([0.3, -0.2])
    expect(estimates.k1, 0.05)
    expect(estimates.k2, 0.0325)
    expect(estimates.k3, 0.03111)
    #expect(throws: CoreError.self) { try KLEstimates([]) }
  }

  @Test(arguments: [(2, 0.1931), (4, 0.6363), (16, 1.8351), (64, 3.1745)])
  func `the best of n diverges by`(n: Int, golden: Double) throws {
    expect(try bestOfNKL(n), golden, 5e-5)
  }

  @Test(arguments: [(1.0, 0.8), (2, 0.9412), (3, 0.9846)])
  func `advice counts`(difference: Double, golden: Double) throws {
    expect(try adviseProbability(consistency: 0.8, difference: difference), golden, 5e-5)
  }

  @Test func `agreement beyond chance`() throws {
    expect(try kappa([[20, 5], [10, 15]]), 0.4)
    #expect(throws: CoreError.self) { try kappa([[1, 2]]) }
    #expect(throws: CoreError.self) { try kappa([[3, 0], [0, 0]]) }
    #expect(throws: CoreError.self) { try kappa([[0, 0], [0, 0]]) }
  }

  @Test func `smooth L1 bends at one`() {
    #expect([0.5, 1, 3, -3].map(smoothL1) == [0.125, 0.5, 2.5, 2.5])
  }

  @Test func `statistics of returns`() {
    let values: [Double] = [0, 10, 100, 200, 300, 400, 500, 500, 500, 500]
    expect(interquartileMean(values), 333.33, 5e-3)
    expect(mean(values), 301)
    expect(median(values), 350)
    expect(standardDeviation([1, 3]), 1)
    let interval = bootstrapInterval(values)
    #expect(interval.contains(301))
    #expect(interval.lowerBound > 100 && interval.upperBound < 480)
    #expect(interval == bootstrapInterval(values))
    #expect(bootstrapInterval([7]) == 7...7)
  }

  @Test func `settings survive their coding`() throws {
    let settings: Settings = [
      "a": .list([1, -2.5, true, false, nil, "über; 12"]),
      "b": .map([.init("k;", .real(-0.0)), .init("", .list([]))]),
      "c": .real(0.1), "d": .integer(.min), "e": .real(.infinity), "f": "",
    ]
    #expect(try Settings(encoded: settings.encoded, name: "s") == settings)
    for text in ["", "x", "i", "i1", "l2;i1;", "s5;ab", "m1;1;a", "i1;i2;", "s-1;", "l9999999;"] {
      #expect(Setting(encoded: text) == nil, "\(text)")
    }
  }
}
