import Glibc
import Language
import RLCore
import Schema
import Store

/// What lives from the first input to the last: the language's names, the current environment and
/// agent, the project's store, and where output goes.
///
/// One thread owns it.
package final class Session {
  package let output: Output
  package let project: Project
  /// What the project remembers; opened at its first use.
  let store: ProjectStore
  /// Whether a person types the input: then commands may ask, and a cell's value is kept.
  package let isPrompt: Bool
  package private(set) var interpreter: Interpreter!

  @exclusivity(unchecked) var environment: EnvironmentHandle?
  /// The text that a new language model learns from.
  var corpus: CorpusHandle?
  /// The agent that a command means where none is given, of either kind.
  private(set) var current: (any SessionAgent)?
  /// The same where it acts in an environment.
  var agent: AgentHandle? {
    get { current as? AgentHandle }
    set { current = newValue }
  }
  /// All agents that were made, for as long as something holds them.
  private var madeAgents: [WeakAgent] = []
  /// What a person was shown last.
  var lastShown: LastShown? {
    didSet { if case .episode(let episode) = oldValue { shownBefore = episode } }
  }
  /// What was typed into each cell of this prompt, in order.
  var cellSources: [String] = []
  /// The store's number of this prompt; nil until a cell has been kept.
  var storedNumber: Int?
  /// What those cells read and changed.
  @exclusivity(unchecked) var dependencies = CellDependencies()
  /// The cells of this session, for `export`.
  var journal = Journal()
  /// What goes on or went on behind the prompt, the oldest first.
  var jobs: [BackgroundJob] = [] { didSet { hasJobs = !jobs.isEmpty } }
  /// Whether there are any: asked at every command.
  @exclusivity(unchecked) private(set) var hasJobs = false
  /// The jobs whose output was shown.
  var collectedJobs: Set<Int> = []
  /// The job whose own session this is; nil for a person's.
  weak var job: BackgroundJob?
  /// Takes the next call that can run in the background in place of running it, for `bg`.
  var takeCall: ((CommandCall, any SessionCommand.Type) -> Void)?
  /// Tells the person at the prompt something while a cell is typed, from any thread.
  var announce: (@Sendable (String) -> Void)?
  /// Cells that a command asks to run next.
  var pendingCells: [PendingCell] = []
  /// How many scripts run each other now.
  var sourceDepth = 0
  /// The step of the tour shown last.
  var tourStep = 0
  /// The feedback of this session that was not taken back, oldest first.
  var given: [FeedbackHandle] = []
  /// Feedback that is only tried out, until `keep` or `drop`.
  var hypothesis: Hypothesis?
  /// Who answers wherever a person would be asked, and what that comes to; only while a script is
  /// rehearsed.
  var rehearsal: Rehearsal?
  /// The episode shown before the last, for comparing the two.
  private(set) var shownBefore: EpisodeHandle?
  /// What `env NAME { … }` defined, by name.
  var environmentDefinitions: [String: Definition] = [:]
  /// The cell or script that is being run, for the records of what it makes.
  var currentSource: Source?

  /// - Parameter storeFolder: where the store lies; nil is the project's folder.
  package init(output: Output, project: Project, isPrompt: Bool, storeFolder: String? = nil) {
    self.output = output
    self.project = project
    store = ProjectStore(folder: storeFolder ?? project.folder)
    self.isPrompt = isPrompt
    interpreter = Interpreter(
      commands: Commands.all.map { $0.bound(to: self) },
      builtins: Self.builtins(in: project),
      families: Families.all,
      constants: Builtins.constants,
      program: { path in
        guard let allowed = try? project.path(path), let text = try? TextFile.read(allowed) else {
          return nil
        }
        return Source(name: path, text: text)
      })
  }

  /// All functions that a script can call.
  static func builtins(in project: Project) -> [Builtin] {
    Builtins.all + SpaceFunctions.all + ScheduleFunctions.all + FormulaFunctions.all
      + FileFunctions.all(in: project)
  }

  /// Runs a program that was checked, and hands over the values that are to be shown; `willRun` is
  /// called before each of its statements.
  func run(
    _ source: Source, willRun: (Span) -> Void = { _ in }, show: (Value) -> Void
  ) throws(RunError) {
    let outer = currentSource
    currentSource = source
    defer { currentSource = outer }
    try interpreter.run(source, willRun: willRun) { value, _ in show(value) }
  }

  /// Whether a person can be asked here: one who sees the question and can type.
  var canAsk: Bool { !output.isJSON && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Makes an agent the current one.
  func adopt(_ agent: any SessionAgent) {
    madeAgents.removeAll { $0.agent == nil }
    if !madeAgents.contains(where: { $0.agent === agent }) {
      madeAgents.append(WeakAgent(agent: agent))
    }
    current = agent
  }

  /// What an agent's trainings came to, with the feedback that was given on the way.
  func learningCurve(of agent: AgentHandle) -> Chart {
    let marks = given.filter { $0.stored.agent == agent.name }.map { handle in
      Chart.Mark(Double(handle.stored.agentSteps), .third)
    }
    return .learningCurve(of: agent.history, title: agent.text, marks: marks)
  }

  var agents: [any SessionAgent] { madeAgents.compactMap(\.agent) }

  private struct WeakAgent {
    weak var agent: (any SessionAgent)?
  }

  func currentEnvironment() throws(RunError) -> EnvironmentHandle {
    guard let environment else {
      throw RunError(
        .command, "there is no environment yet", hint: "make one with `env CartPole-v1`")
    }
    dependencies.use(environment)
    return environment
  }

  /// The current agent where it acts in an environment, for the work of a command that needs one.
  func currentAgent(for command: String) throws(RunError) -> AgentHandle {
    try anyCurrentAgent().checkKind(AgentHandle.self, for: command)
  }

  func anyCurrentAgent() throws(RunError) -> any SessionAgent {
    guard let current else {
      throw RunError(.command, "there is no agent yet", hint: "make one with `agent dqn`")
    }
    try current.checkFree(in: self)
    dependencies.use(current)
    return current
  }
}

extension CommandCall {
  /// The environment given, or the current one.
  func environment(in session: Session) throws(RunError) -> EnvironmentHandle {
    if let given = self["environment"]?.handle as? EnvironmentHandle { return given }
    return try session.currentEnvironment()
  }
}

extension Parameter {
  /// The environment that a command acts on.
  static let environment = Parameter(
    "environment", .handle("environment"), .subject, default: .described("the current environment"),
    "The environment to act on.")

  /// The agent that a command acts on.
  static let agent = Parameter(
    "agent", .handle("agent"), .subject, default: .described("the current agent"),
    "The agent to act on.")
}
