import Schema

/// A network H(s, a) fitted to what people said of actions: the knowledge of TAMER and its kin. How
/// it acts is the method's.
///
/// H is fitted anew from all ratings each time, so that a rating taken back leaves nothing behind.
struct ApprovalNetwork: FeedbackModel {
  /// What a rating says of the steps that share in it.
  enum Target: Sendable {
    /// The sum of H over the steps, weighted by their credit, is the rating.
    case sum
    /// H of each step is the rating; a step counts by its credit.
    case each
  }

  /// How firmly an action that nobody rated is held at 0, neither good nor bad, beside a rated one in
  /// the same state. Where most of what is said is praise, H would else come to praise everything.
  private static let prior: Float = 0.1

  let influence: ActionInfluence
  private let target: Target
  private let settings: Settings
  private let space: Space
  private let actions: Int
  private let credit: Credit
  private var network: ScaledNetwork

  init(
    _ settings: Settings, _ space: Space, _ actions: Space, influence: ActionInfluence,
    target: Target
  ) {
    guard case .discrete(let count) = actions else {
      preconditionFailure("approval of actions of \(actions)")
    }
    self.settings = settings
    self.space = space
    self.influence = influence
    self.target = target
    self.actions = count
    credit = Credit(
      window: settings.integer("window"),
      delay: settings.real(
        "delay_min")...max(
          settings.real("delay_min"), settings.real("delay_max")))
    var random = RandomSource(seed: 0)
    network = Self.network(settings, space, count, data: [], using: &random)
  }

  private static func network(
    _ settings: Settings, _ space: Space, _ actions: Int, data: [Float],
    using random: inout RandomSource
  ) -> ScaledNetwork {
    ScaledNetwork(
      data: data, width: space.featureCount, isScaled: space.isPlain,
      layers: settings.integers("layers"), outputs: actions, using: &random)
  }

  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float]) {
    network.predict(space.features(observations, count: count), count: count)
    let size = count * actions
    if approval.count != size { approval = Array(repeating: 0, count: size) }
    for index in 0..<size { approval[index] = network.outputs[index] }
  }

  /// A rating as it is learned from.
  private struct Lesson {
    let rating: Rating
    let features: [Float]
    let shares: [(step: Int, share: Double)]
    /// Whether all steps were rated together: then one of them at random stands for them.
    var isSpread: Bool { rating.focus == nil }
  }

  private func lessons(_ feedback: [Feedback]) -> [Lesson] {
    feedback.compactMap(\.asRating).map { rating in
      Lesson(
        rating: rating,
        features: space.features(rating.fragment.before, count: rating.fragment.length),
        shares: credit.shares(rating))
    }
  }

  /// How a rating is shared among its steps.
  func shares(_ rating: Rating) -> [(step: Int, share: Double)] { credit.shares(rating) }

  mutating func learn(_ feedback: Lessons, with pupil: inout Pupil) throws(CoreError) {
    let lessons = lessons(feedback.all)
    guard !lessons.isEmpty else { return }
    var weights = pupil.random.split("weights")
    var draws = pupil.random.split("replay")
    network = Self.network(
      settings, space, actions, data: lessons.flatMap(\.features), using: &weights)
    var optimizer = Optimizer(.adam, parameterCount: network.network.parameterCount)
    for _ in 0..<settings.integer("updates") {
      var batch = Batch()
      for _ in 0..<settings.integer("batch_size") {
        add(lessons[draws.integer(below: lessons.count)], to: &batch, using: &draws)
      }
      network.forward(batch.features, count: batch.taken.count)
      network.step(
        gradient(batch), optimizer: &optimizer, learningRate: settings.real("learning_rate"))
    }
  }

  /// Rows for the network, in groups that share a target.
  private struct Batch {
    var features: [Float] = []
    var taken: [Int] = []
    var weights: [Float] = []
    var groups: [(rows: Range<Int>, value: Float)] = []
  }

  private func add(_ lesson: Lesson, to batch: inout Batch, using draws: inout RandomSource) {
    let first = batch.taken.count
    // A rating first and then its steps: a long episode counts no more than a short one.
    let shares =
      lesson.isSpread ? [(draws.integer(below: lesson.shares.count), 1.0)] : lesson.shares
    let width = space.featureCount
    for (step, share) in shares {
      batch.features += lesson.features[(step * width)..<((step + 1) * width)]
      batch.taken.append(Int(lesson.rating.fragment.action(step).first!))
      batch.weights.append(Float(share))
    }
    batch.groups.append((first..<batch.taken.count, Float(lesson.rating.value)))
  }

  private func gradient(_ batch: Batch) -> [Float] {
    var gradient = Array(repeating: Float(0), count: batch.taken.count * actions)
    let scale = 2 / Float(batch.groups.count)
    for (rows, value) in batch.groups {
      let said = rows.reduce(Float(0)) { sum, row in
        sum + batch.weights[row] * network.outputs[row * actions + batch.taken[row]]
      }
      for row in rows {
        let index = row * actions + batch.taken[row]
        let error = target == .sum ? said - value : network.outputs[index] - value
        gradient[index] = scale * batch.weights[row] * error
        for other in (row * actions)..<((row + 1) * actions) where other != index {
          gradient[other] = scale * batch.weights[row] * Self.prior * network.outputs[other]
        }
      }
    }
    return gradient
  }

  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    let lessons = lessons(feedback)
    if lessons.isEmpty { return 0 }
    return mean(
      lessons.map { lesson in
        network.predict(lesson.features, count: lesson.rating.fragment.length)
        let errors = lesson.shares.map { step, share in
          let taken = Int(lesson.rating.fragment.action(step).first!)
          let error = Double(network.outputs[step * actions + taken]) - lesson.rating.value
          return (share, error)
        }
        if target == .sum && !lesson.isSpread {
          let error = errors.reduce(0) { $0 + $1.0 * $1.1 }
          return error * error
        }
        return errors.reduce(0) { $0 + $1.0 * $1.1 * $1.1 }
      })
  }

  func save(to archive: inout StateArchive) { archive.add("feedback/approval", network.state) }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    try network.restore(archive.floats("feedback/approval"))
  }
}

extension Parameter {
  /// What all methods with an approval network have.
  static func approval(
    delay: ClosedRange<Double>, layers: Setting = [32, 32]
  ) -> [Parameter] {
    [
      Parameter(
        "window", .integer(1...Rating.longestReach), default: .setting(1),
        "Steps that a rating of one step is about, where feedback is turn by turn."),
      Parameter(
        "delay_min", .real(from: 0), default: .setting(.real(delay.lowerBound)),
        "Seconds that an answer takes at least, where feedback is given while it plays."),
      Parameter(
        "delay_max", .real(from: 0), default: .setting(.real(delay.upperBound)),
        "Seconds that an answer takes at most."),
      Parameter(
        "layers", .list(of: .integer(1...4096)), default: .setting(layers),
        "Widths of the hidden layers."),
      Parameter("learning_rate", .positiveReal, default: .setting(3e-3), "Step size of Adam."),
      Parameter(
        "updates", .integer(from: 1), default: .setting(500), "Gradient steps in a fit."),
      Parameter(
        "batch_size", .integer(1...65_536), default: .setting(32),
        "Ratings in a gradient step."),
    ]
  }

  static func beta(_ summary: String) -> Parameter {
    Parameter("beta", .real(from: 0), default: .setting(1.0), summary)
  }

  static func fade(_ value: Double) -> Parameter {
    Parameter(
      "fade", .real(0...1), default: .setting(.real(value)),
      "What beta is multiplied by for each episode trained since.")
  }
}
