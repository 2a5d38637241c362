import Language
import RLCore
import Schema

/// `check`: what is wrong with an environment.
enum CheckCommand: SessionCommand {
  static let declaration = Declaration(
    name: "check", summary: "Tells what is wrong with an environment, own ones included.",
    parameters: [
      .environment,
      Parameter("steps", .integer(1...1_000_000), default: .setting(500), "Random steps to try."),
    ],
    examples: [Example("env CartPole-v1\nprint len(check())", gives: "0\n")],
    group: "environments",
    details: """
      Plays random steps and looks at what comes back: numbers that are finite and within the declared \
      bounds, the same future from the same seed, and a state that can be put back. Gives the faults \
      as a list of sentences, empty where none was found.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let faults = try EnvironmentCheck.faults(
      of: environment.instance, steps: call.integer("steps") ?? 500)
    session.output.report(
      Event(
        "check",
        [
          ("environment", .string(environment.instance.name)),
          ("faults", .list(faults.map(Value.string))),
        ],
        text: faults.isEmpty
          ? "\(environment.instance.name): no fault found"
          : faults.map { "\(environment.instance.name): \($0)" }.joined(separator: "\n")),
      isShown: call.isShown)
    return call.reported(.list(faults.map(Value.string)))
  }
}

/// Tries an environment out.
private enum EnvironmentCheck {
  private static let seed = 1

  /// What is wrong with it, a sentence each.
  static func faults(of instance: EnvironmentInstance, steps: Int) throws -> [String] {
    var faults: [String] = []
    var first = instance
    var second = instance
    first.reseed(seed)
    second.reseed(seed)
    var actions = RandomSource(seed: UInt64(seed)).split("check")
    var restored: EnvironmentInstance?
    for _ in 0..<steps {
      if first.needsReset {
        try first.reset()
        try second.reset()
        note("`reset`", first.observation, in: instance.observationSpace, &faults)
      }
      let action = instance.actionSpace.sample(using: &actions)
      if restored == nil {
        var copy = second
        try copy.reset(state: first.environment.state)
        restored = copy
        if copy.observation != first.observation {
          note("a state that is put back gives another observation", &faults)
        }
      }
      let a = try first.step(action)
      let b = try second.step(action)
      if a != b { note("the same seed and actions give another future", &faults) }
      if !a.reward.isFinite { note("`step` gives the reward \(a.reward)", &faults) }
      note("`step`", a.observation, in: instance.observationSpace, &faults)
    }
    return faults
  }

  private static func note(_ fault: String, _ faults: inout [String]) {
    if !faults.contains(fault) { faults.append(fault) }
  }

  private static func note(
    _ source: String, _ observation: [Float], in space: Space, _ faults: inout [String]
  ) {
    if !observation.allSatisfy(\.isFinite) {
      note("\(source) gives an observation that is not finite", &faults)
    } else if !space.contains(observation: observation) {
      note("\(source) gives an observation outside \(space)", &faults)
    }
  }
}
