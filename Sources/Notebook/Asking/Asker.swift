import Language
import RLCore
import Schema

/// Asks for feedback: a person at the terminal, or a teacher, function or agent in a person's place.
final class Asker {
  private enum Respondent {
    case person(PersonAtTerminal)
    case teacher(TeacherHandle)
    case function(Value, Language.Evaluator)
    /// Knows what to do, not how good something was.
    case agent(AgentHandle)
  }

  private let respondent: Respondent
  private let session: Session
  let person: String?
  /// Questions that may still be asked; nil for any number.
  private var promptsLeft: Int?
  /// Answers were kept since the agent last learned.
  private var hasNews = false

  /// - Throws: where a person would be asked and there is no terminal to ask at.
  init(_ call: CommandCall, in session: Session) throws(RunError) {
    self.session = session
    person = call.text("person")
    promptsLeft = call.integer("max_prompts")
    let given = call["from"]
    if let teacher = given?.handle as? TeacherHandle {
      respondent = .teacher(teacher)
    } else if let agent = given?.handle as? AgentHandle {
      respondent = .agent(agent)
    } else if let given, !given.isNull {
      respondent = .function(given, call.evaluator)
    } else if let rehearsal = session.rehearsal {
      respondent = .teacher(rehearsal.teacher)
    } else {
      guard session.canAsk else {
        throw RunError(
          .command, "`\(call.declaration.name)` asks a person, and there is no terminal here",
          hint: "let a teacher or a function answer: `from=`")
      }
      respondent = .person(
        PersonAtTerminal(output: session.output, attempts: call.integer("max_attempts") ?? 3))
    }
  }

  /// Whether a person answers.
  var asksPerson: Bool { if case .person = respondent { true } else { false } }

  /// Whether all questions that may be asked were.
  var isExhausted: Bool { promptsLeft == 0 }

  /// One answer; nil where the question was skipped, or enough were asked.
  func answer(to question: any Question) throws -> Answer? {
    try question.check()
    if let promptsLeft {
      guard promptsLeft > 0 else { return nil }
      self.promptsLeft = promptsLeft - 1
    }
    switch respondent {
    case .person(let person): return try person.answer(to: question)
    case .teacher(let teacher):
      return try teacher.answer(to: aboutEpisodes(question, of: teacher.text))
    case .agent(let agent):
      return try answer(of: agent, to: aboutEpisodes(question, of: agent.name))
    case .function(let function, let evaluator):
      let value = try evaluator.call(function, ContiguousArray(question.arguments))
      if value.isNull { return nil }
      return Answer(value: try question.answer(from: value, argument: "from"), source: "function")
    }
  }

  private func aboutEpisodes(
    _ question: any Question, of respondent: String
  ) throws(RunError) -> Inquiry {
    if let inquiry = question as? Inquiry { return inquiry }
    throw RunError(
      .type, "\(respondent) knows episodes, and nothing of texts", hint: "let a function answer",
      argument: "from")
  }

  /// Asks, and keeps the answer.
  ///
  /// - Returns: the record; nil where there was no answer.
  @discardableResult
  func ask(_ inquiry: Inquiry) throws -> FeedbackHandle? {
    guard let answer = try answer(to: inquiry) else { return nil }
    return try keep(answer, to: inquiry)
  }

  /// Keeps an answer and says so.
  func keep(_ answer: Answer, to inquiry: Inquiry) throws -> FeedbackHandle {
    let record = try session.take(answer, to: inquiry, person: person)
    hasNews = hasNews || record.stored.agentFeedback != nil
    // A line a step is too much to read.
    if inquiry.subjects.first?.step == nil || session.output.isJSON {
      session.output.report(record.event, isShown: false)
    }
    return record
  }

  /// Asks in the middle of training, and folds the answer in at once.
  func askAndLearn(_ inquiry: Inquiry) throws {
    guard let answer = try answer(to: inquiry) else { return }
    try keepAndLearn(answer, to: inquiry)
  }

  /// Keeps an answer given in the middle of training, folds it in, and says how long it took from
  /// the key to the changed agent.
  func keepAndLearn(_ answer: Answer, to inquiry: Inquiry) throws {
    _ = try keep(answer, to: inquiry)
    if let agent = inquiry.agent { try learn(agent, since: answer.given) }
  }

  /// Folds in what `agent` was told here, if it was told anything.
  func learn(_ agent: AgentHandle, since given: ContinuousClock.Instant? = nil) throws {
    guard hasNews else { return }
    hasNews = false
    guard let report = try agent.learn(in: session, since: given) else { return }
    session.output.report(report, isShown: false)
  }

  private func answer(of agent: AgentHandle, to inquiry: Inquiry) throws -> Answer? {
    guard case .correction(let subject) = inquiry, let step = subject.step else {
      throw RunError(
        .type, "an agent knows what to do, and cannot answer a \(inquiry.kind.rawValue)",
        hint: "let a teacher or a function answer", argument: "from")
    }
    let prediction = try agent.core.predict(subject.episode.episode.observations[step])
    return Answer(value: CoreValues.action(prediction.action), source: agent.name)
  }
}

extension Parameter {
  /// Who answers in a person's place; a function gets this many arguments.
  static func from(arguments: ClosedRange<Int> = 1...1, agent: Bool = false) -> Parameter {
    Parameter(
      "from",
      .either([.handle("teacher"), .function(arguments)] + (agent ? [.handle("agent")] : [])),
      default: .described("a person at the terminal"),
      "A teacher, \(agent ? "an agent, " : "")or a function that gets what is asked about and gives the answer; null skips."
    )
  }

  /// Who the person is.
  static let person = Parameter(
    "person", .string, default: .described("the login name"), "Who answers, for the ledger.")

  static let maxAttempts = Parameter(
    "max_attempts", .integer(from: 1), default: .setting(3),
    "Takes so many invalid answers, then skips.")

  static let maxPrompts = Parameter(
    "max_prompts", .integer(from: 0), default: .described("no limit"), "Asks at most so many times."
  )

  static let note = Parameter(
    "note", .string, default: .described("none"), "Words to keep with it.")
}
