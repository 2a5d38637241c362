import Foundation
import RLCore
import Testing

// The documentation's examples, compiled: what stands between the marks is in the catalogue too.

// example
/// DQN on CartPole: trains, tells how it goes, and gives the mean return of the best weights.
func trainCartPole(steps: Int) throws -> Double {
  let environment = try EnvironmentInstance(named: "CartPole-v1", seed: 7)
  let agent = try Agent(
    algorithm: "dqn", settings: ["learning_rate": 1e-3, "layers": [64, 64]],
    environment: environment)

  // A trainer is pulled: each call works for some milliseconds and says what came of it.
  var trainer = Trainer(agent, steps: steps)
  training: while true {
    switch try trainer.advance() {
    case .validated(let mean, let isBest):
      print("step \(agent.steps): return \(mean)\(isBest ? ", the best so far" : "")")
    case .finished: break training
    default: break
    }
  }

  // The weights that did best while training, on episodes that it never saw.
  let best = agent.bestFork() ?? agent
  return try best.evaluate(episodes: 20, seed: 1).mean
}
// end
// example
/// One for each step near the middle, where CartPole itself gives one anywhere.
struct NearTheMiddle: RewardFunction {
  func reward(observation: [Float], action: Action, next: [Float]) -> Double {
    abs(next[0]) < 0.5 ? 1 : 0
  }
}

/// The mean return under that reward of an agent that was trained for it.
func trainNearTheMiddle(steps: Int) throws -> Double {
  var environment = try EnvironmentInstance(named: "CartPole-v1", seed: 7)
  environment.rewardFunction = NearTheMiddle()
  let agent = try Agent(algorithm: "ppo", environment: environment)
  var trainer = Trainer(agent, steps: steps)
  while true {
    if case .finished = try trainer.advance() { break }
  }
  return try agent.evaluate(episodes: 20, seed: 1).mean
}
// end

@Suite struct DocumentationTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func blocks(
    of path: String, from start: String, to end: String
  ) throws -> [String] {
    let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
    return text.components(separatedBy: "\n\(start)\n").dropFirst().compactMap {
      $0.components(separatedBy: "\n\(end)").first
    }
  }

  @Test func `the catalogue shows the code that is compiled here`() throws {
    let shown = try Self.blocks(
      of: "Sources/RLCore/RLCore.docc/RLCore.md", from: "```swift", to: "```")
    let compiled = try Self.blocks(
      of: "Tests/RLCoreTests/DocumentationTests.swift", from: "// example", to: "// end")
    #expect(compiled.count == 2)
    #expect(shown.map { $0.replacing("import RLCore\n\n", with: "") } == compiled)
  }

  @Test func `its examples learn`() throws {
    #expect(try trainCartPole(steps: 20_000) > 100)
    #expect(try trainNearTheMiddle(steps: 2_000) > 1)
  }
}
