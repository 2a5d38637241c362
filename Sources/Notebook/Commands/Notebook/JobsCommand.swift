import Language
import Schema

/// `jobs`: what goes on behind the prompt.
enum JobsCommand: SessionCommand {
  static let declaration = Declaration(
    name: "jobs", summary: "Gives the jobs of this session, the oldest first.",
    examples: [Example("print len(jobs())", gives: "0\n")], group: "notebook")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if call.isShown, !session.output.isJSON, !session.jobs.isEmpty {
      var appearance = session.output.appearance
      // These lines are kept as the cell's output.
      appearance.color = false
      for job in session.jobs { session.output.printLine(job.status(appearance: appearance)) }
      return call.reported(.list(session.jobs.map { .object(JobHandle($0)) }))
    }
    return .list(session.jobs.map { .object(JobHandle($0)) })
  }
}

extension Parameter {
  /// Which job.
  static let job = Parameter(
    "job", .either([.integer(from: 1), .handle("job")]), .positional,
    default: .described("all of them"), "The job or its number.")
}

extension CommandCall {
  /// The jobs that are meant, oldest first.
  func jobs(in session: Session) throws(RunError) -> [BackgroundJob] {
    guard let given = self["job"] else { return session.jobs }
    if let handle = given.handle as? JobHandle { return [handle.job] }
    let number = given.integer ?? 0
    guard let job = session.jobs.first(where: { $0.number == number }) else {
      throw RunError(.value, "there is no job \(number)", argument: "job")
    }
    return [job]
  }
}
