import Testing

@testable import RLCore

@Suite struct TrainerTests {
  @Test func `looking at steps and episodes changes nothing in what is learned`() throws {
    let plain = try smallAgent()
    try plain.train(steps: 400)
    for detail in [Trainer.Detail.episodes, .steps] {
      let agent = try smallAgent()
      var trainer = Trainer(agent, steps: 400, detail: detail)
      var steps = 0
      var episodes: [FinishedEpisode] = []
      loop: while true {
        switch try trainer.advance() {
        case .stepped(_, let ended):
          steps += 1
          if let ended { episodes.append(ended) }
        case .episodeEnded(let ended): episodes.append(ended)
        case .finished: break loop
        default: break
        }
      }
      #expect(agent.archive() == plain.archive())
      #expect(steps == (detail == .steps ? 400 : 0))
      #expect(episodes.count == agent.episodes)
      #expect(trainer.history.returns.map(\.value) == episodes.map(\.return))
      for ended in episodes {
        let episode = try #require(ended.episode)
        #expect(episode.return == ended.return)
        #expect(episode.length == ended.length)
        #expect(episode.observations.count == episode.length + 1)
        #expect(episode.states.count == episode.length + 1)
        #expect(episode.terminated == ended.terminated)
      }
    }
  }

  @Test func `a number of gradient steps can be the goal`() throws {
    let agent = try smallAgent()
    let trainer = try agent.train(updates: 5)
    #expect(trainer.updates == 5)
    #expect(agent.updates == 5)
    try agent.train(updates: 1)
    #expect(agent.updates == 6)
  }

  @Test func `progress runs from nothing to all`() throws {
    let agent = try smallAgent()
    var trainer = Trainer(agent, steps: 300)
    #expect(trainer.progress == 0)
    while true {
      if case .finished = try trainer.advance() { break }
      #expect(trainer.progress <= 1)
    }
    #expect(trainer.progress == 1)
    #expect(trainer.steps == 300)
    guard case .finished = try trainer.advance() else {
      Issue.record("a finished trainer went on")
      return
    }
  }
}

@Suite struct EvaluationTests {
  @Test func `an evaluation is fixed by its seed`() throws {
    let agent = try smallAgent()
    try agent.train(steps: 300)
    let evaluation = try agent.evaluate(episodes: 6, seed: 3)
    #expect(try agent.evaluate(episodes: 6, seed: 3) == evaluation)
    #expect(try agent.evaluate(episodes: 6, seed: 4) != evaluation)
    // Episodes side by side do not see each other.
    let many = try agent.evaluate(episodes: 150, seed: 3)
    #expect(Array(many.returns.prefix(6)) == evaluation.returns)
    #expect(many.lengths.allSatisfy { $0 > 0 })
    #expect(many.terminated + many.truncated == 150)
    #expect(evaluation.terminated + evaluation.truncated == 6)
    #expect(evaluation.ci.contains(evaluation.mean))
    #expect(evaluation.rewardThreshold == 475)
  }

  @Test func `a greedy walk in circles comes to an end`() throws {
    let agent = try Agent(
      algorithm: "dqn", environment: EnvironmentInstance(named: "CliffWalking-v1"))
    let evaluation = try agent.evaluate(episodes: 1, seed: 0)
    #expect(evaluation.lengths == [EnvironmentInstance.longestWatched])
    var rollout = try Rollout(agent, seed: 0)
    while try !rollout.advance() {}
    #expect(rollout.episode.length == EnvironmentInstance.longestWatched)
    #expect(rollout.episode.truncated && !rollout.episode.terminated)
  }

  @Test func `a rollout begins where its seed says`() throws {
    let agent = try smallAgent()
    var rollout = try Rollout(agent, seed: 77)
    while try !rollout.advance() {}
    let episode = rollout.episode
    #expect(episode.seed == 77)
    #expect(episode.observations.count == episode.actions.count + 1)
    #expect(episode.terminated != episode.truncated)
    var instance = try EnvironmentInstance(named: "CartPole-v1", seed: 77)
    try instance.reset()
    #expect(instance.observation == episode.observations[0])
    for (index, action) in episode.actions.enumerated() {
      #expect(try instance.step(action).observation == episode.observations[index + 1])
    }
  }
}
