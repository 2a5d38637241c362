import Language
import RLCore
import Schema
import Store

/// An agent of the session, whatever it learns: to act in an environment, or to write text.
///
/// What both kinds can do is here, and a command for both calls it; a command for one kind asks for
/// that kind (`CommandCall.agent(in:)`, `textAgent(in:)`), and the other is refused with what does
/// the like for it.
protocol SessionAgent: Handle {
  /// What it is, as an error says it: `a language model`.
  static var genus: String { get }
  /// For commands of the other kind what does the like, by the command's name.
  static var counterparts: [String: String] { get }

  /// The name it was first assigned to, which events and records carry.
  var name: String { get }
  /// The job that works on it or did.
  var job: BackgroundJob? { get set }
  /// What a run's record says of it.
  var profile: AgentProfile { get }

  /// Makes ready to be worked on by another thread.
  func lend()
  /// The whole state, for a digest.
  func state() -> StateArchive
  /// The whole state and what the session adds to it, for a checkpoint.
  func archive(includingReplay: Bool) -> StateArchive
  /// Writes it to a file or folder in the format that the call asks for.
  func save(_ call: CommandCall, to path: String) throws
  /// Gives it new random streams.
  func reseed(_ seed: Int)
  /// An independent copy.
  func fork(named name: String) -> any SessionAgent
  /// A copy with the weights that did best while training; nil where there are none.
  func bestFork(named name: String) -> (any SessionAgent)?
  /// Changes a setting of the living agent.
  func set(_ name: String, to value: Setting) throws
  /// Takes in what people gave, at a time in seconds since 1970, to an agent of that name after this
  /// one's checkpoint was written: answers that the process which took them did not live to keep.
  ///
  /// - Returns: how many.
  func redeliver(
    from name: String, given times: Range<Double>, in session: Session
  ) throws -> Int
  /// What a record of the ledger asked, where the agent holds just this answer under the number
  /// `own`; nil where it does not.
  func question(
    of record: Store.FeedbackRecord, _ value: Value, own id: Int, in store: ProjectStore
  ) throws -> (any Question)?
  /// Steps of training that taking an answer back would do again.
  func retractionCost(_ id: Int) -> Int
  /// Takes an answer back, as if it had never been given.
  ///
  /// - Parameter replay: does the training since then again.
  /// - Returns: whether the agent is exactly what it would be.
  func retract(_ id: Int, replay: Bool, in session: Session) throws -> Bool
  /// How fast its latest training in this session went; 0 before the first.
  var stepsPerSecond: Double { get }
  /// How far what was learned from feedback can be trusted.
  func judgeCard() throws -> RewardModelCard
  /// `coach`.
  func coach(_ call: CommandCall, in session: Session) throws
  /// `learn`.
  func learn(_ call: CommandCall, in session: Session) throws -> Value
  /// `train`.
  func train(_ call: CommandCall, in session: Session) throws -> Value
  /// `evaluate`.
  func evaluate(_ call: CommandCall, in session: Session) throws -> Value
}

/// What a run's record says of the agent that was trained.
struct AgentProfile {
  let algorithm: String
  /// What it learns in: an environment's name, a text's file.
  let environment: String
  let settings: Settings
  let seed: Int
  let steps: Int
}

extension SessionAgent {
  /// - Throws: while a job works on the agent, which is then nobody else's.
  func checkFree(in session: Session?) throws(RunError) {
    guard let job, !job.hasEnded, session?.job !== job else { return }
    throw RunError(
      .command, "\(name) is being worked on by job \(job.number)",
      hint: "`wait \(job.number)` waits for it, `stop \(job.number)` ends it")
  }

  /// - Throws: where the agent is of the other kind than a command is for.
  func checkKind<Wanted: SessionAgent>(
    _ wanted: Wanted.Type, for command: String
  ) throws(RunError) -> Wanted {
    if let agent = self as? Wanted { return agent }
    throw RunError(
      .type, "`\(command)` is for \(Wanted.genus), and \(name) is \(Self.genus)",
      hint: Self.counterparts[command].map { "write `\($0.replacing("AGENT", with: name))`" })
  }
}

extension CommandCall {
  /// The agent given, or the current one, of either kind.
  func anyAgent(
    in session: Session, _ parameter: String = "agent"
  ) throws(RunError) -> any SessionAgent {
    if let given = self[parameter]?.handle as? any SessionAgent { return given }
    return try session.anyCurrentAgent()
  }

  /// The agent given, or the current one, that acts in an environment.
  func agent(in session: Session) throws(RunError) -> AgentHandle {
    try anyAgent(in: session).checkKind(AgentHandle.self, for: declaration.name)
  }

  /// The language model given, or the current one.
  func textAgent(in session: Session) throws(RunError) -> TextAgentHandle {
    try anyAgent(in: session).checkKind(TextAgentHandle.self, for: declaration.name)
  }

  /// - Throws: where an option was given that is not for this kind of agent.
  func refuse(_ options: [String], for agent: some SessionAgent) throws(RunError) {
    for name in options where self[name] != nil {
      throw RunError(
        .call, "`\(declaration.name)` takes no `\(name)` for \(type(of: agent).genus)",
        argument: name)
    }
  }
}
