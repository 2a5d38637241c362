import Language
import RLCore
import Schema

/// Who acts in an environment: a person with keys, a function of the observation, or an agent.
enum Actor {
  case person(KeyReader, Player, ActionKeys, framesPerSecond: Double?)
  case function(Value, Language.Evaluator)
  case agent(AgentHandle)

  /// `from=` as given, or the person.
  ///
  /// - Throws: where a person would act and there is no terminal, or no keys for such actions.
  init(
    _ call: CommandCall, in instance: EnvironmentInstance, _ session: Session,
    framesPerSecond: Double? = nil
  ) throws(RunError) {
    if let agent = call["from"]?.handle as? AgentHandle {
      self = .agent(agent)
    } else if let given = call["from"], !given.isNull {
      self = .function(given, call.evaluator)
    } else {
      let appearance = session.output.appearance
      guard session.canAsk, appearance.isLive else {
        throw RunError(
          .command, "`\(call.declaration.name)` lets a person act, and there is no terminal here",
          hint: "let a function or an agent act: `from=`")
      }
      let keys = ActionKeys(instance)
      guard !keys.isEmpty else {
        throw RunError(
          .command, "no keys stand for actions that are \(instance.actionSpace)",
          hint: "let a function or an agent act: `from=`")
      }
      guard let reader = KeyReader.open() else { throw RunError.interrupted }
      session.output.flush()
      self = .person(
        reader, Player(appearance: appearance) { reader.next(milliseconds: $0) }, keys,
        framesPerSecond: framesPerSecond)
    }
  }

  /// Who it is, for the record.
  var source: String {
    switch self {
    case .person: "human"
    case .function: "function"
    case .agent(let agent): agent.name
    }
  }

  /// Gives the terminal back.
  func finish() {
    if case .person(let reader, _, _, _) = self { reader.close() }
  }

  /// Acts from where `instance` stands to the end of the episode.
  ///
  /// - Parameters:
  ///   - episode: the steps so far.
  ///   - step: makes one.
  /// - Returns: whether it came to an end; false where the person left before.
  func act(
    in instance: () -> EnvironmentInstance, _ episode: () -> Episode,
    step: @escaping (Action) throws -> Void
  ) throws -> Bool {
    switch self {
    case .person(_, let player, let keys, let framesPerSecond):
      return try actByKeys(
        player, keys, framesPerSecond: framesPerSecond, instance, episode, step)
    case .function(let function, let evaluator):
      while !Self.isOver(instance()) {
        let now = instance()
        let value = try evaluator.call(
          function, [CoreValues.observation(now.observation, in: now.observationSpace)])
        if value.isNull { return false }
        try step(
          CoreValues.action(
            from: value, in: now.actionSpace, names: now.environment.actionNames))
      }
    case .agent(let agent):
      while !Self.isOver(instance()) {
        try step(agent.core.predict(instance().observation).action)
        if InterruptFlag.shared.isSet { throw RunError.interrupted }
      }
    }
    return true
  }

  /// An episode of its own, from the start that `seed` gives.
  ///
  /// - Returns: the episode, and whether it came to an end.
  func episode(
    in environment: EnvironmentInstance, seed: Int
  ) throws -> (episode: Episode, isWhole: Bool) {
    var instance = environment
    instance.reseed(seed)
    try instance.reset()
    var episode = Episode(startingIn: instance)
    let isWhole = try act(in: { instance }, { episode }) { action in
      let step = try instance.step(action)
      episode.append(
        action, reward: step.reward, terminated: step.terminated, truncated: step.truncated,
        in: instance)
    }
    return (episode, isWhole)
  }

  private static func isOver(_ instance: EnvironmentInstance) -> Bool {
    instance.needsReset
      || (instance.timeLimit == nil && instance.elapsedSteps >= EnvironmentInstance.longestWatched)
  }

  /// Each key is a step; with a speed, time goes on by itself and the last action holds.
  private func actByKeys(
    _ player: Player, _ keys: ActionKeys, framesPerSecond: Double?,
    _ instance: () -> EnvironmentInstance, _ episode: () -> Episode,
    _ step: @escaping (Action) throws -> Void
  ) throws -> Bool {
    var held: Action?
    var isFirst = true
    player.isTurnBased = framesPerSecond == nil
    let end = try player.play(
      framesPerSecond: framesPerSecond ?? 1, hint: keys.hint,
      onKey: { key in
        guard let action = keys[key] else { return .ignored }
        held = action
        return framesPerSecond == nil ? .next : .taken
      },
      next: {
        if !isFirst, let action = held { try step(action) }
        isFirst = false
        if Self.isOver(instance()), episode().length > 0 { return nil }
        return Self.frame(instance(), episode(), player.appearance)
      })
    if end == .interrupted { throw RunError.interrupted }
    return end == .finished
  }

  private static func frame(
    _ instance: EnvironmentInstance, _ episode: Episode, _ appearance: Appearance
  ) -> [String] {
    EpisodePlayer.frame(
      instance, state: instance.environment.state, action: episode.actions.last,
      caption: "\(instance.name)  step \(episode.length)  return \(significant(episode.return))",
      appearance: appearance)
  }
}

extension Parameter {
  /// Who acts in a person's place.
  static let actor = Parameter(
    "from", .either([.function(1), .handle("agent"), .handle("teacher")]),
    default: .described("a person at the keys"),
    "An agent, or a function that gets the observation and gives the action; null stops.")
}
