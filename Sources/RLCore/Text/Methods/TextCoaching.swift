import Schema

/// What feedback made of a language model, and all that is needed to go on, to take an answer back,
/// or to do everything again: see `TextMethodKind` for how it is used. A copy is a fork.
public struct TextCoaching: Sendable {
  /// What the models' tokens mean.
  public let tokenizer: Tokenizer
  /// What fixes every random stream.
  public let seed: UInt64
  /// The frozen model that divergence is measured from: the one that the method began with.
  public internal(set) var reference: LanguageModel
  /// What is trained; with a value head where the method needs one.
  public internal(set) var policy: LanguageModel
  /// The method's name.
  public private(set) var method: String
  /// Every setting in force.
  public private(set) var settings: Settings
  /// Everything that was said and not taken back, in the order of giving.
  public private(set) var answers: [TextFeedback] = []
  /// How many of them, from the first, were learned from.
  public internal(set) var learnedCount = 0
  /// What was learned from answers for methods that sample; nil before.
  public internal(set) var rewardModel: TextRewardModel?
  /// Iterations made by `train`, of all methods.
  public internal(set) var steps = 0
  /// The coefficient of the divergence: moves where it is adaptive.
  public internal(set) var klCoefficient: Double
  /// Whether training came to `kl_target`: it goes on once settings are changed.
  public internal(set) var isStopped = false
  /// One an iteration since the method was chosen.
  public internal(set) var reports: [TextReport] = []

  var optimizer: LanguageOptimizer
  /// What everything began with.
  let origin: LanguageModel
  private(set) var coachings = 0
  /// The policy before its last iteration, which training falls back to where it went too far.
  var previous: Position?
  /// A lesson that was stopped on its way.
  var progress: LessonProgress?
  /// What the last lesson thinks of the answers it did not learn from.
  var predictions: [Prediction] = []
  var operations: [Operation] = []

  /// What an iteration changes.
  struct Position: Sendable {
    var policy: LanguageModel
    var optimizer: LanguageOptimizer
    var klCoefficient: Double
  }

  /// A held-out answer, by probabilities: that the first is better, or that the only one is good.
  struct Prediction: Sendable, Hashable {
    let probability: Double
    let label: Double

    /// Above 0 where both say the same, at most 1; nil where the label says nothing.
    var agreement: Double? {
      label == 0.5 ? nil : (label > 0.5 ? 1 : -1) * (2 * probability - 1)
    }
  }

  /// What was done, to be done again without one answer.
  enum Operation: Sendable, Hashable {
    case coached(String, Settings)
    case received(TextFeedback)
    case learned
    /// So many iterations. The goal is how many were wanted, which the divergence may have cut
    /// short; nil where training was left in the middle and so did not come to a last measure.
    case trained(TextPlan, iterations: Int, goal: Int?)
  }

  /// The coaching of a model that feedback has not changed yet.
  ///
  /// - Parameters:
  ///   - model: what begins; it is the reference, without a value head.
  ///   - settings: of the method's parameters; the others have their defaults.
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`.
  public init(
    _ model: LanguageModel, tokenizer: Tokenizer, method: String, settings: Settings = [:],
    seed: UInt64
  ) throws(CoreError) {
    let kind = try TextMethods.named(method)
    let base = model.droppingValueHead()
    self.tokenizer = tokenizer
    self.seed = seed
    self.method = method
    self.settings = try kind.declaration.resolve(settings)
    origin = base
    reference = base
    policy = base
    optimizer = LanguageOptimizer(for: base)
    klCoefficient = 0
    begin(kind)
    operations = [.coached(method, settings)]
  }

  /// The model as it is now, without a value head: what writes, is measured and saved.
  public var model: LanguageModel { policy.droppingValueHead() }

  /// The method that is followed.
  public var kind: TextMethodKind {
    // Its name was looked up when it was set.
    try! TextMethods.named(method)
  }

  /// Chooses another method, or changes the settings of the present one.
  ///
  /// Another method goes on from the model as it is, which becomes its reference; what was said, and
  /// the reward model learned from it, stay. With the same method the policy goes on as it was.
  ///
  /// - Throws: `unknownName`, `unknownSetting`, `invalidSetting`; nothing is changed then.
  public mutating func coach(method name: String, settings given: Settings = [:]) throws(CoreError)
  {
    let kind = try TextMethods.named(name)
    let resolved = try kind.declaration.resolve(given)
    let fitsReward = self.kind.lesson(settings).output == kind.lesson(resolved).output
    let isOther = name != method
    (method, settings, isStopped, progress) = (name, resolved, false, nil)
    if isOther {
      coachings += 1
      reference = model
      policy = reference
      previous = nil
      reports = []
      if !fitsReward { (learnedCount, predictions) = (0, []) }
      begin(kind)
    } else {
      klCoefficient = settings["kl_coef"]?.real ?? 0
    }
    operations.append(.coached(name, given))
  }

  /// The policy takes the form that the method needs.
  private mutating func begin(_ kind: TextMethodKind) {
    klCoefficient = settings["kl_coef"]?.real ?? 0
    if let policyMethod = kind.policy?(settings), policyMethod.needsValues {
      var stream = source.split("value head")
      policy = policy.addingValueHead(using: &stream)
      // Values begin at 0: what a random head says would only have to be unlearned.
      if let head = policy.layout.valueHead {
        for index in head.offset..<head.offset + head.count { policy.weights[index] = 0 }
      }
    }
    optimizer = LanguageOptimizer(for: policy)
  }

  /// The streams of the present method.
  var source: RandomSource { RandomSource(seed: seed).split("text", coachings) }

  /// Takes in an answer; nothing is learned yet.
  ///
  /// - Throws: `incompatible` for responses that do not fit the model's context.
  /// - Precondition: no other answer has its id.
  public mutating func receive(_ answer: TextFeedback) throws(CoreError) {
    precondition(!answers.contains { $0.id == answer.id }, "answer \(answer.id) came before")
    if let obstacle = reference.obstacle(to: TokenBatch(answer.responses.map(\.sequence))) {
      throw obstacle
    }
    answers.append(answer)
    progress = nil
    operations.append(.received(answer))
  }

  /// Answers that were not learned from yet.
  public var pending: [TextFeedback] { Array(answers[learnedCount...]) }

  /// Answers that the method learns from: those of its kinds that say something.
  var usableAnswers: [TextFeedback] {
    let kind = kind
    let lesson = kind.lesson(settings)
    return answers.filter { kind.kinds.contains($0.kind) && !lesson.examples([$0]).isEmpty }
  }

  /// What `retract` would do again: iterations of training since the answer came.
  public func cost(without id: Int) -> Int {
    guard let index = operations.firstIndex(where: { $0.isReceipt(of: id) }) else { return 0 }
    return operations[index...].reduce(0) { sum, operation in
      if case .trained(_, let iterations, _) = operation { sum + iterations } else { sum }
    }
  }

  /// Takes back an answer that nothing was made of yet.
  ///
  /// - Returns: whether it was so; else `TextTrainer(retracting:from:)` does everything again.
  public mutating func forget(_ id: Int) -> Bool {
    guard let index = answers.firstIndex(where: { $0.id == id }), index >= learnedCount else {
      return false
    }
    answers.remove(at: index)
    operations.removeAll { $0.isReceipt(of: id) }
    progress = nil
    return true
  }

  /// As it was before anything was said, to do what was done again.
  func beginning() -> TextCoaching {
    guard case .coached(let name, let given)? = operations.first,
      let fresh = try? TextCoaching(
        origin, tokenizer: tokenizer, method: name, settings: given, seed: seed)
    else { preconditionFailure("a coaching without a method") }
    return fresh
  }

  /// How well held-out answers are predicted.
  ///
  /// - Throws: `incompatible` where nothing was learned from answers.
  public func judge() throws(CoreError) -> RewardModelCard {
    guard learnedCount > 0 else {
      throw .incompatible("there is nothing to judge: nothing was learned from feedback")
    }
    return RewardModelCard(
      method: method, answers: learnedCount, predictions: predictions,
      alarms: reports.last?.alarms ?? [])
  }
}

/// What reading a checkpoint sets.
extension TextCoaching {
  mutating func resume(method: String, settings: Settings) throws(CoreError) {
    let kind = try TextMethods.named(method)
    self.settings = try kind.declaration.resolve(settings)
    self.method = method
  }

  mutating func restore(answers: [TextFeedback], coachings: Int) {
    (self.answers, self.coachings) = (answers, coachings)
  }
}

/// What a trainer does to a coaching.
extension TextCoaching {
  /// Takes over what an iteration came to.
  mutating func take(_ iteration: consuming PolicyIteration, report: TextReport, plan: TextPlan) {
    if settings.klTarget != nil {
      previous = Position(policy: policy, optimizer: optimizer, klCoefficient: klCoefficient)
    }
    policy = iteration.policy
    optimizer = iteration.optimizer
    steps += 1
    reports.append(report)
    if settings["adaptive_kl"]?.boolean == true, let target = settings.klTarget {
      // Target and horizon are above 0 by their declaration: this cannot fail.
      klCoefficient = try! adaptiveKL(
        coefficient: klCoefficient, divergence: report.kl, target: target,
        horizon: settings.real("kl_horizon"), samples: Double(settings.integer("batch_size")))
    }
    if case .trained(plan, let iterations, _)? = operations.last {
      operations[operations.count - 1] = .trained(plan, iterations: iterations + 1, goal: nil)
    } else {
      operations.append(.trained(plan, iterations: 1, goal: nil))
    }
  }

  /// The divergence is at its target: back to the policy before the last iteration.
  mutating func stop(_ plan: TextPlan, remaining: Int) {
    isStopped = true
    if let previous {
      (policy, optimizer) = (previous.policy, previous.optimizer)
      klCoefficient = previous.klCoefficient
    }
    previous = nil
    noteEnd(plan, remaining: remaining)
  }

  /// A training came to its last measure.
  mutating func noteEnd(_ plan: TextPlan, remaining: Int) {
    if case .trained(plan, let iterations, _)? = operations.last {
      operations[operations.count - 1] = .trained(
        plan, iterations: iterations, goal: iterations + remaining)
    } else {
      operations.append(.trained(plan, iterations: 0, goal: remaining))
    }
  }

  /// Takes over what a lesson came to.
  mutating func finishLesson(
    _ lesson: any TextLesson, models: [LanguageModel], _ result: LessonRun.Result
  ) {
    switch lesson.output {
    case .value: rewardModel = TextRewardModel(members: models, scales: result.scales)
    case .logRatio: policy = models[0]
    }
    predictions = result.predictions
    noteLesson()
  }

  /// As if nothing had been learned from answers.
  mutating func forgetLesson(_ lesson: any TextLesson) {
    switch lesson.output {
    case .value: rewardModel = nil
    case .logRatio: policy = reference
    }
    predictions = []
    noteLesson()
  }

  private mutating func noteLesson() {
    learnedCount = answers.count
    progress = nil
    operations.append(.learned)
  }
}

extension TextCoaching.Operation {
  func isReceipt(of id: Int) -> Bool {
    if case .received(let answer) = self { answer.id == id } else { false }
  }
}

extension RewardModelCard {
  /// By the predictions of held-out answers alone.
  init(
    method: String, answers: Int, predictions: [TextCoaching.Prediction], alarms: [String]
  ) {
    let margins = predictions.compactMap(\.agreement)
    var alarms = alarms
    if let warning = Self.coinAlarm(margins) { alarms.append(warning) }
    self.init(
      method: method, answers: answers, heldOut: margins.count, accuracy: Self.share(margins),
      interval: Self.wilson(margins),
      calibration: Self.bins(predictions.map { ($0.probability, $0.label) }), margins: margins,
      spreadOnAnswers: nil, spreadOnTraining: nil, correlation: nil, alarms: alarms)
  }
}
