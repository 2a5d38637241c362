import Schema

/// What was done to an agent, in its checkpoint: with it, an answer can be taken back to the bit after
/// loading, too. Not part of the state: two agents that are alike have the same hash, whatever they
/// went through.
///
/// Of the states kept in memory only the first, which goes back furthest, and the last, which makes
/// `undo` immediate, are written, and only where their replay buffers are small.
extension Agent {
  /// The archive with the history beside the state. Where the history cannot be written (functions
  /// were given as rewards, or replay buffers are large) it is the plain one.
  ///
  /// - Parameter includingReplay: a state without its replay buffer is none to train again from, so
  ///   that false leaves out the history too.
  public func checkpoint(includingReplay: Bool = true) -> StateArchive {
    var archive = archive(includingReplay: includingReplay)
    if includingReplay { history.save(to: &archive, of: self) }
    return archive
  }

  /// Takes back the history that `checkpoint` wrote, if it did.
  ///
  /// - Throws: `damagedArchive`, and what making the environment throws.
  func restoreHistory(from archive: StateArchive) throws {
    guard archive.contains("history/integers") else { return }
    var reader = try FeedbackReader(archive, name: "history", environment: environment)
    try restorePlace(&reader)
    history = try FeedbackHistory(from: archive, &reader, environment: environment)
  }

  /// Where training stands between two steps.
  fileprivate func savePlace(to writer: inout FeedbackWriter) {
    writer.write(updates - updatesAtStep)
    writer.write(isSettled ? 1 : 0)
  }

  fileprivate func restorePlace(_ reader: inout FeedbackReader) throws(CoreError) {
    updatesAtStep = updates - (try reader.integer(in: 0..<(updates + 1)))
    isSettled = try reader.integer(in: 0..<2) == 1
  }
}

extension FeedbackHistory {
  /// Bytes of replay buffers that a checkpoint holds beside the agent's own.
  private static let archivedReplayLimit = 64 << 20

  private func archived(of agent: Agent) -> [Snapshot] {
    let affordable = Self.archivedReplayLimit / max(1, agent.replayBytes)
    let kept = snapshots.count > 1 ? [snapshots[0], snapshots[snapshots.count - 1]] : snapshots
    return kept.suffix(affordable)
  }

  fileprivate func save(to archive: inout StateArchive, of agent: Agent) {
    let kept = archived(of: agent)
    let isWritable = operations.allSatisfy {
      if case .rewarded(.some) = $0 { false } else { true }
    }
    guard !kept.isEmpty, isWritable else { return }
    var writer = FeedbackWriter()
    agent.savePlace(to: &writer)
    writer.write(accounted)
    writer.write(operations.count)
    for operation in operations { writer.write(operation) }
    writer.write(kept.count)
    for (index, snapshot) in kept.enumerated() {
      writer.write(snapshot.position)
      snapshot.agent.savePlace(to: &writer)
      archive.add(snapshot.agent.archive(), under: "history/\(index)/")
    }
    writer.save(to: &archive, name: "history")
  }

  fileprivate init(
    from archive: StateArchive, _ reader: inout FeedbackReader, environment: EnvironmentInstance
  ) throws {
    accounted = try reader.moment()
    for _ in 0..<(try reader.integer(in: StateArchive.counts)) {
      operations.append(try reader.operation())
    }
    for index in 0..<(try reader.integer(in: 1..<3)) {
      let position = try reader.integer(in: 0..<(operations.count + 1))
      let agent = try Agent(
        archive: archive.part(under: "history/\(index)/"), environment: environment)
      try agent.restorePlace(&reader)
      snapshots.append(Snapshot(position: position, agent: agent))
    }
  }
}

// MARK: - Coding

extension StateArchive {
  /// Adds another archive with its names below a prefix.
  fileprivate mutating func add(_ other: StateArchive, under prefix: String) {
    for var tensor in other.tensors {
      tensor.name = prefix + tensor.name
      tensors.append(tensor)
    }
    for (key, value) in other.metadata { metadata[prefix + key] = value }
  }

  /// The archive that was added below a prefix.
  fileprivate func part(under prefix: String) -> StateArchive {
    var part = StateArchive()
    for var tensor in tensors where tensor.name.hasPrefix(prefix) {
      tensor.name.removeFirst(prefix.count)
      part.tensors.append(tensor)
    }
    for (key, value) in metadata where key.hasPrefix(prefix) {
      part.metadata[String(key.dropFirst(prefix.count))] = value
    }
    return part
  }
}

/// What an operation is written as.
private enum OperationCode: Int, CaseIterable {
  case received, learned, trained, coached, set, rewarded, reseeded
}

extension FeedbackWriter {
  fileprivate mutating func write(_ moment: FeedbackHistory.Moment) {
    write(moment.steps)
    write(moment.updatesSince)
    write((moment.isSettled ? 1 : 0) + (moment.isValidated ? 2 : 0))
  }

  fileprivate mutating func write(_ code: OperationCode) { write(code.rawValue) }

  fileprivate mutating func write(_ operation: FeedbackHistory.Operation) {
    switch operation {
    case .received(let feedback):
      write(OperationCode.received)
      write(feedback)
    case .learned: write(OperationCode.learned)
    case .trained(let stretch):
      write(OperationCode.trained)
      write(stretch.start)
      write(stretch.end)
      write(stretch.goal ?? -1)
    case .coached(let method, let settings):
      write(OperationCode.coached)
      write(method)
      write(settings.encoded)
    case .set(let name, let value):
      write(OperationCode.set)
      write(name)
      write([name: value].encoded)
    case .rewarded: write(OperationCode.rewarded)
    case .reseeded(let seed):
      write(OperationCode.reseeded)
      write(seed)
    }
  }
}

extension FeedbackReader {
  fileprivate mutating func moment() throws(CoreError) -> FeedbackHistory.Moment {
    let (steps, updates) = (
      try integer(in: StateArchive.counts), try integer(in: StateArchive.counts)
    )
    let flags = try integer(in: 0..<4)
    return FeedbackHistory.Moment(
      steps: steps, updatesSince: updates, isSettled: flags & 1 == 1, isValidated: flags & 2 == 2)
  }

  private mutating func settings() throws(CoreError) -> Settings {
    try Settings(encoded: text(), name: "history")
  }

  fileprivate mutating func operation() throws(CoreError) -> FeedbackHistory.Operation {
    switch OperationCode.allCases[try integer(in: OperationCode.allCases.indices)] {
    case .received: return .received(try feedback())
    case .learned: return .learned
    case .trained:
      let start = try integer(in: StateArchive.counts)
      let end = try moment()
      let goal = try integer()
      return .trained(
        FeedbackHistory.Stretch(start: start, end: end, goal: goal < 0 ? nil : goal))
    case .coached: return .coached(try text(), try settings())
    case .set:
      let name = try text()
      guard let value = try settings()[name] else {
        throw .damagedArchive(reason: "a setting in its history has no value")
      }
      return .set(name, value)
    case .rewarded: return .rewarded(nil)
    case .reseeded: return .reseeded(try integer())
    }
  }
}
