import Language
import RLCore
import Schema

/// `evaluate a episodes=20`: how well it does, on fresh seeds.
enum EvaluateCommand: SessionCommand {
  static let declaration = Declaration(
    name: "evaluate",
    summary:
      "Plays greedy episodes on fresh seeds; measures a language model on its held-out text.",
    parameters: [
      .agent,
      .corpus,
      Parameter("episodes", .integer(1...1_000_000), default: .setting(20), "How many."),
      Parameter(
        "seed", .integer, default: .described("a new one at each call"), "Fixes the starts."),
      Parameter(
        "metric", .string, default: .described("none"),
        "A number of the environment's `info`, as the last step of each episode has it."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\nr = evaluate a episodes=5\nprint len(r.returns)",
        gives: "5\n"),
      Example(
        """
        env Snake
        a = agent dqn
        r = evaluate a episodes=3 metric="length"
        print len(r.metrics) r.metric > 0
        """, gives: "3 true\n"),
      Example(
        """
        write_text("abc.txt", "abcabcabd " * 60)
        corpus abc.txt
        m = agent lm layers=1 heads=2 width=16 context=8
        train m steps=20
        r = evaluate m
        print r.tokens r.perplexity < 5
        """, gives: "59 true\n"),
    ],
    group: "agents",
    details: """
      Of an agent: gives `.mean .std .iqm .median .min .max .ci .returns .lengths`. It has its own random stream \
      and changes no bit of the agent. With `metric` also `.metrics`, one an episode, and `.metric`, their mean. \
      `iqm` is the mean of the middle half, `ci` the bootstrap's \
      95 % interval of the mean. An episode without a time limit is cut after \
      \(EnvironmentInstance.longestWatched) steps: a greedy agent may walk in circles for ever.

      Of a language model: gives `.loss` in nats a token, `.perplexity` and `.tokens`, over all that its \
      corpus holds out.
      """, source: "Agarwal et al. 2021, arXiv 2108.13264")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    try call.anyAgent(in: session).evaluate(call, in: session)
  }

  fileprivate static func played(
    _ agent: AgentHandle, _ call: CommandCall, in session: Session
  ) throws -> Value {
    let episodes = call.integer("episodes") ?? 20
    let seed = call.integer("seed") ?? agent.drawSeed(for: "evaluate")
    let evaluation = EvaluationHandle(
      try evaluation(
        of: agent.core, episodes: episodes, seed: seed, metric: call.text("metric")),
      metric: call.text("metric"))
    session.output.report(event(evaluation, agent: agent, seed: seed), isShown: call.isShown)
    return call.reported(.object(evaluation))
  }

  private static func event(
    _ evaluation: EvaluationHandle, agent: AgentHandle, seed: Int
  ) -> Event {
    let result = evaluation.result
    var lines = [
      "evaluate \(agent.name): \(agent.core.algorithmName) on \(agent.core.environment.name), "
        + "\(result.returns.count) episode\(result.returns.count == 1 ? "" : "s"), greedy, "
        + "evaluation seed \(seed)",
      "  return \(significant(result.mean))   IQM \(significant(result.iqm))   95% CI "
        + "[\(significant(result.ci.lowerBound)), \(significant(result.ci.upperBound))]   "
        + "median \(significant(result.median))   min \(significant(result.min))   "
        + "max \(significant(result.max))",
    ]
    if let threshold = result.rewardThreshold {
      lines[1] +=
        "   threshold \(significant(threshold)): "
        + (result.mean >= threshold ? "reached" : "not reached")
    }
    let length = mean(result.lengths.map(Double.init))
    lines.append(
      "  length \(significant(length))   truncated \(result.truncated)/\(result.returns.count)   "
        + "terminated \(result.terminated)/\(result.returns.count)")
    if let metric = evaluation.metric {
      lines.append(
        "  \(metric) \(significant(mean(result.metrics)))   min \(significant(result.metrics.min()!))"
          + "   max \(significant(result.metrics.max()!))")
    }
    if let given = agent.feedbackSummary { lines.append("  feedback: \(given)") }
    return Event(
      "evaluate",
      [("agent", .string(agent.name)), ("episodes", .integer(result.returns.count))]
        + evaluation.fields,
      text: lines.joined(separator: "\n"))
  }
}

extension AgentHandle {
  /// Plays episodes.
  func evaluate(_ call: CommandCall, in session: Session) throws -> Value {
    try call.refuse(["corpus"], for: self)
    return try EvaluateCommand.played(self, call, in: session)
  }
}
