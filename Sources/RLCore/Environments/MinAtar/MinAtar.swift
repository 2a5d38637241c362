import Schema

/// What a MinAtar player can do, in the order of the full set of actions.
enum MinAtarAction: Int, Sendable, CaseIterable {
  case none, left, up, right, down, fire

  /// Columns to the right: -1, 0 or 1.
  var right: Int { (self == .right ? 1 : 0) - (self == .left ? 1 : 0) }
  /// Rows down: -1, 0 or 1.
  var down: Int { (self == .down ? 1 : 0) - (self == .up ? 1 : 0) }
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
  /// Shows every plane. It is inlined, as a large game would be copied for the call.
  func paint(on screen: Screen)

  // The following have one definition, below. They are requirements so that the compiler specialises
  // them for each game.

  /// Writes the observation: cell by cell its planes, each 0 or 1.
  func observe(into observation: inout [Float])
  /// Begins one of several games anew.
  static func begin(_ copy: Int, of games: inout [Self], drawing stream: inout RandomSource)
  /// Plays once in every game and shows it, as `EnvironmentBatch.step`.
  ///
  /// - Parameters:
  ///   - actions: what each choice means.
  ///   - shown: what the rows of observations show: a board for each plane of each game.
  static func play(
    _ games: inout [Self], _ choices: [Int32], meaning actions: [MinAtarAction],
    streams: inout [RandomSource], rewards: inout [Double], terminated: inout [Bool],
    shown: inout [Board], observations: inout [Float])
  /// Shows one of several games.
  static func show(
    _ copy: Int, of games: [Self], shown: inout [Board], observations: inout [Float])
}

extension MinAtarGame {
  /// The cells that are lit, plane by plane.
  var lit: [Board] {
    var shown = Array(repeating: Board(), count: Self.planes.count)
    var observation = Array(repeating: Float(0), count: Board.size * shown.count)
    Self.show(0, of: [self], shown: &shown, observations: &observation)
    return shown
  }

  func observe(into observation: inout [Float]) {
    let planes = Self.planes.count
    precondition(observation.count == Board.size * planes, "an observation of another size")
    observation.withUnsafeMutableBufferPointer { numbers in
      numbers.update(repeating: 0)
      withUnsafeTemporaryAllocation(of: Board.self, capacity: planes) { shown in
        shown.initialize(repeating: Board())
        paint(on: Screens(numbers: numbers, shown: shown, planes: planes)[0])
      }
    }
  }

  static func begin(_ copy: Int, of games: inout [Self], drawing stream: inout RandomSource) {
    games[copy].begin(drawing: &stream)
  }

  static func play(
    _ games: inout [Self], _ choices: [Int32], meaning actions: [MinAtarAction],
    streams: inout [RandomSource], rewards: inout [Double], terminated: inout [Bool],
    shown: inout [Board], observations: inout [Float]
  ) {
    var games = games.mutableSpan
    var streams = streams.mutableSpan
    var rewards = rewards.mutableSpan
    var terminated = terminated.mutableSpan
    withScreens(&shown, &observations) { screens in
      for copy in games.indices {
        (rewards[copy], terminated[copy]) = games[copy].play(
          actions[Int(choices[copy])], drawing: &streams[copy], on: screens[copy])
      }
    }
  }

  /// Plays and shows: to be shown on its own, an element of a list would be copied first.
  private mutating func play(
    _ action: MinAtarAction, drawing stream: inout RandomSource, on screen: Screen
  ) -> (reward: Double, terminated: Bool) {
    let outcome = play(action, drawing: &stream)
    paint(on: screen)
    return outcome
  }

  static func show(
    _ copy: Int, of games: [Self], shown: inout [Board], observations: inout [Float]
  ) {
    withScreens(&shown, &observations) { screens in
      games.withUnsafeBufferPointer { $0[copy].paint(on: screens[copy]) }
    }
  }

  @inline(__always)
  private static func withScreens(
    _ shown: inout [Board], _ observations: inout [Float], _ body: (Screens) -> Void
  ) {
    precondition(observations.count == shown.count * Board.size, "observations of another size")
    observations.withUnsafeMutableBufferPointer { numbers in
      shown.withUnsafeMutableBufferPointer { shown in
        body(Screens(numbers: numbers, shown: shown, planes: planes.count))
      }
    }
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
    let lit = game.lit
    return (0..<Board.side).map { row in
      String(
        (0..<Board.side).map { column in
          let plane = lit.firstIndex { $0[row, column] }
          return plane.map { Game.symbols[$0] } ?? "."
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

  func observe(into observation: inout [Float]) { game.observe(into: &observation) }

  func batch(count: Int) -> any EnvironmentBatch { GameBatch(self, count: count) }
}

/// Copies of a game stepped one after the other. From step to step few cells change, so what is lit is
/// remembered, and only the difference is written.
struct GameBatch<Game: MinAtarGame>: EnvironmentBatch {
  private let actions: [MinAtarAction]
  private var games: [Game]
  /// What the rows of observations show: a board for each plane of each copy.
  private var shown: [Board]

  init(_ environment: MinAtar<Game>, count: Int) {
    actions = environment.actions
    games = Array(repeating: environment.game, count: count)
    shown = Array(repeating: Board(), count: count * Game.planes.count)
  }

  mutating func reset(_ copy: Int, using random: inout RandomSource) {
    Game.begin(copy, of: &games, drawing: &random)
  }

  mutating func step(
    _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
    terminated: inout [Bool], observations: inout [Float]
  ) {
    Game.play(
      &games, actions.choices, meaning: self.actions, streams: &streams, rewards: &rewards,
      terminated: &terminated, shown: &shown, observations: &observations)
  }

  mutating func observe(_ copy: Int, into observations: inout [Float]) {
    Game.show(copy, of: games, shown: &shown, observations: &observations)
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
