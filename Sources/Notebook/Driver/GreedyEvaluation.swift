import Language
import RLCore

/// Greedy episodes on starts that the seed alone decides.
func evaluation(
  of agent: Agent, episodes: Int, seed: Int, metric: String? = nil
) throws -> Evaluation {
  var evaluator = try RLCore.Evaluator(
    in: agent.environment, episodes: episodes,
    stream: RandomSource(seed: UInt64(bitPattern: Int64(seed))).split("evaluate"),
    metric: metric)
  while true {
    if let result = try evaluator.advance(agent) { return result }
    if InterruptFlag.shared.isSet { throw RunError.interrupted }
  }
}
