import Schema

/// Networks r(s, a) fitted to comparisons: the sum of a piece's rewards explains which of two pieces
/// was preferred, P(left) = (1 - e) sigma(R_left - R_right) + e / 2.
///
/// The comparisons are dealt out in turn into as many parts as there are members, five at least, and
/// each member learns from all but its own part, which is held out from it. Samples drawn with
/// replacement would leave out 1/e of all from each: with some hundred answers that costs more than
/// the members' differences bring, and a tenth of the answers would be held out from none of five.
///
/// Members are brought to mean 0 and deviation 1 over the compared steps and then averaged. What this
/// scale was stays until the next fit, so that rewards do not drift while an agent learns from them.
///
/// Source: Christiano et al., "Deep Reinforcement Learning from Human Preferences", 2017; members
/// that leave out a part each: Krogh and Vedelsby, "Neural Network Ensembles, Cross Validation, and
/// Active Learning", 1995; shrinking weights beside Adam: Loshchilov and Hutter, "Decoupled Weight
/// Decay Regularization", 2019.
struct RewardEnsemble: Sendable {
  private let settings: Settings
  private let space: Space
  private let actions: Space
  private var members: [ScaledNetwork]
  /// Of each member, mean and deviation over the compared steps.
  private var means: [Double]
  private var deviations: [Double]
  /// Comparisons of the latest fit.
  private(set) var fitted = 0
  /// Whether it was fitted to anything.
  private(set) var isFitted = false

  /// The fewest parts that comparisons are dealt into: no member does without more than a fifth.
  private static let fewestParts = 5

  /// Two pieces as the networks see them.
  struct Pair: Sendable {
    /// `[steps, width]`.
    let left: [Float]
    /// `[steps, width]`.
    let right: [Float]
    /// The probability that the label gives to the left one.
    let label: Double
  }

  init(_ settings: Settings, _ space: Space, _ actions: Space) {
    self.settings = settings
    self.space = space
    self.actions = actions
    members = []
    let count = settings.integer("members")
    means = Array(repeating: 0, count: count)
    deviations = Array(repeating: 1, count: count)
    var random = RandomSource(seed: 0)
    members = (0..<count).map { _ in member(data: [], using: &random) }
  }

  /// Numbers that a network sees of a step.
  var width: Int { space.featureCount + actions.featureCount }

  private func member(data: [Float], using random: inout RandomSource) -> ScaledNetwork {
    ScaledNetwork(
      data: data, width: width, isScaled: space.isPlain, layers: settings.integers("layers"),
      outputs: 1, activation: .relu, outputGain: 1, using: &random)
  }

  /// What networks see of steps: observations beside actions.
  func rows(observations: [Float], actions taken: [Float], count: Int) -> [Float] {
    let seen = space.features(observations, count: count)
    let done = actions.features(taken, count: count)
    let (first, second) = (space.featureCount, actions.featureCount)
    var rows: [Float] = []
    rows.reserveCapacity(count * width)
    for row in 0..<count {
      rows += seen[(row * first)..<((row + 1) * first)]
      rows += done[(row * second)..<((row + 1) * second)]
    }
    return rows
  }

  func rows(_ fragment: Fragment) -> [Float] {
    rows(observations: fragment.before, actions: fragment.actions, count: fragment.length)
  }

  func pair(_ left: Fragment, _ right: Fragment, label: Double) -> Pair {
    Pair(left: rows(left), right: rows(right), label: label)
  }

  // MARK: Fitting

  /// Fits new members to all pairs.
  ///
  /// - Parameter threads: how many members are worked on at once; it changes no bit.
  mutating func fit(_ pairs: [Pair], random: RandomSource, threads: Int = 1) {
    guard !pairs.isEmpty else { return }
    let data = pairs.flatMap { $0.left + $0.right }
    fitted = pairs.count
    var fits: [Fit?] = Array(repeating: nil, count: members.count)
    fits.withUnsafeMutableBufferPointer { fits in
      ThreadPool(threads: min(threads, members.count)).run(members.count) { index, _ in
        fits[index] = fit(
          index, to: pairs, data: data, using: random.split("member", index))
      }
    }
    for (index, fit) in fits.enumerated() {
      guard let fit else { preconditionFailure("a member was left out") }
      (members[index], means[index], deviations[index]) = (fit.member, fit.mean, fit.deviation)
    }
    isFitted = true
  }

  /// A member with the mean and the deviation of its rewards.
  private struct Fit {
    var member: ScaledNetwork
    var mean = 0.0
    var deviation = 1.0
  }

  private func fit(
    _ index: Int, to pairs: [Pair], data: [Float], using random: RandomSource
  ) -> Fit {
    var random = random
    var fit = Fit(member: member(data: data, using: &random))
    train(&fit.member, on: pairs.indices.filter { !holdsOut(index, $0) }, of: pairs, using: &random)
    let values = Self.rewards(of: &fit.member, data, count: data.count / width)
    fit.mean = mean(values)
    fit.deviation = max(standardDeviation(values), 1e-6)
    return fit
  }

  /// Whether a member does without a comparison of the latest fit. Of fewer comparisons than parts
  /// nobody can spare one.
  private func holdsOut(_ member: Int, _ pair: Int) -> Bool {
    let parts = max(Self.fewestParts, members.count)
    return fitted >= parts && pair % parts == member
  }

  /// The learning rate falls evenly to 0, so that a fit ends at rest and not somewhere around it.
  private func train(
    _ member: inout ScaledNetwork, on chosen: [Int], of pairs: [Pair],
    using random: inout RandomSource
  ) {
    var order = chosen
    var optimizer = Optimizer(
      .adamw, parameterCount: member.network.parameterCount,
      weightDecay: settings.real("weight_decay"))
    let (size, epochs) = (settings.integer("batch_size"), settings.integer("epochs"))
    let steps = epochs * ((order.count + size - 1) / size)
    var made = 0
    for _ in 0..<epochs {
      random.shuffle(&order)
      for first in stride(from: 0, to: order.count, by: size) {
        let batch = order[first..<min(first + size, order.count)].map { pairs[$0] }
        let rest = 1 - Double(made) / Double(steps)
        step(
          &member, batch, &optimizer, learningRate: settings.real("learning_rate") * rest)
        made += 1
      }
    }
  }

  /// One gradient step down the mean cross-entropy of a batch.
  private func step(
    _ member: inout ScaledNetwork, _ batch: [Pair], _ optimizer: inout Optimizer,
    learningRate: Double
  ) {
    let rows = batch.flatMap { $0.left + $0.right }
    member.forward(rows, count: rows.count / width)
    let rewards = member.outputs
    var gradient = Array(repeating: Float(0), count: rows.count / width)
    let error = settings.real("error")
    var row = 0
    for pair in batch {
      let (left, right) = (pair.left.count / width, pair.right.count / width)
      var difference = 0.0
      for step in 0..<left { difference += Double(rewards[row + step]) }
      for step in 0..<right { difference -= Double(rewards[row + left + step]) }
      let certain = logistic(difference)
      let probability = (1 - error) * certain + error / 2
      let slope =
        (pair.label / probability - (1 - pair.label) / (1 - probability)) * (1 - error) * certain
        * (1 - certain)
      let share = Float(slope / Double(batch.count))
      for step in 0..<left { gradient[row + step] = -share }
      for step in 0..<right { gradient[row + left + step] = share }
      row += left + right
    }
    member.step(gradient, optimizer: &optimizer, learningRate: learningRate)
  }

  // MARK: Judging

  private static func rewards(
    of member: inout ScaledNetwork, _ rows: [Float], count: Int
  ) -> [Double] {
    member.predict(rows, count: count)
    return member.outputs.prefix(count).map(Double.init)
  }

  private mutating func memberRewards(_ index: Int, _ rows: [Float], count: Int) -> [Double] {
    Self.rewards(of: &members[index], rows, count: count)
  }

  /// The reward of each step, averaged over the members.
  mutating func rewards(_ rows: [Float], count: Int) -> [Double] {
    var sums = Array(repeating: 0.0, count: count)
    for index in members.indices {
      let values = memberRewards(index, rows, count: count)
      for row in 0..<count { sums[row] += (values[row] - means[index]) / deviations[index] }
    }
    return sums.map { $0 / Double(members.count) }
  }

  /// Each member's sum of rewards over a piece, in its deviations.
  mutating func returns(_ rows: [Float]) -> [Double] {
    members.indices.map { index in
      let values = memberRewards(index, rows, count: rows.count / width)
      return values.reduce(0) { $0 + ($1 - means[index]) / deviations[index] }
    }
  }

  /// How much members disagree about which of two pieces is better: the deviation of the
  /// differences of their returns.
  mutating func disagreement(_ left: [Float], _ right: [Float]) -> Double {
    let (first, second) = (returns(left), returns(right))
    return standardDeviation(first.indices.map { first[$0] - second[$0] })
  }

  /// Of each member, P(left) by its own scale.
  mutating func probabilities(_ pair: Pair) -> [Double] {
    members.indices.map { index in
      let left = memberRewards(index, pair.left, count: pair.left.count / width).reduce(0, +)
      let right = memberRewards(index, pair.right, count: pair.right.count / width).reduce(0, +)
      let error = settings.real("error")
      return (1 - error) * logistic(left - right) + error / 2
    }
  }

  /// Of pair `index` of the latest fit, P(left) by the members that it is held out from; nil where
  /// all learned from it.
  mutating func heldOutProbability(_ pair: Pair, index: Int) -> Double? {
    let all = probabilities(pair)
    let blind = members.indices.filter { holdsOut($0, index) }
    return blind.isEmpty ? nil : mean(blind.map { all[$0] })
  }

  // MARK: State

  func save(to archive: inout StateArchive) {
    for (index, member) in members.enumerated() {
      archive.add("feedback/reward/\(index)", member.state)
    }
    archive.add("feedback/reward/fitted", [fitted])
    archive.add("feedback/reward/scale", means + deviations + [isFitted ? 1 : 0])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    let count = members.count
    for index in members.indices {
      try members[index].restore(archive.floats("feedback/reward/\(index)"))
    }
    fitted = try archive.integers("feedback/reward/fitted", count: 1)[0]
    guard StateArchive.counts.contains(fitted) else {
      throw .damagedArchive(reason: "the count of comparisons is out of range")
    }
    let scale = try archive.doubles("feedback/reward/scale", count: 2 * count + 1)
    means = Array(scale[..<count])
    deviations = Array(scale[count..<(2 * count)])
    isFitted = scale[2 * count] == 1
  }
}

extension Parameter {
  /// What all methods with a reward model have.
  static let rewardModel: [Parameter] = [
    Parameter(
      "fragment", .integer(1...10_000), default: .setting(25), "Steps of a piece."),
    Parameter("members", .integer(1...100), default: .setting(5), "Networks in the ensemble."),
    Parameter(
      "error", .real(Interval(0, 1, includesUpper: false)), default: .setting(0.1),
      "The probability that an answer is a coin's."),
    Parameter(
      "layers", .list(of: .integer(1...4096)), default: .setting([64, 64]),
      "Widths of the hidden layers."),
    Parameter(
      "learning_rate", .positiveReal, default: .setting(4e-3),
      "Step size of Adam at the beginning of a fit; it falls evenly to 0."),
    Parameter(
      "weight_decay", .real(0...10), default: .setting(1.0),
      "Share of each weight, times learning_rate, that a gradient step takes away."),
    Parameter(
      "epochs", .integer(from: 1), default: .setting(80), "Passes over the comparisons in a fit."),
    Parameter(
      "batch_size", .integer(1...65_536), default: .setting(16),
      "Comparisons in a gradient step."),
  ]
}
