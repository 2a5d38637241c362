import Schema
import Testing

@testable import RLCore

/// Laws that hold for every algorithm in the list, on the first environment that it works in.
@Suite struct AlgorithmLawTests {
  private static let names = Algorithms.all.map(\.declaration.name)

  private func agent(_ name: String, seed: Int = 1) throws -> Agent {
    let small: Settings = [
      "total_steps": 600, "n_eval_episodes": 2, "layers": [12, 12], "batch_size": 16,
      "learning_starts": 40, "buffer_size": 300, "n_steps": 16, "n_envs": 3, "n_epochs": 2,
      "normalize": true, "n_episodes": 2, "train_freq": 7, "gradient_steps": 3, "policy_delay": 2,
    ]
    let declaration = try Algorithms.named(name).declaration
    let settings = small.filter { declaration.parameter($0.key) != nil }
    func make(_ environment: String) throws -> Agent {
      let instance = try EnvironmentInstance(
        named: environment, settings: ["max_episode_steps": 45], seed: seed)
      return try Agent(algorithm: name, settings: settings, environment: instance)
    }
    if let agent = try? make("CartPole-v1") { return agent }
    if let agent = try? make("CliffWalking-v1") { return agent }
    return try make("Pendulum-v1")
  }

  @Test(arguments: names) func `the same seed gives the same bits and another others`(
    name: String
  ) throws {
    func archive(_ seed: Int) throws -> StateArchive {
      let agent = try agent(name, seed: seed)
      try agent.train(steps: 300)
      return agent.archive()
    }
    #expect(try archive(1) == archive(1))
    #expect(try archive(1) != archive(2))
  }

  @Test(arguments: names) func `pieces are the whole, whether forked, saved or neither`(
    name: String
  ) throws {
    let whole = try agent(name)
    try whole.train(steps: 400)
    #expect(whole.updates > 0)

    let pieces = try agent(name)
    for steps in [1, 6, 93, 150, 150] { try pieces.train(steps: steps) }
    #expect(pieces.archive() == whole.archive())

    var forked = try agent(name)
    var saved = try agent(name)
    for steps in [5, 107, 61, 227] {
      try forked.train(steps: steps)
      forked = forked.fork()
      try saved.train(steps: steps)
      let archive = saved.archive()
      saved = try Agent(archive: archive)
      #expect(saved.archive() == archive)
    }
    #expect(forked.archive() == whole.archive())
    #expect(saved.archive() == whole.archive())
  }

  @Test(arguments: names) func `saved between two gradient steps it makes the rest`(
    name: String
  ) throws {
    let whole = try agent(name)
    try whole.train(steps: 300)
    let first = try agent(name)
    try first.train(steps: 300, updates: 3)
    #expect(first.updates == 3)
    let second = try Agent(archive: first.archive())
    try second.train(steps: 300 - second.steps)
    #expect(second.archive() == whole.archive())
  }

  @Test(arguments: names) func `looking on changes no bit`(name: String) throws {
    let agent = try agent(name)
    try agent.train(steps: 200)
    let before = agent.archive()
    let prediction = try agent.predict(agent.environment.observation)
    #expect(agent.environment.actionSpace.contains(prediction.action))
    #expect(prediction.values.allSatisfy { $0.isFinite })
    #expect(
      prediction.probabilities.isEmpty || abs(prediction.probabilities.reduce(0, +) - 1) < 1e-5)
    _ = try agent.evaluate(episodes: 3, seed: 1)
    var rollout = try Rollout(agent, seed: 4, epsilon: 0.3)
    while try !rollout.advance() {}
    #expect(agent.archive() == before)
  }

  @Test(arguments: names) func `a rollout follows predict and an evaluation the rollout`(
    name: String
  ) throws {
    let agent = try agent(name)
    try agent.train(steps: 200)
    var rollout = try Rollout(agent, seed: 9)
    while try !rollout.advance() {}
    for (observation, action) in zip(rollout.episode.observations, rollout.episode.actions) {
      #expect(try agent.predict(observation).action == action)
    }
    // Actions found side by side are those found alone.
    let many = try agent.evaluate(episodes: 20, seed: 3)
    #expect(try agent.evaluate(episodes: 3, seed: 3).returns == Array(many.returns.prefix(3)))
  }

  @Test(arguments: names) func `the best weights play as they did`(name: String) throws {
    let agent = try agent(name)
    try agent.train()
    let best = try #require(agent.best)
    let fork = try #require(agent.bestFork())
    let weights = fork.algorithm.weights
    #expect(weights == best.weights)
  }

  @Test(arguments: names) func `an archive without one of its parts is refused`(
    name: String
  ) throws {
    let agent = try agent(name)
    try agent.train(steps: 100)
    let archive = agent.archive()
    for index in archive.tensors.indices {
      let part = archive.tensors[index].name
      if part.hasPrefix("best") || part.hasSuffix("/replay") { continue }
      var damaged = archive
      damaged.tensors.remove(at: index)
      #expect(throws: CoreError.self, "\(part)") { try Agent(archive: damaged) }
    }
  }

  @Test(arguments: names) func `what it cannot act in is refused in words`(name: String) throws {
    let kind = try Algorithms.named(name)
    let settings = try kind.declaration.resolve([:])
    let box = Space.box(-1, 1, shape: [2])
    let works = [Space.discrete(3), box].filter { actions in
      (try? kind.make(settings, box, actions, RandomSource(seed: 0))) != nil
    }
    let worksInTables = [Space.discrete(3), box].filter { actions in
      (try? kind.make(settings, .discrete(4), actions, RandomSource(seed: 0))) != nil
    }
    #expect(!(works + worksInTables).isEmpty)
    #expect(throws: CoreError.self) {
      try kind.make(settings, .discrete(4), .multiBinary(2), RandomSource(seed: 0))
    }
  }
}
