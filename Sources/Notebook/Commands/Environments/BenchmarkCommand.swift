import Language
import RLCore
import Schema

/// `benchmark e n=64`: how fast an environment is.
enum BenchmarkCommand: SessionCommand {
  static let declaration = Declaration(
    name: "benchmark",
    summary: "Steps copies of an environment with random actions, for its speed.",
    parameters: [
      .environment,
      Parameter("n", .integer(1...1_000_000), default: .setting(64), "Copies stepped together."),
      Parameter(
        "steps", .integer(from: 1), default: .setting(1_000_000),
        "Steps of all copies together, rounded up to whole rounds."),
    ],
    examples: [
      Example("env CartPole-v1\nprint (benchmark n=8 steps=1000).steps", gives: "1000\n")
    ],
    group: "environments",
    details: """
      Random actions, resets and whatever an agent would see are part of the work; no agent is. The \
      environment itself stays as it is, and the same seed gives the same episodes. Gives \
      `{environment, n, steps, seconds, episodes, steps_per_second}`.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let instance = try call.environment(in: session).instance
    let count = call.integer("n") ?? 64
    let rounds = ((call.integer("steps") ?? 1_000_000) - 1) / count + 1
    var copies = try VectorEnvironment(instance, count: count, seed: instance.seed)
    var actions = Actions(in: instance.actionSpace, count: count)
    var sampler = ActionSampler(
      in: instance.actionSpace, count: count,
      stream: RandomSource(seed: UInt64(bitPattern: Int64(instance.seed))))

    let start = ContinuousClock.now
    for _ in 0..<rounds {
      sampler.draw(into: &actions)
      try copies.step(actions)
      if InterruptFlag.shared.isSet { throw RunError.interrupted }
    }
    let seconds = (ContinuousClock.now - start).inSeconds
    let event = event(
      instance.name, count: count, steps: rounds * count, seconds: seconds,
      episodes: copies.episodes)
    session.output.report(event, isShown: call.isShown)
    return call.reported(event.value)
  }

  private static func event(
    _ name: String, count: Int, steps: Int, seconds: Double, episodes: Int
  ) -> Event {
    let rate = Double(steps) / max(seconds, 1e-9)
    return Event(
      "benchmark",
      [
        ("env", .string(name)), ("n", .integer(count)), ("steps", .integer(steps)),
        ("seconds", .real(seconds)), ("episodes", .integer(episodes)),
        ("steps_per_second", .real(rate)),
      ],
      text: "benchmark \(name): \(compact(steps)) steps of \(count) "
        + "cop\(count == 1 ? "y" : "ies") in \(duration(seconds: seconds)) "
        + "(\(compact(rate)) steps/s), \(episodes) episode\(episodes == 1 ? "" : "s")")
  }
}
