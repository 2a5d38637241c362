import RLCore
import Schema

/// What feedback buys, over seeds. Without a name all parts run.
///
/// - Parameter arguments: any of `preferences tamer signs bc demonstrations latency`, a number of
///   seeds, the first of them (`first=100`), and settings of the method (`coach.epochs=50`) or the
///   agent (`gamma=0.9`). What is tuned on some seeds is to be confirmed on others.
func benchmarkFeedback(_ arguments: [String]) {
  let parts: [(name: String, run: (FeedbackTrial) throws -> Void)] = [
    ("preferences", benchmarkPreferences), ("tamer", benchmarkTAMER), ("signs", benchmarkSigns),
    ("bc", benchmarkCloning), ("demonstrations", benchmarkDemonstrations),
    ("latency", benchmarkRefit),
  ]
  let trial = FeedbackTrial(arguments)
  let named = parts.filter { arguments.contains($0.name) }
  for part in named.isEmpty ? parts : named {
    do { try part.run(trial) } catch { print("\(part.name): \(error)") }
  }
}

/// What the command line says of a benchmark: which seeds, and which settings differ.
private struct FeedbackTrial {
  private let count: Int?
  private let first: Int
  private let agent: Settings
  private let method: Settings

  init(_ arguments: [String]) {
    count = arguments.compactMap { Int($0) }.first
    var given = givenSettings(arguments)
    first = given.removeValue(forKey: "first")?.integer ?? 0
    agent = given.filter { !$0.key.hasPrefix("coach.") }
    method = Dictionary(
      uniqueKeysWithValues: given.filter { $0.key.hasPrefix("coach.") }.map {
        (String($0.key.dropFirst(6)), $0.value)
      })
  }

  /// - Parameter usual: how many, where the command line does not say.
  func seeds(_ usual: Int) -> Range<Int> { first..<(first + (count ?? usual)) }

  /// A new agent with the preset, what a benchmark sets and what the command line does.
  func newAgent(
    _ algorithm: String, _ environment: String, seed: Int, _ settings: Settings = [:]
  ) throws -> Agent {
    try Agent(
      algorithm: algorithm, settings: settings.merging(agent) { $1 },
      environment: EnvironmentInstance(named: environment, seed: seed))
  }

  func coach(_ agent: Agent, _ name: String, _ settings: Settings = [:]) throws {
    try agent.coach(method: name, settings: settings.merging(method) { $1 })
  }
}

/// 200 comparisons, 50,000 steps of PPO on Pendulum: the true return of the last weights.
private func benchmarkPreferences(_ trial: FeedbackTrial) throws {
  for kind in ["oracle", "mistake"] {
    print("preferences on Pendulum-v1, 200 comparisons by `\(kind)`, 50k steps of ppo")
    print(cells(["seed", "before", "after", "held out", "fresh", "corr", "CPU s"]))
    var returns: [Double] = []
    var accuracies: [Double] = []
    for seed in trial.seeds(5) {
      let agent = try trial.newAgent(
        "ppo", "Pendulum-v1", seed: seed, ["n_eval_episodes": 0, "total_steps": 50_000])
      try trial.coach(agent, "preferences", ["comparisons": 200])
      let before = try agent.evaluate(episodes: 100, seed: 1000 + seed).mean
      let start = processorSeconds()
      try train(agent, steps: 50_000, teacher: Teachers.named(kind).make([:], seed: seed))
      let seconds = processorSeconds() - start
      let card = try agent.judge()
      returns.append(try agent.evaluate(episodes: 100, seed: 1000 + seed).mean)
      accuracies.append(card.accuracy ?? 0)
      print(
        cells([
          "\(seed)", tenths(before), tenths(returns.last!), thousandths(card.accuracy ?? 0),
          thousandths(try freshAccuracy(agent)), thousandths(card.correlation ?? 0),
          tenths(seconds),
        ]))
    }
    summarize("true return", returns)
    summarize("held-out accuracy", accuracies)
  }
}

/// Trains with a teacher who answers what the method asks by the true reward.
private func train(_ agent: Agent, steps: Int, teacher: any Teacher) throws {
  var teacher = teacher
  var trainer = Trainer(agent, steps: steps, asks: true)
  while true {
    switch try trainer.advance() {
    case .asks(let query):
      let choice = try teacher.compare(query.left.rewards, query.right.rewards)
      try agent.receive(
        .comparison(
          FragmentComparison(
            id: agent.nextFeedbackID, left: query.left, right: query.right, choice: choice)))
    case .finished: return
    default: break
    }
  }
}

/// How often the learned reward orders pieces as the true one does: evenly drawn pairs from a
/// random agent's episodes, none of which anyone was asked about.
private func freshAccuracy(_ agent: Agent) throws -> Double {
  let length = agent.feedback.settings["fragment"]?.integer ?? 25
  var pieces: [Episode] = []
  for seed in 0..<40 {
    var rollout = try Rollout(agent, seed: 50_000 + seed, epsilon: seed % 2 == 0 ? 1 : 0.3)
    while try !rollout.advance() {}
    for first in stride(from: 0, through: rollout.episode.length - length, by: length) {
      pieces.append(rollout.episode.fragment(first..<(first + length)))
    }
  }
  var random = RandomSource(seed: 1)
  let scores = try pieces.map { try agent.learnedReturn(of: $0) }
  var right = 0
  for _ in 0..<2000 {
    let (a, b) = (random.integer(below: pieces.count), random.integer(below: pieces.count))
    if (scores[a] > scores[b]) == (pieces[a].return > pieces[b].return) { right += 1 }
  }
  return Double(right) / 2000
}

/// TAMER alone on MountainCar: nothing but the sign of the optimal policy's advantage on a fifth of
/// the steps.
private func benchmarkTAMER(_ trial: FeedbackTrial) throws {
  print("tamer on MountainCar-v0, signs on 20 % of the steps of 20 episodes")
  print(cells(["seed", "first >= -130", "after 20"]))
  let optimum = MountainCarOptimum()
  var finals: [Double] = []
  var reached = 0
  for seed in trial.seeds(10) {
    let agent = try trial.newAgent("dqn", "MountainCar-v0", seed: seed)
    try trial.coach(agent, "tamer", ["beta": 10.0])
    var random = RandomSource(seed: UInt64(seed)).split("trainer")
    var first: Int?
    for round in 0..<20 {
      var rollout = try Rollout(agent, seed: agent.seed(for: "rollout", round))
      while try !rollout.advance() {}
      let episode = rollout.episode
      for step in 0..<episode.length where random.bernoulli(0.2) {
        let value = optimum.advantageSign(episode.observations[step], episode.actions[step])
        try agent.receive(
          .rating(Rating(id: agent.nextFeedbackID, value: value, step: step, of: episode)))
      }
      _ = try agent.learn()
      if first == nil, try agent.evaluate(episodes: 20, seed: 7000 + seed).mean >= -130 {
        first = round + 1
      }
    }
    finals.append(try agent.evaluate(episodes: 20, seed: 9000 + seed).mean)
    if first != nil { reached += 1 }
    print(cells(["\(seed)", first.map { "\($0)" } ?? "-", tenths(finals.last!)]))
  }
  print("reached within 20 episodes: \(reached) of \(finals.count)")
  summarize("after 20 episodes", finals)
}

/// DQN on CartPole for 5000 steps with + and - at steps of its first 20 episodes, without, and with
/// the signs flipped.
private func benchmarkSigns(_ trial: FeedbackTrial) throws {
  print("dqn on CartPole-v1, 5000 steps, signs on 20 % of the steps of the first 20 episodes")
  var results: [[Double]] = [[], [], []]
  print(cells(["seed", "without", "with", "flipped"]))
  for seed in trial.seeds(20) {
    for (index, sign) in [0.0, 1, -1].enumerated() {
      let agent = try trial.newAgent("dqn", "CartPole-v1", seed: seed, ["n_eval_episodes": 0])
      try trial.coach(agent, "action_biasing", ["fade": 1.0])
      var random = RandomSource(seed: UInt64(seed)).split("trainer")
      var trainer = Trainer(agent, steps: 5000, detail: .episodes)
      loop: while true {
        switch try trainer.advance() {
        case .episodeEnded(let ended):
          guard sign != 0, agent.episodes <= 20, let episode = ended.episode else { continue }
          for step in 0..<episode.length where random.bernoulli(0.2) {
            let right = cartPoleExpert(episode.observations[step]) == episode.actions[step]
            try agent.receive(
              .rating(
                Rating(
                  id: agent.nextFeedbackID, value: right ? sign : -sign, step: step,
                  of: episode)))
          }
          _ = try agent.learn()
        case .finished: break loop
        default: break
        }
      }
      results[index].append(try agent.evaluate(episodes: 20, seed: 3000 + seed).mean)
    }
    print(cells(["\(seed)"] + results.map { tenths($0.last!) }))
  }
  for (name, index) in [("with", 1), ("flipped", 2)] {
    let difference = Comparison(results[index], results[0])
    let interval = difference.differenceInterval()
    summarize(name, results[index])
    print(
      "\(name) - without: [\(tenths(interval.lowerBound)), \(tenths(interval.upperBound))]")
  }
  summarize("without", results[0])
}

/// Twenty episodes of a good agent, cloned.
private func benchmarkCloning(_ trial: FeedbackTrial) throws {
  print("bc on CartPole-v1 from 20 episodes of a trained ppo")
  print(cells(["seed", "expert", "ppo", "dqn"]))
  var clones: [Double] = []
  for seed in trial.seeds(5) {
    let expert = try trial.newAgent("ppo", "CartPole-v1", seed: 100 + seed)
    var trainer = Trainer(expert)
    loop: while true { if case .finished = try trainer.advance() { break loop } }
    let teacher = expert.bestFork() ?? expert
    var row = ["\(seed)", tenths(try teacher.evaluate(episodes: 20, seed: 1).mean)]
    for algorithm in ["ppo", "dqn"] {
      let agent = try trial.newAgent(algorithm, "CartPole-v1", seed: seed)
      try trial.coach(agent, "bc")
      for index in 0..<20 {
        var rollout = try Rollout(teacher, seed: 400 + index)
        while try !rollout.advance() {}
        try agent.receive(.demonstration(Demonstration(id: index, episode: rollout.episode)))
      }
      _ = try agent.learn()
      clones.append(try agent.evaluate(episodes: 100, seed: 5000 + seed).mean)
      row.append(tenths(clones.last!))
    }
    print(cells(row))
  }
  summarize("cloned", clones)
}

/// Five demonstrations on MountainCar beside plain DQN, 30,000 steps.
private func benchmarkDemonstrations(_ trial: FeedbackTrial) throws {
  let methods = [nil, "dqfd", "sqil"]
  print("dqn on MountainCar-v0, 30k steps, 5 demonstrations")
  print(cells(["seed", "plain", "dqfd", "sqil"]))
  var results: [[Double]] = [[], [], []]
  for seed in trial.seeds(5) {
    for (index, method) in methods.enumerated() {
      let agent = try trial.newAgent(
        "dqn", "MountainCar-v0", seed: seed, ["n_eval_episodes": 0, "total_steps": 30_000])
      if let method {
        try trial.coach(agent, method)
        for number in 0..<5 {
          try agent.receive(
            .demonstration(
              Demonstration(id: number, episode: mountainCarDemonstration(seed: 600 + number))))
        }
        _ = try agent.learn()
      }
      var trainer = Trainer(agent, steps: 30_000)
      loop: while true { if case .finished = try trainer.advance() { break loop } }
      results[index].append(try agent.evaluate(episodes: 100, seed: 5000 + seed).mean)
    }
    print(cells(["\(seed)"] + results.map { tenths($0.last!) }))
  }
  for (index, name) in ["plain", "dqfd", "sqil"].enumerated() {
    summarize(name, results[index])
    if index > 0 {
      let interval = Comparison(results[index], results[0]).differenceInterval()
      print("\(name) - plain: [\(tenths(interval.lowerBound)), \(tenths(interval.upperBound))]")
    }
  }
}

/// From an answer to the changed agent on 50 comparisons of 25 steps: an ensemble of 3 networks of
/// [64, 64] and 5 passes as the peer makes, the same with the method's own passes, and the defaults.
private func benchmarkRefit(_ trial: FeedbackTrial) throws {
  let peer: Settings = ["members": 3, "layers": [64, 64]]
  let shapes: [(name: String, settings: Settings)] = [
    ("3 x [64, 64], 5 epochs", peer.merging(["epochs": 5]) { $1 }),
    ("3 x [64, 64]", peer),
    ("the defaults", [:]),
  ]
  for shape in shapes {
    let agent = try trial.newAgent("ppo", "Pendulum-v1", seed: 0)
    try trial.coach(agent, "preferences", shape.settings)
    var pieces: [Episode] = []
    for seed in 0..<13 {
      var rollout = try Rollout(agent, seed: seed, epsilon: 1)
      while try !rollout.advance() {}
      pieces += stride(from: 0, to: 200, by: 25).map {
        rollout.episode.fragment($0..<($0 + 25))
      }
    }
    func give(_ index: Int) throws {
      let (left, right) = (pieces[2 * index], pieces[2 * index + 1])
      try agent.receive(
        .comparison(
          FragmentComparison(
            id: agent.nextFeedbackID, left: left, right: right,
            choice: left.return > right.return ? .left : .right)))
    }
    for index in 0..<49 { try give(index) }
    _ = try agent.learn()
    func milliseconds(_ seconds: () -> Double) throws -> (learning: Double, undoing: Double) {
      var (learning, undoing): ([Double], [Double]) = ([], [])
      for _ in 0..<15 {
        let start = seconds()
        try give(49)
        _ = try agent.learn()
        let learned = seconds()
        _ = try agent.retract(50)
        learning.append(1000 * (learned - start))
        undoing.append(1000 * (seconds() - learned))
      }
      return (median(learning), median(undoing))
    }
    let alone = try milliseconds(processorSeconds)
    agent.threads = 2
    let together = try milliseconds(wallSeconds)
    print(
      "refit, \(shape.name): \(tenths(alone.learning)) ms of CPU, "
        + "\(tenths(together.learning)) ms on two threads; undo \(tenths(alone.undoing)) ms")
  }
}

private func summarize(_ name: String, _ values: [Double]) {
  let interval = bootstrapInterval(values, of: interquartileMean)
  print(
    "\(name): IQM \(thousandths(interquartileMean(values)))"
      + " [\(thousandths(interval.lowerBound)), \(thousandths(interval.upperBound))], from "
      + "\(thousandths(values.min()!)) to \(thousandths(values.max()!)) over \(values.count)")
}

private func thousandths(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
