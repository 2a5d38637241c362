import Schema
import Testing

@testable import RLCore

@Suite struct DQNTests {
  @Test func `DQN learns the identity`() throws {
    let agent = try Agent(
      algorithm: "dqn",
      settings: [
        "learning_rate": 1e-3, "total_steps": 3000, "target_update_interval": 50, "gamma": 0.5,
        "train_freq": 2, "n_eval_episodes": 0,
      ], environment: Identity.instance())
    try agent.train()
    let evaluation = try agent.evaluate(episodes: 1, seed: 5)
    #expect(evaluation.lengths == [100])
    #expect(evaluation.returns[0] >= 90)
  }

  /// The value of a reward of 1 for ever is 1 / (1 - gamma) = 50: a time limit takes nothing away
  /// from it, an end does.
  @Test func `truncation is not termination`() throws {
    func value(terminates: Bool) throws -> Float {
      let agent = try Agent(
        algorithm: "dqn",
        settings: [
          "gamma": 0.98, "layers": [16], "learning_rate": 1e-2, "total_steps": 4000,
          "target_update_interval": 4, "train_freq": 4, "gradient_steps": 4,
          "learning_starts": 10, "n_eval_episodes": 0, "buffer_size": 1000,
        ],
        environment: EnvironmentInstance(
          Endless(terminates: terminates), name: "Endless", timeLimit: 8))
      try agent.train()
      return try agent.predict([1]).values[0]
    }
    #expect(abs(try value(terminates: false) - 50) <= 1)
    // The eight steps look the same; the smooth-L1 loss then settles at 42.9.
    #expect(abs(try value(terminates: true) - 42.9) <= 2)
  }

  @Test func `epsilon falls linearly over its share of the total steps and stays`() throws {
    let agent = try smallAgent([
      "exploration_fraction": 0.5, "exploration_final_eps": 0.2,
    ])
    #expect(agent.epsilon == 1)
    try agent.train(steps: 500)
    #expect(abs(agent.epsilon! - 0.6) < 1e-12)
    try agent.train(steps: 500)
    #expect(agent.epsilon == 0.2)
    try agent.train(steps: 1500)
    #expect(agent.steps == 2500)
    #expect(agent.epsilon == 0.2)
  }

  @Test func `double DQN values the target network's choice of the online network`() throws {
    let settings: Settings = ["target_update_interval": 100, "learning_rate": 3e-3]
    let plain = try smallAgent(settings)
    let double = try smallAgent(settings.merging(["double": true]) { $1 })
    try plain.train()
    try double.train()
    let isSame = plain.algorithm.weights == double.algorithm.weights
    #expect(!isSame)
  }

  /// Cells are kept as bits, and the buffer goes round, so rows are written anew.
  @Test(
    arguments: [
      [:], ["prioritized_replay": true], ["n_steps": 3], ["dueling": true], ["gradient_steps": 1],
      ["batch_size": 20],
    ] as [Settings], [false, true])
  func `values of the target network that are kept are those that it gives`(
    settings: Settings, hasCells: Bool
  ) throws {
    let space = Space.box(0, 1, shape: [hasCells ? 40 : 4])
    let kind = try Algorithms.named("dqn")
    let given: Settings = [
      "batch_size": 64, "gradient_steps": 8, "train_freq": 8, "layers": [32], "buffer_size": 300,
      "learning_starts": 30, "target_update_interval": 44, "learning_rate": 1e-3,
    ]
    let resolved = try kind.declaration.resolve(given.merging(settings) { $1 })
    func trained(isForgetting: Bool) throws -> DQN {
      var learner = try #require(
        try kind.make(resolved, space, .discrete(3), RandomSource(seed: 1)) as? DQN)
      var (world, replay) = (RandomSource(seed: 2), RandomSource(seed: 3))
      var transition = Transition(for: space)
      func draw() -> Float {
        hasCells ? Float(world.integer(below: 2)) : Float(world.uniform())
      }
      for step in 0..<700 {
        transition.observation = transition.next
        transition.next = transition.next.map { _ in draw() }
        transition.action = .discrete(step % 3)
        transition.reward = Double(draw())
        transition.terminated = step.isMultiple(of: 50)
        learner.record(transition)
        while true {
          if isForgetting {
            let target = learner.target
            learner.target = target
          }
          if try learner.update(using: &replay) == nil { break }
        }
      }
      return learner
    }
    let keeping = try trained(isForgetting: false)
    let forgetting = try trained(isForgetting: true)
    #expect(keeping.updates == forgetting.updates && keeping.updates > 50)
    #expect(keeping.online.weights == forgetting.online.weights)
  }

  @Test func `target values are known until the network changes or the row does`() {
    var values = TargetValues()
    func willKeep(of held: Int) -> Bool { values.willDraw(10, of: held, worth: 2) }
    let (keepsOfMany, keepsOfFew) = (willKeep(of: 1000), willKeep(of: 10))
    #expect(!keepsOfMany && keepsOfFew)
    values.keep(1.5, of: 3)
    values.keep(2.5, of: 9)
    #expect(values[3] == 1.5 && values[9] == 2.5 && values[4] == nil)
    values.forget(3)
    // Nothing is known of a row that there was not yet.
    values.forget(1_000_000)
    #expect(values[3] == nil && values[9] == 2.5)
    values.networkChanged()
    #expect(values[9] == nil)
    // As many as before the change will be drawn again.
    let keepsAgain = willKeep(of: 10)
    #expect(keepsAgain)
  }

  @Test func `as many gradient steps as steps are made where -1 says so`() throws {
    let agent = try smallAgent(["gradient_steps": -1, "train_freq": 10, "learning_starts": 100])
    try agent.train(steps: 200)
    #expect(agent.updates == 100)
  }

  @Test func `settings that cannot work are warned of`() throws {
    let agent = try smallAgent([
      "target_update_interval": 10_000, "learning_starts": 2000, "buffer_size": 8,
    ])
    #expect(agent.warnings().count == 3)
    #expect(agent.warnings(steps: 1_000_000).count == 1)
    #expect(try smallAgent(["target_update_interval": 100]).warnings().isEmpty)
    for (settings, count) in [
      (["layers": []], 1), (["train_freq": 5000], 1),
      (["exploration_final_eps": 1.0], 1),
      (["exploration_initial_eps": 0.1, "exploration_final_eps": 0.2], 1),
    ] as [(Settings, Int)] {
      let settings = settings.merging(["target_update_interval": 100]) { $1 }
      #expect(try smallAgent(settings).warnings().count == count, "\(settings)")
    }
  }

  @Test func `a learning rate that diverges is an error that names the update`() throws {
    let agent = try smallAgent(["learning_rate": 1e38])
    #expect {
      try agent.train()
    } throws: { error in
      guard case .notFinite(_, let update)? = error as? CoreError else { return false }
      return update == agent.updates + 1
    }
  }

  @Test func `continuous actions are refused`() {
    let box = Space.box(-1, 1, shape: [1])
    #expect(throws: CoreError.self) {
      try Algorithms.named("dqn").make(
        try Algorithms.named("dqn").declaration.resolve([:]), box, box, RandomSource(seed: 0))
    }
  }
}

@Suite struct ReplayBufferTests {
  private func archive(_ replay: ReplayBuffer) -> StateArchive {
    var archive = StateArchive()
    replay.save(to: &archive, name: "test")
    return archive
  }

  @Test func `the oldest transition leaves when the buffer is full`() {
    var replay = ReplayBuffer(capacity: 3, observationSize: 1)
    for i in 0..<5 {
      replay.append(
        observation: [Float(i)], action: i, reward: Float(10 * i), next: [Float(i + 1)],
        terminated: i == 4)
    }
    #expect(replay.count == 3)
    var batch = ReplayBuffer.Batch(count: 300, observationSize: 1)
    var random = RandomSource(seed: 1)
    replay.sample(into: &batch, using: &random)
    for slot in 0..<300 {
      let i = batch.actions[slot]
      #expect((2...4).contains(i))
      #expect(batch.observations[slot] == Float(i))
      #expect(batch.nexts[slot] == Float(i + 1))
      #expect(batch.rewards[slot] == Float(10 * i))
      #expect(batch.continues[slot] == (i == 4 ? 0 : 1))
    }
    #expect(Set(batch.actions) == [2, 3, 4])
  }

  @Test func `a fork of a buffer is independent across chunks`() throws {
    var replay = ReplayBuffer(capacity: 10_000, observationSize: 2)
    for i in 0..<5000 {
      replay.append(
        observation: [Float(i), 0], action: 0, reward: 0, next: [0, 0], terminated: false)
    }
    let fork = replay
    for i in 0..<6000 {
      replay.append(
        observation: [Float(-i), 1], action: 1, reward: 1, next: [1, 1], terminated: true)
    }
    #expect(fork.count == 5000)
    let forkRows = try archive(fork).floats("test/replay")
    #expect(forkRows.count == 5000 * 5)
    #expect(forkRows[4999 * 5] == 4999)
    #expect(replay.count == 10_000)
    let space = Space.box(-1, 1, shape: [2])
    let saved = archive(replay)
    var restored = ReplayBuffer(capacity: 10_000, observationSize: 2)
    try restored.restore(
      from: saved, name: "test", cursor: replay.cursor, space: space, actions: 2)
    #expect(archive(restored) == saved)
    for (cursor, actions) in [(10_000, 2), (replay.cursor, 1)] {
      #expect(throws: CoreError.self) {
        try restored.restore(
          from: saved, name: "test", cursor: cursor, space: space, actions: actions)
      }
    }
    var broken = StateArchive()
    broken.add("test/replay", [Float](repeating: 0, count: 3))
    #expect(throws: CoreError.self) {
      try restored.restore(from: broken, name: "test", cursor: 0, space: space, actions: 2)
    }
  }

  /// Also where that is a zero of the other sign, or nothing that equals itself.
  @Test(arguments: [7, 10]) func `an archive holds what was seen once`(rows: Int) throws {
    let space = Space.box(-.infinity, .infinity, shape: [2])
    var replay = ReplayBuffer(capacity: 8, observationSize: 2)
    var (now, ends): ([Float], Int) = ([1, -0.0], 1)
    for row in 0..<rows {
      let next: [Float] = row == 3 ? [.nan, 0] : [Float(row), row.isMultiple(of: 2) ? 0 : -0.0]
      replay.append(
        observation: now, action: row % 2, reward: 0, next: next, terminated: row == 2)
      // An episode's end, and a sign that is lost, among the last eight rows.
      now = row == 4 ? [9, 9] : row == 6 ? [6, -0.0] : next
      if row == 4 || row == 6 && row < rows - 1 { ends += 1 }
    }
    let saved = archive(replay)
    #expect(try saved.floats("test/replay").count == replay.count * 5)
    #expect(try saved.floats("test/replay_nexts").count == ends * 2)
    var restored = ReplayBuffer(capacity: 8, observationSize: 2)
    try restored.restore(
      from: saved, name: "test", cursor: replay.cursor, space: space, actions: 2)
    #expect(archive(restored) == saved)
    for place in 0..<replay.count {
      var (first, second): ([Float], [Float]) = ([0, 0], [0, 0])
      replay.copyNext(of: place, into: &first, at: 0)
      restored.copyNext(of: place, into: &second, at: 0)
      #expect(first.map(\.bitPattern) == second.map(\.bitPattern))
    }
    for name in ["test/replay_ends", "test/replay_nexts"] {
      var damaged = saved
      let index = try #require(damaged.tensors.firstIndex { $0.name == name })
      let old = damaged.tensors[index]
      damaged.tensors[index] = .init(
        name: name, elementType: old.elementType, shape: [0], bytes: [])
      #expect(throws: CoreError.self) {
        try restored.restore(
          from: damaged, name: "test", cursor: replay.cursor, space: space, actions: 2)
      }
    }
  }

  @Test(arguments: [false, true])
  func `cells are kept as bits and come back, also where other numbers join them`(
    hasOthers: Bool
  ) throws {
    // 100 numbers fill no whole byte, 2,500 rows no whole chunk.
    var replay = ReplayBuffer(capacity: 2500, observationSize: 100)
    var random = RandomSource(seed: 3)
    var rows: [[Float]] = []
    for row in 0..<3000 {
      var cells = (0..<200).map { _ in Float(random.integer(below: 2)) }
      if hasOthers && row == 2700 { cells[130] = 0.5 }
      replay.append(
        observation: Array(cells[..<100]), action: row % 3, reward: Float(row),
        next: Array(cells[100...]), terminated: row.isMultiple(of: 7))
      rows.append(cells)
    }
    let saved = archive(replay)
    #expect(saved.contains("test/replay_bits") != hasOthers)
    var restored = ReplayBuffer(capacity: 2500, observationSize: 100)
    try restored.restore(
      from: saved, name: "test", cursor: replay.cursor, space: .box(0, 1, shape: [100]),
      actions: 3)
    #expect(archive(restored) == saved)

    for var replay in [replay, restored] {
      replay.relabel { observations, _, count in
        #expect(observations.count == 100 * count)
        return (0..<count).map { Double(observations[100 * $0..<100 * $0 + 100].reduce(0, +)) }
      }
      var batch = ReplayBuffer.Batch(count: 200, observationSize: 100)
      replay.sample(into: &batch, using: &random)
      for slot in 0..<200 {
        let now = Array(batch.observations[100 * slot..<100 * slot + 100])
        let next = Array(batch.nexts[100 * slot..<100 * slot + 100])
        let row = try #require(rows.lastIndex(of: now + next))
        #expect(row >= 500)
        #expect(batch.actions[slot] == row % 3)
        #expect(batch.rewards[slot] == now.reduce(0, +))
        #expect(batch.continues[slot] == (row.isMultiple(of: 7) ? 0 : 1))
      }
    }
  }
}
