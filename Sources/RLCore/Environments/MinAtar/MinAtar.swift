import Schema

/// What a MinAtar player can do, in the order of the full set of actions.
enum MinAtarAction: Int, Sendable, CaseIterable {
  case none, left, up, right, down, fire
}

/// One of the MinAtar games: Atari's ideas on a board of 10 by 10, shown as planes of zeros and
/// ones. A game is a struct of plain numbers; its chances come from whatever source it is given.
///
/// - Source: Young and Tian, "MinAtar: An Atari-Inspired Testbed for Thorough and Reproducible
///   Reinforcement Learning Experiments", 2019; details of the rules from recorded games.
protocol MinAtarGame: Sendable {
  /// What each plane of the observation shows.
  static var planes: [String] { get }
  /// What stands for each plane in a picture; of several in a cell the first is drawn.
  static var symbols: [Character] { get }
  /// The actions that have an effect.
  static var minimalActions: [MinAtarAction] { get }
  /// What `state` holds, for an error.
  static var stateDescription: String { get }

  /// - Parameter isRamping: whether the game becomes harder with time or success.
  init(isRamping: Bool)

  var state: [Double] { get }
  /// Takes over what `state` gave.
  mutating func read(_ numbers: inout StateReader) throws(CoreError)

  mutating func begin(drawing draws: inout some DrawSource)
  mutating func play(
    _ action: MinAtarAction, drawing draws: inout some DrawSource
  ) -> (reward: Double, terminated: Bool)
  /// Sets the cells that are lit in an observation of zeros.
  func paint(_ observation: inout [Float])
}

extension MinAtarGame {
  /// Where a cell of a plane stands in an observation.
  static func index(_ row: Int, _ column: Int, _ plane: Int) -> Int {
    (row * Board.side + column) * planes.count + plane
  }
}

/// A MinAtar game as an environment.
struct MinAtar<Game: MinAtarGame>: BatchEnvironment {
  let actions: [MinAtarAction]
  var game: Game

  init(_ settings: Settings) {
    actions = settings.boolean("minimal") ? Game.minimalActions : MinAtarAction.allCases
    game = Game(isRamping: settings.boolean("difficulty_ramping"))
  }

  var observationSpace: Space {
    .box(0, 1, shape: [Board.side, Board.side, Game.planes.count])
  }
  var actionSpace: Space { .discrete(actions.count) }
  var actionNames: [String] { actions.map { "\($0)" } }
  var planeNames: [String] { Game.planes }

  var picture: [String] {
    var observation = [Float](repeating: 0, count: observationSpace.size)
    game.paint(&observation)
    return (0..<Board.side).map { row in
      String(
        (0..<Board.side).map { column in
          let lit = Game.planes.indices.first { observation[Game.index(row, column, $0)] == 1 }
          return lit.map { Game.symbols[$0] } ?? "."
        })
    }
  }

  var state: [Double] { game.state }

  mutating func restore(state: [Double]) throws {
    var reader = StateReader(state, expected: Game.stateDescription)
    var restored = game
    try restored.read(&reader)
    try reader.finish()
    game = restored
  }

  mutating func reset(using random: inout RandomSource) { game.begin(drawing: &random) }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    game.play(actions[action.choice ?? 0], drawing: &random)
  }

  func observe(into observation: inout [Float]) {
    observation.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    game.paint(&observation)
  }
}

extension EnvironmentKind {
  /// The declaration of a game, with the options that all of them have.
  static func minAtar<Game: MinAtarGame>(
    _ name: String, _ game: Game.Type, summary: String, details: String
  ) -> EnvironmentKind {
    let planes = Game.planes.joined(separator: ", ")
    let minimal = Game.minimalActions.map { "\($0)" }.joined(separator: ", ")
    let declaration = Declaration(
      name: "MinAtar/\(name)-v1",
      summary: summary,
      parameters: [
        Parameter(
          "minimal", .boolean, default: .setting(false),
          "Only the actions that have an effect: \(minimal)."),
        Parameter(
          "difficulty_ramping", .boolean, default: .setting(true),
          "Whether the game becomes harder, where it does."),
      ],
      examples: [
        Example("env MinAtar/\(name)-v1"),
        Example("env MinAtar/\(name)-v1 sticky_action_prob=0 minimal=true"),
      ],
      details: """
        Observation: 10 rows, 10 columns and \(Game.planes.count) planes of zeros and ones: \
        \(planes). Actions: 0 none, 1 left, 2 up, 3 right, 4 down, 5 fire. \(details)
        """,
      source: "Young and Tian 2019, MinAtar")
    return EnvironmentKind(declaration, timeLimit: nil, stickyActionProbability: 0.1) {
      MinAtar<Game>($0)
    }
  }
}
