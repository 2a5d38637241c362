import Schema

/// What was done to an agent since feedback first came, so that it can be done again without one
/// answer: "never given" means just that. What people saw and what else they said are data, and are
/// not made anew.
///
/// States are kept at some points to begin from. They are forks: they share the replay buffer's
/// chunks with the agent, which copies a chunk only when it writes to it. So that they never come to
/// hold several buffers, fewer states are kept where the buffer is large.
struct FeedbackHistory {
  var operations: [Operation] = []
  /// In order; each says how many operations were done before it.
  var snapshots: [Snapshot] = []
  /// Steps and updates that the operations account for.
  var accounted = Moment(steps: 0, updatesSince: 0, isSettled: true, isValidated: false)

  struct Snapshot {
    var position: Int
    var agent: Agent
  }

  enum Operation: Sendable {
    case received(Feedback)
    case learned
    case trained(Stretch)
    case coached(String, Settings)
    case set(String, Setting)
    case rewarded((any RewardFunction)?)
    case reseeded(Int)
  }

  /// A piece of training: where it began and came to, and where it was to end.
  struct Stretch: Sendable {
    let start: Int
    let end: Moment
    let goal: Int?
  }

  /// A point of training, which may lie between the updates that follow on a step.
  struct Moment: Sendable, Equatable {
    var steps: Int
    /// Gradient steps made since that step.
    var updatesSince: Int
    /// No update is due.
    var isSettled: Bool
    /// The validation after that step is done.
    var isValidated: Bool
  }

  /// Most states kept, and the bytes of replay buffers that they may hold together.
  private static let snapshotLimit = 8
  private static let replayLimit = 256 << 20

  /// Notes what is about to be done to `agent`, and the training that came before it.
  mutating func record(_ operation: Operation, of agent: Agent) {
    if case .received = operation {
      noteTraining(of: agent)
      keepSnapshot(of: agent)
    } else {
      // Before any feedback there is nothing to go back for.
      guard !snapshots.isEmpty else { return }
      noteTraining(of: agent)
    }
    operations.append(operation)
  }

  private mutating func noteTraining(of agent: Agent) {
    let now = agent.moment
    if snapshots.isEmpty {
      accounted = now
    } else if now != accounted {
      operations.append(
        .trained(Stretch(start: accounted.steps, end: now, goal: agent.trainingGoal)))
      accounted = now
    }
  }

  /// One before each run of answers: after it, learning or training may follow.
  private mutating func keepSnapshot(of agent: Agent) {
    if !snapshots.isEmpty, case .received? = operations.last { return }
    snapshots.append(Snapshot(position: operations.count, agent: agent.fork()))
    let affordable = max(1, Self.replayLimit / max(1, agent.replayBytes))
    while snapshots.count > min(Self.snapshotLimit, affordable) {
      // The first goes back furthest and the last is the likeliest wanted.
      snapshots.remove(at: snapshots.count > 2 ? 1 : 0)
    }
  }

  /// The latest state from before an answer; nil where none is held.
  private func start(before id: Int) -> (snapshot: Snapshot, index: Int)? {
    let index = operations.firstIndex {
      if case .received(let given) = $0 { given.id == id } else { false }
    }
    guard let index, let snapshot = snapshots.last(where: { $0.position <= index }) else {
      return nil
    }
    return (snapshot, index)
  }

  /// Steps to be trained again so that an answer was never given; nil where no state from before it
  /// is held.
  func cost(without id: Int, of agent: Agent) -> Int? {
    start(before: id).map { agent.steps - $0.snapshot.agent.steps }
  }

  /// The agent that would be had the answer never been given; nil where no state from before it is
  /// held.
  ///
  /// - Throws: what the environment and its reward function throw while training again.
  func replayed(without id: Int, of agent: Agent) throws -> Agent? {
    guard let (snapshot, index) = start(before: id) else { return nil }
    var history = self
    history.noteTraining(of: agent)
    let again = snapshot.agent.fork()
    again.history.operations = Array(operations.prefix(snapshot.position))
    again.history.snapshots = snapshots.filter { $0.position < snapshot.position }
    again.history.accounted = again.moment
    for (place, operation) in history.operations.enumerated().dropFirst(snapshot.position)
    where place != index {
      try again.perform(operation)
    }
    return again
  }

  /// Forgets an answer that was not learned from: nothing else came of it.
  mutating func forget(_ id: Int) {
    guard let (_, index) = start(before: id) else { return }
    operations.remove(at: index)
    for place in snapshots.indices where snapshots[place].position > index {
      let agent = snapshots[place].agent.fork()
      agent.feedback.pending.removeAll { $0.id == id }
      snapshots[place] = Snapshot(position: snapshots[place].position - 1, agent: agent)
    }
  }
}

extension Agent {
  /// Notes what is about to be done to the agent, or was just done without training.
  func note(_ operation: FeedbackHistory.Operation) {
    // Taken out while it works: a state that it keeps has no past of its own.
    var history = FeedbackHistory()
    swap(&history, &self.history)
    history.record(operation, of: self)
    self.history = history
  }

  fileprivate var moment: FeedbackHistory.Moment {
    .init(
      steps: steps, updatesSince: updates - updatesAtStep, isSettled: isSettled,
      isValidated: validatedAt == steps)
  }

  /// Bytes that the replay buffer holds.
  var replayBytes: Int {
    let row = 2 * environment.observationSpace.size + environment.actionSpace.size + 2
    return (replayCount ?? 0) * row * MemoryLayout<Float>.size
  }

  /// Does an operation again.
  fileprivate func perform(_ operation: FeedbackHistory.Operation) throws {
    switch operation {
    case .received(let given): try receive(given)
    case .learned:
      // Where the answer left out was all there was to learn from, nothing is learned.
      let kind = try FeedbackMethods.named(feedback.method)
      if feedback.pending.contains(where: { kind.kinds.contains($0.kind) }) { _ = try learn() }
    case .trained(let stretch): try train(stretch)
    case .coached(let method, let settings): try coach(method: method, settings: settings)
    case .set(let name, let value): try set(name, to: value)
    case .rewarded(let function): setReward(function)
    case .reseeded(let seed): reseed(seed)
    }
  }

  private func train(_ stretch: FeedbackHistory.Stretch) throws {
    let end = stretch.end
    var trainer = Trainer(again: self, goal: stretch.goal ?? end.steps)
    while steps < end.steps { _ = try trainer.advance() }
    if end.isSettled || end.isValidated {
      while try update() != nil {}
    } else {
      while updates - updatesAtStep < end.updatesSince, try update() != nil {}
    }
    while end.isValidated && validatedAt < steps { _ = try trainer.advance() }
    isSettled = end.isSettled
    trainingGoal = stretch.goal
  }
}

extension Agent {
  /// Steps that would have to be trained again to take an answer back to the bit: 0 where it can be
  /// done at once. Nil where the agent has no such answer.
  ///
  /// - Throws: `incompatible` where no state from before it is held: the agent was loaded since, or
  ///   its replay buffer is too large to keep older states.
  public func retractionCost(_ id: Int) throws(CoreError) -> Int? {
    if feedback.pending.contains(where: { $0.id == id }) { return 0 }
    guard feedback.learned.contains(where: { $0.feedback.id == id }) else { return nil }
    guard let cost = history.cost(without: id, of: self) else { throw unreachable(id) }
    return cost
  }

  /// Takes feedback back, as if it had never been given.
  ///
  /// - Parameter replay: trains again where the agent was trained since; without, a method whose
  ///   knowledge is a function of the feedback learns anew, and what came of training stays.
  /// - Returns: how; nil where the agent has no feedback of that id.
  /// - Throws: `incompatible` where training has to be replayed and may not be, or cannot; what the
  ///   environment throws.
  public func retract(_ id: Int, replay: Bool = false) throws -> Retraction? {
    if let index = feedback.pending.firstIndex(where: { $0.id == id }) {
      history.forget(id)
      feedback.pending.remove(at: index)
      return .unlearned
    }
    guard let index = feedback.learned.firstIndex(where: { $0.feedback.id == id }) else {
      return nil
    }
    let shown = feedback.learned.map(\.feedback)
    let cost = history.cost(without: id, of: self)
    if let cost, replay || cost == 0 {
      let report = try reported(on: shown, newAnswers: -1) {
        if let again = try history.replayed(without: id, of: self) { become(again) }
      }
      return .learned(report, trainedSince: false)
    }
    let kind = try FeedbackMethods.named(feedback.method)
    guard kind.rule == .refits, !replay else {
      if cost == nil { throw unreachable(id) }
      throw CoreError.incompatible(
        "what feedback \(id) taught by `\(feedback.method)` lies in the weights, and \(cost ?? 0) "
          + "steps were trained since: it takes `replay=true`")
    }
    let trainedSince = steps > feedback.learned[index].steps
    let report = try reported(on: shown, newAnswers: -1) { () throws(CoreError) in
      feedback.learned.remove(at: index)
      try refit(kind)
    }
    return .learned(report, trainedSince: trainedSince)
  }

  private func unreachable(_ id: Int) -> CoreError {
    .incompatible(
      "no state of the agent from before feedback \(id) is held: load an earlier checkpoint")
  }
}
