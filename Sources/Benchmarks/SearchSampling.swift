import RLCore
import Schema

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How good the samplers' best values are on functions of the field, and how long a suggestion
/// takes.
///
/// - Parameter samplers: all that learn, and random, where none are named.
func benchmarkSearch(seeds: Int, samplers: [String]) {
  let names = samplers.isEmpty ? ["random", "tpe", "gp", "cmaes"] : samplers
  print("median of the best value over \(seeds) seeds, with the quartiles")
  for function in [SearchFunction.branin, .hartmann6, .mixed] {
    for name in names {
      let runs = (0..<seeds).map { bestValues(of: function, sampler: name, seed: $0) }
      let columns = [50, 100].map { trials in
        let values = runs.map { $0[trials - 1] }.sorted()
        let quartiles = [values.count / 4, values.count * 3 / 4].map { digits(values[$0], 5) }
        return
          "@\(trials)\(pad(digits(median(values), 5), to: 9)) [\(quartiles.joined(separator: " "))]"
      }
      print("\(function.name) \(name)\(pad(columns.joined(separator: "   "), to: 70))")
    }
  }
  print("milliseconds a suggestion at 10, 100 and 1000 trials (Branin, Hartmann6)")
  for name in names {
    let times = [SearchFunction.branin, .hartmann6].flatMap { function in
      [10, 100, 1000].map {
        digits(suggestionSeconds(function, sampler: name, trials: $0) * 1000, 3)
      }
    }
    print(pad(name, to: 10) + times.map { pad($0, to: 11) }.joined())
  }
}

/// For a comparison with a peer: a line each with what was measured, as words.
///
/// `best FUNCTION SAMPLER SEED VALUE@50 VALUE@100`, then `time FUNCTION SAMPLER TRIALS SECONDS`.
func printSearchValues() {
  for function in [SearchFunction.branin, .hartmann6] {
    for (name, seeds) in [("tpe", 100), ("gp", 30)] {
      for seed in 0..<seeds {
        let values = bestValues(of: function, sampler: name, seed: seed)
        print("best \(function.name) \(name) \(seed) \(values[49]) \(values[99])")
      }
      for trials in [100, 1000] {
        let seconds = suggestionSeconds(function, sampler: name, trials: trials)
        print("time \(function.name) \(name) \(trials) \(seconds)")
      }
    }
  }
}

/// A function to be minimised.
private struct SearchFunction {
  let name: String
  let space: TrialSpace
  private let compute: @Sendable ([Double], [Setting.Entry]) -> Double

  init(
    name: String, space: TrialSpace,
    compute: @escaping @Sendable (_ numbers: [Double], _ all: [Setting.Entry]) -> Double
  ) {
    self.name = name
    self.space = space
    self.compute = compute
  }

  func value(_ parameters: [Setting.Entry]) -> Double {
    compute(parameters.compactMap(\.value.real), parameters)
  }

  static let branin = SearchFunction(
    name: "branin", space: TrialSpace([.init("x", .real(-5, 10)), .init("y", .real(0, 15))])
  ) { p, _ in
    let (x, y) = (p[0], p[1])
    let bend: Double = y - 5.1 / (4 * Double.pi * Double.pi) * x * x + 5 / Double.pi * x - 6
    let wave: Double = 10 * (1 - 1 / (8 * Double.pi)) * cos(x)
    return bend * bend + wave + 10
  }

  static let hartmann6 = SearchFunction(
    name: "hartmann6", space: TrialSpace((0..<6).map { .init("x\($0)", .real(0, 1)) })
  ) { x, _ in
    let heights = [1.0, 1.2, 3, 3.2]
    let slopes: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ]
    let centers: [[Double]] = [
      [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
      [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
    ]
    var value = 0.0
    for i in 0..<4 {
      var distance = 0.0
      for j in 0..<6 {
        let difference = x[j] - centers[i][j] * 1e-4
        distance += slopes[i][j] * difference * difference
      }
      value -= heights[i] * exp(-distance)
    }
    return value
  }

  /// Of every kind of parameter, one of them conditional; the least is 0.
  static let mixed = SearchFunction(
    name: "mixed",
    space: TrialSpace([
      .init("x", .real(-5, 10)), .init("rate", .real(1e-5, 1e-1, isLogarithmic: true)),
      .init("n", .integer(1, 64, isLogarithmic: true)), .init("q", .quantized(0, 1, step: 0.25)),
      .init(
        "kind",
        .branch([
          .init("plain", TrialSpace([])),
          .init("bent", TrialSpace([.init("bend", .real(0, 1))])),
        ])),
    ])
  ) { numbers, all in
    let (x, rate, n, q) = (numbers[0] - 1, log10(numbers[1]) + 3, log2(numbers[2] / 7), numbers[3])
    let bend = all.count > 5 ? abs(numbers[4] - 0.3) : 0.5
    return x * x / 10 + rate * rate + abs(n) + q + bend
  }
}

/// The best value after each of 100 trials.
private func bestValues(of function: SearchFunction, sampler: String, seed: Int) -> [Double] {
  var study = study(over: function, sampler: sampler, seed: seed)
  var best = Double.infinity
  return (0..<100).map { _ in
    best = min(best, advance(&study, function))
    return best
  }
}

/// How long the suggestion after so many random trials takes.
private func suggestionSeconds(_ function: SearchFunction, sampler: String, trials: Int) -> Double {
  var random = study(over: function, sampler: "random", seed: 1)
  var study = study(over: function, sampler: sampler, seed: 2)
  for _ in 0..<trials {
    guard case .job(let job) = random.ask() else {
      preconditionFailure("a random search has no end")
    }
    random.tell(job.number, values: [0])
    study.restore(job)
    study.tell(job.number, values: [function.value(job.parameters)])
  }
  // What is suggested fails, so that all suggestions follow from the same results.
  let seconds = (0..<(trials < 1000 ? 9 : 5)).map { _ in
    let start = processorSeconds()
    guard case .job(let job) = study.ask() else {
      preconditionFailure("a search of many trials ended at once")
    }
    let end = processorSeconds()
    study.tell(job.number, values: [], state: .failed)
    return end - start
  }
  return median(seconds)
}

private func study(over function: SearchFunction, sampler: String, seed: Int) -> Study {
  do {
    return Study(
      over: function.space,
      sampler: try Samplers.named(sampler).make(over: function.space, seed: seed),
      direction: .minimize, lag: 1)
  } catch {
    preconditionFailure(error.description)
  }
}

/// Runs one trial.
private func advance(_ study: inout Study, _ function: SearchFunction) -> Double {
  guard case .job(let job) = study.ask() else {
    preconditionFailure("a search of many trials ended at once")
  }
  let value = function.value(job.parameters)
  study.tell(job.number, values: [value])
  return value
}

private func digits(_ value: Double, _ count: Int) -> String {
  let scale = pow(10, Double(count))
  return "\((value * scale).rounded() / scale)"
}
