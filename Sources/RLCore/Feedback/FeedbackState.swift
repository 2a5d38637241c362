import Schema

/// What people said to an agent and what it made of it. The algorithm's own values stay untouched:
/// what was learned is added when an action is chosen, `argmax Q + beta b(a)`.
public struct FeedbackState: Sendable {
  /// The method in use, and all its settings.
  public internal(set) var method = FeedbackMethodKind.tamer.declaration.name
  /// All settings of the method.
  public internal(set) var settings = FeedbackState.defaults
  /// Given and not yet learned from.
  public internal(set) var pending: [Rating] = []
  /// Learned from, in the order of giving.
  public internal(set) var learned: [LearnedRating] = []
  var head: (any FeedbackHead)?
  /// What `beta` is multiplied by: it fades with each episode of training since the last learning.
  var fading = 1.0
  private var approval: [Float] = []

  /// A rating with the agent's age when it was learned from.
  public struct LearnedRating: Sendable, Hashable {
    /// What was said.
    public let rating: Rating
    /// The agent's steps when it learned from it.
    public let steps: Int
    /// The agent's episodes then.
    public let episodes: Int
  }

  private static let defaults: Settings = {
    let declaration = FeedbackMethodKind.tamer.declaration
    guard let settings = try? declaration.resolve([:]) else {
      preconditionFailure("the defaults of \(declaration.name) are outside their domains")
    }
    return settings
  }()

  /// The weight of feedback beside the algorithm's values at present.
  public var beta: Double { head == nil ? 0 : settings.real("beta") * fading }

  /// What feedback adds to each action's value; emptied where nothing was learned.
  mutating func bias(_ observation: [Float], into bias: inout [Float]) {
    guard head != nil else {
      if !bias.isEmpty { bias.removeAll() }
      return
    }
    head!.approval(observation, count: 1, into: &bias)
    let beta = Float(beta)
    for action in bias.indices { bias[action] *= beta }
  }

  /// Adds it for a batch: `values` is `[count, actions]`.
  mutating func addBias(_ observations: [Float], count: Int, to values: inout [Float]) {
    guard head != nil else { return }
    head!.approval(observations, count: count, into: &approval)
    let beta = Float(beta)
    for index in values.indices { values[index] += beta * approval[index] }
  }

  mutating func episodeEnded() {
    if head != nil { fading *= settings.real("fade") }
  }

  /// Learns anew from all of `learned`, as after that many episodes.
  mutating func refit(
    _ kind: FeedbackMethodKind, in instance: EnvironmentInstance, seed: Int, at episodes: Int
  ) {
    fading = 1
    guard let last = learned.last else {
      head = nil
      return
    }
    head = kind.fit(
      settings, learned.map(\.rating), instance.observationSpace, instance.actionSpace,
      RandomSource(seed: seed).split("feedback"))
    for _ in last.episodes..<episodes { fading *= settings.real("fade") }
  }
}

extension Agent {
  /// Chooses how feedback is folded in; what was learned from is learned anew.
  ///
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`, `incompatible`.
  public func coach(method name: String, settings: Settings = [:]) throws(CoreError) {
    let kind = try FeedbackMethods.named(name)
    try checkMethod(kind)
    feedback.settings = try kind.declaration.resolve(settings)
    feedback.method = name
    feedback.refit(kind, in: environment, seed: seed, at: episodes)
  }

  /// The id for the next rating: one more than that of the latest the agent stands on.
  public var nextRatingID: Int {
    (feedback.pending.last?.id ?? feedback.learned.last?.rating.id ?? 0) + 1
  }

  /// Takes in a rating; `learn` makes something of it.
  ///
  /// - Throws: `incompatible` where it is about another environment.
  public func receive(_ rating: Rating) throws(CoreError) {
    let space = environment.observationSpace
    guard rating.observations.count == rating.actions.count * space.size,
      space.isEncodable(rating.observations), !rating.actions.isEmpty,
      rating.actions.allSatisfy({ environment.actionSpace.contains(.discrete(Int($0))) })
    else {
      throw .incompatible("the rating is not about an episode of \(environment.name)")
    }
    feedback.pending.append(rating)
  }

  /// - Throws: `incompatible` where the method is not made for this algorithm.
  private func checkMethod(_ kind: FeedbackMethodKind) throws(CoreError) {
    guard kind.algorithms.contains(algorithmName) else {
      throw .incompatible(
        "feedback by `\(kind.declaration.name)` does not work with \(algorithmName), but with "
          + kind.algorithms.joined(separator: ", "))
    }
  }

  /// Folds in what was given since the last time.
  ///
  /// - Returns: what changed; nil where there was nothing new, and then nothing changed.
  public func learn() throws(CoreError) -> LearnReport? {
    if feedback.pending.isEmpty { return nil }
    try checkMethod(FeedbackMethods.named(feedback.method))
    let new = feedback.pending.map {
      FeedbackState.LearnedRating(rating: $0, steps: steps, episodes: episodes)
    }
    feedback.pending = []
    return try relearn(from: feedback.learned + new)
  }

  /// Takes a rating back, as if it had never been given.
  ///
  /// - Returns: how; nil where the agent has no rating of that id.
  public func retract(_ id: Int) throws(CoreError) -> Retraction? {
    if let index = feedback.pending.firstIndex(where: { $0.id == id }) {
      feedback.pending.remove(at: index)
      return .unlearned
    }
    guard let index = feedback.learned.firstIndex(where: { $0.rating.id == id }) else { return nil }
    var rest = feedback.learned
    let taken = rest.remove(at: index)
    return .learned(try relearn(from: rest), trainedSince: steps > taken.steps)
  }

  private func relearn(from ratings: [FeedbackState.LearnedRating]) throws(CoreError) -> LearnReport
  {
    let kind = try FeedbackMethods.named(feedback.method)
    let before = feedback.learned
    // The larger of the two sets shows the change, whether ratings came or went.
    let shown = (ratings.count > before.count ? ratings : before).map(\.rating)
    let choicesBefore = greedyChoices(in: shown)
    let lossBefore = feedback.loss(shown)
    feedback.learned = ratings
    feedback.refit(kind, in: environment, seed: seed, at: episodes)
    let choicesAfter = greedyChoices(in: shown)
    return LearnReport(
      method: feedback.method, newRatings: ratings.count - before.count, ratings: ratings.count,
      lossBefore: lossBefore, lossAfter: feedback.loss(shown), states: choicesAfter.count,
      changedStates: zip(choicesBefore, choicesAfter).count { $0 != $1 })
  }

  private func greedyChoices(in ratings: [Rating]) -> [Int] {
    let size = environment.observationSpace.size
    return ratings.flatMap { rating in
      let observations =
        rating.focus.map { Array(rating.observations[($0 * size)..<(($0 + 1) * size)]) }
        ?? rating.observations
      let count = observations.count / size
      biasedValues(observations, count: count, into: &values)
      let actions = values.count / count
      return (0..<count).map { argmax(values[($0 * actions)..<(($0 + 1) * actions)]) }
    }
  }
}

extension FeedbackState {
  /// The mean squared error over ratings; a head that has learned nothing says 0 of everything.
  fileprivate mutating func loss(_ ratings: [Rating]) -> Double {
    if head != nil { return head!.loss(ratings) }
    return ratings.isEmpty ? 0 : mean(ratings.map { $0.value * $0.value })
  }
}
