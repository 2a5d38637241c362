import Language
import RLCore
import Schema

/// `a = agent dqn`: makes an agent on the current environment.
enum AgentCommand: SessionCommand {
  static let declaration = Declaration(
    name: "agent",
    summary: "Makes an agent on an environment, or on a text, and makes it the current one.",
    parameters: [
      Parameter(
        "algorithm", .member(Algorithms.family), .positional, default: .required,
        "Which algorithm; its settings are options."),
      .environment,
      Parameter(
        "settings", .block, .positional, default: .described("none"),
        "Settings in a block: `agent dqn { learning_rate = 5e-4 }`."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn learning_rate=5e-4\nprint a.settings.learning_rate",
        gives: "0.0005\n"),
      Example(
        "env CartPole-v1\na = agent dqn { layers = [64, 64]; gamma = 0.98 }\nprint a.settings.layers",
        gives: "[64, 64]\n"),
    ],
    group: "agents",
    details: """
      Settings not given come from the preset for this algorithm and environment, where there is \
      one, and else are the algorithm's own defaults; a line says which. An agent without `seed` \
      takes its environment's. `agent lm` is a language model on the current `corpus`.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    var settings = try call.settings()
    if let block = call.definition("settings") {
      for name in block.names {
        if settings[name] != nil {
          throw RunError(
            .call, "`\(name)` is given twice, in the block and beside it", argument: name)
        }
        settings[name] = try call.setting(name, block[name] ?? .null)
      }
    }
    let algorithm = call.text("algorithm")!
    if algorithm == LanguageModels.declaration.name {
      return .object(try textAgent(call, settings, in: session))
    }
    let environment = try call.environment(in: session)
    let core = try Agent(
      algorithm: algorithm, settings: settings, environment: environment.instance)
    let agent = AgentHandle(core, name: call.target ?? "agent", environment: environment)
    session.adopt(agent)
    session.output.note("\(agent.name): \(core.presetText)")
    for warning in core.warnings() { session.output.note("warning: \(warning)") }
    return .object(agent)
  }

  /// A language model on the current corpus.
  private static func textAgent(
    _ call: CommandCall, _ settings: Settings, in session: Session
  ) throws -> TextAgentHandle {
    if call["environment"] != nil {
      throw RunError(
        .call, "a language model learns from a corpus, not in an environment",
        hint: "make the corpus with `corpus FILE`", argument: "environment")
    }
    let corpus = try session.currentCorpus()
    let learner = try LanguageLearner(settings, corpus: corpus.corpus)
    let agent = TextAgentHandle(learner, name: call.target ?? "agent", corpus: corpus)
    session.adopt(agent)
    if !call.isShown { session.output.note(agent.text) }
    return agent
  }
}
