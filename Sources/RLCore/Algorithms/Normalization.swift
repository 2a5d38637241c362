/// Observations brought to mean 0 and deviation 1, and rewards to the scale of their discounted
/// sum, by running statistics that move only while training.
///
/// Source: the `VecNormalize` of OpenAI Baselines; rewards are scaled and not centred, which would
/// change the task.
struct Normalization: Sendable {
  private var observations: RunningStatistics
  private var returns = RunningStatistics(width: 1)
  /// Of each environment, the discounted sum of its rewards so far.
  private var discountedReturns: [Double]
  private let gamma: Double

  private static let bound: Float = 10
  private static let epsilon = 1e-8

  init(featureCount: Int, environments: Int, gamma: Double) {
    observations = RunningStatistics(width: featureCount)
    discountedReturns = Array(repeating: 0, count: environments)
    self.gamma = gamma
  }

  /// Takes in what an episode shows while training.
  mutating func observe(_ features: [Float]) { observations.append(features) }

  /// Normalises features in place, row by row.
  func normalize(_ features: inout [Float]) {
    let width = observations.mean.count
    for column in 0..<width {
      let scale = Float(1 / (observations.variance(column) + Self.epsilon).squareRoot())
      let mean = Float(observations.mean[column])
      for index in stride(from: column, to: features.count, by: width) {
        let value = (features[index] - mean) * scale
        features[index] = min(max(value, -Self.bound), Self.bound)
      }
    }
  }

  /// Takes in a reward of training, and gives what is learned from.
  mutating func scale(reward: Double, lane: Int, episodeEnds: Bool) -> Float {
    discountedReturns[lane] = discountedReturns[lane] * gamma + reward
    returns.append([Float(discountedReturns[lane])])
    if episodeEnds { discountedReturns[lane] = 0 }
    let scaled = Float(reward / (returns.variance(0) + Self.epsilon).squareRoot())
    return min(max(scaled, -Self.bound), Self.bound)
  }

  /// What decides how observations are seen, flat.
  var weights: [Float] {
    get { observations.moments }
    set { observations.moments = newValue }
  }

  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/observations", observations.state)
    archive.add("\(name)/returns", returns.state)
    archive.add("\(name)/discounted_returns", discountedReturns)
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    guard observations.restore(try archive.doubles("\(name)/observations")),
      returns.restore(try archive.doubles("\(name)/returns"))
    else { throw .damagedArchive(reason: "the statistics of `\(name)` do not fit") }
    discountedReturns = try archive.doubles(
      "\(name)/discounted_returns", count: discountedReturns.count)
  }
}
