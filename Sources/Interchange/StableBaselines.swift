import RLCore
import Schema

/// Policies as Stable-Baselines3 saves them: a zip archive with `data` (the model's attributes in
/// JSON, objects in it as pickles in base64), `policy.pth` and the optimizers (files of PyTorch), and
/// the version.
///
/// Exchanged are DQN, PPO, A2C, SAC and TD3 with `MlpPolicy`: weights, target networks, layers,
/// activation, optimizer (Adam or RMSprop), the hyperparameters that both know, and the count of
/// steps. Not exchanged are schedules, of which the first value counts, the optimizers' moments, the
/// replay buffer, random streams and what people said, so that training goes on afresh from the same
/// policy. Written for version 2.
/// Source of the facts: Stable-Baselines3's `common/save_util.py` and `common/base_class.py`.
package enum StableBaselines {
  private static let format = "a file of Stable-Baselines3"

  // MARK: Writing

  /// The bytes of a file that holds `agent`.
  ///
  /// - Throws: `notExportable`.
  package static func encode(_ agent: Agent) throws(InterchangeError) -> [UInt8] {
    func refusal(_ reason: String) -> InterchangeError {
      .notExportable(format: format, reason: reason)
    }
    guard let networks = StableBaselinesNetworks(agent) else {
      throw refusal("it has no \(agent.algorithmName) for \(agent.environment.actionSpace)")
    }
    guard let spaces = spaces(of: agent.environment) else {
      throw refusal("its MlpPolicy takes no observations of several parts")
    }
    let settings = agent.settings
    if settings["normalize"] == true {
      throw refusal("normalize=true keeps statistics that it keeps outside the policy")
    }
    if settings["use_sde"] == true {
      throw refusal(
        "use_sde=true makes noise that depends on the state, which is laid out otherwise")
    }
    let archive = agent.archive(includingReplay: false)
    guard settings["dueling"] != true, let tensors = networks.tensors(from: archive) else {
      throw refusal("its MlpPolicy has dense layers alone")
    }
    var entries = [
      Zip.Entry(name: "data", data: Array(JSON.write(.map(data(of: agent) + spaces)).utf8)),
      Zip.Entry(name: "policy.pth", data: TorchFile.encode(tensors)),
    ]
    for optimizer in networks.optimizers {
      entries.append(.init(name: "\(optimizer.file).pth", data: fresh(optimizer.count, agent)))
    }
    if agent.algorithmName == "sac", let temperature = archive.floats("sac/log_temperature") {
      entries += self.temperature(temperature[0], agent)
    }
    entries.append(.init(name: "_stable_baselines3_version", data: Array("2.0.0".utf8)))
    entries.append(.init(name: "system_info.txt", data: Array("- Written by rlhs\n".utf8)))
    return Zip.encode(entries)
  }

  /// An optimizer that has made no step.
  private static func fresh(_ count: Int, _ agent: Agent) -> [UInt8] {
    let rate = agent.settings["learning_rate"]?.real ?? 0
    let isRMSProp = agent.settings["optimizer"] == "rmsprop"
    let rule: [(String, Pickled)] =
      isRMSProp
      ? [
        ("momentum", .integer(0)), ("alpha", .real(0.99)), ("centered", .boolean(false)),
        ("eps", .real(agent.settings["rms_prop_eps"]?.real ?? 1e-5)),
      ]
      : [
        ("betas", .tuple([.real(0.9), .real(0.999)])), ("amsgrad", .boolean(false)),
        ("eps", .real(agent.algorithmName == "ppo" ? 1e-5 : 1e-8)),
      ]
    let group =
      [("lr", .real(rate)), ("weight_decay", .integer(0))] + rule
      + [("params", .list((0..<count).map(Pickled.integer)))]
    return TorchFile.encode(
      dictionary([("state", .dictionary([])), ("param_groups", .list([dictionary(group)]))]))
  }

  private static func temperature(_ logarithm: Float, _ agent: Agent) -> [Zip.Entry] {
    let isLearned = agent.settings["ent_coef"]?.real == nil
    let tensor: (name: String, tensor: TorchFile.Tensor) =
      isLearned
      ? ("log_ent_coef", .init(shape: [1], values: [logarithm]))
      : (
        "ent_coef_tensor",
        .init(shape: [], values: [Float(agent.settings["ent_coef"]?.real ?? 1)])
      )
    let variables = Zip.Entry(name: "pytorch_variables.pth", data: TorchFile.encode([tensor]))
    return isLearned
      ? [variables, .init(name: "ent_coef_optimizer.pth", data: fresh(1, agent))] : [variables]
  }

  private static func dictionary(_ items: [(String, Pickled)]) -> Pickled {
    .dictionary(items.map { .init(key: .string($0.0), value: $0.1) })
  }

  /// The model's attributes. What is not said has the value that the class gives it.
  private static func data(of agent: Agent) -> [Setting.Entry] {
    let policies = [
      "dqn": ("stable_baselines3.dqn.policies", "DQNPolicy"),
      "sac": ("stable_baselines3.sac.policies", "SACPolicy"),
      "td3": ("stable_baselines3.td3.policies", "TD3Policy"),
    ]
    let policy =
      policies[agent.algorithmName]
      ?? ("stable_baselines3.common.policies", "ActorCriticPolicy")
    let layers = agent.settings["layers"]?.list?.compactMap(\.integer) ?? []
    let activation = agent.settings["activation"] == "tanh" ? "Tanh" : "ReLU"
    var options: [(String, Pickled)] = [
      ("net_arch", .list(layers.map(Pickled.integer))),
      ("activation_fn", .global("torch.nn.modules.activation", activation)),
    ]
    var shown: [Setting.Entry] = [
      .init("net_arch", .list(layers.map(Setting.integer))),
      .init("activation_fn", .string("<class 'torch.nn.modules.activation.\(activation)'>")),
    ]
    if agent.settings["optimizer"] == "rmsprop" {
      options.append(("optimizer_class", .global("torch.optim.rmsprop", "RMSprop")))
      shown.append(.init("optimizer_class", "<class 'torch.optim.rmsprop.RMSprop'>"))
    }
    var entries: [Setting.Entry] = [
      .init("policy_class", pickled(.global(policy.0, policy.1), type: "abc.ABCMeta")),
      .init("policy_kwargs", pickled(dictionary(options), type: "dict", beside: shown)),
      .init("num_timesteps", .integer(agent.steps)),
      .init("_total_timesteps", .integer(agent.totalSteps)),
      .init("_n_updates", .integer(agent.updates)),
      .init("verbose", .integer(0)), .init("seed", .integer(agent.seed)),
      .init("_last_obs", .null), .init("_last_episode_starts", .null), .init("use_sde", false),
      .init("sde_sample_freq", -1), .init("tensorboard_log", .null), .init("action_noise", .null),
      .init("replay_buffer_class", .null), .init("rollout_buffer_class", .null),
      .init("replay_buffer_kwargs", .map([])), .init("rollout_buffer_kwargs", .map([])),
      .init("n_envs", agent.settings["n_envs"] ?? 1),
    ]
    for name in exchanged {
      guard let value = agent.settings[name], !entries.contains(where: { $0.key == name }) else {
        continue
      }
      // Where a word stands for no value here, null does there.
      entries.append(.init(name, value == "none" ? .null : value.list?.first ?? value))
    }
    if agent.algorithmName == "sac" {
      // Its word "auto" is read only where the environment is at hand.
      let given = agent.settings["target_entropy"]?.real
      let target = given ?? -Double(agent.environment.actionSpace.size)
      entries.append(.init("target_entropy", .real(target)))
    }
    return entries
  }

  /// Hyperparameters of the same name and meaning.
  private static let exchanged = [
    "learning_rate", "gamma", "n_steps", "batch_size", "n_epochs", "gae_lambda", "clip_range",
    "clip_range_vf", "normalize_advantage", "ent_coef", "vf_coef", "max_grad_norm", "target_kl",
    "buffer_size", "learning_starts", "tau", "train_freq", "gradient_steps",
    "target_update_interval", "exploration_fraction", "exploration_initial_eps",
    "exploration_final_eps", "policy_delay", "target_policy_noise", "target_noise_clip", "n_envs",
  ]

  private static func pickled(
    _ value: Pickled, type: String, beside: [Setting.Entry] = []
  ) -> Setting {
    .map(
      [
        .init(":type:", .string("<class '\(type)'>")),
        .init(":serialized:", .string(base64(Pickle.encode(value)))),
      ] + beside)
  }

  /// The spaces among the model's attributes; nil where `MlpPolicy` takes no such observations.
  private static func spaces(of environment: EnvironmentInstance) -> [Setting.Entry]? {
    guard let observations = space(environment.observationSpace),
      let actions = space(environment.actionSpace)
    else { return nil }
    return [.init("observation_space", observations), .init("action_space", actions)]
  }

  private static func space(_ space: Space) -> Setting? {
    func make(_ module: String, _ name: String, _ arguments: [Pickled]) -> Setting {
      pickled(
        .call(.global("gymnasium.spaces.\(module)", name), arguments),
        type: "gymnasium.spaces.\(module).\(name)")
    }
    switch space {
    case .discrete(let count): return make("discrete", "Discrete", [.integer(count)])
    case .multiDiscrete(let counts):
      return make("multi_discrete", "MultiDiscrete", [.list(counts.map(Pickled.integer))])
    case .multiBinary(let count): return make("multi_binary", "MultiBinary", [.integer(count)])
    case .box(let box):
      let shape = Pickled.tuple(box.shape.map(Pickled.integer))
      func bounds(_ numbers: [Double]) -> Pickled {
        let flat = Pickled.call(
          .global("numpy", "array"),
          [.list(numbers.map(Pickled.real)), .global("numpy", "float32")])
        return .call(.global("numpy", "reshape"), [flat, shape])
      }
      return make(
        "box", "Box", [bounds(box.low), bounds(box.high), shape, .global("numpy", "float32")])
    case .tuple, .dict: return nil
    }
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let word = (0..<3).reduce(0) { word, place in
        word << 8 | (place < group.count ? Int(group[start + place]) : 0)
      }
      for place in 0..<4 {
        text.append(
          place > group.count ? UInt8(ascii: "=") : letters[word >> (18 - 6 * place) & 63])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The bytes of a text in base64, up to what is no letter of it.
  private static func bytes(base64 text: String) -> [UInt8] {
    let digits = text.utf8.lazy.map { letters.firstIndex(of: $0) }.prefix { $0 != nil }
    var bytes: [UInt8] = []
    var (word, bits) = (0, 0)
    for digit in digits {
      word = word << 6 & 0xffff | digit!
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: word >> bits))
      }
    }
    return bytes
  }

  // MARK: Reading

  /// The agent in the file at `path`, for `environment`; throws what `decode` and reading do.
  package static func read(_ path: String, in environment: EnvironmentInstance) throws -> Agent {
    let file = try InputFile(path)
    return try decode(try file.read(0..<file.size), name: path, in: environment)
  }

  /// The agent in the bytes of a file, for `environment`, whose spaces its networks must fit.
  ///
  /// - Parameter name: what an error calls the bytes.
  /// - Throws: `zip`, `pickle`, `stableBaselines`; of the core `incompatible`.
  package static func decode(
    _ bytes: [UInt8], name: String, in environment: EnvironmentInstance
  ) throws -> Agent {
    func fault(_ reason: String) -> InterchangeError {
      .stableBaselines(name: name, reason: reason)
    }
    let entries = try Zip.decode(bytes, name: name)
    func entry(_ file: String) -> [UInt8]? { entries.first { $0.name == file }?.data }
    guard let text = entry("data"), let weights = entry("policy.pth") else {
      throw fault("it lacks data or policy.pth")
    }
    guard let data = try? JSON.read(text) else { throw fault("its data are no JSON") }
    let tensors = try TorchFile.tensors(weights, name: name)
    guard let (algorithm, prefix) = kind(tensors, data) else {
      throw fault("its networks are not those of DQN, PPO, A2C, SAC or TD3 with MlpPolicy")
    }
    if data["use_sde"] == true { throw fault("it explores by generalised noise (use_sde)") }

    // Its defaults are those of Stable-Baselines3, so that no preset goes before them.
    let declaration = try Algorithms.named(algorithm).declaration
    var settings = try declaration.resolve([:]).merging(hyperparameters(data, of: declaration)) {
      $1
    }
    if declaration.parameter("network") != nil { settings["network"] = "mlp" }
    settings["layers"] = .list(
      (0...).lazy.map { tensors["\(prefix).\(2 * $0).weight"] }.prefix { $0 != nil }
        .map { .integer($0!.shape.first ?? 0) })
    // In these the last of the row is no hidden layer.
    if ["dqn", "td3"].contains(algorithm), case .list(let layers)? = settings["layers"] {
      settings["layers"] = .list(layers.dropLast())
    }
    settings["activation"] = try activation(data, algorithm, fault)

    let agent = try Agent(algorithm: algorithm, settings: settings, environment: environment)
    guard let networks = StableBaselinesNetworks(agent) else {
      throw fault("\(algorithm) does not fit actions \(environment.actionSpace)")
    }
    var archive = agent.archive()
    if let missing = networks.put(tensors, into: &archive) {
      throw fault("it does not fit \(environment.name): a layer should be \(missing)")
    }
    if algorithm == "sac", let variables = entry("pytorch_variables.pth"),
      let value = try TorchFile.tensors(variables, name: name)["log_ent_coef"]
    {
      _ = archive.replace("sac/log_temperature", with: value.values)
    }
    archive.setAge(
      steps: data["num_timesteps"]?.integer ?? 0, updates: data["_n_updates"]?.integer ?? 0,
      algorithm: algorithm)
    return try Agent(archive: archive, environment: environment)
  }

  /// Which algorithm has these networks, and what its first hidden layers are called.
  private static func kind(
    _ tensors: [String: TorchFile.Tensor], _ data: Setting
  ) -> (algorithm: String, prefix: String)? {
    if tensors["q_net.q_net.0.weight"] != nil { return ("dqn", "q_net.q_net") }
    if tensors["actor.latent_pi.0.weight"] != nil { return ("sac", "actor.latent_pi") }
    if tensors["actor.mu.0.weight"] != nil, tensors["critic.qf1.0.weight"] != nil {
      return ("td3", "actor.mu")
    }
    if tensors["action_net.weight"] != nil {
      return (data["clip_range"] == nil ? "a2c" : "ppo", "mlp_extractor.policy_net")
    }
    return nil
  }

  private static func hyperparameters(_ data: Setting, of declaration: Declaration) -> Settings {
    var given: Settings = [:]
    for name in exchanged + ["target_entropy"] { given[name] = data[name].flatMap(value) }
    given["total_steps"] = data["_total_timesteps"]
    let optimizer = data["policy_kwargs"]?["optimizer_class"]?.string ?? ""
    given["optimizer"] = optimizer.contains("RMSprop") ? "rmsprop" : "adam"
    return given.filter { declaration.parameter($0.key)?.domain.contains($0.value) == true }
  }

  /// A number there, also where it is in an object: a schedule that is constant, or a frequency that
  /// counts steps.
  private static func value(_ given: Setting) -> Setting? {
    if let schedule = given["value_schedule"]?.string {
      let start = "ConstantSchedule(val="
      guard schedule.hasPrefix(start) else { return nil }
      return Double(schedule.dropFirst(start.count).dropLast()).map(Setting.real)
    }
    guard let text = given[":serialized:"]?.string else { return given }
    let object = try? Pickle.decode(bytes(base64: text), name: "")
    guard case .call(.global(_, "TrainFreq"), let parts)? = object, parts.count == 2,
      case .integer(let count) = parts[0], case .call(_, [.string("step")]) = parts[1]
    else { return nil }
    return .integer(count)
  }

  private static func activation(
    _ data: Setting, _ algorithm: String, _ fault: (String) -> InterchangeError
  ) throws(InterchangeError) -> Setting {
    guard let given = data["policy_kwargs"]?["activation_fn"]?.string else {
      return ["ppo", "a2c"].contains(algorithm) ? "tanh" : "relu"
    }
    if given.contains(".Tanh'") { return "tanh" }
    if given.contains(".ReLU'") { return "relu" }
    throw fault("its activation \(given) is not known here")
  }
}

extension StateArchive {
  /// Says how many steps and gradient steps the algorithm has been trained, which its counters begin
  /// with.
  fileprivate mutating func setAge(steps: Int, updates: Int, algorithm: String) {
    guard let index = tensors.firstIndex(where: { $0.name == "\(algorithm)/counters" }) else {
      return
    }
    for (place, count) in [steps, updates].enumerated() {
      let bytes = withUnsafeBytes(of: Int64(max(0, count)).littleEndian, Array.init)
      tensors[index].bytes.replaceSubrange((8 * place)..<(8 * place + 8), with: bytes)
    }
  }
}
