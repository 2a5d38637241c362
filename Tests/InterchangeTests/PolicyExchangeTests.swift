import Foundation
import RLCore
import Schema
import Testing

@testable import Interchange

/// Agents given to Stable-Baselines3 and onnxruntime, which must act the same.
struct PolicyExchangeTests {
  private static let hasStableBaselines = Python.has("stable_baselines3")
  private static let hasRuntime = Python.has("onnxruntime, onnx")

  /// An agent of each kind, a little trained so that no weight is what it began with.
  static let cases: [(algorithm: String, environment: String, settings: Settings)] = [
    ("dqn", "CartPole-v1", ["layers": [16, 8], "learning_starts": 50]),
    ("dqn", "FrozenLake-v1", ["layers": [16], "learning_starts": 50]),
    ("ppo", "CartPole-v1", ["layers": [16, 8], "n_envs": 2, "n_steps": 32, "batch_size": 16]),
    (
      "ppo", "Pendulum-v1",
      ["layers": [8], "activation": "relu", "n_envs": 1, "n_steps": 64, "use_sde": false]
    ),
    ("a2c", "Acrobot-v1", ["layers": [8, 8], "normalize": false]),
    (
      "a2c", "MountainCarContinuous-v0", ["layers": [8, 8], "optimizer": "adam", "use_sde": false]
    ),
    ("sac", "Pendulum-v1", ["layers": [16, 8], "learning_starts": 50, "batch_size": 16]),
    ("sac", "Pendulum-v1", ["layers": [8], "ent_coef": 0.2, "learning_starts": 50]),
    ("td3", "Pendulum-v1", ["layers": [16, 8], "learning_starts": 50, "batch_size": 16]),
  ]

  static func trained(_ index: Int, _ more: Settings = [:]) throws -> Agent {
    let (algorithm, environment, settings) = cases[index]
    let agent = try Agent(
      algorithm: algorithm, settings: settings.merging(more) { $1 },
      environment: try EnvironmentInstance(named: environment, seed: 3))
    var trainer = Trainer(agent, steps: 150)
    while true { if case .finished = try trainer.advance() { return agent } }
  }

  /// Some observations, the same at each call.
  static func observations(_ agent: Agent) throws -> [[Float]] {
    var instance = agent.environment
    var actions = RandomSource(seed: 5)
    return try (0..<200).map { _ in
      if instance.needsReset { try instance.reset() }
      return try instance.step(instance.actionSpace.sample(using: &actions)).observation
    }
  }

  private static func rows(_ numbers: [[some Any]]) -> String {
    numbers.map { $0.map { "\($0)" }.joined(separator: " ") }.joined(separator: "\n") + "\n"
  }

  /// Numbers by line and word.
  private static func numbers(_ text: String) -> [[Double]] {
    text.split(separator: "\n").map { $0.split(separator: " ").compactMap { Double($0) } }
  }

  private static func near(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($0)) }
  }

  @Test(
    "Stable-Baselines3 opens what is saved here, acts the same, trains on, and its own file comes back",
    .enabled(if: hasStableBaselines, "python3 has no package stable_baselines3"),
    arguments: cases.indices)
  func stableBaselines(_ index: Int) throws {
    let agent = try Self.trained(index)
    let observations = try Self.observations(agent)
    try withTemporaryFolder { folder in
      try Data(StableBaselines.encode(agent)).write(to: URL(filePath: folder + "/ours.zip"))
      try Self.rows(observations).write(
        toFile: folder + "/observations", atomically: true, encoding: .utf8)
      let output = try Python.run(
        """
        import sys
        import gymnasium, numpy as np, stable_baselines3 as sb3
        folder, algorithm, environment = sys.argv[1:]
        cls = getattr(sb3, algorithm.upper())
        model = cls.load(folder + "/ours.zip", device="cpu")
        seen = np.loadtxt(folder + "/observations", dtype=np.float32, ndmin=2)
        if seen.shape[1] == 1:
          seen = seen[:, 0].astype(int)
        actions, _ = model.predict(seen, deterministic=True)
        for action in np.asarray(actions).reshape(len(seen), -1):
          print(*action)
        model = cls.load(folder + "/ours.zip", env=gymnasium.make(environment), device="cpu")
        model.learn(130, reset_num_timesteps=False)
        model.save(folder + "/theirs.zip")
        actions, _ = model.predict(seen, deterministic=True)
        for action in np.asarray(actions).reshape(len(seen), -1):
          print(*action)
        print(model.num_timesteps)
        """, folder, agent.algorithmName, agent.environment.name)
      let theirs = Self.numbers(output)
      try #require(theirs.count == 2 * observations.count + 1)
      for (row, observation) in observations.enumerated() {
        let action = try agent.predict(observation).action.values
        #expect(Self.near(action, theirs[row]), "\(observation): \(action), theirs \(theirs[row])")
      }

      let back = try StableBaselines.decode(
        [UInt8](Data(contentsOf: URL(filePath: folder + "/theirs.zip"))), name: "theirs.zip",
        in: agent.environment)
      #expect(back.algorithmName == agent.algorithmName)
      #expect(Double(back.steps) == theirs[theirs.count - 1][0])
      #expect(back.settings["layers"] == agent.settings["layers"])
      #expect(back.settings["activation"] == agent.settings["activation"])
      #expect(back.settings["learning_rate"]?.real == agent.settings["learning_rate"]?.real)
      for (row, observation) in observations.enumerated() {
        let action = try back.predict(observation).action.values
        #expect(Self.near(action, theirs[observations.count + row]))
      }
    }
  }

  @Test(
    "What Stable-Baselines3 made by itself acts the same here and keeps its hyperparameters",
    .enabled(if: hasStableBaselines, "python3 has no package stable_baselines3"),
    arguments: [
      ("DQN", "CartPole-v1", "train_freq=7, policy_kwargs=dict(net_arch=[12])", 7.0),
      ("PPO", "CartPole-v1", "n_steps=64, clip_range=0.3", 0.3),
      ("A2C", "Pendulum-v1", "", nil),
      ("SAC", "Pendulum-v1", "", nil),
      ("TD3", "Pendulum-v1", "", nil),
    ] as [(String, String, String, Double?)])
  func theirs(_ algorithm: String, _ name: String, _ options: String, _ value: Double?) throws {
    let environment = try EnvironmentInstance(named: name, seed: 1)
    try withTemporaryFolder { folder in
      let output = try Python.run(
        """
        import sys
        import gymnasium, numpy as np, stable_baselines3 as sb3
        folder, environment = sys.argv[1:]
        model = sb3.\(algorithm)("MlpPolicy", environment, device="cpu", seed=1, \(options))
        model.learn(150)
        model.save(folder + "/theirs.zip")
        space = model.observation_space
        seen = np.random.default_rng(2).uniform(-1, 1, (200, *space.shape)).astype(np.float32)
        actions, _ = model.predict(seen, deterministic=True)
        for row in range(len(seen)):
          print(*seen[row], *np.atleast_1d(actions[row]))
        """, folder, name)
      let agent = try StableBaselines.read(folder + "/theirs.zip", in: environment)
      let width = environment.observationSpace.size
      let rows = Self.numbers(output)
      try #require(rows.count == 200)
      for row in rows {
        let observation = row.prefix(width).map { Float($0) }
        let action = try agent.predict(observation).action.values
        #expect(Self.near(action, Array(row.dropFirst(width))))
      }
      #expect(agent.settings["optimizer"] == (algorithm == "A2C" ? "rmsprop" : "adam"))
      #expect(agent.settings["use_sde"] != true)
      guard let value else { return }
      let key = algorithm == "DQN" ? "train_freq" : "clip_range"
      #expect(agent.settings[key]?.real == value)
    }
  }

  @Test(
    "What is saved for Stable-Baselines3 comes back the same without it", arguments: cases.indices)
  func roundTrip(_ index: Int) throws {
    let agent = try Self.trained(index)
    let back = try StableBaselines.decode(
      StableBaselines.encode(agent), name: "policy.zip", in: agent.environment)
    #expect(back.steps == agent.steps)
    for observation in try Self.observations(agent) {
      #expect(try back.predict(observation).action == agent.predict(observation).action)
      #expect(try back.predict(observation).values == agent.predict(observation).values)
    }
    var trainer = Trainer(back, steps: 100)
    while true { if case .finished = try trainer.advance() { break } }
  }

  @Test(
    "onnxruntime computes what the agent computes",
    .enabled(if: hasRuntime, "python3 has no packages onnx and onnxruntime"),
    arguments: Array(cases.indices) + [100, 101, 102, 103])
  func onnx(_ index: Int) throws {
    let agent =
      switch index {
      case 100: try Self.trained(0, ["dueling": true])
      case 101: try Self.trained(2, ["normalize": true])
      case 102: try Self.trained(3, ["use_sde": true])
      case 103: try Self.trained(6, ["use_sde": true])
      default: try Self.trained(index)
      }
    let observations = try Self.observations(agent)
    let features = observations.map { observation in
      guard case .discrete(let count) = agent.environment.observationSpace else {
        return observation
      }
      return (0..<count).map { Float($0) == observation[0] ? 1 : 0 }
    }
    try withTemporaryFolder { folder in
      try Data(ONNX.encode(agent)).write(to: URL(filePath: folder + "/policy.onnx"))
      try Self.rows(features).write(
        toFile: folder + "/observations", atomically: true, encoding: .utf8)
      let output = try Python.run(
        """
        import sys
        import numpy as np, onnx, onnxruntime
        onnx.checker.check_model(onnx.load(sys.argv[1] + "/policy.onnx"), full_check=True)
        session = onnxruntime.InferenceSession(sys.argv[1] + "/policy.onnx")
        seen = np.loadtxt(sys.argv[1] + "/observations", dtype=np.float32, ndmin=2)
        outputs = session.run(None, {"observation": seen})
        for row in range(len(seen)):
          print(*np.atleast_1d(outputs[-1][row]), *(outputs[0][row] if len(outputs) > 1 else []))
        """, folder)
      let theirs = Self.numbers(output)
      for (row, observation) in observations.enumerated() {
        let prediction = try agent.predict(observation)
        let action = prediction.action.values
        #expect(Self.near(action, Array(theirs[row].prefix(action.count))))
        if agent.algorithmName == "dqn" {
          #expect(
            Self.near(
              prediction.values.map(Double.init), Array(theirs[row].dropFirst(action.count))))
        }
      }
    }
  }

  @Test("What a format cannot hold is refused with the reason")
  func refusals() throws {
    #expect(throws: InterchangeError.self) {
      try StableBaselines.encode(try Self.trained(2, ["normalize": true]))
    }
    #expect(throws: InterchangeError.self) {
      try StableBaselines.encode(try Self.trained(0, ["dueling": true]))
    }
    #expect(throws: InterchangeError.self) {
      try StableBaselines.encode(try Self.trained(3, ["use_sde": true]))
    }
    let table = try Agent(
      algorithm: "q_learning", environment: try EnvironmentInstance(named: "Taxi-v3"))
    #expect(throws: InterchangeError.self) { try StableBaselines.encode(table) }
    #expect(throws: InterchangeError.self) { try ONNX.encode(table) }
    let bytes = try StableBaselines.encode(try Self.trained(0))
    #expect(throws: InterchangeError.self) {
      try StableBaselines.decode(
        bytes, name: "a", in: try EnvironmentInstance(named: "Acrobot-v1"))
    }
  }

  @Test("Files cut short or changed anywhere give an error and nothing worse")
  func damage() throws {
    let agent = try Self.trained(1)
    let bytes = try StableBaselines.encode(agent)
    var random = RandomSource(seed: 1)
    for _ in 0..<300 {
      var damaged = bytes
      if random.bernoulli(0.3) {
        damaged.removeLast(random.integer(below: bytes.count))
      } else {
        damaged[random.integer(below: bytes.count)] = UInt8(random.integer(below: 256))
      }
      _ = try? StableBaselines.decode(damaged, name: "damaged.zip", in: agent.environment)
    }
    let pickle = Pickle.encode(
      .dictionary([.init(key: .string("a"), value: .tuple([.integer(-7), .real(0.5), .none]))]))
    for place in pickle.indices {
      for byte: UInt8 in [0, 1, 0x28, 0x51, 0x52, 0x65, 0x74, 0x75, 0x8a, 0xff] {
        var damaged = pickle
        damaged[place] = byte
        _ = try? Pickle.decode(damaged, name: "damaged")
      }
    }
  }

  @Test("Python's own zip module reads the archives", .enabled(if: Python.has("zipfile")))
  func archives() throws {
    let entries = [
      Zip.Entry(name: "a", data: [1, 2, 3]),
      Zip.Entry(name: "folder/b", data: Array(repeating: 7, count: 1000)),
    ]
    #expect(try Zip.decode(Zip.encode(entries), name: "a.zip") == entries)
    try withTemporaryFolder { folder in
      try Data(Zip.encode(entries)).write(to: URL(filePath: folder + "/a.zip"))
      let output = try Python.run(
        """
        import sys, zipfile
        archive = zipfile.ZipFile(sys.argv[1] + "/a.zip")
        print(archive.testzip(), archive.namelist(), sum(archive.read("folder/b")))
        """, folder)
      #expect(output == "None ['a', 'folder/b'] 7000\n")
    }
  }
}
