/// Training from feedback that is pulled: `train`, `learn` and taking an answer back. Each `advance`
/// does a small part and says what happened; `coaching` is whole after every one, and holds whole
/// iterations. Whoever stops in the middle of one does it again when going on, with the same bits.
public struct TextTrainer {
  /// What one `advance` did.
  public enum Event: Sendable, Hashable {
    /// A part of an iteration; the share of it that is done.
    case working(Double)
    /// An iteration, or an epoch of learning from answers, is done.
    case iterated(TextReport)
    /// Nothing is left to do.
    case finished(End)
  }

  /// How it ended.
  public struct End: Sendable, Hashable {
    /// Why.
    public let reason: Reason
    /// What the policy is like at the end; nil where nothing was sampled.
    public let report: TextReport?
  }

  /// Why training ends.
  public enum Reason: Sendable, Hashable {
    /// All iterations are made, or everything is learned.
    case goal
    /// The divergence came to `kl_target`: the policy is the last one that was within.
    case divergence
    /// There was no answer that was not learned from already.
    case nothingNew
  }

  private var state: TextCoaching
  private var operations: [TextCoaching.Operation]
  private var work: Work?
  private var remaining = 0
  private var end = End(reason: .goal, report: nil)
  private let reward: TextReward?
  private let judge: TextReward?
  private let pool: ThreadPool?
  private let workspace = LanguageModel.Workspace()

  private enum Work {
    /// Of a training that ends with a measure, or is only to be done again up to where it was left.
    case iteration(PolicyIteration, TextPlan, measuresEnd: Bool)
    case lesson(LessonRun)
    /// What the policy of a lesson is like by now.
    case checking(LessonRun, PolicyIteration)
    case measuring(PolicyIteration)
  }

  /// Responses by which the outcome of learning from answers is described.
  private static let measuredResponses = 64

  /// What has come of it: whole iterations, and steps of learning from answers.
  public var coaching: TextCoaching {
    var coaching = state
    switch work {
    case .lesson(let run), .checking(let run, _): coaching.progress = run.progress
    default: break
    }
    return coaching
  }

  /// Samples, and learns from a reward.
  ///
  /// - Parameters:
  ///   - steps: iterations from here on.
  ///   - reward: goes before a learned one; it may throw, and nothing is changed then.
  ///   - judge: what is truly wanted, where it is known: shown beside the reward, and never learned
  ///     from.
  /// - Throws: `incompatible` for a method that does not sample, without a reward, or for prompts
  ///   and responses that do not fit the context.
  public init(
    training coaching: TextCoaching, steps: Int, plan: TextPlan, reward: TextReward? = nil,
    judge: TextReward? = nil, pool: ThreadPool? = nil
  ) throws(CoreError) {
    self.init(
      coaching, [.trained(plan, iterations: 0, goal: steps)], reward, judge, pool)
    guard coaching.kind.trains else {
      throw .incompatible(
        "`\(coaching.method)` learns from answers alone: give feedback, then `learn`")
    }
    guard reward != nil || coaching.rewardModel != nil else {
      throw .incompatible(
        "`\(coaching.method)` needs a reward: a function, or answers that were learned from")
    }
    _ = try plan.order(for: coaching)
  }

  /// Learns from all answers that the method takes.
  ///
  /// - Throws: `incompatible` where it takes none of those that are new.
  public init(learning coaching: TextCoaching, pool: ThreadPool? = nil) throws(CoreError) {
    self.init(coaching, [.learned], nil, nil, pool)
    let (pending, kinds) = (coaching.pending, coaching.kind.kinds)
    guard pending.isEmpty || pending.contains(where: { kinds.contains($0.kind) }) else {
      throw .incompatible(
        "`\(coaching.method)` learns from "
          + kinds.map { "\($0.rawValue)s" }.joined(separator: " and ") + ", not from a "
          + pending[0].kind.rawValue)
    }
  }

  /// Does everything again that was done, but for one answer: what comes of it is what would be had
  /// it never been given. Only at the end is `coaching` the new one.
  ///
  /// - Parameter reward: where training was by a function, the same.
  /// - Throws: `incompatible` where there is no such answer.
  public init(
    retracting id: Int, from coaching: TextCoaching, reward: TextReward? = nil,
    judge: TextReward? = nil, pool: ThreadPool? = nil
  ) throws(CoreError) {
    guard coaching.answers.contains(where: { $0.id == id }) else {
      throw .incompatible("there is no answer \(id)")
    }
    let rest = coaching.operations.dropFirst().filter { !$0.isReceipt(of: id) }
    self.init(coaching.beginning(), Array(rest), reward, judge, pool)
  }

  private init(
    _ coaching: TextCoaching, _ operations: [TextCoaching.Operation], _ reward: TextReward?,
    _ judge: TextReward?, _ pool: ThreadPool?
  ) {
    state = coaching
    self.operations = operations
    self.reward = reward
    self.judge = judge
    self.pool = pool
  }

  /// Does the next part.
  ///
  /// - Throws: what the reward throws; `notFinite` where learning diverges. `coaching` is as after
  ///   the last whole iteration, and nothing is left to do.
  public mutating func advance() throws -> Event {
    do {
      switch work.take() {
      case .iteration(let iteration, let plan, let measuresEnd):
        return try advance(iteration, plan, measuresEnd: measuresEnd)
      case .lesson(let run): return try advance(run)
      case .checking(let run, let iteration): return try check(run, iteration)
      case .measuring(let iteration): return try measure(iteration)
      case nil: return try next()
      }
    } catch {
      operations = []
      throw error
    }
  }

  /// Begins the next operation.
  private mutating func next() throws(CoreError) -> Event {
    guard !operations.isEmpty else { return .finished(end) }
    switch operations.removeFirst() {
    case .coached(let name, let settings): try state.coach(method: name, settings: settings)
    case .received(let answer): try state.receive(answer)
    case .learned: beginLesson()
    case .trained(let plan, let iterations, let goal):
      guard !state.isStopped else {
        end = End(reason: .divergence, report: state.reports.last)
        break
      }
      remaining = goal ?? iterations
      try beginIteration(plan, measuresEnd: goal != nil)
    }
    return .working(0)
  }

  // MARK: Sampling

  private mutating func beginIteration(
    _ plan: TextPlan, measuresEnd: Bool
  ) throws(CoreError) {
    guard let method = state.kind.policy?(state.settings) else { return }
    let rewarding: PolicyIteration.Rewarding
    if let reward {
      rewarding = .function(reward)
    } else if let model = state.rewardModel {
      rewarding = .learned(model)
    } else {
      throw .incompatible("without that answer there is no reward to train by")
    }
    work = .iteration(
      try PolicyIteration(
        of: state, method: method, plan: plan,
        batchSize: state.settings.integer("batch_size"), rewarding: rewarding, judge: judge,
        pool: pool, workspace: workspace),
      plan, measuresEnd: measuresEnd)
  }

  private mutating func advance(
    _ iteration: consuming PolicyIteration, _ plan: TextPlan, measuresEnd: Bool
  ) throws -> Event {
    if iteration.isDescribed {
      try iteration.judged()
      if let end = self.end(after: iteration.report, plan) {
        self.end = end
        return .working(1)
      }
    }
    try iteration.advance()
    guard iteration.isDone else {
      let share = iteration.share
      work = .iteration(iteration, plan, measuresEnd: measuresEnd)
      return .working(share)
    }
    let report = commit(iteration, plan)
    remaining -= 1
    if remaining > 0 || measuresEnd { try beginIteration(plan, measuresEnd: measuresEnd) }
    return .iterated(report)
  }

  /// The end, where responses show it: all iterations are made, or the last one went too far, and
  /// the policy falls back to the one before it.
  private mutating func end(after report: TextReport, _ plan: TextPlan) -> End? {
    if let target = state.settings.klTarget, state.settings["adaptive_kl"]?.boolean == false,
      report.klUpperBound > target
    {
      let isFallingBack = state.previous != nil
      state.stop(plan, remaining: remaining)
      return End(reason: .divergence, report: isFallingBack ? state.reports.last : report)
    }
    guard remaining == 0 else { return nil }
    state.noteEnd(plan, remaining: 0)
    return End(reason: .goal, report: alarmed(report))
  }

  private func alarmed(_ report: TextReport) -> TextReport {
    var report = report
    report.alarms = OverOptimization.alarms(state.reports + [report])
    return report
  }

  /// Takes over what an iteration came to.
  private mutating func commit(
    _ iteration: consuming PolicyIteration, _ plan: TextPlan
  ) -> TextReport {
    let report = alarmed(iteration.report)
    state.take(iteration, report: report, plan: plan)
    return report
  }

  // MARK: Learning from answers

  private mutating func beginLesson() {
    guard !state.pending.isEmpty else {
      end = End(reason: .nothingNew, report: nil)
      return
    }
    let lesson = state.kind.lesson(state.settings)
    if state.usableAnswers.isEmpty {
      // Everything was taken back: what was learned from it goes too.
      state.forgetLesson(lesson)
    } else {
      end = End(reason: .goal, report: nil)
      work = .lesson(LessonRun(of: state, lesson, pool: pool, workspace: workspace))
    }
  }

  private mutating func advance(_ run: consuming LessonRun) throws -> Event {
    if let policy = run.policyToCheck {
      let share = run.share
      work = .checking(run, try measurement(of: policy))
      return .working(share)
    }
    let report = run.result == nil ? try run.advance() : nil
    guard let result = run.result else {
      let share = run.share
      work = .lesson(run)
      return report.map(Event.iterated) ?? .working(share)
    }
    let lesson = state.kind.lesson(state.settings)
    state.finishLesson(lesson, models: run.progress.models, result)
    if lesson.output == .logRatio, operations.isEmpty {
      work = .measuring(try measurement(of: state.policy))
    }
    return .working(1)
  }

  /// Responses to the prompts of the answers, to say what a policy is like.
  private func measurement(of policy: LanguageModel) throws(CoreError) -> PolicyIteration {
    var measured = state
    measured.policy = policy
    return try PolicyIteration(
      of: measured, method: Measurement(),
      plan: TextPlan(of: state.usableAnswers, tokenizer: state.tokenizer),
      batchSize: Self.measuredResponses, rewarding: .none, judge: nil, pool: pool,
      workspace: workspace)
  }

  private mutating func check(
    _ run: consuming LessonRun, _ iteration: consuming PolicyIteration
  ) throws -> Event {
    let share = run.share
    try iteration.advance()
    if !iteration.isDescribed {
      work = .checking(run, iteration)
    } else {
      if !run.check(iteration.report) { end = End(reason: .divergence, report: nil) }
      work = .lesson(run)
    }
    return .working(share)
  }

  private mutating func measure(_ iteration: consuming PolicyIteration) throws -> Event {
    try iteration.advance()
    guard iteration.isDescribed else {
      let share = iteration.share
      work = .measuring(iteration)
      return .working(share)
    }
    end = End(reason: end.reason, report: iteration.report)
    return .finished(end)
  }
}

/// Sampling alone: what a policy is like.
private struct Measurement: PolicyMethod {
  static let learningRate = 0.0

  let responsesPerPrompt = 1
  let needsValues = false
  let epochs = 0

  func assignCredit(_ batch: inout [Experience], klCoefficient: Double) {}

  func loss(
    _ experience: Experience, _ now: ResponseOutputs, _ minibatch: MinibatchSize,
    klCoefficient: Double
  ) -> PolicyLoss { PolicyLoss() }
}

extension TextPlan {
  /// What makes responses like those that answers are about.
  init(of answers: [TextFeedback], tokenizer: Tokenizer) throws(CoreError) {
    let responses = answers.flatMap(\.responses)
    var (prompts, stops) = ([String](), [String]())
    for response in responses {
      if !prompts.contains(response.prompt) { prompts.append(response.prompt) }
      // What stands behind the text is what ended it, where that is no token of its own.
      let whole = tokenizer.decode(response.tokens.filter { $0 != tokenizer.endToken })
      let stop = String(whole.dropFirst(response.text.count))
      if response.ended, !stop.isEmpty, !stops.contains(stop) { stops.append(stop) }
    }
    try self.init(
      prompts: prompts, tokens: responses.map(\.tokens.count).max() ?? 0, stop: stops)
  }
}
