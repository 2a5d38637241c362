import Foundation
import Schema
import Testing

@testable import RLCore

/// The table of a tabular environment, in the reference's order.
private struct Table: Decodable {
  let rows: [Row]
  let starts: [Double]
  let maxEpisodeSteps: Int?
  let rewardThreshold: Double?
  let actionMasks: [[Int]]?

  enum CodingKeys: String, CodingKey {
    case rows = "P"
    case starts = "initial_state_distribution"
    case maxEpisodeSteps = "max_episode_steps"
    case rewardThreshold = "reward_threshold"
    case actionMasks = "action_masks"
  }

  /// State, action, probability, next state, reward, terminated.
  struct Row: Decodable, Hashable {
    let state: Int
    let action: Int
    let outcome: FiniteMDP.Outcome

    init(from decoder: Decoder) throws {
      var row = try decoder.unkeyedContainer()
      state = try row.decode(Int.self)
      action = try row.decode(Int.self)
      outcome = FiniteMDP.Outcome(
        probability: try row.decode(Double.self), next: try row.decode(Int.self),
        reward: try row.decode(Double.self), terminated: try row.decode(Bool.self))
    }

    init(state: Int, action: Int, outcome: FiniteMDP.Outcome) {
      (self.state, self.action, self.outcome) = (state, action, outcome)
    }
  }
}

@Suite struct TableTests {
  private func table(_ name: String, _ settings: Settings = [:]) throws -> FiniteMDP {
    try #require(
      try EnvironmentInstance(named: name, settings: settings).environment as? FiniteMDP)
  }

  @Test(
    arguments: [
      ("FrozenLake-v1", [:], "FrozenLake-v1-slippery"),
      ("FrozenLake-v1", ["is_slippery": false], "FrozenLake-v1-deterministic"),
      ("FrozenLake8x8-v1", [:], "FrozenLake8x8-v1-slippery"),
      ("CliffWalking-v1", [:], "CliffWalking-v1"),
      ("CliffWalking-v1", ["is_slippery": true], "CliffWalkingSlippery-v1"),
      ("Taxi-v3", [:], "Taxi-v3"),
    ] as [(String, Settings, String)])
  func `tables are the reference's`(name: String, settings: Settings, file: String) throws {
    let reference = try Trace.read(file, as: Table.self)
    let ours = try table(name, settings)
    var rows: [Table.Row] = []
    for state in 0..<ours.stateCount {
      for action in ours.actionNames.indices {
        rows += ours.outcomes(of: action, in: state).map {
          Table.Row(state: state, action: action, outcome: $0)
        }
      }
    }
    #expect(rows == reference.rows)
    let starts = reference.starts.indices.filter { reference.starts[$0] > 0 }
    #expect(ours.starts == starts)
    #expect(starts.allSatisfy { reference.starts[$0] == 1 / Double(starts.count) })
    let instance = try EnvironmentInstance(named: name, settings: settings)
    #expect(instance.timeLimit == reference.maxEpisodeSteps)
    #expect(instance.rewardThreshold == reference.rewardThreshold)
  }

  @Test func `the taxi tells which actions change something, as the reference does`() throws {
    let masks = try #require(try Trace.read("Taxi-v3", as: Table.self).actionMasks)
    var taxi = try table("Taxi-v3")
    for (state, mask) in masks.enumerated() {
      try taxi.restore(state: [Double(state)])
      #expect(taxi.info["action_mask"] == .list(mask.map(Setting.integer)), "state \(state)")
    }
    #expect(taxi.info["prob"] == 1.0)
  }

  @Test func `a step tells how likely its outcome was`() throws {
    var lake = try table("FrozenLake-v1", ["success_rate": 0.5])
    var random = RandomSource(seed: 1)
    try lake.restore(state: [14])
    _ = lake.step(.discrete(2), using: &random)
    #expect(lake.info == ["prob": .real(lake.current == 15 ? 0.5 : 0.25)])
  }

  @Test func `stepping draws from the table as often as it says`() throws {
    var lake = try table("FrozenLake-v1", ["success_rate": 0.5])
    var random = RandomSource(seed: 1)
    var counts: [Int: Int] = [:]
    for _ in 0..<10_000 {
      try lake.restore(state: [14])
      let step = lake.step(.discrete(2), using: &random)
      #expect(step.terminated == (lake.current == 15))
      counts[lake.current, default: 0] += 1
    }
    #expect(Set(counts.keys) == [10, 14, 15])
    #expect(abs(counts[15]! - 5000) < 200)
    #expect(abs(counts[10]! - 2500) < 200)
  }

  @Test func `the taxi starts everywhere alike`() throws {
    var taxi = try table("Taxi-v3")
    var random = RandomSource(seed: 1)
    var counts: [Int: Int] = [:]
    for _ in 0..<30_000 {
      taxi.reset(using: &random)
      counts[taxi.current, default: 0] += 1
    }
    #expect(counts.count == 300)
    #expect(counts.values.allSatisfy { 50..<160 ~= $0 })
  }

  @Test func `a rainy taxi goes astray one time in five`() throws {
    // From row 2, column 2 to the south: else to the east or the west.
    let outcomes = try table("Taxi-v3", ["is_rainy": true]).outcomes(of: 0, in: 240)
    #expect(outcomes.map(\.next) == [340, 260, 220])
    #expect(outcomes.map(\.probability) == [0.8, 0.1, 0.1])
  }

  @Test func `a grid world is what its map shows`() throws {
    let settings: Settings = ["map": ["S#G", "..X"], "slip": 0.2]
    let world = try table("gridworld", settings)
    #expect(world.starts == [0])
    #expect(world.stateCount == 6)
    // A wall and an edge stop; a slip goes down.
    #expect(world.outcomes(of: 1, in: 0).map(\.next) == [0, 0, 3])
    let into = world.outcomes(of: 1, in: 4)
    #expect(into.map(\.next) == [5, 4, 4])
    #expect(into.map(\.reward) == [-1, -0.04, -0.04])
    #expect(into.map(\.terminated) == [true, false, false])
    #expect(world.outcomes(of: 0, in: 5).map(\.terminated) == [true])
  }

  @Test(
    arguments: [
      ("gridworld", "map", ["S.", "..."]), ("gridworld", "map", ["S.", ".."]),
      ("gridworld", "map", ["SG", ".?"]), ("gridworld", "map", []),
      ("FrozenLake-v1", "desc", ["SF", "FF"]), ("FrozenLake-v1", "desc", ["FG"]),
      ("FrozenLake-v1", "reward_schedule", [1.0]),
    ] as [(String, String, Setting)])
  func `a map that cannot be is refused`(name: String, option: String, value: Setting) {
    #expect {
      try EnvironmentInstance(named: name, settings: [option: value])
    } throws: { error in
      guard case .invalidSetting(option, value, _) = error as? CoreError else { return false }
      return true
    }
  }

  @Test func `a lake of one's own`() throws {
    let lake = try table("FrozenLake-v1", ["desc": ["SFG"], "is_slippery": false])
    #expect(lake.stateCount == 3)
    #expect(
      Array(lake.outcomes(of: 2, in: 1))
        == [FiniteMDP.Outcome(probability: 1, next: 2, reward: 1, terminated: true)])
  }

  @Test func `pictures show who stands where`() throws {
    func picture(_ name: String, _ state: Double) throws -> [String] {
      var world = try table(name)
      try world.restore(state: [state])
      return world.picture
    }
    #expect(try picture("FrozenLake-v1", 6) == ["SFFF", "FH@H", "FFFH", "HFFG"])
    #expect(try picture("CliffWalking-v1", 24)[2...] == ["@...........", "SCCCCCCCCCCG"])
    #expect(
      try picture("Taxi-v3", 314) == [
        "|R: | : :G|", "| : | : : |", "| : : : : |", "|@| : | : |", "|Y| : |B: |",
        "passenger at B, to Y",
      ])
    #expect(try picture("Taxi-v3", 16)[0] == "|&: | : :G|")
    #expect(try picture("Taxi-v3", 16)[5] == "passenger aboard, to R")
  }
}
