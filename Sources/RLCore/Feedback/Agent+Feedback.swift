import Schema

/// What learning from feedback changed.
public struct LearnReport: Sendable, Hashable {
  /// The feedback method's name.
  public let method: String
  /// Answers folded in by this call; negative when some were taken back.
  public let newAnswers: Int
  /// Answers that the agent now stands on.
  public let answers: Int
  /// How far the agent was from what was said, before: a mean squared error of ratings, or nats of
  /// comparisons and actions.
  public let lossBefore: Double
  /// The same, after.
  public let lossAfter: Double
  /// States that the feedback is about.
  public let states: Int
  /// Of them, those in which the greedy action is another one now.
  public let changedStates: Int

  /// The share of these states whose greedy action changed.
  public var changedShare: Double { states == 0 ? 0 : Double(changedStates) / Double(states) }
}

/// How feedback was taken back.
public enum Retraction: Sendable, Hashable {
  /// It had not been learned from.
  case unlearned
  /// What it had taught is gone, to the bit, unless `trainedSince`: then the agent has meanwhile
  /// acted and trained under it, and what came of that stays.
  case learned(LearnReport, trainedSince: Bool)
}

extension Agent {
  /// Chooses how feedback is folded in. A method whose knowledge is a function of the feedback
  /// learns anew from all that was learned; what was done to the algorithm's weights stays.
  ///
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`, `incompatible`.
  public func coach(method name: String, settings: Settings = [:]) throws(CoreError) {
    let kind = try FeedbackMethods.named(name)
    try kind.check(algorithm: algorithmName)
    let resolved = try kind.declaration.resolve(settings)
    note(.coached(name, settings))
    feedback.settings = resolved
    feedback.method = name
    feedback.model = nil
    withdrawDemonstrations()
    collectClips(for: kind)
    if kind.rule == .refits { try refit(kind) }
  }

  /// The id for the next feedback: one more than the greatest the agent stands on.
  public var nextFeedbackID: Int {
    max(feedback.pending.map(\.id).max() ?? 0, feedback.learned.map(\.feedback.id).max() ?? 0) + 1
  }

  /// Takes in feedback; `learn` makes something of it.
  ///
  /// - Throws: `incompatible` where it is about another environment.
  public func receive(_ given: Feedback) throws(CoreError) {
    guard given.fits(environment) else {
      throw .incompatible(
        "the \(given.kind.rawValue) is not about an episode of \(environment.name)")
    }
    note(.received(given))
    feedback.pending.append(given)
  }

  /// Folds in what was given since the last time. Feedback of a kind that the method does not learn
  /// from waits for one that does.
  ///
  /// - Returns: what changed; nil where there was nothing new, and then nothing changed.
  /// - Throws: `incompatible` where the method learns from nothing of what was given.
  public func learn() throws(CoreError) -> LearnReport? {
    if feedback.pending.isEmpty { return nil }
    let kind = try FeedbackMethods.named(feedback.method)
    try kind.check(algorithm: algorithmName)
    let new = feedback.pending.filter { kind.kinds.contains($0.kind) }
    guard !new.isEmpty else {
      throw .incompatible(
        "feedback by `\(feedback.method)` learns from "
          + kind.kinds.map { "\($0.rawValue)s" }.joined(separator: " and ")
          + ", not from a \(feedback.pending[0].kind.rawValue)")
    }
    note(.learned)
    let all = feedback.learned.map(\.feedback) + new
    return try reported(on: all, newAnswers: new.count) { () throws(CoreError) in
      feedback.pending.removeAll { kind.kinds.contains($0.kind) }
      feedback.learned += new.map { .init(feedback: $0, steps: steps, episodes: episodes) }
      try fold(new, by: kind)
    }
  }

  private func newModel(_ kind: FeedbackMethodKind) -> any FeedbackModel {
    kind.make(feedback.settings, environment.observationSpace, environment.actionSpace)
  }

  /// Lets the method learn, with `new` as what came since the last time.
  private func fold(_ new: [Feedback], by kind: FeedbackMethodKind) throws(CoreError) {
    let all = feedback.learned.map(\.feedback).filter { kind.kinds.contains($0.kind) }
    feedback.fading = 1
    if kind.rule == .refits { feedback.model = nil }
    guard !all.isEmpty else {
      withdrawDemonstrations()
      // A method that asks rewards nothing before the first answers, rather than what it is to
      // replace.
      if kind.queries != nil { feedback.model = newModel(kind) }
      return
    }
    var model =
      feedback.model
      ?? newModel(kind)
    var pupil = pupil
    try model.learn(Lessons(all: all, new: new), with: &pupil)
    algorithm = pupil.algorithm
    // Gradient steps made here are no part of the training that follows on a step.
    updatesAtStep += algorithm.updates - updates
    updates = algorithm.updates
    feedback.model = model
    if kind.rule == .accumulates { feedback.learnings += 1 }
  }

  /// Learns anew from all of `learned`, as after the episodes since the last of it.
  func refit(_ kind: FeedbackMethodKind) throws(CoreError) {
    try fold([], by: kind)
    guard let last = feedback.learned.last, let fade = feedback.settings["fade"]?.real else {
      return
    }
    for _ in last.episodes..<episodes { feedback.fading *= fade }
  }

  /// The algorithm as the method sees it.
  private var pupil: Pupil {
    Pupil(
      algorithm: algorithm, environment: environment,
      random: RandomSource(seed: seed).split("feedback"), clips: feedback.clips.clips,
      learnings: feedback.learnings, threads: threads)
  }

  /// What an earlier method gave the algorithm to learn from beside its own steps.
  private func withdrawDemonstrations() {
    guard var teachable = algorithm as? any Teachable, teachable.demonstrations != nil else {
      return
    }
    teachable.demonstrations = nil
    algorithm = teachable
  }

  private func collectClips(for kind: FeedbackMethodKind) {
    let length = kind.queries?(feedback.settings).length ?? kind.collects?(feedback.settings) ?? 0
    feedback.clips.collect(length: length, capacity: QueryPlan.poolSize)
  }

  /// Gives the algorithm again what feedback had given it, after both were restored.
  func reinstallFeedback() throws(CoreError) {
    guard var model = feedback.model else { return }
    let kind = try FeedbackMethods.named(feedback.method)
    let all = feedback.learned.map(\.feedback).filter { kind.kinds.contains($0.kind) }
    var pupil = pupil
    model.reinstall(Lessons(all: all, new: []), with: &pupil)
    algorithm = pupil.algorithm
    feedback.model = model
  }

  /// Makes a change and tells what it did in the states that `shown` is about.
  func reported<Failure: Error>(
    on shown: [Feedback], newAnswers: Int, _ change: () throws(Failure) -> Void
  ) throws(Failure) -> LearnReport {
    let choicesBefore = greedyChoices(in: shown)
    let lossBefore = loss(shown)
    try change()
    let choicesAfter = greedyChoices(in: shown)
    return LearnReport(
      method: feedback.method, newAnswers: newAnswers, answers: feedback.learned.count,
      lossBefore: lossBefore, lossAfter: loss(shown), states: choicesAfter.count,
      changedStates: zip(choicesBefore, choicesAfter).count { $0 != $1 })
  }

  /// By the present method; a model that has learned nothing knows nothing.
  private func loss(_ given: [Feedback]) -> Double {
    guard let kind = try? FeedbackMethods.named(feedback.method) else { return 0 }
    let known = given.filter { kind.kinds.contains($0.kind) }
    if known.isEmpty { return 0 }
    var model =
      feedback.model
      ?? newModel(kind)
    var pupil = pupil
    return model.loss(known, pupil: &pupil)
  }

  /// What it would do in each state that feedback is about.
  private func greedyChoices(in given: [Feedback]) -> [Action] {
    let observations = given.flatMap { one -> [Float] in
      if case .rating(let rating) = one, let focus = rating.focus {
        return Array(rating.fragment.observation(focus))
      }
      return one.fragments.flatMap(\.before)
    }
    let count = observations.count / environment.observationSpace.size
    if count == 0 { return [] }
    biasedValues(observations, count: count, into: &values)
    let width = values.count / count
    return (0..<count).map { action(by: values[($0 * width)..<(($0 + 1) * width)]) }
  }
}
