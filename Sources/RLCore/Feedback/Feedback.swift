/// What a person or a teacher can say.
public enum FeedbackKind: String, Sendable, Hashable, CaseIterable {
  case rating, comparison, correction, demonstration, question
}

/// A rating with what it was about, as an agent learns from it.
public struct Rating: Sendable, Hashable {
  /// What `retract` takes it back by.
  public let id: Int
  /// From -1, bad, to 1, good; what lies outside is cut.
  public let value: Double
  /// What was seen before each step: `[steps, observationSpace.size]`, flat.
  let observations: [Float]
  let actions: [Int32]
  /// The rated step; nil when the rating is about all of them.
  let focus: Int?

  /// A rating of a whole episode.
  public init(id: Int, value: Double, episode: Episode) {
    self.init(id: id, value: value, episode: episode, steps: 0..<episode.length, focus: nil)
  }

  /// A rating of one step, such as the last one made by hand; the steps before it may get some of
  /// the credit.
  ///
  /// - Precondition: the episode has that step.
  public init(id: Int, value: Double, step: Int, of episode: Episode) {
    precondition(episode.actions.indices.contains(step), "the episode has no step \(step)")
    let first = max(0, step + 1 - Self.longestReach)
    self.init(
      id: id, value: value, episode: episode, steps: first..<(step + 1), focus: step - first)
  }

  /// The rated step and the steps before it that are kept: what a credit window can reach.
  public static let longestReach = 64

  private init(id: Int, value: Double, episode: Episode, steps: Range<Int>, focus: Int?) {
    self.init(
      id: id, value: min(max(value, -1), 1),
      observations: Array(episode.observations[steps].joined()),
      actions: episode.actions[steps].map { Int32($0.choice ?? 0) }, focus: focus)
  }

  init(id: Int, value: Double, observations: [Float], actions: [Int32], focus: Int?) {
    self.id = id
    self.value = value
    self.observations = observations
    self.actions = actions
    self.focus = focus
  }
}

/// What learning from feedback changed.
public struct LearnReport: Sendable, Hashable {
  /// The feedback method's name.
  public let method: String
  /// Ratings folded in by this call; negative when some were taken back.
  public let newRatings: Int
  /// Ratings that the agent now stands on.
  public let ratings: Int
  /// Mean squared error over all ratings, before.
  public let lossBefore: Double
  /// The same, after.
  public let lossAfter: Double
  /// Rated states.
  public let states: Int
  /// Rated states whose greedy action is another one now.
  public let changedStates: Int

  /// The share of rated states whose greedy action changed.
  public var changedShare: Double { states == 0 ? 0 : Double(changedStates) / Double(states) }
}

/// How a rating was taken back.
public enum Retraction: Sendable, Hashable {
  /// It had not been learned from.
  case unlearned
  /// What it had taught is gone, to the bit. With `trainedSince` the agent has meanwhile acted and
  /// trained under it; what came of that stays.
  case learned(LearnReport, trainedSince: Bool)
}
