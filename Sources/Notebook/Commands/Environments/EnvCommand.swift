import Bridge
import Language
import RLCore
import Schema

/// `env CartPole-v1 seed=7`: makes an environment, or defines one with a block.
enum EnvCommand: SessionCommand {
  static let declaration = Declaration(
    name: "env",
    summary: "Makes an environment and makes it the current one, or defines one with a block.",
    parameters: [
      Parameter(
        "name", .member(Environments.family), .positional,
        default: .described("shows the current one"), "Which environment."),
      Parameter(
        "definition", .block, .positional, default: .described("none"),
        "Defines an environment: its options, `actions`, `observation`, `reset`, `step`, `observe`."
      ),
      Parameter(
        "seed", .integer, default: .setting(0), "Where the environment's own random stream begins."),
    ],
    examples: [
      Example("env CartPole-v1 seed=7\nobs = reset\nprint len(obs)", gives: "4\n"),
      Example(
        """
        env Coin {
          actions = ["heads", "tails"]
          observation = box(0, 1, shape=[1])
          fn reset(rng) => {side: draw(rng, 2)}
          fn step(s, action, rng) => [s, if action == s.side { 1 } else { 0 }, true]
          fn observe(s) => [s.side]
        }
        env Coin seed=1
        reset
        r = step 0
        print r.terminated
        """),
    ],
    group: "environments",
    details: """
      Options are the environment's own constants; `info NAME` lists them. A block defines a new \
      environment: its plain values are options (`env Pit size=9`), its functions see them. \
      `reset(rng)` gives the first state, `step(state, action, rng)` the next state, the reward and \
      whether the task ended, `observe(state)` the numbers that an agent sees. `actions` is a list of \
      names or how many there are; `observation` is a space: `box(low, high, shape=[n])`, \
      `discrete(n)`, `multi_discrete([n, m])`, `multi_binary(n)`, or a map of them, whose parts keep \
      their names (`obs.score`); `time_limit`, if set, cuts episodes. `gym:NAME` starts Python and \
      runs an environment of Gymnasium, `gym:MODULE:CLASS` one of the project's own.
      """,
    defines: Environments.family)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    guard let name = call.text("name") else {
      return .object(try session.currentEnvironment())
    }
    if let definition = call.definition("definition") {
      session.environmentDefinitions[name] = definition
    }
    let seed = call.integer("seed") ?? 0
    let instance: EnvironmentInstance
    if let definition = session.environmentDefinitions[name] {
      instance = try ScriptEnvironment.instance(
        name: name, definition: definition, options: call.options, seed: seed)
    } else if name.hasPrefix(GymEnvironment.prefix) {
      instance = try session.pythonInstance(
        named: name, settings: try call.settings(), seed: seed)
    } else {
      instance = try EnvironmentInstance(
        named: name, settings: try call.settings(), seed: seed)
    }
    let handle = EnvironmentHandle(instance)
    session.environment = handle
    return .object(handle)
  }
}
