import Schema
import Testing

@testable import RLCore

@Suite struct AgentTests {
  @Test func `the same seed gives the same archive and another seed another`() throws {
    func archive(_ seed: Int) throws -> StateArchive {
      let agent = try smallAgent(seed: seed)
      try agent.train(steps: 600)
      return agent.archive()
    }
    #expect(try archive(1) == archive(1))
    #expect(try archive(1) != archive(2))
  }

  @Test func `training in pieces is training at once`() throws {
    let whole = try smallAgent()
    try whole.train(steps: 900)
    let pieces = try smallAgent()
    for steps in [1, 6, 93, 400, 400] { try pieces.train(steps: steps) }
    #expect(pieces.archive() == whole.archive())
    #expect(whole.best != nil)
  }

  @Test func `an interrupted training continues exactly`() throws {
    let whole = try smallAgent()
    try whole.train(steps: 900)
    let stopped = try smallAgent()
    var trainer = Trainer(stopped, steps: 900)
    while stopped.steps < 450 { _ = try trainer.advance() }
    #expect(stopped.trainingGoal == 900)
    #expect(stopped.archive() != whole.archive())
    // Without steps the interrupted call is finished.
    try stopped.train()
    #expect(stopped.archive() == whole.archive())
    // And then it goes on to the total.
    try stopped.train()
    #expect(stopped.steps == 2000)
  }

  @Test func `a training stopped in the middle of a validation makes it anew`() throws {
    let settings: Settings = ["n_eval_episodes": 80]
    let whole = try smallAgent(settings)
    try whole.train(steps: 400)
    let stopped = try smallAgent(settings)
    var trainer = Trainer(stopped, steps: 400)
    while !stopped.isValidationDue {
      guard case .progressed = try trainer.advance() else { break }
    }
    #expect(stopped.isValidationDue && stopped.steps < 400)
    let loaded = try Agent(archive: stopped.archive())
    try loaded.train()
    #expect(loaded.archive() == whole.archive())
  }

  @Test func `saved, loaded and trained on is never stopped`() throws {
    let whole = try smallAgent()
    try whole.train(steps: 1000)
    let first = try smallAgent()
    try first.train(steps: 503)
    let second = try Agent(archive: first.archive())
    #expect(second.archive() == first.archive())
    #expect(second.settings == first.settings)
    #expect(second.episodes == first.episodes)
    try second.train(steps: 497)
    #expect(second.archive() == whole.archive())
  }

  @Test func `an agent saved in the middle of a round of learning makes the rest of it`() throws {
    let whole = try smallAgent()
    try whole.train(steps: 200)
    let first = try smallAgent()
    try first.train(steps: 200, updates: 10)
    #expect(first.updates == 10)
    let second = try Agent(archive: first.archive())
    try second.train(steps: 200 - second.steps)
    #expect(second.archive() == whole.archive())
  }

  @Test func `without the replay buffer an agent plays the same and can learn on`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 500)
    let light = try Agent(archive: agent.archive(includingReplay: false))
    #expect(light.replayCount == 0)
    let observation: [Float] = [0.1, 0.2, 0.03, -0.4]
    #expect(try light.predict(observation) == agent.predict(observation))
    try light.train(steps: 100)
    #expect(light.steps == 600)
  }

  @Test func `damaged archives are refused`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 200)
    let archive = agent.archive()
    for index in archive.tensors.indices where !archive.tensors[index].name.hasPrefix("best") {
      var damaged = archive
      damaged.tensors.remove(at: index)
      if archive.tensors[index].name == "dqn/replay" { continue }
      #expect(throws: CoreError.self) { try Agent(archive: damaged) }
    }
    for key in archive.metadata.keys {
      var damaged = archive
      damaged.metadata[key] = "i12"
      #expect(throws: CoreError.self, "\(key)") { try Agent(archive: damaged) }
    }
  }

  /// Whichever of its environments is between two episodes when it is saved.
  @Test func `statistics that last from one episode to the next are saved`() throws {
    let environment = try EnvironmentInstance(
      named: "CartPole-v1",
      settings: [
        "normalize_observation": true, "normalize_reward": true, "sticky_action_prob": 0.25,
      ], seed: 3)
    let agent = try Agent(
      algorithm: "ppo",
      settings: [
        "layers": [8], "n_envs": 3, "n_steps": 16, "batch_size": 48, "n_eval_episodes": 0,
      ],
      environment: environment)
    try agent.train(steps: 300)
    var over = 0
    for _ in 0..<40 {
      try agent.train(steps: 1)
      over += agent.lanes.count { $0.environment.needsReset }
      let archive = agent.archive()
      let (restored, fork) = (try Agent(archive: archive), agent.fork())
      #expect(restored.archive() == archive)
      try restored.train(steps: 60)
      try fork.train(steps: 60)
      #expect(restored.archive() == fork.archive())
    }
    #expect(over > 0)
    var damaged = agent.archive()
    let index = try #require(damaged.tensors.firstIndex { $0.name == "environment 1/state" })
    damaged.tensors[index] = .init(
      name: "environment 1/state", elementType: .float64, shape: [1],
      bytes: Array(repeating: 0, count: 8))
    #expect(throws: (any Error).self) { try Agent(archive: damaged) }
  }

  @Test func `a list of values is its own schedule`() throws {
    let agent = try Agent(
      algorithm: "ppo", settings: ["learning_rate": [1e-3, 1e-3], "clip_range": 0.4],
      environment: EnvironmentInstance(named: "CartPole-v1"))
    // The preset lets both fall evenly to 0.
    #expect(agent.settings["learning_rate_schedule"] == "linear")
    #expect(Scheduled(agent.settings, "learning_rate").value(0.5) == 1e-3)
    #expect(Scheduled(agent.settings, "clip_range").value(0.5) == 0.2)
    for useless in [[], [0, 0.0]] as [Setting] {
      #expect(throws: CoreError.self) { try agent.set("learning_rate", to: useless) }
    }
  }

  @Test(
    arguments: [
      ["layers": .list(Array(repeating: 4096, count: 20))], ["n_envs": 4096, "n_steps": 1_000_000],
    ] as [Settings])
  func `what no memory holds is refused`(settings: Settings) throws {
    #expect(throws: CoreError.self) {
      try Agent(
        algorithm: "ppo", settings: settings,
        environment: EnvironmentInstance(named: "CartPole-v1"))
    }
  }

  @Test func `a fork lives on alone, and as the original would`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 300)
    let before = agent.archive()
    let fork = agent.fork()
    try fork.train(steps: 300)
    #expect(agent.archive() == before)
    try agent.train(steps: 300)
    #expect(agent.archive() == fork.archive())
  }

  @Test func `looking on changes no bit`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 300)
    let before = agent.archive()
    _ = try agent.predict([0, 0, 0, 0])
    _ = try agent.evaluate(episodes: 3, seed: 1)
    var rollout = try Rollout(agent, seed: 4, epsilon: 0.3)
    while try !rollout.advance() {}
    _ = agent.seed(for: "rollout", 3)
    _ = agent.bestFork()
    #expect(agent.archive() == before)
  }

  @Test func `the best weights are kept beside the current ones`() throws {
    let agent = try smallAgent()
    let trainer = try agent.train()
    let best = try #require(agent.best)
    #expect(trainer.history.validations.count == 20)
    #expect(trainer.history.validations.map(\.value).max() == best.mean)
    try agent.train(steps: 50)
    let fork = try #require(agent.bestFork())
    let forkHasBest = fork.algorithm.weights == best.weights
    let agentHasBest = agent.algorithm.weights == best.weights
    #expect(forkHasBest && !agentHasBest)
    #expect(fork.steps == agent.steps)
  }

  @Test func `living agents take some settings and refuse others`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 100)
    try agent.set("learning_rate", to: 5e-4)
    try agent.set("batch_size", to: 8)
    try agent.set("total_steps", to: 4000)
    #expect(agent.settings["learning_rate"] == 5e-4)
    #expect(agent.totalSteps == 4000)
    try agent.train(steps: 100)
    for (name, value) in [
      ("layers", [8]), ("buffer_size", 5), ("seed", 2), ("learning_rate", -1.0), ("gama", 0.9),
    ] as [(String, Setting)] {
      #expect(throws: CoreError.self, "\(name)") { try agent.set(name, to: value) }
    }
  }

  @Test func `an agent made in the middle of an episode begins one of its own`() throws {
    var instance = try EnvironmentInstance(named: "CartPole-v1", seed: 3)
    let before = try Agent(algorithm: "dqn", environment: instance)
    try instance.reset()
    _ = try instance.step(.discrete(0))
    let during = try Agent(algorithm: "dqn", environment: instance)
    try before.train(steps: 30)
    try during.train(steps: 30)
    #expect(during.archive() == before.archive())
  }

  @Test func `a preset is used for its pair and gives way to what is given`() throws {
    let cartPole = try EnvironmentInstance(named: "CartPole-v1", seed: 4)
    let preset = try #require(Presets.named(algorithm: "dqn", environment: "CartPole-v1"))
    let agent = try Agent(
      algorithm: "dqn", settings: ["gamma": 0.5], environment: cartPole)
    #expect(agent.settings["learning_rate"] == preset.settings["learning_rate"])
    #expect(agent.settings["gamma"] == 0.5)
    #expect(agent.settings["seed"] == 4)
    #expect(agent.presetText.contains("preset"))
    #expect(agent.warnings().isEmpty)
    let other = try Agent(algorithm: "dqn", environment: Identity.instance())
    #expect(other.settings["buffer_size"] == 1_000_000)
    #expect(other.presetText.contains("no preset"))
  }

  @Test(arguments: [(64, 0), (48, 1), (256, 1)])
  func `minibatches that do not fit a rollout are warned of`(batch: Int, count: Int) throws {
    let agent = try Agent(
      algorithm: "ppo",
      settings: ["n_envs": 2, "n_steps": 64, "batch_size": .integer(batch)],
      environment: EnvironmentInstance(named: "CartPole-v1"))
    #expect(agent.warnings().count == count)
    #expect(agent.warnings(steps: 100).count == count + 1)
  }

  @Test func `every preset names what exists and can be used`() throws {
    for preset in Presets.all {
      guard Environments.all.contains(where: { $0.declaration.name == preset.environment }) else {
        // Of Gymnasium: only the settings can be looked at.
        _ = try Algorithms.named(preset.algorithm).declaration.resolve(preset.settings)
        continue
      }
      let agent = try Agent(
        algorithm: preset.algorithm,
        environment: EnvironmentInstance(named: preset.environment))
      #expect(agent.warnings().isEmpty)
    }
  }

  @Test func `a fault of the environment comes through and leaves a whole agent`() throws {
    let agent = try Agent(
      algorithm: "dqn",
      environment: EnvironmentInstance(Broken(), name: "Broken", timeLimit: nil))
    #expect(throws: Broken.Fault.self) { try agent.train(steps: 10) }
    #expect(agent.steps == 2)
    #expect(try agent.predict([0]).values.count == 2)
  }
}
