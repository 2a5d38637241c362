import Language
import RLCore
import Schema
import Store

/// `s = search grid steps=20_000 over={learning_rate: [1e-4, 1e-3]}`: which settings do best.
enum SearchCommand: SessionCommand {
  static let declaration = Declaration(
    name: "search",
    summary: "Tries settings of the current agent's algorithm, or arguments of a function.",
    parameters: [
      Parameter(
        "sampler", .member(Samplers.family), .positional, default: .required,
        "How trials are chosen; its settings are options."),
      Parameter(
        "over",
        .either([
          .words([Word("auto", "The space that the algorithm's own parameters suggest.")]), .map,
        ]), default: .required,
        "The space: by name a list to choose from, `uniform(a, b)`, `loguniform(a, b)`, `int(a, b)`, `quniform(a, b, q)`, or a map as a choice among its keys, each with what lies under it."
      ),
      Parameter(
        "steps", .integer(from: 1), default: .described("the agent's total_steps"),
        "How long each trial trains; its schedules are laid out for it."),
      Parameter("seeds", .integer(1...1000), default: .setting(1), "How many seeds a trial has."),
      Parameter(
        "episodes", .integer(1...100_000), default: .setting(20),
        "Episodes of the evaluation that scores a trial."),
      Parameter(
        "trials", .integer(from: 0), default: .described("all of a grid, else 10"),
        "At most so many trials; 0 runs none, for `ask` and `tell`."),
      Parameter(
        "pruner", .words(Pruners.all.map { Word($0.declaration.name, $0.declaration.summary) }),
        default: .setting("none"), "Which trials are stopped early."),
      Parameter(
        "objective",
        .either([
          .words([
            Word("feedback", "A rating of an episode of the trained agent."),
            Word("ask", "What the script tells: `t = ask s`, `tell s t 0.5`."),
          ]), .function(1...2),
        ]), default: .described("the return after training"),
        "A function of the parameters, and of `{steps, seed}` if it takes two.", isFrozen: true),
      .from(),
      Parameter(
        "direction",
        .words([Word("maximize", "More is better."), Word("minimize", "Less is better.")]),
        default: .setting("maximize"), "Which way is better."),
      Parameter(
        "confirm", .boolean, default: .described("true for 10 trainings or more"),
        "Keeps 30 % of the trials to try the best settings again with fresh seeds."),
      Parameter(
        "seed", .integer, default: .described("the environment's"), "Fixes the whole search."),
      Parameter(
        "jobs", .integer(1...1024), default: .described("one a core"),
        "Trials at once; results do not depend on it."),
      Parameter(
        "lag", .integer(1...1024), default: .setting(4),
        "A trial is chosen by the results of those so many before it: as many can run at once."),
      Parameter(
        "asynchronous", .boolean, default: .setting(false),
        "Chooses trials by whatever is known: nobody waits, and results depend on who is faster."),
      Parameter(
        "name", .string, default: .described("the variable's name"),
        "For the records; a search of that name with the same settings is continued."),
    ] + Pruners.parameters.map(\.ofPruner),
    examples: [
      Example(
        "s = search grid over={x: [1, 2, 3]} objective=fn(p) => (p.x - 2) ** 2 direction=minimize\nprint s.best.params",
        gives: "{x: 2}\n"),
      Example(
        "s = search random trials=5 seed=1 over={x: uniform(-1, 1)} objective=fn(p) => p.x\nprint len(s.trials)",
        gives: "5\n"),
      Example(
        "s = search random trials=9 steps=9 pruner=asha over={x: uniform(0, 1)} objective=fn(p, at) => p.x * at.steps\nprint s.best.value > 5",
        gives: "true\n"),
      Example(
        "s = search tpe trials=8 over={kind: {line: {a: uniform(0, 1)}, point: {}}} objective=fn(p) => if p.kind == \"line\" { p.a } else { 0.5 }\nprint len(s.trials)",
        gives: "8\n"),
    ],
    group: "search",
    details: """
      A trial is a fresh agent with the current agent's settings and the trial's in their place, \
      trained and then scored by an evaluation of its best weights: the true return, one score a seed. \
      Trials run side by side, one on a core, and give the same results for any number of cores. All \
      is on the disk as it goes: after Ctrl-C or a crash `resume NAME` goes on. Searched may also be \
      `algorithm` itself, a choice among names or a map with each one's own parameters. A name that \
      is given stands for one search: the same again is continued, another refused. A variable's \
      name is numbered where it is taken.
      """)

  static let takesLong = true

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let plan = try plan(of: call, in: session)
    var asker: Asker?
    if case .feedback = plan.objective { asker = try Asker(call, in: session) }
    let name = try name(of: call)
    let (recordName, isRecorded) = try SearchRecord.begin(
      plan, name: name, isGiven: call["name"] != nil, in: session.store)
    if plan.lag == nil, !plan.isTold {
      session.output.note("search \(name): asynchronous, so its results depend on who is faster")
    }
    let start = SearchStart(
      plan: plan, name: name, recordName: recordName, isRecorded: isRecorded,
      jobs: call.integer("jobs"), isShown: call.isShown)
    let search = try start.run(
      objective: call.frozen("objective"), asker: asker, in: session)
    return plan.isTold ? .object(search) : call.reported(.object(search))
  }

  /// The name, which is part of files' names too.
  private static func name(of call: CommandCall) throws(RunError) -> String {
    guard let name = call.text("name") else { return call.target ?? "search" }
    let isSound = name.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
        || "-_. ".unicodeScalars.contains($0)
    }
    guard isSound, !name.isEmpty, name.first != ".", name.utf8.count <= 100 else {
      throw RunError(
        .value, "a search's name is made of letters, digits, `-`, `_`, `.` and spaces",
        argument: "name")
    }
    return name
  }

  private static func plan(of call: CommandCall, in session: Session) throws -> SearchPlan {
    let sampler = call.text("sampler")!
    let objective = try objective(call, in: session)
    var plan = SearchPlan(
      sampler: sampler, samplerSettings: try call.settings(),
      over: try space(call, in: session), objective: objective)
    plan.direction = Study.Direction(rawValue: call.text("direction") ?? "maximize") ?? .maximize
    plan.seed = call.integer("seed") ?? session.environment?.instance.seed ?? 0
    plan.seeds = call.integer("seeds") ?? 1
    plan.episodes = call.integer("episodes") ?? 20
    plan.lag = call.boolean("asynchronous") == true ? nil : call.integer("lag") ?? 4
    plan.trials = call.integer("trials") ?? (sampler == "grid" || plan.isTold ? nil : 10)
    if plan.isTold {
      // Whoever asks has told what he wants considered.
      plan.lag = call.integer("lag")
      if plan.trials == 0 { plan.trials = nil }
    }
    if let learner = plan.learner {
      plan.steps = call.integer("steps") ?? learner.settings["total_steps"]?.integer ?? 1
      try check(plan.over, against: learner)
    } else {
      plan.steps = call.integer("steps") ?? 1
    }
    try setPruner(of: &plan, call)
    // Before anything is recorded: what is wrong with the space or the sampler's settings.
    let study = try plan.study()
    let isNoisy = plan.learner != nil && sampler != "grid" && plan.trials ?? 0 >= 10
    plan.confirms = call.boolean("confirm") ?? (isNoisy && !study.adapts)
    if study.adapts { try checkAdapting(plan, study, in: session) }
    return plan
  }

  private static func setPruner(of plan: inout SearchPlan, _ call: CommandCall) throws {
    plan.pruner = call.text("pruner") ?? "none"
    let kind = try Pruners.named(plan.pruner)
    for parameter in Pruners.parameters {
      guard let value = call[parameter.name] else { continue }
      guard kind.declaration.parameter(parameter.name) != nil else {
        throw RunError(
          .call, "the pruner `\(plan.pruner)` has no option `\(parameter.name)`",
          argument: parameter.name)
      }
      plan.prunerSettings[parameter.name] = try call.setting(parameter.name, value)
    }
    guard plan.pruner != "none", plan.steps == 1 else { return }
    throw RunError(
      .value, "a pruner needs trials of more than one step",
      hint: "`steps=27 objective=fn(p, at) => …` gets how far to go as `at.steps`",
      argument: "pruner")
  }

  /// Refuses what cannot be where settings change while training goes on.
  private static func checkAdapting(
    _ plan: SearchPlan, _ study: Study, in session: Session
  ) throws {
    func refuse(_ reason: String, hint: String, at argument: String) -> RunError {
      RunError(
        .value, "the pruner `\(plan.pruner)` \(reason)", hint: hint, argument: argument)
    }
    guard plan.learner != nil else {
      throw refuse(
        "needs agents that go on from each other's state",
        hint: "leave `objective` out to train the current agent's algorithm", at: "objective")
    }
    if plan.lag == nil {
      throw refuse(
        "compares trials by a fixed order", hint: "leave out `asynchronous`", at: "asynchronous")
    }
    if plan.confirms {
      throw refuse(
        "finds a course of settings, which one trial with fixed ones cannot repeat",
        hint: "leave out `confirm`", at: "confirm")
    }
    var study = study
    guard case .job(let job) = study.ask() else { return }
    let agent = try session.currentAgent(for: "search").core.fork()
    for parameter in job.parameters {
      do {
        try agent.set(parameter.key, to: parameter.value)
      } catch {
        throw RunError(
          .value,
          parameter.key == TrialSpace.algorithmName
            ? "the algorithm cannot change while an agent learns" : error.description,
          hint: "`\(plan.pruner)` searches what may change on the way, such as `learning_rate`",
          argument: "over")
      }
    }
  }

  private static func objective(
    _ call: CommandCall, in session: Session
  ) throws -> SearchPlan.Objective {
    if call.text("objective") == "ask" || call.integer("trials") == 0 { return .told }
    if let function = call["objective"], function.text == nil {
      return .function(session.interpreter.program(assigning: function, to: Self.objectiveName))
    }
    let agent = try call.agent(in: session)
    let instance = agent.environment.instance
    let learner = SearchPlan.Learner(
      algorithm: agent.core.algorithmName, settings: agent.core.settings,
      environment: instance.name, environmentSettings: instance.settings,
      hasOwnReward: instance.rewardFunction != nil)
    return call.text("objective") == "feedback" ? .feedback(learner) : .training(learner)
  }

  /// What the program in a search's record assigns the objective to.
  static let objectiveName = "_objective"

  private static func space(_ call: CommandCall, in session: Session) throws -> Setting {
    if call.text("over") == "auto" {
      let agent = try call.agent(in: session)
      return try Algorithms.named(agent.core.algorithmName).declaration.scriptSpace
    }
    // As a setting, so that it can be kept; what is no plain value is refused by name.
    let map = call["over"]?.entries ?? OrderedMap()
    if let space = Value.map(map).setting { return space }
    _ = try TrialSpace(script: map)
    throw RunError(.type, "the space holds something that is no plain value", argument: "over")
  }

  private static func check(_ over: Setting, against learner: SearchPlan.Learner) throws {
    let space = try TrialSpace(script: Value(over).entries ?? OrderedMap())
    do {
      try space.check(against: Algorithms.named(learner.algorithm).declaration)
    } catch {
      throw RunError(.value, error.description, hint: error.hint, argument: "over")
    }
  }
}

extension Parameter {
  /// A pruner's option as one of `search`, where the pruner says what holds without it.
  fileprivate var ofPruner: Parameter {
    var parameter = self
    parameter.defaultValue = .described("the pruner's")
    return parameter
  }
}
