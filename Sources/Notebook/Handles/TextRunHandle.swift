import Glibc
import Language
import RLCore
import Schema
import Store

/// A recorded training of a language model.
final class TextRunHandle: Handle {
  let agent: TextAgentHandle
  /// Its number in the project's store.
  let id: Int
  let seed: Int
  /// Updates, or iterations of a method that learns from rewards.
  let steps: Int
  let seconds: Double
  let isInterrupted: Bool
  /// Its figures by name and step.
  let history: [MetricPoint]
  /// Of iterations by feedback, what each showed.
  let outcome: TextOutcome

  init(
    agent: TextAgentHandle, id: Int, steps: Int, seconds: Double, isInterrupted: Bool,
    history: [MetricPoint], outcome: TextOutcome
  ) {
    self.agent = agent
    self.id = id
    seed = agent.seed
    self.steps = steps
    self.seconds = seconds
    self.isInterrupted = isInterrupted
    self.history = history
    self.outcome = outcome
    super.init()
  }

  override var kind: String { "run" }

  override var memberNames: [String] {
    [
      "id", "agent", "seed", "steps", "seconds", "steps_per_second", "losses", "validations",
      "loss", "perplexity", "interrupted", "kls", "rewards", "true_rewards", "entropies",
      "lengths", "distinct_2", "samples", "kl", "reward", "ended", "alarms",
    ]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "id": .integer(id)
    case "agent": .object(agent)
    case "seed": .integer(seed)
    case "steps": .integer(steps)
    case "seconds": .real(seconds)
    case "steps_per_second": .real(stepsPerSecond)
    case "losses": CoreValues.list(history.values(of: .trainingLoss))
    case "validations": CoreValues.list(history.values(of: .heldOutLoss))
    case "loss": history.values(of: .heldOutLoss).last.map(Value.real) ?? .null
    case "perplexity": history.values(of: .heldOutLoss).last.map { .real(exp($0)) } ?? .null
    case "interrupted": .boolean(isInterrupted)
    case "kls": CoreValues.list(outcome.reports.map(\.kl))
    case "rewards": CoreValues.list(outcome.reports.compactMap(\.reward))
    case "true_rewards": CoreValues.list(outcome.reports.compactMap(\.trueReward))
    case "entropies": CoreValues.list(outcome.reports.map(\.entropy))
    case "lengths": CoreValues.list(outcome.reports.map(\.length))
    case "distinct_2": CoreValues.list(outcome.reports.map(\.distinct2))
    case "samples": .list(outcome.reports.map { .string($0.prompt + $0.sample) })
    default: outcome.fields.first { $0.0 == name }?.1
    }
  }

  var stepsPerSecond: Double { seconds > 0 ? Double(steps) / seconds : 0 }

  override var text: String {
    "run \(id): \(agent.name), \(compact(steps)) steps in \(duration(seconds: seconds))"
  }
}

/// The figures of a language model's training, under the names that others know them by.
enum TextMetric: String, CaseIterable {
  case trainingLoss = "train/loss"
  case heldOutLoss = "eval/loss"
  case reward = "objective/scores"
  case trueReward = "objective/true_scores"
  case kl = "objective/kl"
  case entropy = "objective/entropy"
  case length = "objective/length"
  case distinct2 = "objective/distinct_2"
}

extension [MetricPoint] {
  func values(of metric: TextMetric) -> [Double] { of(metric).map(\.value) }

  func of(_ metric: TextMetric) -> [MetricPoint] { filter { $0.name == metric.rawValue } }

  mutating func add(_ metric: TextMetric, _ value: Double, at step: Int) {
    append(MetricPoint(name: metric.rawValue, step: step, value: value))
  }
}

extension Chart {
  /// How a language model learned by a reward, where it did, else its losses.
  static func learning(of history: [MetricPoint], title: String) -> Chart {
    guard !history.of(.kl).isEmpty else { return losses(of: history, title: title) }
    func series(_ name: String, _ metric: TextMetric) -> Series {
      Series(name, history.of(metric).map { Point(Double($0.step), $0.value) })
    }
    return Chart(
      title: title, xLabel: "iterations",
      series: [
        series("reward", .reward), series("KL", .kl), series("true reward", .trueReward),
      ].filter { !$0.points.isEmpty })
  }

  /// Losses while a language model learned, those of single updates smoothed.
  static func losses(of history: [MetricPoint], title: String) -> Chart {
    let losses = history.of(.trainingLoss)
    let window = Swift.max(1, Swift.min(100, losses.count / 20))
    func points(_ points: [MetricPoint]) -> [Point] {
      points.map { Point(Double($0.step), $0.value) }
    }
    return Chart(
      title: title, xLabel: "steps",
      series: [
        Series(
          window > 1 ? "loss, mean of \(window)" : "loss",
          thinned(smoothed(points(losses), over: window))),
        Series("held out", points(history.of(.heldOutLoss))),
      ])
  }
}
