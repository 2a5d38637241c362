import Schema

/// A way to learn from experience. A struct: a fork is an assignment.
///
/// The caller acts in the environment and hands over what happened; the algorithm never sees the
/// environment itself. Random streams are the caller's too, one for each purpose, so that a draw
/// for one shifts no other.
public protocol Algorithm: Sendable {
  /// Every setting in force.
  var settings: Settings { get }
  /// Steps recorded.
  var steps: Int { get }
  /// Gradient steps made.
  var updates: Int { get }
  /// The present probability of a random action; nil where the algorithm has none.
  var epsilon: Double? { get }
  /// Transitions held for replay; nil where the algorithm has no such buffer.
  var replayCount: Int? { get }
  /// Everything that decides the greedy actions, flat.
  var weights: [Float] { get set }
  /// Roughly how many floating-point operations one `update` takes.
  var updateCost: Int { get }
  /// Copies of the environment that are trained in by turns: step `i` is made in copy
  /// `i % environmentCount`.
  var environmentCount: Int { get }

  /// What the greedy actions for a batch of observations are chosen by.
  ///
  /// - Parameters:
  ///   - observations: `[count, observationSpace.size]`.
  ///   - values: resized and overwritten. Discrete actions: `[count, actions]`, the greatest is
  ///     chosen; values of actions, or a policy's unnormalised log-probabilities. Continuous
  ///     actions: `[count, actionSpace.size]`, the action itself.
  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float])

  /// The greedy action for one observation, and why.
  ///
  /// - Parameter bias: added to each action's value, as feedback wants it; empty for none.
  mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction

  /// Chooses an action for training, exploration included.
  ///
  /// - Parameter bias: as for `prediction`. Policies do not listen to it while training: they learn
  ///   from what they would have done.
  mutating func explore(
    _ observation: [Float], bias: [Float], using policy: inout RandomSource
  ) -> Action

  /// Takes in one step of training: that for which `explore` was asked last.
  mutating func record(_ transition: borrowing Transition)

  /// Makes one gradient step where one is due. The caller goes on until there is none, and only
  /// then to the next step in the environment.
  ///
  /// - Returns: its figures, or nil where none was due.
  /// - Throws: `notFinite`.
  mutating func update(using replay: inout RandomSource) throws(CoreError) -> UpdateMetrics?

  /// Changes a setting of a living agent.
  ///
  /// - Throws: `unknownSetting`, `invalidSetting`, `fixedSetting`.
  mutating func set(_ name: String, to value: Setting) throws(CoreError)

  /// Adds the whole state to an archive.
  func save(to archive: inout StateArchive, includingReplay: Bool)

  /// Takes the whole state from an archive that an algorithm of the same settings wrote.
  ///
  /// - Throws: `damagedArchive`.
  mutating func restore(from archive: StateArchive) throws(CoreError)
}

extension Algorithm {
  /// One.
  public var environmentCount: Int { 1 }

  /// That of the greatest value.
  public mutating func prediction(for observation: [Float], bias: [Float]) -> Prediction {
    var values: [Float] = []
    actionValues(observation, count: 1, into: &values)
    for action in bias.indices { values[action] += bias[action] }
    let choice = argmax(values[...])
    return Prediction(
      action: .discrete(choice), values: values,
      probabilities: values.indices.map { $0 == choice ? 1 : 0 })
  }
}

/// One step as the algorithm sees it.
public struct Transition: Sendable {
  /// `observationSpace.size` numbers.
  public var observation: [Float]
  /// What was done.
  public var action: Action
  /// What it brought.
  public var reward: Double
  /// What was seen after it.
  public var next: [Float]
  /// The task itself ended: nothing is to be gained after it.
  public var terminated: Bool
  /// The time limit cut the episode: there would have been more.
  public var truncated: Bool
}

/// The figures of one gradient step.
public struct UpdateMetrics: Sendable, Hashable {
  /// The mean over the batch.
  public var loss: Float
  /// Before clipping.
  public var gradientNorm: Float
  /// How far the policy has moved from the one that acted, in nats, estimated by
  /// mean(r - 1 - log r) of the ratios r; nil where the algorithm does not bound it.
  public var approximateKL: Float?
}

/// What an agent would do, and why.
public struct Prediction: Sendable, Hashable {
  /// The greedy action.
  public var action: Action
  /// The value of each action, feedback included. Where there is a value of the state alone, or
  /// actions are continuous: one number, that of the state or of the action.
  public var values: [Float]
  /// The probability of each action; empty for continuous actions.
  public var probabilities: [Float]
}

/// A nameable algorithm: its declaration and how it is made.
public struct AlgorithmKind: Sendable {
  /// Its name, settings and documentation.
  public let declaration: Declaration
  /// Makes one from resolved settings, its weights drawn from the stream.
  let make: @Sendable (Settings, Space, Space, RandomSource) throws(CoreError) -> any Algorithm
  /// What cannot work among resolved settings when trained for so many steps, a sentence each.
  let warnings: @Sendable (Settings, Int) -> [String]
}

/// The built-in algorithms.
public enum Algorithms {
  /// What its members are called.
  public static let family = Family("algorithm")

  /// All of them, in the order in which they are shown. A new one is a new file and a line here.
  public static let all: [AlgorithmKind] = [
    .dqn, .ppo, .a2c, .sac, .td3, .reinforce, .qLearning, .sarsa,
  ]

  /// The one of that name.
  public static func named(_ name: String) throws(CoreError) -> AlgorithmKind {
    if let kind = all.first(where: { $0.declaration.name == name }) { return kind }
    throw .unknownName(
      family: family.name, name: name,
      suggestion: nearest(to: name, among: all.map(\.declaration.name)))
  }
}
