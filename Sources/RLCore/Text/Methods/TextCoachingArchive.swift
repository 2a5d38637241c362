import Schema

/// A coaching in a checkpoint: to go on exactly, and to take back any answer later.
extension TextCoaching {
  /// Everything.
  public var archive: StateArchive {
    var archive = StateArchive()
    archive.metadata["format"] = "rlhs-text-coaching"
    archive.metadata["method"] = method
    archive.metadata["settings"] = settings.encoded
    archive.metadata["answers"] = Setting.list(answers.map(\.setting)).encoded
    archive.metadata["operations"] = Setting.list(operations.map(\.setting)).encoded
    archive.metadata["reports"] = Setting.list(reports.map(\.setting)).encoded
    tokenizer.save(to: &archive)
    archive.add("coaching/seed", [seed])
    archive.add(
      "coaching/counts", [steps, learnedCount, coachings, isStopped ? 1 : 0])
    archive.add("coaching/kl_coef", [klCoefficient])
    archive.add(
      "coaching/predictions", predictions.flatMap { [$0.probability, $0.label] })
    origin.save(to: &archive, name: "origin")
    reference.save(to: &archive, name: "reference")
    policy.save(to: &archive, name: "policy")
    optimizer.adam.save(to: &archive, name: "optimizer")
    archive.add("coaching/members", rewardModel.map { [$0.members.count] } ?? [])
    if let rewardModel {
      for (index, member) in rewardModel.members.enumerated() {
        member.save(to: &archive, name: "reward/\(index)")
      }
      archive.add("reward/scales", rewardModel.scales.flatMap { [$0.mean, $0.deviation] })
    }
    archive.add("coaching/previous", previous.map { [$0.klCoefficient] } ?? [])
    if let previous {
      previous.policy.save(to: &archive, name: "previous")
      previous.optimizer.adam.save(to: &archive, name: "previous_optimizer")
    }
    archive.add(
      "coaching/lesson",
      progress.map { [$0.step, $0.pairs, $0.models.count, $0.checkedStep] } ?? [])
    if let progress {
      for (index, model) in progress.models.enumerated() {
        model.save(to: &archive, name: "lesson/\(index)")
      }
      progress.within?.save(to: &archive, name: "lesson/within")
      progress.optimizer.adam.save(to: &archive, name: "lesson_optimizer")
      archive.add(
        "lesson/sums", [progress.lossSum, progress.chosenSum, progress.rejectedSum])
    }
    return archive
  }

  /// The coaching whose `archive` this is.
  ///
  /// - Throws: `damagedArchive` with the reason.
  public init(from archive: StateArchive) throws(CoreError) {
    guard let seed = try archive.words("coaching/seed", count: 1).first else {
      throw .damagedArchive(reason: "its seed is missing")
    }
    var operations: [Operation] = []
    for setting in try archive.settings("operations") {
      operations.append(try Operation(setting))
    }
    guard case .coached(let name, let given)? = operations.first else {
      throw .damagedArchive(reason: "its history does not begin with a method")
    }
    do {
      try self.init(
        LanguageModel(from: archive, name: "origin"), tokenizer: Tokenizer(from: archive),
        method: name, settings: given, seed: seed)
      let settings = try Settings(encoded: archive.text("settings"), name: "settings")
      try resume(method: archive.text("method"), settings: settings)
    } catch .damagedArchive(let reason) {
      throw .damagedArchive(reason: reason)
    } catch {
      throw .damagedArchive(reason: error.description)
    }
    var answers: [TextFeedback] = []
    for setting in try archive.settings("answers") { answers.append(try TextFeedback(setting)) }
    var reports: [TextReport] = []
    for setting in try archive.settings("reports") { reports.append(try TextReport(setting)) }
    let counts = try archive.integers("coaching/counts", count: 4)
    guard counts.allSatisfy(StateArchive.counts.contains), counts[1] <= answers.count else {
      throw .damagedArchive(reason: "its counts are out of range")
    }
    (self.operations, self.reports) = (operations, reports)
    (steps, learnedCount, isStopped) = (counts[0], counts[1], counts[3] == 1)
    restore(answers: answers, coachings: counts[2])
    klCoefficient = try archive.doubles("coaching/kl_coef", count: 1)[0]
    let predicted = try archive.doubles("coaching/predictions")
    predictions = stride(from: 0, to: predicted.count - 1, by: 2).map {
      Prediction(probability: predicted[$0], label: predicted[$0 + 1])
    }
    reference = try archive.model("reference", like: origin)
    policy = try archive.model("policy", like: origin)
    optimizer = try archive.optimizer("optimizer", for: policy)
    try restoreParts(from: archive)
  }

  /// What is not always there.
  private mutating func restoreParts(from archive: StateArchive) throws(CoreError) {
    if let count = try archive.integers("coaching/members").first {
      let scales = try archive.doubles("reward/scales", count: 2 * max(count, 0))
      var members: [LanguageModel] = []
      for index in 0..<scales.count / 2 {
        members.append(try archive.model("reward/\(index)", like: origin))
      }
      rewardModel = TextRewardModel(
        members: members,
        scales: members.indices.map {
          .init(mean: scales[2 * $0], deviation: scales[2 * $0 + 1])
        })
    }
    if let coefficient = try archive.doubles("coaching/previous").first {
      let model = try archive.model("previous", like: origin)
      previous = Position(
        policy: model, optimizer: try archive.optimizer("previous_optimizer", for: model),
        klCoefficient: coefficient)
    }
    let lesson = try archive.integers("coaching/lesson")
    guard !lesson.isEmpty else { return }
    let sums = try archive.doubles("lesson/sums", count: 3)
    guard lesson.count == 4, (1...16).contains(lesson[2]),
      lesson.allSatisfy(StateArchive.counts.contains)
    else { throw .damagedArchive(reason: "its lesson is out of range") }
    var models: [LanguageModel] = []
    for index in 0..<lesson[2] {
      models.append(try archive.model("lesson/\(index)", like: origin))
    }
    progress = LessonProgress(
      models: models,
      optimizer: try archive.optimizer("lesson_optimizer", for: models[models.count - 1]),
      step: lesson[0], lossSum: sums[0], chosenSum: sums[1], rejectedSum: sums[2],
      pairs: lesson[1],
      within: lesson[3] > 0 ? try archive.model("lesson/within", like: origin) : nil,
      checkedStep: lesson[3])
  }
}

extension StateArchive {
  /// A list of settings under a key of the metadata.
  fileprivate func settings(_ key: String) throws(CoreError) -> [Setting] {
    guard let list = Setting(encoded: try text(key))?.list else {
      throw .damagedArchive(reason: "`\(key)` does not hold a list")
    }
    return list
  }

  /// A model of the same shape, but perhaps for a value head.
  fileprivate func model(
    _ name: String, like origin: LanguageModel
  ) throws(CoreError) -> LanguageModel {
    let model = try LanguageModel(from: self, name: name)
    var shape = model.shape
    shape.hasValueHead = false
    guard shape == origin.shape else {
      throw .damagedArchive(reason: "its models differ in shape")
    }
    return model
  }

  fileprivate func optimizer(
    _ name: String, for model: LanguageModel
  ) throws(CoreError) -> LanguageOptimizer {
    var optimizer = LanguageOptimizer(for: model)
    try optimizer.adam.restore(from: self, name: name)
    guard optimizer.adam.firstMoment.count == model.weights.count else {
      throw .damagedArchive(reason: "its optimizer does not belong to its model")
    }
    return optimizer
  }
}

// MARK: As settings

/// A value that is missing or of another kind is a damaged archive.
private func read<T>(_ value: T?, _ what: String) throws(CoreError) -> T {
  guard let value else { throw .damagedArchive(reason: "its \(what) cannot be read") }
  return value
}

extension TextResponse {
  var setting: Setting {
    .list([
      .string(prompt), .string(text), .list(promptTokens.map { .integer(Int($0)) }),
      .list(tokens.map { .integer(Int($0)) }), .boolean(ended),
    ])
  }

  init(_ setting: Setting) throws(CoreError) {
    let parts = try read(setting.list.flatMap { $0.count == 5 ? $0 : nil }, "responses")
    func tokens(_ setting: Setting) throws(CoreError) -> [Int32] {
      try read(setting.list, "responses").map { Int32(clamping: $0.integer ?? -1) }
    }
    try self.init(
      prompt: read(parts[0].string, "responses"), text: read(parts[1].string, "responses"),
      promptTokens: tokens(parts[2]), tokens: tokens(parts[3]),
      ended: read(parts[4].boolean, "responses"))
  }
}

extension TextFeedback {
  var setting: Setting {
    let said: Setting =
      switch self {
      case .rating(_, _, let value): .real(value)
      case .comparison(_, _, _, let choice): .string(choice.rawValue)
      case .correction: .null
      }
    return .list([
      .string(kind.rawValue), .integer(id), .list(responses.map(\.setting)), said,
    ])
  }

  init(_ setting: Setting) throws(CoreError) {
    let parts = try read(setting.list.flatMap { $0.count == 4 ? $0 : nil }, "answers")
    let id = try read(parts[1].integer, "answers")
    var responses: [TextResponse] = []
    for response in try read(parts[2].list, "answers") {
      responses.append(try TextResponse(response))
    }
    let kind = parts[0].string.flatMap { FeedbackKind(rawValue: $0) }
    guard responses.count == (kind == .rating ? 1 : 2) else {
      throw .damagedArchive(reason: "its answers cannot be read")
    }
    switch kind {
    case .rating:
      self = .rating(id: id, responses[0], value: try read(parts[3].real, "answers"))
    case .comparison:
      let choice = parts[3].string.flatMap { Preference(rawValue: $0) }
      self = .comparison(
        id: id, left: responses[0], right: responses[1], choice: try read(choice, "answers"))
    case .correction: self = .correction(id: id, responses[1], better: responses[0])
    default: throw .damagedArchive(reason: "its answers are of another kind")
    }
  }
}

extension TextPlan {
  var setting: Setting {
    .list([
      .list(prompts.map(Setting.string)), .integer(tokens), .list(stop.map(Setting.string)),
    ])
  }

  init(_ setting: Setting) throws(CoreError) {
    let parts = try read(setting.list.flatMap { $0.count == 3 ? $0 : nil }, "prompts")
    try self.init(
      prompts: read(parts[0].list, "prompts").compactMap(\.string),
      tokens: read(parts[1].integer, "prompts"),
      stop: read(parts[2].list, "prompts").compactMap(\.string))
  }
}

extension TextCoaching.Operation {
  var setting: Setting {
    switch self {
    case .coached(let name, let settings):
      .list(["coached", .string(name), .string(settings.encoded)])
    case .received(let answer): .list(["received", answer.setting])
    case .learned: .list(["learned"])
    case .trained(let plan, let iterations, let goal):
      .list([
        "trained", plan.setting, .integer(iterations), goal.map(Setting.integer) ?? .null,
      ])
    }
  }

  init(_ setting: Setting) throws(CoreError) {
    let parts = try read(setting.list, "history")
    switch (parts.first?.string, parts.count) {
    case ("coached", 3):
      self = .coached(
        try read(parts[1].string, "history"),
        try Settings(encoded: read(parts[2].string, "history"), name: "history"))
    case ("received", 2): self = .received(try TextFeedback(parts[1]))
    case ("learned", 1): self = .learned
    case ("trained", 4):
      self = .trained(
        try TextPlan(parts[1]), iterations: try read(parts[2].integer, "history"),
        goal: parts[3].integer)
    default: throw .damagedArchive(reason: "its history cannot be read")
    }
  }
}

extension TextReport {
  /// Numbers that are always there, in the order in which they are written.
  private static let numbers: [WritableKeyPath<TextReport, Double> & Sendable] = [
    \.kl, \.klError, \.entropy, \.length, \.distinct2, \.ended, \.klCoefficient, \.loss,
    \.clipFraction,
  ]
  /// Those that may be missing.
  private static let optionals: [WritableKeyPath<TextReport, Double?> & Sendable] = [
    \.reward, \.rewardDeviation, \.trueReward, \.spread, \.accuracy, \.chosenLogRatio,
    \.rejectedLogRatio,
  ]

  var setting: Setting {
    .list([
      .integer(iteration), .list(Self.numbers.map { .real(self[keyPath: $0]) }),
      .list(Self.optionals.map { self[keyPath: $0].map(Setting.real) ?? .null }),
      .string(prompt), .string(sample), .list(alarms.map(Setting.string)),
    ])
  }

  init(_ setting: Setting) throws(CoreError) {
    let parts = try read(setting.list.flatMap { $0.count == 6 ? $0 : nil }, "reports")
    self.init(iteration: try read(parts[0].integer, "reports"))
    let (numbers, optionals) = (
      try read(parts[1].list, "reports"), try read(parts[2].list, "reports")
    )
    guard numbers.count == Self.numbers.count, optionals.count == Self.optionals.count else {
      throw .damagedArchive(reason: "its reports cannot be read")
    }
    for (path, value) in zip(Self.numbers, numbers) {
      self[keyPath: path] = try read(value.real, "reports")
    }
    for (path, value) in zip(Self.optionals, optionals) { self[keyPath: path] = value.real }
    prompt = try read(parts[3].string, "reports")
    sample = try read(parts[4].string, "reports")
    alarms = try read(parts[5].list, "reports").compactMap(\.string)
  }
}
