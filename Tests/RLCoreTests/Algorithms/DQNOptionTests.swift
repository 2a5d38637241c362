import Schema
import Testing

@testable import RLCore

/// What goes beyond the plain DQN.
@Suite struct DQNOptionTests {
  private static let options: [Settings] = [
    ["dueling": true], ["prioritized_replay": true], ["n_steps": 3],
    ["double": true, "dueling": true, "prioritized_replay": true, "n_steps": 5],
  ]

  @Test(arguments: options) func `DQN learns the identity with each option`(
    option: Settings
  ) throws {
    let settings: Settings = [
      "learning_rate": 1e-3, "total_steps": 3000, "target_update_interval": 50, "gamma": 0.5,
      "train_freq": 2, "n_eval_episodes": 0,
    ]
    let agent = try Agent(
      algorithm: "dqn", settings: settings.merging(option) { $1 },
      environment: Identity.instance())
    try agent.train()
    #expect(try agent.evaluate(episodes: 1, seed: 5).returns[0] >= 90)
  }

  @Test(arguments: options) func `saved and loaded at any step it goes on to the bit`(
    option: Settings
  ) throws {
    let whole = try smallAgent(option)
    try whole.train(steps: 900)
    var pieces = try smallAgent(option)
    for steps in [1, 52, 347, 500] {
      try pieces.train(steps: steps)
      pieces = try Agent(archive: pieces.archive())
    }
    #expect(pieces.archive() == whole.archive())
    let forked = try smallAgent(option)
    try forked.train(steps: 333)
    let fork = forked.fork()
    try fork.train(steps: 567)
    #expect(fork.archive() == whole.archive())
  }

  /// V(s0) of a reward of 1 for ever is 1 / (1 - gamma), however many steps a target sums, and an
  /// episode's last steps are cut by its time limit.
  @Test(arguments: [1, 3, 8, 20]) func `targets over several steps go on behind a time limit`(
    steps: Int
  ) throws {
    let agent = try Agent(
      algorithm: "dqn",
      settings: [
        "gamma": 0.98, "layers": [16], "learning_rate": 1e-2, "total_steps": 4000,
        "target_update_interval": 4, "train_freq": 4, "gradient_steps": 4, "learning_starts": 10,
        "n_eval_episodes": 0, "buffer_size": 1000, "n_steps": .integer(steps),
      ],
      environment: EnvironmentInstance(Endless(), name: "Endless", timeLimit: 8))
    try agent.train()
    #expect(abs(try agent.predict([1]).values[0] - 50) <= 1)
  }

  @Test func `returns over three steps are those computed by hand`() {
    var returns = MultiStepReturns(steps: 3)
    func step(_ number: Int, _ reward: Double, terminated: Bool = false, truncated: Bool = false)
      -> [MultiStepReturns.Waiting]
    {
      returns.append(
        Transition(
          observation: [Float(number)], action: .discrete(number), reward: reward,
          next: [Float(number + 1)], terminated: terminated, truncated: truncated), gamma: 0.5)
    }
    #expect(step(0, 1).isEmpty)
    #expect(step(1, 2).isEmpty)
    let full = step(2, 4)
    #expect(full.map(\.action) == [0])
    #expect(full[0].reward == 3)
    #expect(full[0].discount == 0.25)
    let last = step(3, 8, truncated: true)
    #expect(last.map(\.action) == [1, 2, 3])
    #expect(last.map(\.reward) == [6, 8, 8])
    #expect(last.map(\.discount) == [0.25, 0.5, 1])
    // Nothing of the last episode is left.
    #expect(step(4, 1).isEmpty)
  }

  @Test func `dueling values are V + A - mean A, and gradients go back as they came`() {
    var outputs: [Float] = [10, 1, 2, 6, -1, 0, 3, 3]
    Dueling.combine(&outputs, rows: 2, actions: 3)
    #expect(Array(outputs[..<6]) == [8, 9, 13, -3, 0, 0])
    var gradient = [Float](repeating: .nan, count: 8)
    Dueling.spread([3, 0, 0, 1, 1, 1], rows: 2, actions: 3, into: &gradient)
    #expect(gradient == [3, 2, -1, -1, 3, 0, 0, 0])
  }

  @Test func `places are drawn in proportion to their priorities`() throws {
    var priorities = Priorities(alpha: 1)
    for place in 0..<3000 { priorities.append(at: place) }
    priorities.update(Array(0..<3000), errors: (0..<3000).map { $0 < 2000 ? 1 : 4 })
    var random = RandomSource(seed: 3)
    var places = Array(repeating: 0, count: 600)
    var weights = Array(repeating: Float(0), count: 600)
    // 2,000 times 1 against 1,000 times 4.
    priorities.draw(count: 3000, beta: 1, places: &places, weights: &weights, using: &random)
    #expect(abs(places.filter { $0 >= 2000 }.count - 400) <= 1)
    for (place, weight) in zip(places, weights) {
      #expect(abs(weight - (place < 2000 ? 1 : 0.25)) < 1e-4)
    }
    #expect(Set(places).count > 500)
    var archive = StateArchive()
    priorities.save(to: &archive, name: "p", count: 3000)
    var restored = Priorities(alpha: 1)
    try restored.restore(from: archive, name: "p", count: 3000)
    var again = places
    var (first, second) = (random, random)
    priorities.draw(count: 3000, beta: 0.5, places: &places, weights: &weights, using: &first)
    restored.draw(count: 3000, beta: 0.5, places: &again, weights: &weights, using: &second)
    #expect(places == again)
  }

  @Test func `images get a convolution unless told otherwise, and others are refused one`() throws {
    func agent(_ settings: Settings, on name: String) throws -> Agent {
      try Agent(
        algorithm: "dqn", settings: settings.merging(["n_eval_episodes": 0]) { a, _ in a },
        environment: EnvironmentInstance(named: name))
    }
    let images = try agent(
      ["layers": [8], "learning_starts": 100], on: "MinAtar/Breakout-v1")
    let dense = try agent(["layers": [8], "network": "mlp"], on: "MinAtar/Breakout-v1")
    guard case .discrete(let actions) = images.environment.actionSpace else {
      Issue.record("no discrete actions")
      return
    }
    // Of the hidden layer and of the last.
    let last = 9 * actions
    let convolution = 37 * 16
    #expect(images.algorithm.weights.count == convolution + 1025 * 8 + last)
    #expect(dense.algorithm.weights.count == 401 * 8 + last)
    #expect(throws: CoreError.self) { try agent(["network": "cnn"], on: "CartPole-v1") }
    try images.train(steps: 600)
    #expect(images.updates > 0)
  }

  @Test func `a list of numbers is a schedule with straight lines between them`() throws {
    let scheduled = Scheduled(
      ["x": [4.0, 2.0, 0.0, 0.0, 8.0], "x_schedule": "constant"], "x")
    let progress = [0, 0.125, 0.25, 0.5, 0.875, 1, 9]
    #expect(progress.map { scheduled.value($0) } == [4, 3, 2, 0, 4, 8, 8])
    // What a linear schedule does, said as a list.
    let words: Settings = ["learning_rate": 1e-2, "learning_rate_schedule": "linear"]
    let list: Settings = ["learning_rate": [1e-2, 0.0]]
    let first = try smallAgent(words)
    let second = try smallAgent(list)
    try first.train(steps: 700)
    try second.train(steps: 700)
    for (a, b) in zip(first.algorithm.weights, second.algorithm.weights) {
      #expect(abs(a - b) < 1e-3)
    }
    let loaded = try Agent(archive: second.archive())
    #expect(loaded.settings["learning_rate"] == [1e-2, 0.0])
  }
}
