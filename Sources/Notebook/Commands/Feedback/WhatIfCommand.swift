import Language
import RLCore
import Schema

/// `whatif prefer left`: what feedback would make of an agent.
enum WhatIfCommand: SessionCommand {
  static let declaration = Declaration(
    name: "whatif", summary: "Gives feedback to a copy of the agent, and shows what would change.",
    parameters: [
      Parameter(
        "feedback", .either([.command, .block]), .positional, default: .required,
        "What to try: a command that gives feedback, or a block that does more."),
      Parameter(
        "agent", .handle("agent"), default: .described("who the feedback is for"),
        "Whose copy it is."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20),
        "How many episodes both are evaluated on, with the same starts."),
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep = rollout a
        before = hash a
        whatif feedback ep -1
        print (hash a) == before
        keep
        print (hash a) == before
        """, gives: "true\nkept 1 answer and what a made of it\nfalse\n")
    ],
    group: "feedback",
    details: """
      The copy gets the feedback and learns; in a block it may be trained, too. The agent itself and \
      the ledger stay as they are until `keep`, which puts the copy in its place and the feedback in \
      the ledger, or `drop`.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard session.hypothesis == nil else {
      throw RunError(.command, "something is being tried out already", hint: "`keep` or `drop` it")
    }
    session.hypothesis = Hypothesis(
      of: try call.agent(in: session), isNamed: call["agent"] != nil)
    var report: LearnReport?
    do {
      defer { session.hypothesis?.end() }
      _ = try call.run("feedback")
      report = try session.hypothesis?.agent.foldIn()
    } catch {
      session.hypothesis = nil
      throw error
    }
    guard let hypothesis = session.hypothesis, let changed = hypothesis.changed else {
      return call.nothing()
    }
    let event = try event(
      of: hypothesis, report, episodes: call.integer("episodes") ?? 20, changed: changed)
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  private static func event(
    of hypothesis: Hypothesis, _ report: LearnReport?, episodes: Int, changed: Agent
  ) throws -> Event {
    let seed = hypothesis.original.seed(for: "whatif", 0)
    let before = try evaluation(of: hypothesis.original, episodes: episodes, seed: seed)
    let after = try evaluation(of: changed, episodes: episodes, seed: seed)
    let differences = zip(after.returns, before.returns).map { $0 - $1 }
    let interval = bootstrapInterval(differences)
    let name = hypothesis.agent.name
    return Event(
      "whatif",
      [
        ("agent", .string(name)), ("answers", .integer(hypothesis.given.count)),
        ("states", .integer(report?.states ?? 0)),
        ("changed", .integer(report?.changedStates ?? 0)),
        ("before", .real(before.mean)), ("after", .real(after.mean)),
        ("difference", .real(after.mean - before.mean)),
        ("ci", CoreValues.list([interval.lowerBound, interval.upperBound])),
      ],
      text:
        "whatif \(name): \(hypothesis.given.count) answer\(hypothesis.given.count == 1 ? "" : "s")"
        + (report.map {
          ", the greedy action would change in \($0.changedStates) of \($0.states) states"
        } ?? ", nothing to learn from")
        + "\n  return \(significant(before.mean)) -> \(significant(after.mean)) on the same "
        + "\(episodes) starts, difference 95% CI [\(significant(interval.lowerBound)), "
        + "\(significant(interval.upperBound))]\n  `keep` or `drop`")
  }
}
