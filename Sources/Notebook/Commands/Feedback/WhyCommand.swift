import Language
import RLCore
import Schema

/// `why a [0, 0, 0.1, 0]`: which feedback moved this action, or the return.
enum WhyCommand: SessionCommand {
  static let declaration = Declaration(
    name: "why", summary: "Says which feedback moved an action, or an agent's return.",
    parameters: [
      .agent,
      Parameter(
        "observation", .either([.list(of: .real), .integer]), .positional,
        default: .described("the current observation"), "Where the action is chosen."),
      Parameter(
        "of",
        .either([
          .words([
            Word("action", "What moved the choice there."),
            Word("return", "What moved the return."),
          ]), .handle("episode"),
        ]), default: .setting("action"),
        "What is asked about; for an episode, how well it is thought of."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(10),
        "For the return: how many episodes, with the same starts each time."),
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        reset state=[0, 0, 0.1, 0]
        step 1
        f = feedback +1
        learn a
        w = why a [0, 0, 0.1, 0]
        print w[0].id == f.id w[0].effect > 0
        """, gives: "true true\n")
    ],
    group: "feedback",
    details: """
      Each answer is left out in turn, and what the method made of the others is used in place of what \
      it made of all: exact, for up to 200 answers; training since stays as it was. Gives a list \
      of `{id, kind, value, effect, changes}`, the greatest effect first: by how much the answer moves \
      the chosen action's value over the others' (for continuous actions, the action itself), or the \
      mean return; `changes` is whether another action would be chosen without it.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let learned = agent.core.feedback.learned.map(\.feedback)
    guard learned.count <= Agent.influenceLimit else {
      throw RunError(
        .command,
        "\(agent.name) learned from \(learned.count) answers, and at most \(Agent.influenceLimit) can be "
          + "left out one by one")
    }
    let shown = (call["of"]?.handle as? EpisodeHandle)?.episode
    let measure =
      call.text("of") == "return"
      ? returnMeasure(of: agent.core, episodes: call.integer("episodes") ?? 10)
      : try actionMeasure(of: agent, observation: call["observation"])
    let ids = try ledgerIDs(of: agent, in: session)
    var rows: [(effect: Double, value: Value)] = []
    for feedback in learned {
      if InterruptFlag.shared.isSet { throw RunError.interrupted }
      let (effect, changes): (Double, Bool)
      if let shown {
        effect = try agent.core.influence(of: feedback.id, on: shown).effect
        changes = effect != 0
      } else {
        let without = agent.core.fork()
        _ = try without.retract(feedback.id)
        (effect, changes) = try measure(without)
      }
      rows.append(
        (
          abs(effect),
          .map([
            "id": ids[feedback.id].map(Value.integer) ?? .null,
            "kind": .string(feedback.kind.rawValue), "value": .string(words(feedback)),
            "effect": .real(effect), "changes": .boolean(changes),
          ])
        ))
    }
    // A stable order: of equal effects the earlier answer first.
    let order = rows.indices.sorted { (-rows[$0].effect, $0) < (-rows[$1].effect, $1) }
    return call.listed(order.map { rows[$0].value }, in: session)
  }

  /// The effect of what `without` lacks, and whether the action would be another one.
  private typealias Measure = (_ without: Agent) throws -> (Double, Bool)

  private static func actionMeasure(of agent: AgentHandle, observation: Value?) throws -> Measure {
    let observation =
      try observation.map {
        try CoreValues.observation(from: $0, in: agent.core.environment.observationSpace)
      } ?? agent.environment.instance.observation
    let now = try agent.core.predict(observation)
    return { without in
      let then = try without.predict(observation)
      guard let choice = now.action.choice else {
        let moved = zip(now.action.values, then.action.values).map { $0 - $1 }
        return (moved.max { abs($0) < abs($1) } ?? 0, now.action != then.action)
      }
      return (
        margin(now.values, choice) - margin(then.values, choice), now.action != then.action
      )
    }
  }

  /// How far the choice's value lies above the greatest other one.
  private static func margin(_ values: [Float], _ choice: Int) -> Double {
    let others = values.indices.filter { $0 != choice }.map { values[$0] }.max() ?? 0
    return Double(values[choice] - others)
  }

  private static func returnMeasure(of agent: Agent, episodes: Int) -> Measure {
    let seed = agent.seed(for: "why", 0)
    var now: Double?
    return { without in
      let mean = try now ?? evaluation(of: agent, episodes: episodes, seed: seed).mean
      now = mean
      let then = try evaluation(of: without, episodes: episodes, seed: seed).mean
      return (mean - then, mean != then)
    }
  }

  /// The ledger's numbers by the agent's own.
  private static func ledgerIDs(of agent: AgentHandle, in session: Session) throws -> [Int: Int] {
    var ids: [Int: Int] = [:]
    for record in try session.store.feedback(agent: agent.name) where record.retraction == nil {
      if let own = record.agentFeedback { ids[own] = record.id }
    }
    return ids
  }

  private static func words(_ feedback: Feedback) -> String {
    switch feedback {
    case .rating(let rating): significant(rating.value)
    case .comparison(let comparison): comparison.choice.rawValue
    case .correction: "another action"
    case .demonstration(let shown): "\(shown.fragment.length) steps"
    case .question(let answer): answer.options[answer.choice]
    }
  }
}
