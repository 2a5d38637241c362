@testable import RLCore

/// Shows one of two numbers; right is to act by it. Ends only by its time limit.
struct Identity: Environment {
  var cell = 0
  var observationSpace: Space { .discrete(2) }
  var actionSpace: Space { .discrete(2) }
  var state: [Double] { [Double(cell)] }

  mutating func restore(state: [Double]) { cell = Int(state[0]) }
  mutating func reset(using random: inout RandomSource) { cell = random.integer(below: 2) }
  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    let reward = action == .discrete(cell) ? 1.0 : 0
    cell = random.integer(below: 2)
    return (reward, false)
  }
  func observe(into observation: inout [Float]) { observation[0] = Float(cell) }

  static func instance(seed: Int = 0) -> EnvironmentInstance {
    EnvironmentInstance(Identity(), name: "Identity", timeLimit: 100, seed: seed)
  }
}

/// Pays 1 a step; whether it ends after eight is up to the test.
struct Endless: Environment {
  var terminates = false
  var elapsed = 0
  var observationSpace: Space { .box(0, 1, shape: [1]) }
  var actionSpace: Space { .discrete(1) }
  var state: [Double] { [Double(elapsed)] }

  mutating func restore(state: [Double]) { elapsed = Int(state[0]) }
  mutating func reset(using random: inout RandomSource) { elapsed = 0 }
  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    elapsed += 1
    return (1, terminates && elapsed == 8)
  }
  func observe(into observation: inout [Float]) { observation[0] = 1 }
}

/// Breaks at its third step.
struct Broken: Environment {
  struct Fault: Error {}
  var elapsed = 0
  var observationSpace: Space { .box(0, 1, shape: [1]) }
  var actionSpace: Space { .discrete(2) }
  var state: [Double] { [Double(elapsed)] }

  mutating func restore(state: [Double]) { elapsed = Int(state[0]) }
  mutating func reset(using random: inout RandomSource) { elapsed = 0 }
  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) throws -> (reward: Double, terminated: Bool) {
    if elapsed == 2 { throw Fault() }
    elapsed += 1
    return (1, false)
  }
  func observe(into observation: inout [Float]) { observation[0] = Float(elapsed) }
}

extension Agent {
  /// Trains to the end.
  @discardableResult
  func train(steps: Int? = nil, updates: Int? = nil) throws -> Trainer {
    var trainer = Trainer(self, steps: steps, updates: updates)
    while true {
      if case .finished = try trainer.advance() { return trainer }
    }
  }
}

/// An agent on CartPole that learns little but quickly.
func smallAgent(_ settings: Settings = [:], seed: Int = 1) throws -> Agent {
  let small: Settings = [
    "layers": [16, 16], "batch_size": 16, "learning_starts": 50, "train_freq": 7,
    "gradient_steps": 3, "total_steps": 2000, "buffer_size": 700, "n_eval_episodes": 3,
  ]
  return try Agent(
    algorithm: "dqn", settings: small.merging(settings) { $1 },
    environment: EnvironmentInstance(named: "CartPole-v1", seed: seed))
}

/// Shows a number; right is to say it. Ends only by its time limit.
struct IdentityBox: Environment {
  var number = 0.0
  var observationSpace: Space { .box(-1, 1, shape: [1]) }
  var actionSpace: Space { .box(-1, 1, shape: [1]) }
  var state: [Double] { [number] }

  mutating func restore(state: [Double]) { number = state[0] }
  mutating func reset(using random: inout RandomSource) { number = random.uniform(in: -1...1) }
  mutating func step(
    _ action: Action, using random: inout RandomSource
  ) -> (reward: Double, terminated: Bool) {
    guard case .continuous(let said) = action else { preconditionFailure("a choice: \(action)") }
    let distance = said[0] - number
    number = random.uniform(in: -1...1)
    return (-distance * distance, false)
  }
  func observe(into observation: inout [Float]) { observation[0] = Float(number) }

  static func instance(seed: Int = 0) -> EnvironmentInstance {
    EnvironmentInstance(IdentityBox(), name: "IdentityBox", timeLimit: 100, seed: seed)
  }
}
