import Language
import RLCore
import Schema
import Store

/// A search of the session: what was tried, and what came of it.
final class SearchHandle: Handle {
  let name: String
  /// Under which the project's store keeps it.
  let recordName: String
  let plan: SearchPlan
  var study: Study
  /// By trial number.
  var seconds: [Int: Double] = [:]
  private unowned let session: Session

  init(name: String, recordName: String, plan: SearchPlan, in session: Session) throws(RunError) {
    self.name = name
    self.recordName = recordName
    self.plan = plan
    self.session = session
    study = try plan.study()
    super.init()
  }

  override var kind: String { "search" }

  override var memberNames: [String] {
    ["name", "trials", "best", "best_value", "best_agent", "direction", "importance"]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "name": .string(self.name)
    case "trials": .list(study.trials.map(value))
    case "best": try value(of: bestTrial())
    case "best_value": .real(try bestValue())
    case "best_agent":
      try bestAgentHandle(named: nil).map { .object($0) } ?? .null
    case "direction": .string(plan.direction.rawValue)
    case "importance": .list(study.importances().map(Value.init))
    default: nil
    }
  }

  override var text: String {
    let complete = study.trials.count { $0.state == .complete }
    let best = study.bestValue.map { ", best \(significant($0))" } ?? ""
    return "search \(name): \(complete) of \(study.trials.count) trials complete\(best)"
  }

  func bestTrial() throws(RunError) -> Trial {
    guard let best = study.best else {
      throw RunError(.command, "search `\(name)` has no complete trial")
    }
    return best
  }

  /// What the best trial is worth: by its repeats with fresh seeds where there are any.
  private func bestValue() throws(RunError) -> Double {
    _ = try bestTrial()
    return study.bestValue ?? .nan
  }

  /// A trial as a map.
  func value(of trial: Trial) -> Value {
    .map([
      "number": .integer(trial.number), "params": Value(.map(trial.parameters)),
      "values": CoreValues.list(trial.values), "value": trial.value.map(Value.real) ?? .null,
      "state": .string(trial.state.rawValue),
      "seconds": seconds[trial.number].map(Value.real) ?? .null,
      "rungs": .list(
        trial.rungs.map {
          .map([
            "steps": .integer($0.steps), "values": CoreValues.list($0.values),
            "params": Value(.map($0.parameters)), "donor": $0.donor.map(Value.integer) ?? .null,
          ])
        }),
      "repeats": trial.repeats.map { .integer($0.trial) } ?? .null,
      "fresh_values": CoreValues.list(study.freshValues(of: trial.number)),
    ])
  }

  /// The checkpoint's file of a trial's agent with one seed after so many steps.
  func checkpoint(_ trial: Int, seed index: Int, steps: Int) -> String {
    let name = "search-\(recordName)-\(trial)-\(index)-\(steps).safetensors"
    return "\(session.store.checkpointFolder)/\(name)"
  }

  /// Which of a trial's seeds did best.
  static func bestSeed(of trial: Trial, _ direction: Study.Direction) -> Int? {
    let values = trial.values.enumerated().filter { !$0.element.isNaN }
    let best =
      direction == .maximize
      ? values.max { $0.element < $1.element } : values.min { $0.element < $1.element }
    return best?.offset
  }

  /// The agent that did best with the best settings, in any of their tries; nil where no agent was
  /// searched.
  func bestAgentHandle(named name: String?) throws(RunError) -> AgentHandle? {
    guard plan.learner != nil else { return nil }
    let best = try bestTrial().number
    let tries = study.trials.filter {
      $0.state == .complete && ($0.number == best || $0.repeats?.trial == best)
    }
    let agents = tries.compactMap { trial in
      Self.bestSeed(of: trial, plan.direction).map { (trial, seed: $0) }
    }
    let better: (Double, Double) -> Bool = plan.direction == .maximize ? (<) : (>)
    guard
      let (trial, index) = agents.max(by: { better($0.0.values[$0.seed], $1.0.values[$1.seed]) })
    else { return nil }
    let path = checkpoint(trial.number, seed: index, steps: plan.steps)
    do {
      return try session.restoredAgent(
        from: CheckpointStore.load(path), path: path, named: name ?? "\(self.name)-best")
    } catch {
      throw RunError(converting: error)
    }
  }

  /// Episodes that say what the best agent is worth: other ones than it was chosen by.
  private static let bestEpisodes = 100

  /// The best agent, or its settings where a function was searched; says both with their score.
  func best(named name: String?, isShown: Bool) throws -> Value {
    let trial = try bestTrial()
    let value = try bestValue()
    let fresh = study.freshValues(of: trial.number).count
    let agent = try bestAgentHandle(named: name)
    var fields: [(String, Value)] = [
      ("search", .string(self.name)), ("number", .integer(trial.number)),
      ("params", Value(.map(trial.parameters))), ("value", .real(value)),
    ]
    var text =
      "best of \(self.name): trial \(trial.number), \(Setting.map(trial.parameters)), "
      + "score \(significant(value))"
    if fresh > 0 { text += " over \(fresh) fresh seed\(fresh == 1 ? "" : "s")" }
    if let agent {
      let evaluation = try agent.core.evaluate(
        episodes: Self.bestEpisodes, seed: agent.core.seed(for: "best", 0))
      let ci = evaluation.ci
      fields += [
        ("agent", .string(agent.name)), ("mean", .real(evaluation.mean)),
        ("ci", .list([.real(ci.lowerBound), .real(ci.upperBound)])),
      ]
      text +=
        "\n  its agent: return \(significant(evaluation.mean)), 95% CI "
        + "[\(significant(ci.lowerBound)), \(significant(ci.upperBound))], "
        + "over \(Self.bestEpisodes) fresh episodes"
      session.environment = agent.environment
      session.adopt(agent)
    }
    session.output.report(Event("best", fields, text: text), isShown: isShown)
    return agent.map { .object($0) } ?? Value(.map(trial.parameters))
  }
}

extension Value {
  /// How much a parameter matters, as a map.
  fileprivate init(_ importance: Importance) {
    self = .map([
      "name": .string(importance.name), "share": .real(importance.share),
      "low": .real(importance.interval.lowerBound), "high": .real(importance.interval.upperBound),
    ])
  }
}
