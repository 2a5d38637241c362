import Language
import RLCore
import Schema

/// `correct ep 12 action=1`: what should have been done in a step.
enum CorrectCommand: SessionCommand {
  static let declaration = Declaration(
    name: "correct",
    summary:
      "Takes what should have been done in a step, or the text that should have been written.",
    parameters: [
      Parameter(
        "episode", .either([.handle("episode"), .handle("generation")]), .subject,
        default: .described("the steps just made by hand, or the last episode or text"),
        "Which episode or text."),
      Parameter(
        "step", .either([.integer(from: 0), .string]), .positional,
        default: .described("the last"),
        "Which step of it, from 0; of a text the better text, else it is edited at the terminal."),
      Parameter(
        "action", .either([.integer, .list(of: .real), .string]),
        default: .described("asked for"), "What should have been done."),
      .note, .from(agent: true), .person, .maxAttempts,
    ],
    examples: [
      Example(
        """
        env CartPole-v1
        a = agent dqn
        ep = rollout a
        f = correct ep 3 action=1
        print f.kind f.value
        """, gives: "correction 1\n")
    ],
    group: "feedback",
    details: """
      At a terminal what led to the step plays, and a digit, an arrow or a name is the action. The \
      function of `from=` gets the step as a map `.observation .action .reward .next`; an agent \
      answers with what it would do. The function of a text gets what `generate` gave, and gives the \
      better text.
      """, source: "Ross et al. 2011 (DAgger), arXiv 1011.0686")

  static func run(_ call: CommandCall, in session: Session) throws -> Value {
    if let generation = call.generation(in: session) {
      return try correct(generation, call, in: session)
    }
    if call["step"]?.text != nil {
      throw RunError(.type, "a step of an episode is an integer", argument: "step")
    }
    let subject = try FeedbackSubject(call, in: session)
    let length = subject.episode.episode.length
    let step = call.integer("step") ?? subject.step ?? length - 1
    guard (0..<length).contains(step) else {
      throw RunError(
        .index, "an episode of \(length) steps has no step \(step)", argument: "step")
    }
    return try session.answer(
      Inquiry.correction(subject.at(step: step, agent: subject.agent)), given: call["action"],
      as: "action", call)
  }

  private static func correct(
    _ generation: GenerationHandle, _ call: CommandCall, in session: Session
  ) throws -> Value {
    if call["action"] != nil || call["step"]?.integer != nil {
      throw RunError(
        .call, "a text is corrected by a better one", hint: "write `correct g \"a better text\"`")
    }
    var better = call["step"]
    if better == nil, call["from"] == nil, session.canAsk {
      guard let line = try LineAtTerminal(output: session.output).edit(generation.response.text)
      else {
        session.output.note("skipped")
        return call.nothing()
      }
      better = .string(line)
    }
    return try session.answer(
      TextInquiry.correction(generation), given: better, as: "step", call)
  }
}
