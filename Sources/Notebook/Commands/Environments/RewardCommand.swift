import Language
import RLCore
import Schema

/// `reward fn(obs, action, next) => …`: an own reward in place of the environment's.
enum RewardCommand: SessionCommand {
  static let declaration = Declaration(
    name: "reward", summary: "Puts an own reward function in place of the environment's reward.",
    parameters: [
      .environment,
      Parameter(
        "function",
        .either([.function(3), .words([Word("own", "The environment's own reward again.")])]),
        .positional, default: .required,
        "Gets the observation, the action and the next observation, and gives a number.",
        isFrozen: true),
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        reward fn(obs, action, next) => if next[2] > 0 { 1 } else { 0 }
        reset state=[0, 0, 0.1, 0]
        r = step 1
        print r.reward
        """,
        gives:
          "CartPole-v1: rewarded by fn(obs, action, next)\n[0.0, 0.0, 0.10000000149011612, 0.0]\n1.0\n"
      )
    ],
    group: "environments",
    details: """
      The function is a frozen copy of itself and of what it reads. It also holds for the agents \
      that were made on this environment. `reward own` takes it back.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let environment = try call.environment(in: session)
    let function = call["function"] ?? .null
    let replacement: ScriptReward?
    if function.text == "own" {
      replacement = nil
    } else {
      replacement = ScriptReward(
        try call.frozenFunction("function"), observationSpace: environment.instance.observationSpace
      )
    }
    environment.instance.rewardFunction = replacement
    for case let agent as AgentHandle in session.agents
    where agent.environment === environment {
      agent.core.setReward(replacement)
    }
    let words = replacement == nil ? "its own reward" : function.printed
    session.output.report(
      Event(
        "reward",
        [("environment", .string(environment.instance.name)), ("reward", .string(words))],
        text: "\(environment.instance.name): rewarded by \(words)"),
      isShown: call.isShown)
    return call.nothing()
  }
}
