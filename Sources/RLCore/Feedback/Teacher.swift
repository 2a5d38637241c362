import Schema

/// Someone who answers in a person's place. May throw: one can be written in a script.
public protocol Teacher: Sendable {
  /// Rates a whole episode from -1 to 1; nil is no answer.
  mutating func rate(_ episode: Episode, in environment: EnvironmentInstance) throws -> Double?

  /// Rates one step from -1 to 1; nil is no answer.
  ///
  /// - Parameter reference: the action values of someone who knows the task, where there is one.
  mutating func rate(
    step: EnvironmentInstance.Step, action: Action, reference: [Float]?
  ) throws -> Double?

  /// Says which of two pieces is better, from their true rewards.
  mutating func compare(_ left: [Double], _ right: [Double]) throws -> Preference
}

/// The answer to a comparison.
public enum Preference: String, Sendable, Hashable, CaseIterable {
  case left, right, equal, skip
}

/// A nameable teacher: its declaration and how it is made.
public struct TeacherKind: Sendable {
  /// Its name, options and documentation.
  public let declaration: Declaration
  /// The settings of `SimulatedTeacher` that it stands for.
  fileprivate let defaults: Settings

  /// Makes one.
  ///
  /// - Throws: `unknownSetting`, `invalidSetting`.
  public func make(_ given: Settings, seed: Int) throws(CoreError) -> any Teacher {
    let settings = try declaration.resolve(given)
    return SimulatedTeacher(
      defaults.merging(settings) { $1 }, seed: settings["seed"]?.integer ?? seed)
  }
}

/// The built-in teachers.
public enum Teachers {
  /// What its members are called.
  public static let family = Family("teacher")

  /// All of them, in the order in which they are shown.
  public static let all: [TeacherKind] = [.oracle, .noisy, .mistake, .skip, .equal, .myopic]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> TeacherKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}

/// A teacher who knows the true reward and has human faults, in this order: no answer, no
/// difference, short sight, chance, slips.
///
/// A comparison is decided by the difference of the two returns; a rating by the difference from
/// the mean return of the last ten episodes seen (at first half the environment's reward
/// threshold): 1 for better, -1 for worse.
///
/// Source: Lee et al., "B-Pref: Benchmarking Preference-Based Reinforcement Learning", 2021.
struct SimulatedTeacher: Teacher {
  /// Steepness of the choice; below 0 the better one is always chosen.
  let beta: Double
  /// The probability of saying the opposite.
  let error: Double
  /// Thresholds as shares of the mean return.
  let skipShare: Double
  let equalShare: Double
  /// How much each step weighs beside the one after it.
  let gamma: Double
  private var random: RandomSource
  private var recentReturns: [Double] = []
  private var recentRewards: [Double] = []

  init(_ settings: Settings, seed: Int) {
    beta = settings["beta"]?.real ?? -1
    error = settings["eps"]?.real ?? 0
    skipShare = settings["skip"]?.real ?? 0
    equalShare = settings["equal"]?.real ?? 0
    gamma = settings["gamma"]?.real ?? 1
    random = RandomSource(seed: seed).split("teacher")
  }

  mutating func rate(
    _ episode: Episode, in environment: EnvironmentInstance
  ) -> Double? {
    let truth = episode.return
    let standard =
      recentReturns.isEmpty ? (environment.rewardThreshold ?? 0) / 2 : mean(recentReturns)
    recentReturns = (recentReturns + [truth]).suffix(10)
    if skipShare > 0 && truth < skipShare * standard { return nil }
    if abs(truth - standard) < equalShare * abs(standard) || truth == standard { return 0 }
    return answer(difference: sighted(episode.rewards) - standard * sight(episode.length))
  }

  mutating func rate(
    step: EnvironmentInstance.Step, action: Action, reference: [Float]?
  ) -> Double? {
    if let reference, let choice = action.choice {
      let gap = Double(reference[choice] - (reference.max() ?? 0))
      return answer(difference: gap == 0 ? 1 : gap)
    }
    let usual = recentRewards.isEmpty ? step.reward : mean(recentRewards)
    recentRewards = (recentRewards + [step.reward]).suffix(10)
    // An end forfeits what steps usually bring: bad where that is a gain, good where it is a cost.
    let forfeit = step.terminated ? 10 * usual : 0
    let difference = step.reward - usual - forfeit
    return difference == 0 ? 0 : answer(difference: difference)
  }

  mutating func compare(_ left: [Double], _ right: [Double]) -> Preference {
    let (leftReturn, rightReturn) = (left.reduce(0, +), right.reduce(0, +))
    let standard =
      recentReturns.isEmpty ? Swift.max(leftReturn, rightReturn) : mean(recentReturns)
    if skipShare > 0 && Swift.max(leftReturn, rightReturn) < skipShare * standard { return .skip }
    let difference = sighted(left) - sighted(right)
    if abs(leftReturn - rightReturn) < equalShare * abs(standard) || difference == 0 {
      return .equal
    }
    return answer(difference: difference) > 0 ? .left : .right
  }

  /// The return as a short-sighted teacher feels it: the end of the piece weighs most.
  private func sighted(_ rewards: [Double]) -> Double { rewards.reduce(0) { $0 * gamma + $1 } }

  /// What is left of a return by short sight, if all steps bring the same.
  private func sight(_ length: Int) -> Double {
    length == 0 || gamma == 1
      ? 1 : (0..<length).reduce(0.0) { sum, _ in sum * gamma + 1 } / Double(length)
  }

  private mutating func answer(difference: Double) -> Double {
    let better = beta < 0 ? difference > 0 : random.bernoulli(logistic(beta * difference))
    let slips = error > 0 && random.bernoulli(error)
    return better != slips ? 1 : -1
  }
}

extension TeacherKind {
  static let oracle = TeacherKind("oracle", "Always right.", [], ["beta": -1.0])
  static let noisy = TeacherKind(
    "noisy", "Right the more surely, the greater the difference.",
    [
      Parameter(
        "beta", .real, default: .setting(1.0),
        "Steepness of the choice; below 0 always the better one.")
    ])
  static let mistake = TeacherKind(
    "mistake", "Now and then says the opposite.",
    [
      Parameter(
        "eps", .real(0...1), default: .setting(0.1), "The probability of saying the opposite.")
    ])
  static let skip = TeacherKind(
    "skip", "Does not answer where everything is bad.",
    [
      Parameter(
        "skip", .real(0...1), default: .setting(0.1),
        "No answer below this share of the mean return.")
    ])
  static let equal = TeacherKind(
    "equal", "Sees no small differences.",
    [
      Parameter(
        "equal", .real(0...1), default: .setting(0.1),
        "No difference below this share of the mean return.")
    ])
  static let myopic = TeacherKind(
    "myopic", "Remembers the end best.",
    [
      Parameter(
        "gamma", .real(0...1), default: .setting(0.9),
        "How much a step weighs beside the one after it.")
    ])

  private init(
    _ name: String, _ summary: String, _ parameters: [Parameter], _ defaults: Settings = [:]
  ) {
    let seed = Parameter(
      "seed", .integer, default: .described("the session's"), "Fixes the teacher's own stream.")
    declaration = Declaration(
      name: name, summary: summary, parameters: parameters + [seed],
      examples: [Example("t = teacher \(name)")], source: "Lee et al. 2021 (B-Pref)")
    self.defaults = defaults
  }
}
