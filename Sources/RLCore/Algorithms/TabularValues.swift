import Schema

/// A value for each pair of a discrete observation and a discrete action, with what tabular
/// algorithms share beside it.
struct TabularValues: Sendable {
  var settings: Settings
  let stateCount: Int
  let actionCount: Int
  /// `[stateCount, actionCount]`.
  var values: [Float]
  var steps = 0
  var updates = 0
  /// The step that is still to be learned from.
  var pending: Step?

  /// A transition between cells of the table.
  struct Step: Sendable {
    var state: Int
    var action: Int
    var reward: Float
    var next: Int
    var terminated: Bool
    var truncated: Bool
  }

  /// - Throws: `incompatible` for spaces that are not discrete.
  init(
    _ settings: Settings, algorithm: String, observationSpace: Space, actionSpace: Space
  ) throws(CoreError) {
    guard let states = Self.count(observationSpace) else {
      throw .incompatible(
        "\(algorithm) needs discrete observations, and these are \(observationSpace)")
    }
    guard case .discrete(let actions) = actionSpace else {
      throw .incompatible("\(algorithm) needs discrete actions, and these are \(actionSpace)")
    }
    let (entries, overflow) = states.multipliedReportingOverflow(by: actions)
    guard !overflow, entries <= Self.mostEntries else {
      throw .incompatible(
        "a table for observations \(observationSpace) and \(actions) actions is too large: "
          + "\(algorithm) holds up to \(Self.mostEntries) values")
    }
    self.settings = settings
    self.observationSpace = observationSpace
    stateCount = states
    actionCount = actions
    values = Array(
      repeating: Float(settings.real("initial_value")), count: states * actions)
  }

  private let observationSpace: Space

  /// Half a gigabyte.
  private static let mostEntries = 100_000_000

  /// Members of a discrete space; as good as infinitely many where no integer holds their number.
  private static func count(_ space: Space) -> Int? {
    switch space {
    case .discrete(let count): return count
    case .multiDiscrete(let counts):
      var product = 1
      for count in counts {
        let (next, overflow) = product.multipliedReportingOverflow(by: count)
        product = overflow ? .max : next
      }
      return product
    default: return nil
    }
  }

  /// The row of an observation.
  func state(_ observation: ArraySlice<Float>) -> Int {
    guard case .multiDiscrete(let counts) = observationSpace else {
      return Int(observation[observation.startIndex])
    }
    return zip(counts, observation).reduce(0) { $0 * $1.0 + Int($1.1) }
  }

  func row(_ state: Int) -> ArraySlice<Float> {
    values[(state * actionCount)..<((state + 1) * actionCount)]
  }

  /// Falls linearly over `exploration_fraction` of the total steps, and then stays.
  var epsilon: Double {
    let start = settings.real("exploration_initial_eps")
    let end = settings.real("exploration_final_eps")
    let span = settings.real("exploration_fraction") * Double(settings.integer("total_steps"))
    let progress = span > 0 ? min(Double(steps) / span, 1) : 1
    return start + progress * (end - start)
  }

  /// A random action with probability epsilon, else one of the best.
  ///
  /// Ties are broken at random: before anything is learned all actions are the best.
  func explore(
    _ state: Int, bias: [Float] = [], using random: inout RandomSource
  ) -> Int {
    if random.bernoulli(epsilon) { return random.integer(below: actionCount) }
    var best: [Int] = []
    var greatest = -Float.infinity
    for action in 0..<actionCount {
      let value =
        values[state * actionCount + action] + (bias.isEmpty ? 0 : bias[action])
      if value > greatest {
        greatest = value
        best.removeAll(keepingCapacity: true)
      }
      if value == greatest { best.append(action) }
    }
    return best.count > 1 ? best[random.integer(below: best.count)] : best.first ?? 0
  }

  mutating func record(_ transition: borrowing Transition) {
    pending = Step(
      state: state(transition.observation[...]), action: transition.action.choice ?? 0,
      reward: Float(transition.reward), next: state(transition.next[...]),
      terminated: transition.terminated, truncated: transition.truncated)
    steps += 1
  }

  /// Moves the value of the pending step towards `reward + gamma * following`.
  mutating func learn(following: Float) throws(CoreError) -> UpdateMetrics? {
    guard let step = pending else { return nil }
    pending = nil
    let target = step.reward + Float(settings.real("gamma")) * (step.terminated ? 0 : following)
    let error = target - values[step.state * actionCount + step.action]
    guard error.isFinite else { throw .notFinite(quantity: "value", update: updates + 1) }
    values[step.state * actionCount + step.action] += Float(settings.real("learning_rate")) * error
    updates += 1
    return UpdateMetrics(loss: 0.5 * error * error, gradientNorm: abs(error), approximateKL: nil)
  }

  func save(to archive: inout StateArchive, name: String) {
    archive.add("\(name)/values", values)
    archive.add("\(name)/counters", [steps, updates])
    let step = pending.map {
      [$0.state, $0.action, $0.next, $0.terminated ? 1 : 0, $0.truncated ? 1 : 0]
    }
    archive.add("\(name)/pending", step ?? [])
    archive.add("\(name)/pending_reward", pending.map { [$0.reward] } ?? [])
  }

  mutating func restore(from archive: StateArchive, name: String) throws(CoreError) {
    values = try archive.floats("\(name)/values", count: values.count)
    let counters = try archive.integers("\(name)/counters", count: 2)
    let step = try archive.integers("\(name)/pending")
    let reward = try archive.floats("\(name)/pending_reward", count: step.isEmpty ? 0 : 1)
    guard counters.allSatisfy(StateArchive.counts.contains),
      step.isEmpty
        || step.count == 5 && (0..<stateCount).contains(step[0])
          && (0..<actionCount).contains(step[1]) && (0..<stateCount).contains(step[2])
    else { throw .damagedArchive(reason: "a counter of \(name) is out of range") }
    (steps, updates) = (counters[0], counters[1])
    pending =
      step.isEmpty
      ? nil
      : Step(
        state: step[0], action: step[1], reward: reward[0], next: step[2],
        terminated: step[3] != 0, truncated: step[4] != 0)
  }
}

/// An algorithm whose state is a table, but for what its updates need.
protocol TabularAlgorithm: Algorithm {
  var table: TabularValues { get set }
}

extension TabularAlgorithm {
  var settings: Settings { table.settings }
  var steps: Int { table.steps }
  var updates: Int { table.updates }
  var epsilon: Double? { table.epsilon }
  var replayCount: Int? { nil }
  var updateCost: Int { 100 }
  var weights: [Float] {
    get { table.values }
    set { table.values = newValue }
  }

  mutating func actionValues(_ observations: [Float], count: Int, into values: inout [Float]) {
    values.removeAll(keepingCapacity: true)
    let size = observations.count / count
    for row in 0..<count {
      values += table.row(table.state(observations[(row * size)..<((row + 1) * size)]))
    }
  }

  mutating func record(_ transition: borrowing Transition) { table.record(transition) }

  mutating func set(_ name: String, to value: Setting) throws(CoreError) {
    if name == "initial_value" {
      throw .fixedSetting(name: name, reason: "the table is made with it")
    }
    table.settings[name] = value
  }
}

extension AlgorithmKind {
  /// The parameters of tabular algorithms.
  static let tabularParameters: [Parameter] = [
    .totalSteps,
    Parameter(
      "learning_rate", .real(Interval(0, 1, includesLower: false)), default: .setting(0.1),
      "How far a value moves towards what was found.", search: .logUniform(0.01, 1)),
    .gamma(),
    Parameter(
      "exploration_fraction", .real(0...1), default: .setting(0.5),
      "Share of total_steps over which epsilon falls.", search: .uniform(0, 1)),
    Parameter(
      "exploration_initial_eps", .real(0...1), default: .setting(1.0),
      "Probability of a random action at the start."),
    Parameter(
      "exploration_final_eps", .real(0...1), default: .setting(0.05),
      "Probability of a random action in the end.", search: .uniform(0, 0.2)),
    Parameter(
      "initial_value", .real(Interval(-1e9, 1e9)), default: .setting(0.0),
      "What every value is at first."),
    .evaluationEpisodes, .seed,
  ]
}
