import Foundation
import Testing

/// The contract's promise: the same script with the same seed gives the same bits, whatever the number
/// of threads.
@Suite(.enabled(if: Subject.binary != nil)) struct DeterminismTests {
  /// Every algorithm, alone and with several seeds, which are trained side by side.
  private static let script = """
    tasks = {dqn: "CartPole-v1", ppo: "CartPole-v1", a2c: "CartPole-v1", reinforce: "CartPole-v1",
      sac: "Pendulum-v1", td3: "Pendulum-v1", q_learning: "FrozenLake-v1", sarsa: "FrozenLake-v1"}
    for name in keys(tasks) {
      env (tasks[name]) seed=3
      a = agent (name)
      train a steps=1_500
      print name (hash a)
      for r in (train (agent (name)) steps=600 seeds=4) { print name r.seed (hash r.agent) }
    }
    """

  @Test(arguments: [1, 2, 4])
  func `every algorithm ends with the same hash for any number of threads`(threads: Int) throws {
    let expected = try output(threads: 3)
    #expect(expected.split(separator: "\n").count == 8 * 5)
    #expect(try output(threads: threads) == expected)
  }

  private func output(threads: Int) throws -> String {
    let subject = try Subject()
    defer { subject.remove() }
    let result = try subject.run(
      ["-c", Self.script], environment: ["RLHS_THREADS": String(threads)])
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }
}
