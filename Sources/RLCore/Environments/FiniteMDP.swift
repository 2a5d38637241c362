/// A Markov decision process of finitely many states and actions, given by its whole table. The
/// tabular environments are such tables.
///
/// Copies share the table, so a snapshot costs one number.
struct FiniteMDP: BatchEnvironment {
  /// One of the things that can follow an action in a state.
  struct Outcome: Sendable, Hashable {
    var probability: Double
    var next: Int
    var reward: Double
    var terminated: Bool
  }

  /// What all copies share. A class, so that a copy takes one reference along and not one a part.
  private final class Table: Sendable {
    let stateCount: Int
    let actionNames: [String]
    let observationName: String
    let rewardThreshold: Double?
    let starts: [Int]
    let tellsMask: Bool
    let draw: @Sendable (_ state: Int) -> [String]
    /// Of all states and actions, state by state and action by action.
    let outcomes: [Outcome]
    /// Where the outcomes of each pair begin; behind the last pair, where they end.
    let bounds: [Int]

    init(
      stateCount: Int, actionNames: [String], observationName: String, starts: [Int],
      rewardThreshold: Double?, tellsMask: Bool,
      draw: @escaping @Sendable (_ state: Int) -> [String], outcomes: [Outcome], bounds: [Int]
    ) {
      self.stateCount = stateCount
      self.actionNames = actionNames
      self.observationName = observationName
      self.starts = starts
      self.rewardThreshold = rewardThreshold
      self.tellsMask = tellsMask
      self.draw = draw
      self.outcomes = outcomes
      self.bounds = bounds
    }

    func start(using random: inout RandomSource) -> Int {
      starts.count == 1 ? starts[0] : starts[random.integer(below: starts.count)]
    }

    /// Reads the lists of outcomes without counting references at each step.
    @inline(__always)
    func withOutcomes<Result>(_ body: (Outcomes) -> Result) -> Result {
      outcomes.withUnsafeBufferPointer { all in
        bounds.withUnsafeBufferPointer { bounds in
          body(Outcomes(all: all, bounds: bounds, actionCount: actionNames.count))
        }
      }
    }
  }

  /// The lists of a table, to draw from.
  private struct Outcomes {
    let all: UnsafeBufferPointer<Outcome>
    let bounds: UnsafeBufferPointer<Int>
    let actionCount: Int

    @inline(__always)
    func draw(_ state: Int, _ action: Int, using random: inout RandomSource) -> Outcome {
      let pair = state * actionCount + action
      var index = bounds[pair]
      let last = bounds[pair + 1] - 1
      // What is certain draws nothing; rounding leaves the rest of a sum to the last outcome.
      if index < last {
        var rest = random.uniform() - all[index].probability
        while rest >= 0 && index < last {
          index += 1
          rest -= all[index].probability
        }
      }
      return all[index]
    }
  }

  private let table: Table

  var current: Int
  /// How likely the last step's outcome was.
  private var lastProbability = 1.0

  /// - Parameters:
  ///   - observationName: what a state is, such as `cell`.
  ///   - tellsMask: whether `info` has an `action_mask`.
  ///   - draw: a picture of a state.
  ///   - outcomes: what can follow an action in a state; probabilities sum to 1.
  init(
    stateCount: Int, actionNames: [String], observationName: String, starts: [Int],
    rewardThreshold: Double? = nil, tellsMask: Bool = false,
    draw: @escaping @Sendable (_ state: Int) -> [String],
    outcomes: (_ state: Int, _ action: Int) -> [Outcome]
  ) {
    precondition(!starts.isEmpty, "no state to begin in")
    current = starts[0]
    var all: [Outcome] = []
    var bounds = [0]
    for state in 0..<stateCount {
      for action in actionNames.indices {
        let following = outcomes(state, action)
        precondition(
          abs(following.reduce(0) { $0 + $1.probability } - 1) < 1e-9,
          "outcomes of action \(action) in state \(state) are \(following)")
        all += following
        bounds.append(all.count)
      }
    }
    table = Table(
      stateCount: stateCount, actionNames: actionNames, observationName: observationName,
      starts: starts, rewardThreshold: rewardThreshold, tellsMask: tellsMask, draw: draw,
      outcomes: all, bounds: bounds)
  }

  var stateCount: Int { table.stateCount }
  var actionNames: [String] { table.actionNames }
  var observationNames: [String] { [table.observationName] }
  var rewardThreshold: Double? { table.rewardThreshold }
  /// States in which an episode begins, each equally likely.
  var starts: [Int] { table.starts }

  /// What can follow an action in a state.
  func outcomes(of action: Int, in state: Int) -> ArraySlice<Outcome> {
    let pair = state * actionNames.count + action
    return table.outcomes[table.bounds[pair]..<table.bounds[pair + 1]]
  }

  var observationSpace: Space { .discrete(stateCount) }
  var actionSpace: Space { .discrete(actionNames.count) }

  var picture: [String] { table.draw(current) }

  /// How likely the last outcome was; where it is told, which actions lead somewhere else.
  var info: Settings {
    var info: Settings = ["prob": .real(lastProbability)]
    if table.tellsMask {
      info["action_mask"] = .list(
        actionNames.indices.map { action in
          let leads = outcomes(of: action, in: current).contains { $0.next != current }
          return .integer(leads ? 1 : 0)
        })
    }
    return info
  }

  var state: [Double] { [Double(current)] }

  mutating func restore(state: [Double]) throws {
    guard state.count == 1, let index = Int(exactly: state[0]), (0..<stateCount).contains(index)
    else {
      throw CoreError.invalidState(
        expected: "one integer from 0 to \(stateCount - 1): the \(table.observationName)")
    }
    current = index
    lastProbability = 1
  }

  mutating func reset(using random: inout RandomSource) {
    lastProbability = 1
    current = table.start(using: &random)
  }

  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let outcome = table.withOutcomes { $0.draw(current, action.choice ?? 0, using: &random) }
    current = outcome.next
    lastProbability = outcome.probability
    return (outcome.reward, outcome.terminated)
  }

  func observe(into observation: inout [Float]) { observation[0] = Float(current) }

  func batch(count: Int) -> any EnvironmentBatch { Copies(table: table, count: count) }

  /// Copies are the states they are in.
  private struct Copies: EnvironmentBatch {
    let table: Table
    var states: [Int]

    init(table: Table, count: Int) {
      self.table = table
      states = Array(repeating: table.starts[0], count: count)
    }

    mutating func reset(_ copy: Int, using random: inout RandomSource) {
      states[copy] = table.start(using: &random)
    }

    mutating func step(
      _ actions: Actions, streams: inout [RandomSource], rewards: inout [Double],
      terminated: inout [Bool], observations: inout [Float]
    ) {
      table.withOutcomes { outcomes in
        for copy in states.indices {
          let outcome = outcomes.draw(
            states[copy], Int(actions.choices[copy]), using: &streams[copy])
          states[copy] = outcome.next
          rewards[copy] = outcome.reward
          terminated[copy] = outcome.terminated
          observations[copy] = Float(outcome.next)
        }
      }
    }

    func observe(_ copy: Int, into observations: inout [Float]) {
      observations[copy] = Float(states[copy])
    }
  }
}
