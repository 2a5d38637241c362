/// What a person or a teacher can say.
public enum FeedbackKind: String, Sendable, Hashable, CaseIterable {
  case rating, comparison, correction, demonstration, question
}

/// One answer as the ledger keeps it. Append-only: what is taken back is marked, never erased.
public struct FeedbackRecord: Sendable, Hashable {
  public var id: Int
  public var kind: FeedbackKind
  /// The rating's number; nil for kinds that have none.
  public var value: Double?
  /// Who said it: a person's or a teacher's name.
  public var person: String
  /// Seconds since 1970, as the caller's clock has it.
  public var time: Double
  public var note: String
  /// The episode that was judged, by the caller's numbering.
  public var episode: Int?
  /// The agent's steps when it was given.
  public var steps: Int
  /// The agent's hash when it was given.
  public var agentHash: String

  public init(
    id: Int, kind: FeedbackKind, value: Double?, person: String, time: Double, note: String = "",
    episode: Int? = nil, steps: Int, agentHash: String
  ) {
    self.id = id
    self.kind = kind
    self.value = value
    self.person = person
    self.time = time
    self.note = note
    self.episode = episode
    self.steps = steps
    self.agentHash = agentHash
  }
}

/// A rating with what it was about, as an agent learns from it.
public struct Rating: Sendable, Hashable {
  /// The record's.
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
    self.init(id: id, value: value, episode: episode, focus: nil)
  }

  /// A rating of one step, such as the last one made by hand; the steps before it may get some of the
  /// credit.
  ///
  /// - Precondition: the episode has that step.
  public init(id: Int, value: Double, step: Int, of episode: Episode) {
    precondition(episode.actions.indices.contains(step), "the episode has no step \(step)")
    self.init(id: id, value: value, episode: episode, focus: step)
  }

  private init(id: Int, value: Double, episode: Episode, focus: Int?) {
    self.init(
      id: id, value: Swift.min(Swift.max(value, -1), 1),
      observations: Array(episode.observations.prefix(episode.length).joined()),
      actions: episode.actions.map { Int32($0.choice ?? 0) }, focus: focus)
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
  public let method: String
  /// Ratings folded in by this call; negative when some were taken back.
  public let newRatings: Int
  /// Ratings that the agent now stands on.
  public let ratings: Int
  /// Mean squared error over all ratings, before and after.
  public let lossBefore: Double
  public let lossAfter: Double
  /// The rated states, and in how many of them the greedy action is another one now.
  public let states: Int
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
