import Language
import Schema

/// `wait 1`: until a job ends.
enum WaitCommand: SessionCommand {
  static let declaration = Declaration(
    name: "wait", summary: "Waits for a job, shows what it printed, and gives its value.",
    parameters: [.job],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        bg train a steps=500
        r = wait 1
        print r.steps
        """, gives: "500\n")
    ],
    group: "notebook", details: "Ctrl-C ends the waiting; the job goes on.")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    var last = Value.null
    for job in try call.jobs(in: session) { last = try session.wait(for: job) }
    return call.reported(last)
  }
}
