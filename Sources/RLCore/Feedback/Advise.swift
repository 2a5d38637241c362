import Schema

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Policy shaping: what people said counts as evidence that an action is right, and the policy of
/// the evidence is multiplied with that of the values.
///
/// The evidence for an action, D(s, a), is how much more often it was called right than wrong. In
/// spaces where no state comes twice, ratings count by how near their state is. With the values'
/// policy exp(Q / T), the product is greatest where Q(s, a) + T D(s, a) log(C / (1 - C)) is, so that
/// evidence is a bias on values.
///
/// Source: Griffith et al., "Policy Shaping: Integrating Human Feedback with Reinforcement Learning",
/// 2013.
struct Advise: FeedbackModel {
  private let space: Space
  private let actions: Int
  private let width: Float
  private let given: Double?
  /// `[rated, featureCount]`, scaled.
  private var states: [Float] = []
  private var taken: [Int] = []
  private var values: [Float] = []
  private var center: [Float]
  private var scale: [Float]
  /// How often the teacher is right.
  private(set) var consistency = 0.8

  init(_ settings: Settings, _ space: Space, _ actions: Space) {
    guard case .discrete(let count) = actions else {
      preconditionFailure("advice on actions of \(actions)")
    }
    self.space = space
    self.actions = count
    width = Float(settings.real("width"))
    given = settings["consistency"]?.real
    center = Array(repeating: 0, count: space.featureCount)
    scale = Array(repeating: 1, count: space.featureCount)
  }

  var influence: ActionInfluence { .added }

  mutating func learn(_ lessons: Lessons, with pupil: inout Pupil) throws(CoreError) {
    (states, taken, values) = ([], [], [])
    var random = pupil.random
    for rating in lessons.all.compactMap(\.asRating) {
      let fragment = rating.fragment
      let features = space.features(fragment.before, count: fragment.length)
      for step in rating.focus.map({ $0..<($0 + 1) }) ?? 0..<fragment.length {
        let size = space.featureCount
        states += features[(step * size)..<((step + 1) * size)]
        taken.append(Int(fragment.action(step).first!))
        // An episode's rating says less of each of its steps.
        values.append(Float(rating.focus == nil ? rating.value / 10 : rating.value))
      }
    }
    if space.isPlain {
      let scaled = ScaledNetwork(
        data: states, width: space.featureCount, isScaled: true, layers: [1], outputs: 1,
        using: &random)
      (center, scale) = (scaled.center, scaled.scale)
    }
    states = scaled(states)
    consistency = given ?? estimatedConsistency()
  }

  private func scaled(_ features: [Float]) -> [Float] {
    features.indices.map {
      (features[$0] - center[$0 % center.count]) * scale[$0 % center.count]
    }
  }

  /// 1 for the same state, falling with the squared distance.
  private func nearness(_ feature: ArraySlice<Float>, _ rated: Int) -> Float {
    let size = center.count
    var distance: Float = 0
    for column in 0..<size {
      let gap = feature[feature.startIndex + column] - states[rated * size + column]
      distance += gap * gap
    }
    return Float(exp(-Double(distance / (2 * width * width))))
  }

  /// How often a rating agrees with what the others nearby say, between .55 and .95.
  private func estimatedConsistency() -> Double {
    let size = center.count
    var (agreeing, all) = (1.6, 2.0)
    for index in taken.indices where values[index] != 0 {
      let state = states[(index * size)..<((index + 1) * size)]
      var evidence: Float = 0
      for other in taken.indices where other != index && taken[other] == taken[index] {
        evidence += nearness(state, other) * values[other]
      }
      guard abs(evidence) > 0.5 else { continue }
      all += 1
      if (evidence > 0) == (values[index] > 0) { agreeing += 1 }
    }
    return min(max(agreeing / all, 0.55), 0.95)
  }

  mutating func approval(_ observations: [Float], count: Int, into approval: inout [Float]) {
    let features = scaled(space.features(observations, count: count))
    let size = center.count
    let weight = Float(log(consistency / (1 - consistency)))
    approval = Array(repeating: 0, count: count * actions)
    for row in 0..<count {
      let state = features[(row * size)..<((row + 1) * size)]
      for rated in taken.indices {
        approval[row * actions + taken[rated]] += weight * nearness(state, rated) * values[rated]
      }
    }
  }

  /// The squared distance of the probability that a rated action is right from what was said.
  mutating func loss(_ feedback: [Feedback], pupil: inout Pupil) -> Double {
    var evidence: [Float] = []
    let losses = feedback.compactMap(\.asRating).map { rating in
      let fragment = rating.fragment
      approval(fragment.before, count: fragment.length, into: &evidence)
      let steps = rating.focus.map { $0..<($0 + 1) } ?? 0..<fragment.length
      return mean(
        steps.map { step in
          let choice = Int(fragment.action(step).first!)
          let error = 2 * logistic(Double(evidence[step * actions + choice])) - 1 - rating.value
          return error * error
        })
    }
    return losses.isEmpty ? 0 : mean(losses)
  }

  func save(to archive: inout StateArchive) {
    archive.add("feedback/advise/states", states)
    archive.add("feedback/advise/taken", taken)
    archive.add("feedback/advise/values", values)
    archive.add("feedback/advise/scale", center + scale)
    archive.add("feedback/advise/consistency", [consistency])
  }

  mutating func restore(from archive: StateArchive) throws(CoreError) {
    taken = try archive.integers("feedback/advise/taken")
    guard taken.allSatisfy({ (0..<actions).contains($0) }) else {
      throw .damagedArchive(reason: "advice is on an action that there is not")
    }
    let size = space.featureCount
    states = try archive.floats("feedback/advise/states", count: taken.count * size)
    values = try archive.floats("feedback/advise/values", count: taken.count)
    let numbers = try archive.floats("feedback/advise/scale", count: 2 * size)
    (center, scale) = (Array(numbers[..<size]), Array(numbers[size...]))
    consistency = try archive.doubles("feedback/advise/consistency", count: 1)[0]
  }
}

extension FeedbackMethodKind {
  static let advise = FeedbackMethodKind(
    declaration: Declaration(
      name: "advise",
      summary: "Multiply the policy with the probability that each action is right.",
      parameters: [
        .beta("Temperature of the values' policy: what a nat of evidence is worth in value."),
        .fade(1),
        Parameter(
          "consistency",
          .either([
            .real(Interval(0.5, 1, includesLower: false, includesUpper: false)),
            .words([Word("auto", "By how often ratings of near states agree.")]),
          ]), default: .setting("auto"), "How often the teacher is right."),
        Parameter(
          "width", .positiveReal, default: .setting(0.3),
          "Distance at which a rating of another state still counts .6, in deviations."),
      ],
      examples: [Example("coach a method=advise consistency=0.8")],
      details: """
        pi(a) is proportional to exp(Q(s, a) / beta) C^D(a) times (1 - C)^D(b) for all other b: D \
        is how much more often an action was called right than wrong, C how often the teacher is \
        right. Where states do not come twice, ratings count by the nearness of their states.
        """,
      source: "Griffith et al. 2013"),
    algorithms: valueAlgorithms, kinds: [.rating, .question], rule: .refits,
    make: { Advise($0, $1, $2) })
}
