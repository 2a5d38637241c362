import Language
import Schema

/// `stop 1`: ends a job at its next safe point.
enum StopCommand: SessionCommand {
  static let declaration = Declaration(
    name: "stop", summary: "Ends a job at its next safe point, with what was learned saved.",
    parameters: [.job],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        j = bg train a steps=10M
        stop j
        print j.state a.steps < 10M
        """, gives: "stopped true\n")
    ],
    group: "notebook", details: "`train a` then goes on exactly where it stopped.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    let jobs = try call.jobs(in: session)
    for job in jobs { job.stop() }
    for job in jobs { _ = try session.wait(for: job) }
    return call.nothing()
  }
}
