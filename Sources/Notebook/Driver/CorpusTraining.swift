import Language
import RLCore
import Schema
import Store

/// A language model that learns from its corpus.
struct CorpusTraining: TextTraining {
  let agent: TextAgentHandle
  private(set) var history: [MetricPoint] = []
  private var trainer: LanguageTrainer
  private let firstStep: Int
  private var heldOut: LanguageEvaluation?

  /// - Throws: for a text that is shorter than the context, or cut by another tokenizer.
  init(_ agent: TextAgentHandle, corpus: CorpusHandle, steps: Int?) throws {
    self.agent = agent
    firstStep = agent.learner.steps
    trainer = try LanguageTrainer(
      agent.learner, corpus: corpus.corpus, steps: steps, pool: ThreadPool(threads: Cores.count))
  }

  var steps: (done: Int, total: Int) {
    (trainer.learner.steps - firstStep, trainer.goal - firstStep)
  }

  var standing: (loss: Double?, remark: String?) {
    (
      trainer.learner.lastLoss,
      heldOut.map { "held out \(significant($0.loss)), perplexity \(significant($0.perplexity))" }
    )
  }

  mutating func advance() throws -> [Event]? {
    switch try trainer.advance() {
    case .finished: return nil
    case .evaluating: break
    case .updated(let loss, _): history.add(.trainingLoss, loss, at: trainer.learner.steps)
    case .evaluated(let evaluation):
      heldOut = evaluation
      history.add(.heldOutLoss, evaluation.loss, at: trainer.learner.steps)
    }
    return []
  }

  func settle() {
    agent.learner = trainer.learner
    agent.rebaseCoaching()
  }

  var summary: OrderedMap {
    var map = OrderedMap()
    if let heldOut {
      map["loss"] = .real(heldOut.loss)
      map["perplexity"] = .real(heldOut.perplexity)
    }
    return map
  }

  func event(of run: TextRunHandle) -> Event {
    let losses = run.history.values(of: .trainingLoss)
    let latest = losses.suffix(100)
    let loss = latest.isEmpty ? nil : latest.reduce(0, +) / Double(latest.count)
    var text =
      "train \(agent.name): \(compact(run.steps)) steps in \(duration(seconds: run.seconds)) "
      + "(\(compact(run.stepsPerSecond)) steps/s)"
    if let loss { text += ", loss \(significant(loss)) nats a token" }
    if let heldOut {
      text +=
        "\n  held out \(significant(heldOut.loss)), perplexity \(significant(heldOut.perplexity))"
    }
    if let best = agent.learner.best {
      text +=
        "; best \(significant(best.loss)) at step \(compact(best.steps)): `best \(agent.name)`"
    }
    if run.isInterrupted {
      text +=
        "\n  interrupted at step \(compact(agent.learner.steps)): `train \(agent.name)` goes on"
    }
    return Event(
      "train",
      [
        ("agent", .string(agent.name)), ("steps", .integer(run.steps)),
        ("seconds", .real(run.seconds)),
        ("steps_per_second", .real(run.stepsPerSecond)), ("train_loss", real(loss)),
        ("loss", real(heldOut?.loss)), ("perplexity", real(heldOut?.perplexity)),
        ("best", real(agent.learner.best?.loss)),
        ("best_steps", agent.learner.best.map { .integer($0.steps) } ?? .null),
        ("interrupted", .boolean(run.isInterrupted)), ("run", .integer(run.id)),
      ], text: text)
  }

  private func real(_ number: Double?) -> Value { number.map(Value.real) ?? .null }
}

/// `train` and `evaluate` of a language model.
extension TextAgentHandle {
  /// What `train` takes for agents in environments alone.
  private static let controlOptions = [
    "updates", "seeds", "on_episode", "on_step", "ask", "max_prompts", "max_attempts", "from",
    "person",
  ]

  /// Learns from its corpus.
  func train(_ call: CommandCall, in session: Session) throws -> Value {
    try call.refuse(Self.controlOptions, for: self)
    if isCoached || call["prompts"] != nil { return try trainByReward(call, in: session) }
    try call.refuse(["tokens", "stop"], for: self)
    try checkUnshaped()
    let corpus = try corpus(call, in: session)
    let training = try CorpusTraining(self, corpus: corpus, steps: call.integer("steps"))
    self.corpus = corpus
    let driver = TextTrainingDriver(
      session: session, isShown: call.isShown, checkpointSeconds: call.real("checkpoint") ?? 30)
    return call.reported(.object(try driver.run(training)))
  }

  /// The text given, the model's own, or the current one where it is cut by the same tokenizer.
  private func corpus(_ call: CommandCall, in session: Session) throws -> CorpusHandle {
    let corpus =
      try call["corpus"]?.handle as? CorpusHandle ?? self.corpus ?? session.currentCorpus()
    guard corpus.corpus.tokenizer == tokenizer else {
      throw RunError(
        .value, "\(corpus.path) was cut into tokens by another tokenizer than \(name)'s",
        hint: "`corpus \(corpus.path) model=\(name)` cuts it as \(name) does")
    }
    return corpus
  }

  /// Measures all that is held out.
  func evaluate(_ call: CommandCall, in session: Session) throws -> Value {
    try call.refuse(["episodes", "seed", "metric"], for: self)
    let corpus = try corpus(call, in: session)
    let windows = corpus.corpus.heldOutWindows(length: model.shape.context)
    guard !windows.isEmpty else {
      throw RunError(
        .command, "nothing of \(corpus.path) is held out to measure \(name) by",
        hint: "`corpus \(corpus.path) holdout=0.1`")
    }
    let workspace = LanguageModel.Workspace()
    let pool = ThreadPool(threads: Cores.count)
    var (sum, tokens) = (0.0, 0)
    for start in stride(from: 0, to: windows.count, by: 64) {
      if session.isInterrupted { throw RunError.interrupted }
      let part = LanguageEvaluation(
        model, windows: Array(windows[start..<min(start + 64, windows.count)]), in: workspace,
        pool: pool)
      sum += (part?.loss ?? 0) * Double(part?.tokens ?? 0)
      tokens += part?.tokens ?? 0
    }
    let evaluation = LanguageEvaluation(loss: sum / Double(tokens), tokens: tokens)
    let event = Event(
      "evaluate",
      [
        ("agent", .string(name)), ("loss", .real(evaluation.loss)),
        ("perplexity", .real(evaluation.perplexity)), ("tokens", .integer(evaluation.tokens)),
      ],
      text: "evaluate \(name): loss \(significant(evaluation.loss)) nats a token, perplexity "
        + "\(significant(evaluation.perplexity)), on \(compact(evaluation.tokens)) held-out tokens "
        + "of \(corpus.path)")
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }
}
