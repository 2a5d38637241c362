import Schema
import Testing

@testable import RLCore

/// Recorded games: what was drawn, done and seen. Observations are the indices of lit cells.
private struct MinAtarTrace: Decodable {
  let traces: [Run]
  let minimalActions: [Int]
  let shape: [Int]

  enum CodingKeys: String, CodingKey {
    case traces, shape
    case minimalActions = "minimal_actions"
  }

  struct Run: Decodable { let segments: [Segment] }

  struct Segment: Decodable {
    let resetDraws: [Call]
    let obs0: [Int]
    let actions: [Int]
    let draws: [[Call]]
    let obs: [[Int]]
    let reward: [Double]
    let terminated: [Bool]

    enum CodingKeys: String, CodingKey {
      case obs0, actions, draws, obs, reward, terminated
      case resetDraws = "reset_draws"
    }
  }

  /// One call of numpy's generator, which may draw several numbers: method, arguments, results.
  struct Call: Decodable {
    let draws: [ScriptedDraws.Draw]

    init(from decoder: Decoder) throws {
      var call = try decoder.unkeyedContainer()
      let method = try call.decode(String.self)
      let bounds = try call.decode([Argument].self)
      let results =
        try (try? call.decode([Double].self)) ?? [try call.decode(Double.self)]
      if method == "rand" {
        draws = results.map { .uniform($0) }
        return
      }
      let range = bounds[0].range ?? (bounds.count > 1 ? (bounds[0].value, bounds[1].value) : nil)
      let (low, high) = range ?? (0, bounds[0].value)
      draws = results.map { .integer(Int($0) - low, below: high - low) }
    }
  }

  struct Argument: Decodable {
    let value: Int
    let range: (Int, Int)?

    enum CodingKeys: String, CodingKey { case low, high }

    init(from decoder: Decoder) throws {
      if let value = try? decoder.singleValueContainer().decode(Int.self) {
        (self.value, range) = (value, nil)
      } else {
        let named = try decoder.container(keyedBy: CodingKeys.self)
        value = 0
        range = (
          try named.decode(Int.self, forKey: .low), try named.decode(Int.self, forKey: .high)
        )
      }
    }
  }
}

@Suite struct MinAtarTests {
  @Test func `breakout follows the recorded games`() throws {
    try follow("breakout", Breakout.self)
  }
  @Test func `asterix follows the recorded games`() throws { try follow("asterix", Asterix.self) }
  @Test func `freeway follows the recorded games`() throws { try follow("freeway", Freeway.self) }
  @Test func `seaquest follows the recorded games`() throws {
    try follow("seaquest", Seaquest.self)
  }
  @Test func `space invaders follows the recorded games`() throws {
    try follow("space_invaders", SpaceInvaders.self)
  }

  @Test func `a picture shows the board`() throws {
    var instance = try EnvironmentInstance(named: "MinAtar/Breakout-v1")
    try instance.reset()
    let picture = instance.environment.picture
    #expect(picture[0] == "..........")
    #expect(picture[2] == "##########")
    #expect(picture[9] == "....=.....")
    #expect(picture[3] == "o#########" || picture[3] == "#########o")
  }

  private func follow<Game: MinAtarGame>(_ file: String, _ kind: Game.Type) throws {
    let trace = try Trace.read("MinAtar-\(file)", as: MinAtarTrace.self)
    #expect(trace.shape == [10, 10, Game.planes.count])
    #expect(Game.symbols.count == Game.planes.count)
    #expect(trace.minimalActions == Game.minimalActions.map(\.rawValue))
    var steps = 0
    // One game through all segments, so that what `begin` forgets to reset shows.
    var game = Game(isRamping: true)
    for segment in trace.traces.flatMap(\.segments) {
      var draws = ScriptedDraws(segment.resetDraws.flatMap(\.draws))
      game.begin(drawing: &draws)
      #expect(draws.isExhausted, "\(draws.mismatches)")
      try #require(lit(game) == segment.obs0)
      for (index, action) in segment.actions.enumerated() {
        draws = ScriptedDraws(segment.draws[index].flatMap(\.draws))
        // Each step from a state put back, so that the state is all there is.
        var copy = Game(isRamping: true)
        var reader = StateReader(game.state, expected: "")
        try copy.read(&reader)
        try reader.finish()
        game = copy
        let (reward, terminated) = game.play(
          try #require(MinAtarAction(rawValue: action)), drawing: &draws)
        #expect(draws.isExhausted, "step \(index): \(draws.mismatches)")
        try #require(lit(game) == segment.obs[index], "step \(index) of \(segment.actions.count)")
        try #require(reward == segment.reward[index], "step \(index)")
        try #require(terminated == segment.terminated[index], "step \(index)")
        steps += 1
      }
    }
    #expect(steps == 600)
  }

  private func lit<Game: MinAtarGame>(_ game: Game) -> [Int] {
    var observation = [Float](repeating: 0, count: 100 * Game.planes.count)
    game.observe(into: &observation)
    return observation.indices.filter { observation[$0] == 1 }
  }
}
