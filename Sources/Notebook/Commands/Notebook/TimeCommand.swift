import Language
import Schema

/// `time train a`: how long something takes.
enum TimeCommand: SessionCommand {
  static let declaration = Declaration(
    name: "time", summary: "Runs a command or a block and says how long it took.",
    parameters: [
      Parameter(
        "work", .either([.command, .block]), .positional, default: .required, "What to run.")
    ],
    examples: [Example("time { xs = map(1..1000, fn(x) => x * x) }\nprint len(xs)")],
    group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let clock = ContinuousClock()
    let start = clock.now
    let value = try call.run("work")
    let seconds = (clock.now - start).inSeconds
    session.output.report(
      Event("time", [("seconds", .real(seconds))], text: "took \(duration(seconds: seconds))"),
      isShown: call.isShown)
    return value
  }
}

extension Duration {
  /// As a real number of seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
