import Language
import RLCore
import Schema

/// `compare a b seeds=5`: which of two is better, and how sure that is.
enum CompareCommand: SessionCommand {
  static let declaration = Declaration(
    name: "compare",
    summary: "Says which of two agents or sets of runs is better, and how sure that is.",
    parameters: [
      Parameter(
        "first", compared, .positional, default: .required,
        "An agent, or runs of several seeds."),
      Parameter("second", compared, .positional, default: .required, "Another of the same kind."),
      Parameter(
        "seeds", .integer(1...1000), default: .described("the agents as they are"),
        "Trains fresh agents of both settings with so many seeds, and compares those."),
      Parameter(
        "steps", .integer(from: 1), default: .described("each one's total_steps"),
        "How long the fresh agents train."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20), "Episodes of each score."),
      Parameter(
        "seed", .integer, default: .described("the first agent's"), "Fixes the comparison."),
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        b = fork a
        c = compare a b episodes=5
        print c.probability c.better
        """, gives: "0.5 null\n"),
      Example(
        """
        env CartPole-v1
        a = agent dqn
        b = agent ppo
        compare (train a steps=1000 seeds=2) (train b steps=1000 seeds=2) episodes=5
        """),
    ],
    group: "agents",
    details: """
      Without `seeds` both play the same episodes, which says something of these two agents only. With \
      `seeds` a score is the mean return of one fresh agent's best weights, which says something of the \
      settings; so it does of runs, as `train a seeds=5` gives them, whose agents are scored by their best \
      weights. `iqm` is the mean of the middle half, `ci` the bootstrap's 95 % interval of the \
      difference, `probability` how often the first is better.
      """, source: "Agarwal et al. 2021, arXiv 2108.13264")

  private static let compared = Domain.either([
    .handle("agent"), .handle("run"), .list(of: .handle("run")),
  ])

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let first = runs(call["first"]), let second = runs(call["second"]) {
      return try compare(first, second, call, in: session)
    }
    for name in ["first", "second"] where !(call[name]?.handle is any SessionAgent) {
      throw RunError(
        .type, "an agent is compared with an agent, and runs with runs", argument: name)
    }
    let (first, second) = (
      try call.anyAgent(in: session, "first").checkKind(AgentHandle.self, for: "compare"),
      try call.anyAgent(in: session, "second").checkKind(AgentHandle.self, for: "compare")
    )
    if call["steps"] != nil, call["seeds"] == nil {
      throw RunError(
        .call, "`steps` is how long fresh agents train: without `seeds` there are none",
        argument: "steps")
    }
    warn(of: first, second, in: session)
    let seed = call.integer("seed") ?? first.core.seed
    let episodes = call.integer("episodes") ?? 20
    let scores: [[Double]]
    if let seeds = call.integer("seeds") {
      scores = try trained(
        [first, second], seeds: seeds, seed: seed, steps: call.integer("steps"),
        episodes: episodes, in: session)
    } else {
      scores = try [first, second].map {
        try $0.core.evaluate(
          episodes: episodes, seed: first.core.seed(for: "compare", seed)
        ).returns
      }
    }
    let event = event(
      Comparison(scores[0], scores[1]), names: names(first.name, second.name),
      unit: call["seeds"] == nil ? "episode" : "seed")
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  /// Two that are called the same are told apart by their places.
  private static func names(_ first: String, _ second: String) -> (String, String) {
    first == second ? ("first", "second") : (first, second)
  }

  /// Returns of different tasks say nothing of who is better.
  private static func warn(of first: AgentHandle, _ second: AgentHandle, in session: Session) {
    let (one, other) = (first.core.environment, second.core.environment)
    guard one.name != other.name || one.settings != other.settings else { return }
    session.output.note(
      "warning: the two are in different tasks, so their returns are not of one kind: "
        + (one.name == other.name
          ? "\(one.name) with other settings" : "\(one.name) and \(other.name)"))
  }

  private static func runs(_ value: Value?) -> [RunHandle]? {
    if let run = value?.handle as? RunHandle { return [run] }
    guard let elements = value?.elements, !elements.isEmpty else { return nil }
    return elements.compactMap { $0.handle as? RunHandle }
  }

  /// Runs as they are: each one's agent plays, with its best weights, the same episodes.
  private static func compare(
    _ first: [RunHandle], _ second: [RunHandle], _ call: CommandCall, in session: Session
  ) throws -> Value {
    for name in ["seeds", "steps"] where call[name] != nil {
      throw RunError(.call, "`\(name)` trains agents, and these runs are done", argument: name)
    }
    let seed = call.integer("seed") ?? first[0].seed
    let episodes = call.integer("episodes") ?? 20
    let scores = try [first, second].map { runs in
      try runs.map { run in
        let agent = run.agent.core.bestFork() ?? run.agent.core
        return try agent.evaluate(
          episodes: episodes, seed: first[0].agent.core.seed(for: "compare", seed)
        ).mean
      }
    }
    warn(of: first[0].agent, second[0].agent, in: session)
    let event = event(
      Comparison(scores[0], scores[1]),
      names: names(first[0].agent.settingsName, second[0].agent.settingsName), unit: "run")
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  /// Scores of fresh agents, a list each, one a seed.
  private static func trained(
    _ agents: [AgentHandle], seeds: Int, seed: Int, steps: Int?, episodes: Int,
    in session: Session
  ) throws -> [[Double]] {
    let trials = agents.map { agent in
      TrainingTrial(
        algorithm: agent.core.algorithmName, settings: agent.core.settings,
        environment: agent.environment.instance, steps: steps ?? agent.core.totalSteps,
        episodes: episodes)
    }
    let pool = WorkerPool<(agent: Int, seed: Int), Double>(
      workers: min(Cores.count, seeds * agents.count)
    ) {
      let works = trials.map { $0.independentCopy() }
      return { task, isStopped in
        try works[task.agent].score(seed: seed &+ task.seed, isStopped: isStopped)
      }
    }
    for index in 0..<seeds {
      for agent in agents.indices { pool.add((agent, index)) }
    }
    var scores = agents.map { _ in Array(repeating: 0.0, count: seeds) }
    try pool.collect(seeds * agents.count, label: "compare", in: session) { finished in
      scores[finished.task.agent][finished.task.seed] = try finished.result.get()
    }
    return scores
  }

  private static func event(
    _ comparison: Comparison, names: (String, String), unit: String
  ) -> Event {
    let interval = comparison.differenceInterval()
    let better: String? =
      switch comparison.verdict(interval) {
      case .first: names.0
      case .second: names.1
      case .undecided: nil
      }
    let iqm = comparison.iqm
    func points(_ scores: [Double]) -> String {
      // Under five points an interval says little: the points are shown.
      scores.count < 5 ? "   [" + scores.map { significant($0) }.joined(separator: ", ") + "]" : ""
    }
    let count = comparison.first.count
    let text = """
      compare \(names.0) \(names.1): \(count) \(unit)\(count == 1 ? "" : "s") each
        IQM \(names.0) \(significant(iqm.first))\(points(comparison.first))   \
      \(names.1) \(significant(iqm.second))\(points(comparison.second))
        difference \(significant(iqm.first - iqm.second))   95% CI [\(significant(interval.lowerBound)), \
      \(significant(interval.upperBound))]   P(\(names.0) > \(names.1)) \(significant(comparison.probability))
        \(better.map { "\($0) is better" } ?? "not distinguishable")
      """
    return Event(
      "compare",
      [
        ("first", .string(names.0)), ("second", .string(names.1)),
        ("iqm", CoreValues.list([iqm.first, iqm.second])),
        ("difference", .real(iqm.first - iqm.second)),
        ("ci", CoreValues.list([interval.lowerBound, interval.upperBound])),
        ("probability", .real(comparison.probability)),
        ("better", better.map(Value.string) ?? .null),
        ("scores", .list([CoreValues.list(comparison.first), CoreValues.list(comparison.second)])),
      ], text: text)
  }
}
