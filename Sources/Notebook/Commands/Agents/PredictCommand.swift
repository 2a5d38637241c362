import Language
import RLCore
import Schema

/// `predict a`: what the agent would do.
enum PredictCommand: SessionCommand {
  static let declaration = Declaration(
    name: "predict", summary: "Says what an agent would do, greedily, with feedback included.",
    parameters: [
      .agent,
      Parameter(
        "observation", .either([.list(of: .anything), .integer, .map]), .positional,
        default: .described("the current observation"), "What the agent sees."),
    ],
    examples: [
      Example(
        "env CartPole-v1\na = agent dqn\np = predict a [0, 0, 0, 0]\nprint len(p.values) sum(p.probabilities)",
        gives: "2 1.0\n")
    ],
    group: "agents", details: "Gives `.action .values .probabilities`.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let agent = try call.agent(in: session)
    let space = agent.core.environment.observationSpace
    let observation: [Float] =
      if let given = call["observation"] {
        try CoreValues.observation(from: given, in: space)
      } else {
        agent.environment.instance.observation
      }
    let prediction = try agent.core.predict(observation)
    return .map([
      "action": CoreValues.action(prediction.action),
      "values": CoreValues.list(prediction.values.map(Double.init)),
      "probabilities": CoreValues.list(prediction.probabilities.map(Double.init)),
    ])
  }
}
