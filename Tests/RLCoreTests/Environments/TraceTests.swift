import Foundation
import Schema
import Testing

@testable import RLCore

/// What Gymnasium's environments answered to fixed actions in fixed states.
struct Trace: Decodable {
  let maxEpisodeSteps: Int?
  let rewardThreshold: Double?
  let traces: [Run]

  enum CodingKeys: String, CodingKey {
    case maxEpisodeSteps = "max_episode_steps"
    case rewardThreshold = "reward_threshold"
    case traces
  }

  struct Run: Decodable { let segments: [Segment] }

  struct Segment: Decodable {
    let `init`: [Double]
    let actions: [Int]
    let state: [[Double]]
    let obs: [[Float]]
    let reward: [Double]
    let terminated: [Bool]
  }

  var segments: [Segment] { traces.flatMap(\.segments) }

  static func read<T: Decodable>(_ name: String, as type: T.Type = Trace.self) throws -> T {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Traces"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
  }
}

/// The table of a tabular environment: state, action, probability, next state, reward, terminated.
private struct Table: Decodable {
  let rows: [Row]

  enum CodingKeys: String, CodingKey { case rows = "P" }

  struct Row: Decodable {
    let state: Int
    let action: Int
    let next: Int
    let reward: Double
    let terminated: Bool

    init(from decoder: Decoder) throws {
      var row = try decoder.unkeyedContainer()
      state = try row.decode(Int.self)
      action = try row.decode(Int.self)
      _ = try row.decode(Double.self)
      next = try row.decode(Int.self)
      reward = try row.decode(Double.self)
      terminated = try row.decode(Bool.self)
    }
  }
}

@Suite struct TraceTests {
  @Test(arguments: ["CartPole-v1", "CartPole-v0", "MountainCar-v0"])
  func `classic control follows the reference`(name: String) throws {
    let trace = try Trace.read(name)
    var instance = try EnvironmentInstance(named: name)
    #expect(instance.timeLimit == trace.maxEpisodeSteps)
    #expect(instance.rewardThreshold == trace.rewardThreshold)
    #expect(trace.segments.map(\.actions.count).reduce(0, +) == 600)
    for segment in trace.segments {
      var before = segment.`init`
      for (index, action) in segment.actions.enumerated() {
        // From the reference's own state each time, so that a last bit does not grow.
        try instance.reset(state: before)
        let step = try instance.step(.discrete(action))
        for (ours, theirs) in zip(instance.environment.state, segment.state[index]) {
          #expect(abs(ours - theirs) <= 1e-9 * max(1, abs(theirs)))
        }
        for (ours, theirs) in zip(step.observation, segment.obs[index]) {
          #expect(abs(ours - theirs) <= 1e-6 * max(1, abs(theirs)))
        }
        #expect(step.reward == segment.reward[index])
        #expect(step.terminated == segment.terminated[index])
        before = segment.state[index]
      }
    }
  }

  @Test func `CartPole without resynchronising stays with the reference for a whole segment`()
    throws
  {
    for segment in try Trace.read("CartPole-v1").segments {
      var instance = try EnvironmentInstance(named: "CartPole-v1")
      try instance.reset(state: segment.`init`)
      for (index, action) in segment.actions.enumerated() {
        _ = try instance.step(.discrete(action))
        for (ours, theirs) in zip(instance.environment.state, segment.state[index]) {
          #expect(abs(ours - theirs) <= 1e-9 * max(1, abs(theirs)))
        }
      }
    }
  }

  @Test func `cliff walking has the reference's table`() throws {
    let table = try Trace.read("CliffWalking-v1", as: Table.self)
    #expect(table.rows.count == 48 * 4)
    var instance = try EnvironmentInstance(named: "CliffWalking-v1")
    for row in table.rows {
      try instance.reset(state: [Double(row.state)])
      let step = try instance.step(.discrete(row.action))
      #expect(step.observation == [Float(row.next)], "from \(row.state) by \(row.action)")
      #expect(step.reward == row.reward)
      #expect(step.terminated == row.terminated)
    }
  }
}
