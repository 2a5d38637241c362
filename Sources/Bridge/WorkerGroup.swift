import RLCore
import Schema

/// The workers of one environment, and the seats in them: copies of the environment, each in the
/// worker that its number falls to. Commands for several seats go in one message a worker, and the
/// workers carry them out side by side.
///
/// Not for two threads at once; a copy of an environment for another thread has a group of its own.
final class WorkerGroup: @unchecked Sendable {
  let task: Task
  private let patience: PythonWorker.Patience
  private var workers: [Worker]
  private var nextSeat = 0
  /// What came in for each seat in use, until it is asked for.
  private var outcomes: [Int: [Result<Outcome, BridgeError>]] = [:]

  /// A process, and what is under way with it.
  private struct Worker {
    /// Started when it is needed.
    var process: PythonWorker?
    /// Which process it is: seats of an earlier one are lost.
    var generation = 0
    /// Commands that are not sent yet, and the seats of those among them that give an outcome.
    var commands: [UInt8] = []
    var seats: [Int] = []
    /// The seats whose outcomes are on their way, in their order; nil where no answer is due.
    var awaited: [Int]?
  }

  /// A copy of the environment in a worker.
  ///
  /// Copies of a `GymEnvironment` share it until one of them acts.
  final class Seat: @unchecked Sendable {
    let number: Int
    let generation: Int
    /// The action that it was made to do before it was asked to.
    var foreseen: Action?
    private let group: WorkerGroup

    fileprivate init(_ number: Int, generation: Int, in group: WorkerGroup) {
      self.number = number
      self.generation = generation
      self.group = group
    }

    deinit { group.release(self) }

    /// Whether the process that holds it still lives.
    var isAlive: Bool { group.generation(of: number) == generation }
  }

  /// What a reset or a step gave.
  struct Outcome {
    var reward: Double
    var terminated: Bool
    var truncated: Bool
    var observation: [Float]
    /// JSON, or nothing.
    var info: [UInt8]
  }

  enum Command {
    case reset(seed: Int)
    case step(Action)
  }

  /// - Parameter first: a process that has made the task already, if there is one.
  init(
    task: Task, processes: Int, patience: PythonWorker.Patience, first: PythonWorker? = nil
  ) {
    self.task = task
    self.patience = patience
    workers = Array(repeating: Worker(), count: processes)
    workers[0].process = first
  }

  /// Another group for the same task, whose processes start when they are needed.
  func another() -> WorkerGroup {
    WorkerGroup(task: task, processes: workers.count, patience: patience)
  }

  // MARK: Seats

  /// A seat nobody else holds. The environment is made by its first reset.
  func takeSeat() -> Seat {
    let number = nextSeat
    nextSeat += 1
    outcomes[number] = []
    return Seat(number, generation: generation(of: number), in: self)
  }

  private func worker(of seat: Int) -> Int { seat % workers.count }

  fileprivate func generation(of seat: Int) -> Int { workers[worker(of: seat)].generation }

  fileprivate func release(_ seat: Seat) {
    outcomes[seat.number] = nil
    if seat.isAlive { queue(2, seat: seat.number) }
  }

  // MARK: Commands

  /// Carries out commands in one seat, in one exchange.
  ///
  /// - Returns: an outcome for each.
  /// - Throws: `raised`, `workerEnded`, `timedOut`, `abandoned`, `pythonMissing`, `garbled`.
  func perform(_ commands: [Command], in seat: Seat) throws(BridgeError) -> [Outcome] {
    let index = worker(of: seat.number)
    try receive(from: index)
    outcomes[seat.number] = []
    seat.foreseen = nil
    for command in commands {
      switch command {
      case .reset(let seed): queue(0, seat: seat.number, littleEndian(UInt64(seed)))
      case .step(let action): queue(action, seat: seat.number)
      }
    }
    try send(to: index)
    try receive(from: index)
    return try takeOutcomes(of: seat, count: commands.count)
  }

  /// Has a step made together with others, as soon as the outcome of one of them is wanted.
  func foresee(_ action: Action, in seat: Seat) {
    seat.foreseen = action
    queue(action, seat: seat.number)
  }

  /// The outcome of the step that was foreseen.
  ///
  /// - Throws: `raised`, `workerEnded`, `garbled`.
  func foreseenOutcome(in seat: Seat) throws(BridgeError) -> Outcome {
    seat.foreseen = nil
    for index in workers.indices where !workers[index].seats.isEmpty { try send(to: index) }
    if outcomes[seat.number]?.isEmpty ?? true { try receive(from: worker(of: seat.number)) }
    return try takeOutcomes(of: seat, count: 1)[0]
  }

  private func takeOutcomes(of seat: Seat, count: Int) throws(BridgeError) -> [Outcome] {
    let results = outcomes[seat.number] ?? []
    outcomes[seat.number] = []
    var taken: [Outcome] = []
    for result in results { taken.append(try result.get()) }
    guard taken.count == count else {
      throw .garbled(
        environment: task.name, reason: "\(taken.count) outcomes came for \(count) commands")
    }
    return taken
  }

  private func queue(_ action: Action, seat: Int) {
    queue(1, seat: seat, action.values.flatMap { littleEndian($0.bitPattern) })
  }

  private func queue(_ code: UInt8, seat: Int, _ arguments: [UInt8] = []) {
    let index = worker(of: seat)
    workers[index].commands += [code] + littleEndian(UInt32(seat)) + arguments
    if code != 2 { workers[index].seats.append(seat) }
  }

  // MARK: Messages

  /// Sends what is queued; a worker that does not run is started.
  private func send(to index: Int) throws(BridgeError) {
    if workers[index].awaited != nil { try receive(from: index) }
    let process = try process(index)
    let body = [UInt8(ascii: "X")] + workers[index].commands
    workers[index].awaited = workers[index].seats
    workers[index].commands.removeAll(keepingCapacity: true)
    workers[index].seats.removeAll(keepingCapacity: true)
    do { try process.send(body) } catch { throw lost(index, error) }
  }

  /// Takes in the answer that is due, if one is.
  private func receive(from index: Int) throws(BridgeError) {
    if workers[index].awaited == nil && !workers[index].seats.isEmpty { try send(to: index) }
    guard let awaited = workers[index].awaited, let process = workers[index].process else { return }
    workers[index].awaited = nil
    let answer: [UInt8]
    do { answer = try process.receive() } catch { throw lost(index, error) }
    var reader = OutcomeReader(
      bytes: answer, environment: task.name, size: task.observationSpace.size)
    for seat in awaited {
      let result = try reader.next()
      // A seat that was given back meanwhile has no place any more.
      outcomes[seat]?.append(result)
    }
  }

  private func process(_ index: Int) throws(BridgeError) -> PythonWorker {
    if let process = workers[index].process { return process }
    let process = try PythonWorker(patience: patience)
    _ = try process.make(name: task.name, folder: task.folder, options: task.options)
    workers[index].process = process
    return process
  }

  /// The next use starts another process, in which the seats of this one are not.
  private func lost(_ index: Int, _ end: PythonWorker.Ended) -> BridgeError {
    workers[index] = Worker(generation: workers[index].generation + 1)
    switch end.cause {
    case .byItself(let how):
      return .workerEnded(environment: task.name, how: how, log: end.log)
    case .tooSlow(let limit):
      return .timedOut(environment: task.name, seconds: limit, log: end.log)
    case .abandoned: return .abandoned(environment: task.name)
    }
  }
}

extension PythonWorker {
  /// Has the worker make an environment.
  ///
  /// - Throws: `notMade`, `packageMissing`, `unsupportedSpace`, `abandoned`, `garbled`.
  func make(name: String, folder: String, options: Settings) throws(BridgeError) -> Task {
    let answer: [UInt8]
    do {
      try send(Task.request(name: name, folder: folder, options: options))
      answer = try receive()
    } catch {
      let how: String
      switch error.cause {
      case .byItself(let end): how = end
      case .tooSlow(let limit): how = "gave no answer for \(limit) s and was stopped"
      case .abandoned: throw .abandoned(environment: name)
      }
      throw .notMade(
        environment: name,
        reason: "its Python worker \(how)" + (error.log.map { ": \($0)" } ?? ""))
    }
    return try Task(name: name, folder: folder, options: options, answer: answer)
  }
}

/// Reads the outcomes in an answer, one after the other.
private struct OutcomeReader {
  let bytes: [UInt8]
  let environment: String
  /// Numbers in an observation.
  let size: Int
  private var position = 0

  init(bytes: [UInt8], environment: String, size: Int) {
    self.bytes = bytes
    self.environment = environment
    self.size = size
  }

  mutating func next() throws(BridgeError) -> Result<WorkerGroup.Outcome, BridgeError> {
    let head = 13
    guard bytes.count - position >= head else { throw cutShort }
    let (flags, reward, length) = bytes.withUnsafeBytes { raw in
      (
        raw[position],
        Double(
          bitPattern: UInt64(
            littleEndian: raw.loadUnaligned(fromByteOffset: position + 1, as: UInt64.self))),
        Int(
          UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: position + 9, as: UInt32.self)))
      )
    }
    position += head
    let hasRaised = flags & 128 != 0
    guard bytes.count - position >= length + (hasRaised ? 0 : 4 * size) else { throw cutShort }
    let text = Array(bytes[position..<position + length])
    position += length
    if hasRaised {
      return .failure(
        .raised(environment: environment, exception: String(decoding: text, as: UTF8.self)))
    }
    let observation = [Float](unsafeUninitializedCapacity: size) { buffer, count in
      bytes.withUnsafeBytes { raw in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: raw[position..<position + 4 * size]))
      }
      count = size
    }
    position += 4 * size
    return .success(
      WorkerGroup.Outcome(
        reward: reward, terminated: flags & 1 != 0, truncated: flags & 2 != 0,
        observation: observation, info: text))
  }

  private var cutShort: BridgeError {
    .garbled(environment: environment, reason: "an answer is cut short")
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}
