import Language
import RLCore

/// Asks for feedback: a person at the terminal, or a teacher or function in a person's place.
final class Asker {
  private enum Respondent {
    case person
    case teacher(TeacherHandle)
    case function(Value, Language.Evaluator)
  }

  private let respondent: Respondent
  private let session: Session
  private let person: String?
  /// Questions that may still be asked; nil for any number.
  private var promptsLeft: Int?
  /// Invalid answers after which a question is skipped.
  private let attempts: Int

  /// - Throws: where a person would be asked and there is no terminal to ask at.
  init(_ call: CommandCall, in session: Session) throws(RunError) {
    self.session = session
    person = call.text("person")
    promptsLeft = call.integer("max_prompts")
    attempts = call.integer("max_attempts") ?? 3
    if let teacher = call["from"]?.handle as? TeacherHandle {
      respondent = .teacher(teacher)
    } else if let function = call["from"], !function.isNull {
      respondent = .function(function, call.evaluator)
    } else {
      guard session.canAsk else {
        throw RunError(
          .command, "`\(call.declaration.name)` asks a person, and there is no terminal here",
          hint: "let a teacher or a function answer: `from=`")
      }
      respondent = .person
    }
  }

  /// One answer; nil where the question was skipped.
  func answer(about subject: RatingSubject) throws -> Answer? {
    switch respondent {
    case .person: return try askPerson(about: subject)
    case .teacher(let teacher): return try teacher.answer(about: subject)
    case .function(let function, let evaluator):
      return try answer(of: evaluator.call(function, [subject.asked]))
    }
  }

  /// Asks, unless it was asked often enough, and keeps the answer.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  func ask(about subject: RatingSubject) throws -> Bool {
    if let promptsLeft {
      guard promptsLeft > 0 else { return false }
      self.promptsLeft = promptsLeft - 1
    }
    guard let answer = try answer(about: subject) else { return false }
    let record = try session.take(answer, about: subject, person: person)
    // A rating a step is too much to read.
    if subject.step == nil || session.output.isJSON {
      session.output.report(record.event, isShown: false)
    }
    return true
  }

  /// Asks about an episode of training, and folds the answer in at once.
  func askAndLearn(about episode: EpisodeHandle) throws {
    let subject = RatingSubject(episode, in: session)
    guard try ask(about: subject), let agent = subject.agent,
      let report = try agent.learn(in: session)
    else { return }
    session.output.report(report, isShown: false)
  }

  private func answer(of value: Value) throws(RunError) -> Answer? {
    if value.isNull { return nil }
    guard let number = value.real, number.isFinite else {
      throw RunError(
        .type, "the function must give a number or null, not \(value.source)", argument: "from")
    }
    return Answer(value: value, source: "function")
  }

  /// Single keys: a rating at once, or words first.
  private func askPerson(about subject: RatingSubject) throws -> Answer? {
    guard let reader = KeyReader.open() else { return nil }
    defer { reader.close() }
    draw(subject)
    var note = ""
    var attemptsLeft = attempts
    session.output.noteWithoutEnd(
      "\(subject.text)\n  rate it: + good, - bad, 0..9, text for a note, Enter skips > ")
    defer { session.output.note("") }
    while attemptsLeft > 0 {
      switch reader.next() {
      case .interrupted: throw RunError.interrupted
      case .closed: return nil
      case .timedOut: continue
      case .key(.enter), .key(.escape):
        return note.isEmpty ? nil : Answer(value: .null, note: note, source: "human")
      case .key(.character("+")):
        session.output.noteWithoutEnd("+")
        return Answer(value: .integer(1), note: note, source: "human")
      case .key(.character("-")):
        session.output.noteWithoutEnd("-")
        return Answer(value: .integer(-1), note: note, source: "human")
      case .key(.character(let scalar)) where ("0"..."9").contains(scalar):
        session.output.noteWithoutEnd(String(Character(scalar)))
        return Answer(
          value: .real(Self.rating(of: scalar)), note: note.isEmpty ? "\(scalar) of 9" : note,
          source: "human")
      case .key(.character(let scalar)):
        guard let line = reader.line(startingWith: String(Character(scalar)), show: showLine) else {
          session.output.noteWithoutEnd("\n  > ")
          continue
        }
        note = line
        session.output.noteWithoutEnd("\n  noted; and the rating: + - 0..9, Enter skips > ")
      case .key:
        attemptsLeft -= 1
        session.output.noteWithoutEnd(
          attemptsLeft > 0 ? "\n  + - 0..9, text, or Enter > " : "\n  skipped")
      }
    }
    return note.isEmpty ? nil : Answer(value: .null, note: note, source: "human")
  }

  /// A step is rated by what it led to.
  private func draw(_ subject: RatingSubject) {
    guard let step = subject.step else { return }
    let episode = subject.episode.episode
    let lines = EpisodePlayer.frame(
      subject.episode.environment.instance, state: episode.states[step + 1],
      action: episode.actions[step].choice,
      caption: "step \(step)  reward \(significant(episode.rewards[step]))",
      appearance: session.output.progressAppearance)
    session.output.note(lines.joined(separator: "\n"))
  }

  private func showLine(_ line: String) {
    session.output.noteWithoutEnd("\r\u{1B}[K  > \(line)")
  }

  /// Nine steps from -1 to 1.
  private static func rating(of digit: Unicode.Scalar) -> Double {
    Double(digit.value - Unicode.Scalar("0").value) / 4.5 - 1
  }
}
