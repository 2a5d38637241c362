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
    let actions: [Action]
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

extension Action: Decodable {
  /// A choice, or a list of numbers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let choice = try? container.decode(Int.self) {
      self = .discrete(choice)
    } else {
      self = .continuous(try container.decode([Double].self))
    }
  }
}

@Suite struct TraceTests {
  @Test(arguments: [
    ("CartPole-v1", 1e-9), ("CartPole-v1-balance", 1e-9), ("CartPole-v0", 1e-9),
    ("MountainCar-v0", 1e-9), ("Acrobot-v1", 1e-9),
    // The reference computes these two partly in single precision.
    ("MountainCarContinuous-v0", 1e-6), ("Pendulum-v1", 1e-6),
  ])
  func `classic control follows the reference`(file: String, tolerance: Double) throws {
    let trace = try Trace.read(file)
    let name = file.replacing("-balance", with: "")
    var instance = try EnvironmentInstance(named: name)
    #expect(instance.timeLimit == trace.maxEpisodeSteps)
    #expect(instance.rewardThreshold == trace.rewardThreshold)
    #expect(trace.segments.map(\.actions.count).reduce(0, +) == 600)
    func isClose(_ ours: Double, _ theirs: Double, _ tolerance: Double) -> Bool {
      abs(ours - theirs) <= tolerance * max(1, abs(theirs))
    }
    for segment in trace.segments {
      var before = segment.`init`
      for (index, action) in segment.actions.enumerated() {
        // From the reference's own state each time, so that a last bit does not grow.
        try instance.reset(state: before)
        // Actions beyond their bounds are among the trace's.
        let step = try instance.advance(action)
        for (ours, theirs) in zip(instance.environment.state, segment.state[index]) {
          #expect(isClose(ours, theirs, tolerance), "\(name) step \(index)")
        }
        for (ours, theirs) in zip(instance.observation, segment.obs[index]) {
          #expect(isClose(Double(ours), Double(theirs), 1e-6), "\(name) step \(index)")
        }
        #expect(isClose(step.reward, segment.reward[index], tolerance), "\(name) step \(index)")
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
        _ = try instance.step(action)
        for (ours, theirs) in zip(instance.environment.state, segment.state[index]) {
          #expect(abs(ours - theirs) <= 1e-9 * max(1, abs(theirs)))
        }
      }
    }
  }
}
