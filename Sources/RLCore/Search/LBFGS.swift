/// Limited-memory BFGS within bounds: steps are cut at the bounds, and what presses against one
/// stays there (Nocedal and Wright 2006, algorithm 7.4, with projection).
struct LBFGS {
  /// Evaluations of the function there may be.
  var maximumEvaluations = 60
  /// Stops where no component of the gradient that is free to move is larger.
  var gradientTolerance = 1e-5
  private let memory = 8

  /// Finds a local minimum.
  ///
  /// - Parameter function: gives its value, and writes its gradient; infinite where it has no
  /// value.
  func minimize(
    from start: [Double], within bounds: ClosedRange<Double>,
    _ function: (_ x: [Double], _ gradient: inout [Double]) -> Double
  ) -> (point: [Double], value: Double) {
    var x = start.map { min(max($0, bounds.lowerBound), bounds.upperBound) }
    var gradient = [Double](repeating: 0, count: x.count)
    var value = function(x, &gradient)
    var evaluations = 1
    var pairs: [Pair] = []
    while evaluations < maximumEvaluations {
      let isFree = zip(x, gradient).map { x, slope in
        slope > 0 ? x > bounds.lowerBound : x < bounds.upperBound
      }
      let free = zip(gradient, isFree).map { $1 ? $0 : 0 }
      guard free.contains(where: { abs($0) > gradientTolerance }) else { break }
      var direction = Self.direction(pairs, free)
      for i in direction.indices where !isFree[i] { direction[i] = 0 }
      if product(direction, gradient) >= 0 {
        pairs = []
        direction = free.map { -$0 }
      }
      // Without curvature the first step is short.
      var step = pairs.isEmpty ? min(1, 0.1 / product(direction, direction).squareRoot()) : 1
      var moved: (x: [Double], value: Double, gradient: [Double])?
      while evaluations < maximumEvaluations, step > 1e-10 {
        let trial = zip(x, direction).map {
          min(max($0 + step * $1, bounds.lowerBound), bounds.upperBound)
        }
        var trialGradient = gradient
        let trialValue = function(trial, &trialGradient)
        evaluations += 1
        let expected = product(gradient, zip(trial, x).map { $0 - $1 })
        if trialValue.isFinite, trialValue <= value + 1e-4 * expected {
          moved = (trial, trialValue, trialGradient)
          break
        }
        step /= 2
      }
      guard let moved else { break }
      let pair = Pair(
        step: zip(moved.x, x).map { $0 - $1 }, change: zip(moved.gradient, gradient).map { $0 - $1 }
      )
      if pair.curvature > 1e-12 { pairs = pairs.suffix(memory - 1) + [pair] }
      let isStuck = value - moved.value <= 1e-10 * max(1, abs(value))
      (x, value, gradient) = moved
      if isStuck { break }
    }
    return (x, value)
  }

  /// A step, and how the gradient changed over it.
  private struct Pair {
    let step: [Double]
    let change: [Double]
    let curvature: Double

    init(step: [Double], change: [Double]) {
      self.step = step
      self.change = change
      curvature = product(step, change)
    }
  }

  /// Minus the gradient times the inverse curvature that the pairs show.
  private static func direction(_ pairs: [Pair], _ gradient: [Double]) -> [Double] {
    var direction = gradient.map { -$0 }
    var scales: [Double] = []
    for pair in pairs.reversed() {
      let scale = product(pair.step, direction) / pair.curvature
      scales.append(scale)
      for i in direction.indices { direction[i] -= scale * pair.change[i] }
    }
    if let last = pairs.last {
      let scale = last.curvature / product(last.change, last.change)
      for i in direction.indices { direction[i] *= scale }
    }
    for (pair, scale) in zip(pairs, scales.reversed()) {
      let correction = scale - product(pair.change, direction) / pair.curvature
      for i in direction.indices { direction[i] += correction * pair.step[i] }
    }
    return direction
  }
}

private func product(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}
