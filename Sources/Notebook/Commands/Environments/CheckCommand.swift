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
      Plays random steps and looks at what comes back: that nothing fails, numbers are finite and \
      within the declared spaces, the same seed has the same future, a state that is put back shows \
      and becomes the same, and episodes come to an end. Gives the faults as a list of sentences, \
      empty where none was found.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    var check = EnvironmentCheck(environment.instance)
    check.play(steps: call.integer("steps") ?? 500)
    let faults = check.faults
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
private struct EnvironmentCheck {
  private static let seed = 1

  /// What is wrong with it, a sentence each.
  private(set) var faults: [String] = []

  /// Two that are to have the same future.
  private var first: EnvironmentInstance
  private var second: EnvironmentInstance
  private var hasEnded = false

  init(_ instance: EnvironmentInstance) {
    first = instance
    second = instance
    first.reseed(Self.seed)
    second.reseed(Self.seed)
  }

  /// Plays so many random steps, or up to where the environment fails.
  mutating func play(steps: Int) {
    var actions = RandomSource(seed: UInt64(Self.seed)).split("check")
    var isBegun = false
    for _ in 0..<steps {
      if first.needsReset || !isBegun {
        guard begin() else { return }
        isBegun = true
      }
      guard act(first.actionSpace.sample(using: &actions)) else { return }
    }
    if !hasEnded && first.timeLimit == nil {
      note("no episode ended in \(steps) random steps, and there is no time limit")
    }
  }

  /// Gives whether it did not fail, as the two that follow.
  private mutating func begin() -> Bool {
    attempt("`reset`") { check in
      try check.first.reset()
      try check.second.reset()
      if check.first.observation != check.second.observation {
        check.note("the same seed gives another start")
      }
      check.look(at: check.first.observation, from: "`reset`")
    }
  }

  private mutating func act(_ action: Action) -> Bool {
    var restored = restoredCopy()
    return attempt("`step`") { check in
      let a = try check.first.step(action)
      let b = try check.second.step(action)
      if !a.isSame(as: b) || a.truncated != b.truncated {
        check.note("the same seed and actions give another future")
      }
      if !a.reward.isFinite { check.note("`step` gives the reward \(a.reward)") }
      check.look(at: a.observation, from: "`step`")
      check.hasEnded = check.hasEnded || a.terminated || a.truncated
      guard let c = try restored?.step(action) else { return }
      // The time limit begins anew there.
      if !a.isSame(as: c) {
        check.note("a state that is put back has another future")
      }
    }
  }

  /// Another one that was put into the present state, to go on with the same chances.
  private mutating func restoredCopy() -> EnvironmentInstance? {
    var copy = second
    copy.random = first.random
    let isPutBack = attempt("putting a state back") { check in
      try copy.reset(state: check.first.environment.state)
      if copy.observation != check.first.observation {
        check.note("a state that is put back gives another observation")
      }
    }
    return isPutBack ? copy : nil
  }

  private mutating func attempt(_ what: String, _ work: (inout Self) throws -> Void) -> Bool {
    do {
      try work(&self)
      return true
    } catch {
      note("\(what) fails: \((error as? RunError)?.message ?? "\(error)")")
      return false
    }
  }

  private mutating func look(at observation: [Float], from source: String) {
    if !observation.allSatisfy(\.isFinite) {
      note("\(source) gives an observation that is not finite")
    } else if !first.observationSpace.contains(observation: observation) {
      note("\(source) gives an observation outside \(first.observationSpace)")
    }
  }

  private mutating func note(_ fault: String) {
    if !faults.contains(fault) { faults.append(fault) }
  }
}

extension EnvironmentInstance.Step {
  /// Whether all but the time limit's cut is the same to the bit, nan too.
  fileprivate func isSame(as other: Self) -> Bool {
    observation.map(\.bitPattern) == other.observation.map(\.bitPattern)
      && reward.bitPattern == other.reward.bitPattern && terminated == other.terminated
  }
}
