import Testing

@testable import RLCore

@Suite struct EvaluationMetricTests {
  @Test func `a number of info is kept as each episode's last step has it`() throws {
    let agent = try Agent(
      algorithm: "q_learning", environment: EnvironmentInstance(named: "FrozenLake-v1"))
    func evaluate(_ metric: String) throws -> Evaluation {
      var evaluator = try Evaluator(
        in: agent.environment, episodes: 70, stream: RandomSource(seed: 2), metric: metric)
      while true {
        if let result = try evaluator.advance(agent) { return result }
      }
    }
    let result = try evaluate("prob")
    #expect(result.metrics.count == 70)
    #expect(result.metrics.allSatisfy { $0 > 0.3 && $0 <= 1 })
    #expect(throws: CoreError.self) { try evaluate("prop") }
    #expect(try agent.evaluate(episodes: 2, seed: 1).metrics.isEmpty)
  }
}
