import Language
import RLCore

/// Feedback that is only tried out: the agent as it was, the agent as it would be, and what the ledger
/// gets if that is kept.
struct Hypothesis {
  let agent: AgentHandle
  /// Whether the agent was named, rather than to be whoever the feedback is for.
  private let isNamed: Bool
  let original: Agent
  private let (steps, updates): (Int, Int)
  /// The agent with the feedback; set once it has learned.
  var changed: Agent?
  /// Whether the agent is still the one that was copied.
  var isCurrent: Bool { (original.steps, original.updates) == (steps, updates) }
  /// What was given in it, in order, without numbers, with what was shown.
  var given: [(handle: FeedbackHandle, pieces: [StateArchive])] = []

  /// Puts a copy in the agent's place.
  init(of agent: AgentHandle, isNamed: Bool) {
    self.agent = agent
    self.isNamed = isNamed
    original = agent.core
    (steps, updates) = (agent.core.steps, agent.core.updates)
    agent.core = original.fork()
  }

  /// Puts the agent itself in its place again, and keeps the copy.
  mutating func end() {
    changed = agent.core
    agent.core = original
  }

  /// Makes ready for feedback that is for `learner`.
  ///
  /// - Throws: where that is another one than was named, or than something was done to already.
  mutating func turn(to learner: (any SessionAgent)?) throws {
    guard let learner, learner !== agent else { return }
    let isUntouched = given.isEmpty && (agent.core.steps, agent.core.updates) == (steps, updates)
    guard let learner = learner as? AgentHandle, !isNamed, isUntouched else {
      throw RunError(
        .command,
        "the feedback is for \(learner.name), and something is tried out on \(agent.name)",
        hint: learner is AgentHandle
          ? "name it: `agent=\(learner.name)`" : "`undo` takes back what \(learner.name) learned")
    }
    agent.core = original
    self = Hypothesis(of: learner, isNamed: false)
  }
}
