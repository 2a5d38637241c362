import Schema

/// What people said to an agent and what its method made of it.
public struct FeedbackState: Sendable {
  /// The method in use.
  public internal(set) var method = FeedbackMethodKind.tamer.declaration.name
  /// All settings of the method.
  public internal(set) var settings = FeedbackState.defaults
  /// Given and not yet learned from.
  public internal(set) var pending: [Feedback] = []
  /// Learned from, in the order of giving.
  public internal(set) var learned: [LearnedFeedback] = []
  /// Nil before anything was learned.
  var model: (any FeedbackModel)? {
    get { inUse?.model }
    set { inUse = newValue.map(ModelInUse.init) }
  }
  private var inUse: ModelInUse?
  /// What `beta` is multiplied by: it fades with each episode of training since the last learning.
  var fading = 1.0
  /// Times that the method learned; an accumulating method draws anew each time.
  var learnings = 0
  /// What the pieces of training that are asked about are drawn from.
  var clips = ClipPool()
  private var approval: [Float] = []

  /// A model, and what training asks it at each step: asking a value of unknown type copies it.
  private struct ModelInUse: Sendable {
    var model: any FeedbackModel
    let influence: ActionInfluence
    let givesReward: Bool

    init(_ model: any FeedbackModel) {
      self.model = model
      influence = model.influence
      givesReward = model.givesReward
    }
  }

  /// Feedback with the agent's age when it was learned from.
  public struct LearnedFeedback: Sendable, Hashable {
    /// What was said.
    public let feedback: Feedback
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

  private var influence: ActionInfluence { inUse?.influence ?? .none }

  /// Whether it takes part in the choice of actions.
  var influencesActions: Bool { influence != .none }

  /// Whether training learns from another reward than the environment's.
  public var givesReward: Bool { inUse?.givesReward ?? false }

  /// The weight of feedback beside the algorithm's values at present; 0 where the method does not
  /// act on the choice of actions.
  public var beta: Double {
    switch influence {
    case .none: 0
    case .added, .shared: (settings["beta"]?.real ?? 1) * fading
    }
  }

  /// Answers of one kind that the agent stands on or is about to learn from.
  public func count(of kind: FeedbackKind) -> Int {
    pending.count { $0.kind == kind } + learned.count { $0.feedback.kind == kind }
  }

  /// Comparisons that count towards what is asked for: neither skipped nor asked again.
  var comparisons: Int {
    func counts(_ feedback: Feedback) -> Bool {
      if case .comparison(let comparison) = feedback { comparison.label != nil } else { false }
    }
    return pending.count(where: counts) + learned.count { counts($0.feedback) }
  }

  // MARK: Acting

  /// What feedback adds to each action's value; emptied where it adds nothing.
  ///
  /// - Parameter draw: decides who acts where control is shared; nil decides for the greater
  ///   share.
  mutating func bias(
    _ observation: [Float], into bias: inout [Float], draw: @autoclosure () -> RandomSource? = nil
  ) {
    switch influence {
    case .none: if !bias.isEmpty { bias.removeAll() }
    case .added:
      inUse!.model.approval(observation, count: 1, into: &bias)
      let beta = Float(beta)
      for action in bias.indices { bias[action] *= beta }
    case .shared:
      var draw = draw()
      let listens = draw?.bernoulli(beta) ?? (beta >= 0.5)
      guard listens else { return bias.removeAll() }
      inUse!.model.approval(observation, count: 1, into: &bias)
      Self.decide(&bias, rows: 1)
    }
  }

  /// Adds it for a batch of greedy choices: `values` is `[count, actions]`.
  mutating func addBias(_ observations: [Float], count: Int, to values: inout [Float]) {
    let weight: Float
    switch influence {
    case .none: return
    case .added: weight = Float(beta)
    case .shared:
      guard beta >= 0.5 else { return }
      weight = 1
    }
    inUse!.model.approval(observations, count: count, into: &approval)
    if case .shared = influence { Self.decide(&approval, rows: count) }
    for index in values.indices { values[index] += weight * approval[index] }
  }

  /// Leaves so much to the most approved action of each row that no value outweighs it.
  private static func decide(_ approval: inout [Float], rows: Int) {
    let width = approval.count / rows
    for row in 0..<rows {
      let choice = argmax(approval[(row * width)..<((row + 1) * width)])
      for action in 0..<width { approval[row * width + action] = action == choice ? 1e9 : 0 }
    }
  }

  /// What the algorithm learns from as this step's reward, where feedback gives it.
  mutating func reward(_ transition: borrowing Transition) -> Double {
    inUse!.model.reward(transition)
  }

  mutating func episodeEnded() {
    if inUse != nil, let fade = settings["fade"]?.real { fading *= fade }
  }
}

// MARK: - State

extension FeedbackState {
  func save(to archive: inout StateArchive) {
    clips.save(to: &archive)
    if let model {
      archive.add("feedback/has_model", [1])
      model.save(to: &archive)
    }
    if pending.isEmpty && learned.isEmpty { return }
    var writer = FeedbackWriter()
    writer.write(pending.count)
    writer.write(learned.count)
    writer.write(learnings)
    writer.write(fading)
    for feedback in pending { writer.write(feedback) }
    for entry in learned {
      writer.write(entry.steps)
      writer.write(entry.episodes)
      writer.write(entry.feedback)
    }
    writer.save(to: &archive, name: "feedback")
  }

  mutating func restore(
    from archive: StateArchive, in instance: EnvironmentInstance, steps age: Int, episodes: Int
  ) throws(CoreError) {
    let kind = try FeedbackMethods.named(archive.text("feedback_method"))
    method = kind.declaration.name
    settings = try kind.declaration.resolve(
      Settings(encoded: archive.text("feedback_settings"), name: "feedback_settings"))
    try clips.restore(from: archive, in: instance)
    guard archive.contains("feedback/integers") else {
      if archive.contains("feedback/has_model") { try restoreModel(kind, archive, instance) }
      return
    }

    var reader = try FeedbackReader(archive, name: "feedback", environment: instance)
    let waiting = try reader.integer(in: StateArchive.counts)
    let known = try reader.integer(in: StateArchive.counts)
    learnings = try reader.integer(in: StateArchive.counts)
    fading = try reader.real()
    for _ in 0..<waiting { pending.append(try reader.feedback()) }
    for _ in 0..<known {
      let steps = try reader.integer(in: 0..<(age + 1))
      let ended = try reader.integer(in: 0..<(episodes + 1))
      learned.append(
        LearnedFeedback(feedback: try reader.feedback(), steps: steps, episodes: ended))
    }
    if archive.contains("feedback/has_model") { try restoreModel(kind, archive, instance) }
  }

  private mutating func restoreModel(
    _ kind: FeedbackMethodKind, _ archive: StateArchive, _ instance: EnvironmentInstance
  ) throws(CoreError) {
    var model = kind.make(settings, instance.observationSpace, instance.actionSpace)
    try model.restore(from: archive)
    self.model = model
  }
}
