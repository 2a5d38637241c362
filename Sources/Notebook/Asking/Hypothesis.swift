import Language
import RLCore

/// Feedback that is only tried out: the agent as it was, the agent as it would be, and what the ledger
/// gets if that is kept.
struct Hypothesis {
  let agent: AgentHandle
  let original: Agent
  private let (steps, updates): (Int, Int)
  /// The agent with the feedback; set once it has learned.
  var changed: Agent?
  /// Whether the agent is still the one that was copied.
  var isCurrent: Bool { (original.steps, original.updates) == (steps, updates) }
  /// What was given in it, in order, without numbers, with what was shown.
  var given: [(handle: FeedbackHandle, pieces: [StateArchive])] = []

  init(of agent: AgentHandle) {
    self.agent = agent
    original = agent.core
    (steps, updates) = (agent.core.steps, agent.core.updates)
  }
}
