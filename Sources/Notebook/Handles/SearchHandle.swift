import Language
import RLCore
import Schema
import Store

/// A search of the session: what was tried, and what came of it.
final class SearchHandle: Handle {
  let name: String
  var study: Study
  /// By trial number.
  var seconds: [Int: Double] = [:]
  var checkpoints: [Int: String] = [:]
  /// What the trials' agents learn in; nil where a function was searched.
  let environment: EnvironmentHandle?

  init(name: String, study: Study, environment: EnvironmentHandle?) {
    self.name = name
    self.study = study
    self.environment = environment
    super.init()
  }

  override var kind: String { "search" }
  override var memberNames: [String] { ["name", "trials", "best", "best_value", "best_agent"] }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "name": .string(self.name)
    case "trials": .list(study.trials.map(value))
    case "best": try value(of: bestTrial())
    case "best_value": try bestTrial().value.map(Value.real) ?? .null
    default: nil
    }
  }

  override var text: String {
    let complete = study.trials.count { $0.state == .complete }
    let best = study.best?.value.map { ", best \(significant($0))" } ?? ""
    return "search \(name): \(complete) of \(study.trials.count) trials complete\(best)"
  }

  func bestTrial() throws(RunError) -> Trial {
    guard let best = study.best else {
      throw RunError(.command, "search `\(name)` has no complete trial")
    }
    return best
  }

  /// A trial as a map.
  func value(of trial: Trial) -> Value {
    .map([
      "number": .integer(trial.number), "params": Value(.map(trial.parameters)),
      "values": CoreValues.list(trial.values), "value": trial.value.map(Value.real) ?? .null,
      "state": .string(trial.state.rawValue),
      "seconds": seconds[trial.number].map(Value.real) ?? .null,
    ])
  }

  /// The agent of the best trial; says its settings and score.
  func bestAgent(named name: String?, session: Session, isShown: Bool) throws -> Value {
    let trial = try bestTrial()
    session.output.report(
      Event(
        "best",
        [
          ("search", .string(self.name)), ("number", .integer(trial.number)),
          ("params", Value(.map(trial.parameters))), ("value", .real(trial.value ?? .nan)),
        ],
        text: "best of \(self.name): trial \(trial.number), \(Setting.map(trial.parameters)), "
          + "score \(significant(trial.value ?? .nan))"),
      isShown: isShown)
    guard let path = checkpoints[trial.number] else { return Value(.map(trial.parameters)) }
    return .object(
      try session.agent(
        from: try CheckpointStore.load(path), path: path, named: name ?? "\(self.name)-best"))
  }
}
