import Language
import Schema

/// A session for tests: the built-in functions, `print`, and a few commands that stand for those of
/// the program, one of each shape.
final class Fixture {
  private(set) var lines: [String] = []
  private(set) var interpreter: Interpreter!
  private var definitions: [String: Definition] = [:]

  /// Its own, so that a test can stop it without stopping those that run at the same time.
  let interrupt = Interrupt()

  init() {
    interpreter = Interpreter(
      commands: [
        printCommand, env, agent, train, save, choose, time, freeze, step, feedback, help, set,
      ],
      builtins: Builtins.all,
      families: [
        Family("environment"): [
          Declaration(
            name: "CartPole-v1", summary: "A cart.",
            parameters: [
              Parameter("gravity", .positiveReal, default: .setting(9.8), "Gravity.")
            ])
        ],
        Family("algorithm"): [
          Declaration(
            name: "dqn", summary: "Deep Q-learning.",
            parameters: [
              Parameter("learning_rate", .positiveReal, default: .setting(0.001), "Step size."),
              Parameter(
                "ent_coef", .either([.words([Word("auto", "Tuned.")]), .real]),
                default: .setting(0), "Entropy."),
            ])
        ],
      ],
      constants: Builtins.constants, interrupt: interrupt)
  }

  /// Runs a program that the check passes; returns the error that ended it, if any.
  func run(_ text: String, name: String = "test.rlhs") throws(RunError) {
    try interpreter.run(Source(name: name, text: text)) { value, _ in
      lines.append(value.text == nil ? value.printed : value.source)
    }
  }

  func check(_ text: String) -> [Diagnostic] {
    interpreter.check(Source(name: "test.rlhs", text: text))
  }

  private func show(_ text: String) {
    lines.append(
      contentsOf: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
  }

  // MARK: Commands

  private var printCommand: Command {
    Command(
      Declaration(
        name: "print", summary: "Prints.",
        parameters: [
          Parameter("values", .anything, .variadic, default: .described("nothing"), "What.")
        ])
    ) { [unowned self] call throws(RunError) in
      show((call["values"]?.elements ?? []).map(\.printed).joined(separator: " "))
      return .null
    }
  }

  private var env: Command {
    Command(
      Declaration(
        name: "env", summary: "Makes an environment.",
        parameters: [
          Parameter(
            "name", .member(Family("environment")), .positional, default: .described("current"),
            "Which."),
          Parameter("definition", .block, .positional, default: .described("none"), "Defines."),
          Parameter("seed", .integer, default: .setting(0), "Seed."),
        ], defines: Family("environment"))
    ) { [unowned self] call throws(RunError) in
      guard let name = call["name"]?.text else { return .null }
      if let definition = call.definition("definition") {
        definitions[name] = definition
        return .null
      }
      guard let definition = definitions[name] else {
        return .string(described(call))
      }
      let instance = try definition.instantiate(overrides: call.options.map { ($0.name, $0.value) })
      return try instance.call("describe", [])
    }
  }

  private var agent: Command {
    Command(
      Declaration(
        name: "agent", summary: "Makes an agent.",
        parameters: [
          Parameter(
            "algorithm", .member(Family("algorithm")), .positional, default: .required, "Which."),
          Parameter("settings", .block, .positional, default: .described("none"), "Settings."),
          Parameter("seed", .integer(from: 0), default: .setting(0), "Seed."),
        ])
    ) { [unowned self] call throws(RunError) in
      let settings = call.definition("settings")
      let names = (settings?.names ?? []).map { "\($0)=\(settings![$0]!.source)" }
      show(
        described(call) + names.map { " " + $0 }.joined() + (call.target.map { " as \($0)" } ?? ""))
      return .object(AgentFixture())
    }
  }

  private var train: Command {
    Command(
      Declaration(
        name: "train", summary: "Trains.",
        parameters: [
          Parameter("agent", .handle("agent"), .subject, default: .described("current"), "Whom."),
          Parameter("steps", .integer(from: 1), default: .setting(1), "How long."),
          Parameter("reward", .function(3), default: .described("none"), "Reward.", isFrozen: true),
          Parameter(
            "choice", .words([Word("left", "The left."), Word("right", "The right.")]),
            default: .described("none"), "Which."),
        ])
    ) { [unowned self] call throws(RunError) in
      if call.isShown {
        show("trained " + described(call))
        call.showedEvent()
      }
      return .map(["steps": call["steps"] ?? .integer(1)])
    }
  }

  private var set: Command {
    Command(
      Declaration(
        name: "set", summary: "Sets.",
        parameters: [
          Parameter("agent", .handle("agent"), .subject, default: .described("current"), "Whom.")
        ], acceptsOtherOptions: true)
    ) { [unowned self] call throws(RunError) in .string(described(call)) }
  }

  private var save: Command {
    Command(
      Declaration(
        name: "save", summary: "Saves.",
        parameters: [
          Parameter("agent", .handle("agent"), .subject, default: .described("current"), "Whom."),
          Parameter("path", .path, .positional, default: .required, "Where."),
        ])
    ) { [unowned self] call throws(RunError) in .string(described(call)) }
  }

  private var choose: Command {
    Command(
      Declaration(
        name: "choose", summary: "Chooses.",
        parameters: [
          Parameter(
            "side", .words([Word("left", "The left."), Word("right", "The right.")]), .positional,
            default: .required, "Which.")
        ])
    ) { call throws(RunError) in call["side"]! }
  }

  private var time: Command {
    Command(
      Declaration(
        name: "time", summary: "Runs.",
        parameters: [
          Parameter("what", .either([.block, .command]), .positional, default: .required, "What.")
        ])
    ) { call throws(RunError) in try call.evaluator.run(call["what"]!) }
  }

  private var freeze: Command {
    Command(
      Declaration(
        name: "freeze", summary: "Calls a frozen copy, after the original has moved on.",
        parameters: [
          Parameter("what", .function(1), .positional, default: .required, "What.", isFrozen: true),
          Parameter("then", .function(0), .positional, default: .required, "What moves on."),
        ])
    ) { call throws(RunError) in
      let frozen = call.frozen("what")!
      _ = try call.evaluator.call(call["then"]!, [])
      return try frozen.call([.integer(1)])
    }
  }

  private var step: Command {
    Command(
      Declaration(
        name: "step", summary: "Steps.",
        parameters: [
          Parameter("agent", .handle("agent"), .subject, default: .described("current"), "Whom."),
          Parameter("action", .integer, .positional, default: .setting(0), "What."),
        ])
    ) { [unowned self] call throws(RunError) in .string(described(call)) }
  }

  private var feedback: Command {
    Command(
      Declaration(
        name: "feedback", summary: "Rates.",
        parameters: [
          Parameter("agent", .handle("agent"), .subject, default: .described("current"), "Whom."),
          Parameter("value", .real(-1...1), .positional, default: .described("asks"), "How good."),
          Parameter("note", .string, default: .described("none"), "Why."),
        ])
    ) { [unowned self] call throws(RunError) in .string(described(call)) }
  }

  private var help: Command {
    Command(
      Declaration(
        name: "help", summary: "Helps.",
        parameters: [
          Parameter("topic", .name, .positional, default: .described("all"), "About what.")
        ])
    ) { [unowned self] call throws(RunError) in
      show("help \(call["topic"]?.text ?? "")")
      return .null
    }
  }

  /// What a command got, for a golden to show.
  private func described(_ call: CommandCall) -> String {
    let given = call.declaration.parameters.compactMap { parameter -> String? in
      guard let value = call[parameter.name], call.definition(parameter.name) == nil else {
        return nil
      }
      return "\(parameter.name)=\(value.source)"
    }
    return (given + call.options.map { "\($0.name)=\($0.value.source)" }).joined(separator: " ")
  }
}

final class AgentFixture: Handle {
  override var kind: String { "agent" }
  override var memberNames: [String] { ["steps"] }
  override func member(_ name: String) throws(RunError) -> Value? {
    name == "steps" ? .integer(7) : nil
  }
}
