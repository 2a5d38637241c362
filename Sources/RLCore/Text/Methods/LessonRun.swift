import Schema

/// How far a lesson has come: kept with the coaching, so that a stopped one goes on exactly.
struct LessonProgress: Sendable {
  /// The policy, or the members of a reward model.
  var models: [LanguageModel]
  /// That of the member being fitted.
  var optimizer: LanguageOptimizer
  /// Gradient steps made, of all members one after the other.
  var step = 0
  /// Over the steps of the present epoch: losses, and log-ratios of preferred and rejected ones.
  var lossSum = 0.0
  var chosenSum = 0.0
  var rejectedSum = 0.0
  var pairs = 0
  /// The policy when its divergence was last found to be within bounds, and after which step that
  /// was; nil before, when it was the reference.
  var within: LanguageModel?
  var checkedStep = 0
}

/// Gradient steps down the loss of a lesson, epoch by epoch, then a look at what was held out. Each
/// `advance` makes one step.
struct LessonRun {
  private let lesson: any TextLesson
  private let settings: Settings
  private let reference: LanguageModel
  private let source: RandomSource
  private let training: [LessonExample]
  private let heldOut: [LessonExample]
  private let pool: ThreadPool?
  private let workspace: LanguageModel.Workspace
  private var gradient: [Float]

  private(set) var progress: LessonProgress
  private(set) var result: Result?

  /// What it came to.
  struct Result: Sendable {
    /// Mean and deviation of each member's values over the judged responses; for a reward model.
    var scales: [TextRewardModel.Scale] = []
    var predictions: [TextCoaching.Prediction] = []
  }

  /// - Precondition: the coaching has answers that the lesson takes.
  init(
    of coaching: TextCoaching, _ lesson: any TextLesson, pool: ThreadPool?,
    workspace: LanguageModel.Workspace
  ) {
    self.lesson = lesson
    self.pool = pool
    self.workspace = workspace
    settings = coaching.settings
    reference = coaching.reference
    source = coaching.source.split("lesson")
    let split = Self.split(coaching.usableAnswers, holdout: settings.real("holdout"))
    training = lesson.examples(split.training)
    heldOut = lesson.judged(split.heldOut)
    if let progress = coaching.progress {
      self.progress = progress
    } else {
      let model = Self.start(0, lesson, reference, source)
      progress = LessonProgress(models: [model], optimizer: LanguageOptimizer(for: model))
    }
    gradient = [Float](repeating: 0, count: progress.models[0].weights.count)
  }

  /// Evenly spread over the answers, so that each is held out or not whatever comes after it.
  private static func split(
    _ answers: [TextFeedback], holdout: Double
  ) -> (training: [TextFeedback], heldOut: [TextFeedback]) {
    let interval = holdout > 0 ? Int((1 / holdout).rounded()) : .max
    var result: (training: [TextFeedback], heldOut: [TextFeedback]) = ([], [])
    for (index, answer) in answers.enumerated() {
      if index % interval == interval - 1 {
        result.heldOut.append(answer)
      } else {
        result.training.append(answer)
      }
    }
    return result
  }

  /// What a member begins as: the reference, with a head of its own where values are learned.
  private static func start(
    _ member: Int, _ lesson: any TextLesson, _ reference: LanguageModel, _ source: RandomSource
  ) -> LanguageModel {
    guard lesson.output == .value else { return reference }
    var stream = source.split("head", member)
    return reference.addingValueHead(using: &stream)
  }

  private var stepsPerEpoch: Int { (training.count + lesson.batchSize - 1) / lesson.batchSize }
  private var stepsPerMember: Int { stepsPerEpoch * lesson.epochs }
  private var goal: Int { stepsPerMember * lesson.members }

  /// How much of the present epoch is done.
  var share: Double {
    Double(progress.step % max(stepsPerEpoch, 1)) / Double(max(stepsPerEpoch, 1))
  }

  /// Gradient steps after which the divergence of a policy is looked at.
  private static let stepsBetweenChecks = 16

  /// The policy, where it is to be known how far it is from the reference before learning goes on.
  var policyToCheck: LanguageModel? {
    guard lesson.output == .logRatio, settings.klTarget != nil, result == nil,
      progress.step > progress.checkedStep,
      progress.step == goal || progress.step % Self.stepsBetweenChecks == 0
    else { return nil }
    return progress.models[0]
  }

  /// Takes in how far it is: beyond `kl_target` the policy falls back to where it was last within,
  /// and learning ends.
  ///
  /// - Returns: whether it was within.
  mutating func check(_ report: TextReport) -> Bool {
    guard let target = settings.klTarget, report.klUpperBound > target else {
      progress.within = progress.models[0]
      progress.checkedStep = progress.step
      return true
    }
    progress.models[0] = progress.within ?? reference
    result = assess()
    return false
  }

  /// Makes a gradient step, or looks at what was held out.
  ///
  /// - Returns: a report at the end of an epoch.
  /// - Throws: `notFinite` where learning diverges.
  mutating func advance() throws(CoreError) -> TextReport? {
    guard progress.step < goal else {
      result = assess()
      return nil
    }
    let member = progress.step / stepsPerMember
    if member == progress.models.count {
      progress.models.append(Self.start(member, lesson, reference, source))
      progress.optimizer = LanguageOptimizer(for: progress.models[member])
    }
    try step(member)
    progress.step += 1
    guard progress.step % stepsPerEpoch == 0 else { return nil }
    return endEpoch()
  }

  private mutating func step(_ member: Int) throws(CoreError) {
    let epoch = progress.step % stepsPerMember / stepsPerEpoch
    var (order, stream) = (
      Array(training.indices), source.split("member", member).split("epoch", epoch)
    )
    stream.shuffle(&order)
    let start = progress.step % stepsPerEpoch * lesson.batchSize
    let minibatch = order[start...].prefix(lesson.batchSize).map { training[$0] }
    let responses = lesson.responses(minibatch)
    let (outputs, tokens) = outputs(of: responses, by: progress.models[member])
    let (loss, slopes) = lesson.loss(minibatch, outputs: outputs)
    guard loss.isFinite else { throw .notFinite(quantity: "loss", update: progress.step + 1) }
    progress.models[member].backward(
      gradients(slopes, tokens), in: workspace, gradient: &gradient, pool: pool)
    // Down to nothing at the end: the last answers would else count the most.
    let left = 1 - Double(progress.step % stepsPerMember) / Double(stepsPerMember)
    try progress.optimizer.update(
      &progress.models[member], gradient: gradient,
      learningRate: left
        * settings.learningRate(
          lesson.learningRateName, preset: type(of: lesson).learningRate, for: reference),
      maximumNorm: settings["max_grad_norm"]?.real ?? 1)
    progress.lossSum += loss
    note(minibatch, outputs)
  }

  /// What the loss depends on, and the batch that the workspace now holds for the way back.
  private func outputs(
    of responses: [TextResponse], by model: LanguageModel
  ) -> (outputs: [Double], batch: TokenBatch) {
    switch lesson.output {
    case .value:
      let values = TextRewardModel.values(model, responses, in: workspace, pool: pool)
      return (values, TokenBatch(responses.map(\.sequence)))
    case .logRatio:
      let batch = TokenBatch(
        responses.map(\.sequence), firstTargets: responses.map(\.promptTokens.count))
      func sums(_ model: LanguageModel) -> [Double] {
        model.forward(batch, in: workspace, pool: pool)
        return responses.indices.map { index in
          workspace.logProbabilities[batch.targetRows(index)].reduce(0.0) { $0 + Double($1) }
        }
      }
      // The policy last: the way back goes through its pass.
      let before = sums(reference)
      return (zip(sums(model), before).map { $0 - $1 }, batch)
    }
  }

  private func gradients(_ slopes: [Double], _ batch: TokenBatch) -> TokenGradients {
    var rows = [Float](repeating: 0, count: batch.rows)
    switch lesson.output {
    case .value:
      for (index, slope) in slopes.enumerated() { rows[batch.lastRow(index)] = Float(slope) }
      return TokenGradients(values: rows)
    case .logRatio:
      for (index, slope) in slopes.enumerated() {
        for row in batch.targetRows(index) { rows[row] = Float(slope) }
      }
      return TokenGradients(logProbabilities: rows)
    }
  }

  private mutating func note(_ minibatch: [LessonExample], _ outputs: [Double]) {
    guard lesson.output == .logRatio, minibatch.allSatisfy(\.isPair) else { return }
    for (index, example) in minibatch.enumerated() where example.label != 0.5 {
      let chosen = example.label > 0.5 ? 2 * index : 2 * index + 1
      progress.chosenSum += outputs[chosen]
      progress.rejectedSum += outputs[4 * index + 1 - chosen]
      progress.pairs += 1
    }
  }

  private mutating func endEpoch() -> TextReport {
    var report = TextReport(iteration: progress.step / stepsPerEpoch)
    report.loss = progress.lossSum / Double(stepsPerEpoch)
    report.accuracy = accuracy(of: progress.models[progress.models.count - 1])
    if progress.pairs > 0 {
      let (chosen, rejected) = (
        progress.chosenSum / Double(progress.pairs), progress.rejectedSum / Double(progress.pairs)
      )
      (report.chosenLogRatio, report.rejectedLogRatio) = (chosen, rejected)
      // The margin can grow while both become unlikelier: then something nobody saw takes over.
      if chosen < -1, rejected < chosen {
        report.alarms.append("preferred responses too become unlikelier than under the reference")
      }
    }
    (progress.lossSum, progress.chosenSum, progress.rejectedSum, progress.pairs) = (0, 0, 0, 0)
    return report
  }

  private func accuracy(of model: LanguageModel) -> Double? {
    let agreements = predictions(heldOut, by: [model]).compactMap(\.agreement)
    return agreements.isEmpty ? nil : mean(agreements.map { $0 > 0 ? 1 : $0 == 0 ? 0.5 : 0 })
  }

  private func predictions(
    _ examples: [LessonExample], by models: [LanguageModel]
  ) -> [TextCoaching.Prediction] {
    examples.map { example in
      let probabilities = models.map { model in
        lesson.probability(example, outputs: outputs(of: example.responses, by: model).outputs)
      }
      return TextCoaching.Prediction(
        probability: mean(probabilities),
        label: example.isPair ? example.label : (example.label + 1) / 2)
    }
  }

  private func assess() -> Result {
    var result = Result(predictions: predictions(heldOut, by: progress.models))
    guard lesson.output == .value else { return result }
    let judged = (training + heldOut).flatMap(\.responses)
    for model in progress.models {
      let values = stride(from: 0, to: judged.count, by: 16).flatMap { start in
        TextRewardModel.values(
          model, Array(judged[start..<min(start + 16, judged.count)]), in: workspace, pool: pool)
      }
      result.scales.append(
        .init(mean: mean(values), deviation: max(standardDeviation(values), 1e-6)))
    }
    return result
  }
}
