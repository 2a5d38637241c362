import Language
import Schema

/// `bg train a steps=1M`: long work behind the prompt.
enum BgCommand: SessionCommand {
  static let declaration = Declaration(
    name: "bg", summary: "Runs a command behind the prompt, which stays free.",
    parameters: [
      Parameter(
        "work", .command, .positional, default: .required, "What to run, such as `train a`.")
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        j = bg train a steps=2000
        wait j
        print j.state a.steps
        """, gives: "done 2000\n")
    ],
    group: "notebook",
    details: """
      The agent belongs to the job until it ends: other commands on it are refused. `jobs` shows how \
      the work stands, `wait` waits and shows what it printed, `stop` ends it at a safe point. What \
      comes out is the same as in front, to the bit. A script that ends waits for its jobs; leaving \
      the prompt stops them, with what was learned saved.
      """)

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    var taken: (call: CommandCall, command: any SessionCommand.Type)?
    session.takeCall = { taken = ($0, $1) }
    defer { session.takeCall = nil }
    _ = try call.run("work")
    guard let taken else {
      throw RunError(
        .command, "only \(backgroundNames) can go on behind the prompt", argument: "work")
    }
    for name in ["ask", "on_step", "on_episode"] where taken.call[name] != nil {
      throw RunError(
        .command, "`\(name)` needs the session, and a job has none", argument: "work")
    }
    let job = try session.startJob(taken.call, of: taken.command)
    session.output.report(
      Event(
        "job", [("number", .integer(job.number)), ("command", .string(job.label))],
        text: "job \(job.number): \(job.label)"),
      isShown: call.isShown)
    return call.reported(.object(JobHandle(job)))
  }

  private static var backgroundNames: String {
    Commands.all.filter { $0.runsInBackground }.map { "`\($0.declaration.name)`" }
      .joined(separator: ", ")
  }
}
