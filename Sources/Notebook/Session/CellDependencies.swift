import Language
import RLCore
import Schema

/// A cell that a command asks to run next.
struct PendingCell {
  var text: String
  /// The number of the cell in whose place it comes.
  var replaced: Int

  init(_ text: String, replacing replaced: Int) {
    self.text = text
    self.replaced = replaced
  }
}

/// What the cells of a prompt read and changed, and so which of them are out of date.
///
/// A cell reads the variables that it finds, the files that it opens, and the current environment,
/// agent or corpus where it leaves them out. It is stale once one of these was given another value by
/// a later cell, is a file that was written since, or is an agent that a later cell worked on; unless
/// it works on that agent itself, as `train a` does, since such a cell is a step and no view.
struct CellDependencies {
  /// Something that a cell can read.
  private enum Input: Hashable {
    case variable(String)
    case currentEnvironment, currentAgent, currentCorpus
  }

  private struct Cell {
    var inputs: Set<Input>
    var assigned: Set<Input>
    /// Agents that it worked on, by what holds them.
    var changed: Set<Input>
    /// The files that it read, as they were then.
    var files: [String: FileStamp?]
    /// Ran to its end, and no later cell came in its place.
    var counts: Bool
  }

  /// What of an agent changes when it is worked on.
  fileprivate struct Revision: Equatable {
    var identity: ObjectIdentifier
    var steps, updates: Int
    var answersLearned: Int
    var settings: Settings
  }

  /// The cells that have run, by their number.
  private var cells: [Int: Cell] = [:]
  private var lastAssigned: [Input: Int] = [:]
  private var lastChanged: [Input: Int] = [:]
  private var revisions: [Input: Revision] = [:]
  // Of the cell that runs.
  private var inputs: Set<Input> = []
  private var assigned: Set<Input> = []
  /// Whether it left out the environment that was there: noted at every step, and so in no set.
  private var leftOutEnvironment = false
  private var startEnvironment: ObjectIdentifier?
  private var startAgent: ObjectIdentifier?
  private var startCorpus: ObjectIdentifier?

  /// A cell begins.
  mutating func begin(_ source: Source, in session: Session) {
    let variables = session.interpreter.variables(in: source)
    inputs = Set(variables.read.map(Input.variable))
    assigned = Set(variables.assigned.map(Input.variable))
    leftOutEnvironment = false
    startEnvironment = session.environment.map { ObjectIdentifier($0) }
    startAgent = session.current.map { ObjectIdentifier($0) }
    startCorpus = session.corpus.map { ObjectIdentifier($0) }
    _ = session.project.takeReads()
  }

  /// The cell that runs left the environment out. What it made current itself is no input.
  mutating func use(_ environment: EnvironmentHandle) {
    if ObjectIdentifier(environment) == startEnvironment { leftOutEnvironment = true }
  }

  /// The cell that runs left the agent out.
  mutating func use(_ agent: any SessionAgent) {
    if ObjectIdentifier(agent) == startAgent { inputs.insert(.currentAgent) }
  }

  /// The cell that runs left the corpus out.
  mutating func use(_ corpus: CorpusHandle) {
    if ObjectIdentifier(corpus) == startCorpus { inputs.insert(.currentCorpus) }
  }

  /// The cell has run.
  mutating func end(_ number: Int, succeeded: Bool, replacing replaced: Int?, in session: Session) {
    let environment = session.environment.map { ObjectIdentifier($0) }
    if environment != startEnvironment { assigned.insert(.currentEnvironment) }
    let agent = session.current.map { ObjectIdentifier($0) }
    if agent != startAgent { assigned.insert(.currentAgent) }
    if leftOutEnvironment { inputs.insert(.currentEnvironment) }
    let corpus = session.corpus.map { ObjectIdentifier($0) }
    if corpus != startCorpus { assigned.insert(.currentCorpus) }
    let changed = takeRevisions(in: session).subtracting(assigned)
    for input in assigned { lastAssigned[input] = number }
    for input in changed { lastChanged[input] = number }
    if let replaced { cells[replaced]?.counts = false }
    let files = session.project.takeReads().map { ($0, FileStamp($0)) }
    cells[number] = Cell(
      inputs: inputs, assigned: assigned, changed: changed,
      files: Dictionary(uniqueKeysWithValues: files), counts: succeeded)
  }

  /// The cells that are out of date, and those that read what such a cell will assign or work on
  /// again, in order.
  var stale: [Int] {
    var numbers: [Int] = []
    var pending: Set<Input> = []
    for (number, cell) in cells.sorted(by: { $0.key < $1.key }) where cell.counts {
      let isStale = cell.inputs.contains { input in
        pending.contains(input) || lastAssigned[input, default: 0] > number
          || lastChanged[input, default: 0] > number && !cell.changed.contains(input)
      }
      guard isStale || cell.files.contains(where: { FileStamp($0.key) != $0.value }) else {
        continue
      }
      numbers.append(number)
      pending.formUnion(cell.assigned)
      pending.formUnion(cell.changed)
    }
    return numbers
  }

  /// Notes how all agents stand, and says which were worked on since the last time.
  private mutating func takeRevisions(in session: Session) -> Set<Input> {
    var now: [Input: Revision] = [:]
    for (name, value) in session.interpreter.variables {
      if let agent = value.handle as? any SessionAgent { now[.variable(name)] = Revision(agent) }
    }
    if let agent = session.current { now[.currentAgent] = Revision(agent) }
    defer { revisions = now }
    return Set(
      now.filter { input, revision in
        revisions[input].map { $0.identity == revision.identity && $0 != revision } ?? false
      }.keys)
  }
}

extension CellDependencies.Revision {
  /// Of an agent that a job works on nothing is read.
  fileprivate init?(_ agent: any SessionAgent) {
    if let job = agent.job, !job.hasEnded { return nil }
    let profile = agent.profile
    let core = (agent as? AgentHandle)?.core
    self.init(
      identity: ObjectIdentifier(agent), steps: profile.steps, updates: core?.updates ?? 0,
      answersLearned: core?.feedback.learned.count ?? 0, settings: profile.settings)
  }
}
