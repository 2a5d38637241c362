/// Mean and variance of each of several numbers over all that was seen (Welford's method).
struct RunningStatistics: Sendable, Equatable {
  private(set) var count: Double
  private(set) var mean: [Double]
  /// Sums of squared distances from the mean.
  private var squares: [Double]

  /// A variance of 1 stands at first, with next to no weight.
  private static let priorCount = 1e-4

  init(width: Int) {
    count = Self.priorCount
    mean = Array(repeating: 0, count: width)
    squares = Array(repeating: Self.priorCount, count: width)
  }

  func variance(_ index: Int) -> Double { squares[index] / count }

  /// Takes in one number for each place.
  mutating func append(_ values: [Float]) {
    precondition(values.count == mean.count)
    count += 1
    for index in values.indices {
      let value = Double(values[index])
      let distance = value - mean[index]
      mean[index] += distance / count
      squares[index] += distance * (value - mean[index])
    }
  }

  /// All of it, flat.
  var state: [Double] { [count] + mean + squares }

  /// Puts back what `state` gave; false where it does not fit.
  mutating func restore(_ state: [Double]) -> Bool {
    let width = mean.count
    guard state.count == 2 * width + 1, state[0] > 0 else { return false }
    count = state[0]
    mean = Array(state[1...width])
    squares = Array(state[(width + 1)...])
    return true
  }

  /// Mean and variance in single precision, flat: what is needed to use them, not to go on.
  var moments: [Float] {
    get { mean.map(Float.init) + mean.indices.map { Float(variance($0)) } }
    set {
      precondition(newValue.count == 2 * mean.count)
      for index in mean.indices {
        mean[index] = Double(newValue[index])
        squares[index] = Double(newValue[mean.count + index]) * count
      }
    }
  }
}
