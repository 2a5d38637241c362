import RLCore
import Schema

extension GymEnvironment {
  /// All environments in Python are one member of the family, whose name ends in a colon: it stands
  /// for every name that begins so. Options that it does not list go to the environment.
  package static let declaration = Declaration(
    name: prefix,
    summary: "Any environment of Gymnasium, or an own `module:Class`, in Python.",
    parameters: [
      Parameter(
        "n", .integer(1...1024), default: .setting(1),
        "Copies in which PPO and A2C collect, where their `n_envs` is not given."),
      Parameter(
        "workers", .integer(1...256), default: .setting(1),
        "Python processes that the copies are spread over."),
      Parameter(
        "max_episode_steps",
        .either([.integer(from: 1), .words([Word("none", "No limit.")])]),
        default: .described("Gymnasium's own"),
        "Steps after which an episode is cut (`truncated`)."),
      Parameter(
        "timeout", .either([.positiveReal, .words([Word("none", "As long as it takes.")])]),
        default: .setting(60),
        "Seconds that an answer of Python may take; then its worker is stopped."),
    ] + EnvironmentKind.wrapperParameters(stickyActionProbability: 0),
    examples: [
      Example(
        """
        # Without Python or its package the error says what is missing.
        try {
          env gym:CartPole-v1 n=4 seed=7
          reset
          print (step 1).reward
        } catch e { print e.message }
        """)
    ],
    group: "environments",
    details: """
      `env gym:LunarLander-v3` makes what `gymnasium.make` makes; `env gym:tasks:Maze` the class `Maze` \
      of the project's `tasks.py`. Options that are not listed here go to its constructor: `env \
      gym:LunarLander-v3 continuous=true`. It starts Python (`RLHS_PYTHON`, or else `python3`) with the package \
      gymnasium, which runs with all the rights of this program. Each episode begins with \
      `reset(seed=…)`; to go back within one (`undo`, forks, `resume`) its actions are played again, \
      which is refused where the environment then shows something else. `Dict` and `Tuple` are \
      flattened with their names, which `info` lists; their discrete parts are shown one-hot.
      """,
    source: "https://gymnasium.farama.org",
    acceptsOtherOptions: true)

  /// Makes an environment.
  ///
  /// - Parameters:
  ///   - name: with its prefix, such as `gym:LunarLander-v3`.
  ///   - settings: declared ones, and those for the environment's constructor.
  ///   - folder: where own modules are found.
  ///   - isAbandoned: whether nobody waits for Python's answers any more; asked from whichever
  ///     thread waits.
  /// - Throws: `BridgeError`, `CoreError.invalidSetting`.
  package static func instance(
    named name: String, settings given: Settings, folder: String, seed: Int,
    isAbandoned: @escaping @Sendable () -> Bool = { false }
  ) throws -> EnvironmentInstance {
    let own = Set(declaration.parameters.map(\.name))
    let options = given.filter { !own.contains($0.key) }
    var settings = try declaration.resolve(given.filter { own.contains($0.key) })
    let patience = PythonWorker.Patience(
      limit: settings["timeout"]?.real, isAbandoned: isAbandoned)
    let process = try PythonWorker(patience: patience)
    let task = try process.make(name: name, folder: folder, options: options)
    let group = WorkerGroup(
      task: task, processes: settings["workers"]?.integer ?? 1, patience: patience, first: process)
    let environment = try EnvironmentKind.wrapped(GymEnvironment(group), settings)
    let limit = settings["max_episode_steps"] ?? task.timeLimit.map(Setting.integer) ?? "none"
    settings["max_episode_steps"] = limit
    settings.merge(options) { own, _ in own }
    return EnvironmentInstance(
      environment, name: name, settings: settings, timeLimit: limit.integer, seed: seed)
  }
}
