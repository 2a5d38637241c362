import Interchange
import Language
import Store

/// A way to write the metrics of all runs. A new one is a new file and a line in `all`.
struct MetricsFormat: Sendable {
  let name: String
  let summary: String
  let write: @Sendable (_ store: ProjectStore, _ path: String) throws -> Void

  static let all: [MetricsFormat] = [.csv, .jsonLines, .tensorBoard]

  static let csv = MetricsFormat(name: "csv", summary: "Metrics as comma-separated values.") {
    store, path in
    try AtomicFile.replace(path, with: [Array(CSV.text(of: points(in: store)).utf8)])
  }

  static let jsonLines = MetricsFormat(name: "jsonl", summary: "Metrics as JSON, an object a line.")
  { store, path in
    try AtomicFile.replace(path, with: try points(in: store).map { Array(($0.json + "\n").utf8) })
  }

  /// A folder that TensorBoard opens: a folder a run in it, with one event file each.
  static let tensorBoard = MetricsFormat(
    name: "tensorboard", summary: "A folder of event files that TensorBoard opens."
  ) { store, path in
    for run in try store.runs() {
      var log = TensorBoardLog(wallTime: run.started)
      for point in try store.metrics(of: run.id).sorted(by: { $0.step < $1.step }) {
        // When each point was reached is not recorded: they are spread evenly over the run.
        let share = run.steps > 0 ? min(Double(point.step) / Double(run.steps), 1) : 1
        log.add(
          point.name, point.value, step: point.step,
          wallTime: run.started + share * run.seconds)
      }
      let name = TensorBoardLog.fileName(wallTime: run.started)
      try AtomicFile.replace("\(path)/\(run.id)-\(run.agent)/\(name)", with: [log.bytes])
    }
  }

  /// A map a point, run by run.
  private static func points(in store: ProjectStore) throws -> [Value] {
    try store.runs().flatMap { run in
      try store.metrics(of: run.id).map { point in
        .map([
          "run": .integer(run.id), "agent": .string(run.agent),
          "environment": .string(run.environment), "seed": .integer(run.seed),
          "name": .string(point.name), "step": .integer(point.step),
          "value": point.value.isFinite ? .real(point.value) : .null,
        ])
      }
    }
  }
}
