import Schema
import Testing

@testable import RLCore

@Suite struct SnakeTests {
  private func snake(_ state: [Double], _ settings: Settings = [:]) throws -> EnvironmentInstance {
    var instance = try EnvironmentInstance(
      named: "Snake", settings: settings.merging(["size": 4]) { given, _ in given })
    try instance.reset(state: state)
    return instance
  }

  @Test func `an apple gives one point and a cell of length`() throws {
    // Apple in cell 6; the head in 5, going right.
    var instance = try snake([6, 1, 5, 4])
    let step = try instance.step(.discrete(1))
    #expect(step.reward == 1)
    #expect(!step.terminated)
    let state = instance.environment.state
    #expect(state.dropFirst(2) == [6, 5, 4])
    #expect(![6, 5, 4].contains(state[0]))
  }

  @Test func `edges and the own body end it, the leaving tail does not`() throws {
    var edge = try snake([6, 0, 1, 5], ["death_penalty": 2])
    let end = try edge.step(.discrete(0))
    #expect(end.terminated)
    #expect(end.reward == -2)
    // A ring of four cells: the head goes where the tail was.
    var ring = try snake([15, 3, 0, 1, 5, 4])
    #expect(try !ring.step(.discrete(2)).terminated)
    #expect(ring.environment.state.dropFirst(2) == [4, 0, 1, 5])
    var bite = try snake([15, 3, 1, 2, 6, 5, 4])
    #expect(try bite.step(.discrete(2)).terminated)
  }

  @Test func `turning back goes on`() throws {
    var instance = try snake([15, 1, 5, 4])
    _ = try instance.step(.discrete(3))
    #expect(instance.environment.state == [15, 1, 6, 5])
  }

  @Test func `a full board ends it without a penalty`() throws {
    let path: [Double] = [2, 1, 0, 3, 4, 5, 8, 7]
    var instance = try snake([6, 3] + path.reversed(), ["size": 3, "death_penalty": 5])
    let step = try instance.step(.discrete(3))
    #expect(step.terminated)
    #expect(step.reward == 1)
    #expect(instance.environment.state[0] == -1)
  }

  @Test func `features and planes show the board`() throws {
    let state: [Double] = [15, 1, 1, 0]
    let features = try snake(state).observation
    // Danger to the left (the edge above), going right, the apple to the right and below.
    #expect(features == [0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0])
    let instance = try snake(state, ["observation": "planes"])
    #expect(instance.observationSpace == .box(0, 1, shape: [4, 4, 3]))
    #expect(instance.observation.indices.filter { instance.observation[$0] == 1 } == [1, 3, 47])
  }

  @Test func `a picture shows the snake and the apple`() throws {
    let picture = try snake([15, 1, 5, 4, 0]).environment.picture
    #expect(picture == ["o...", "o@..", "....", "...*"])
  }

  @Test func `apples lie on every free cell alike`() throws {
    var instance = try EnvironmentInstance(named: "Snake", settings: ["size": 3], seed: 4)
    var counts: [Double: Int] = [:]
    for _ in 0..<4000 {
      try instance.reset()
      let state = instance.environment.state
      #expect(!state[2...].contains(state[0]))
      counts[state[0], default: 0] += 1
    }
    #expect(counts[4] == nil)
    #expect(counts.count == 8)
  }

  @Test func `snakes that cannot be are refused`() throws {
    var instance = try snake([15, 1, 5, 4])
    for state in [
      [5, 1, 5, 4], [15, 1, 5, 7], [15, 4, 5, 4], [-1, 1, 5, 4], [15, 1, 5, 4, 5], [15, 1],
    ]
      as [[Double]]
    {
      #expect(throws: CoreError.self, "\(state)") { try instance.reset(state: state) }
      #expect(instance.environment.state == [15, 1, 5, 4])
    }
  }
}
