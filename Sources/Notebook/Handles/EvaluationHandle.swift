import Language
import RLCore
import Schema

/// What an evaluation gave.
final class EvaluationHandle: Handle {
  let result: Evaluation
  /// Of `info`, whose values an episode are `metrics`.
  let metric: String?

  init(_ result: Evaluation, metric: String? = nil) {
    self.result = result
    self.metric = metric
    super.init()
  }

  override var kind: String { "evaluation" }

  override var memberNames: [String] {
    fields.map(\.0) + ["lengths", "ci", "terminated", "truncated"]
  }

  override func member(_ name: String) throws(RunError) -> Value? {
    switch name {
    case "lengths": .list(result.lengths.map(Value.integer))
    case "ci": CoreValues.list([result.ci.lowerBound, result.ci.upperBound])
    case "terminated": .integer(result.terminated)
    case "truncated": .integer(result.truncated)
    default: fields.first { $0.0 == name }?.1
    }
  }

  /// The figures that the event carries too.
  var fields: [(String, Value)] {
    [
      ("mean", .real(result.mean)), ("std", .real(result.std)), ("iqm", .real(result.iqm)),
      ("median", .real(result.median)), ("min", .real(result.min)), ("max", .real(result.max)),
      ("returns", CoreValues.list(result.returns)),
    ]
      + (metric == nil
        ? []
        : [
          ("metric", .real(mean(result.metrics))), ("metrics", CoreValues.list(result.metrics)),
        ])
  }

  override var text: String {
    "evaluation of \(result.returns.count) episodes: mean \(significant(result.mean))"
  }
}
