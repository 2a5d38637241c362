import Language
import RLCore

/// Asks a person: what it is about plays first, then single keys answer; keys that answer do so while
/// it plays, too.
struct PersonAtTerminal {
  let output: Output
  /// Invalid answers after which a question is skipped.
  let attempts: Int

  /// Keys of the film that a person presses once too often as it ends begin no note.
  private static let filmKeys: Set<Unicode.Scalar> = ["f", "s", "n", "q"]
  private static let filmKeysLinger = Duration.milliseconds(400)

  private static let others = "text for a note, Tab plays again, Enter skips"

  /// The answer; nil where it was skipped.
  func answer(to question: any Question) throws -> Answer? {
    guard let reader = KeyReader.open() else { return nil }
    defer { reader.close() }
    let keys = question.keys
    let clock = ContinuousClock()
    let start = clock.now
    var note = ""

    func answered(_ value: Value, by key: Key? = nil) -> Answer {
      let now = clock.now
      let words = note.isEmpty ? key.map(keys.note) ?? "" : note
      return Answer(
        value: value, note: words, source: "human", seconds: (now - start).inSeconds, given: now)
    }

    var filmEnd: ContinuousClock.Instant?
    /// Gives the answer where a key gave one meanwhile.
    func show() throws -> Answer? {
      switch try question.show(by: reader, to: output) {
      case .still: return nil
      case .film: filmEnd = clock.now
      case .answered(let key): return keys[key].map { answered($0, by: key) }
      }
      return nil
    }

    if question.needsShowing, let answer = try show() { return answer }
    output.noteWithoutEnd(line(of: question))
    defer { output.note("") }
    var attemptsLeft = attempts
    while attemptsLeft > 0 {
      let key: Key
      switch reader.next() {
      case .interrupted: throw RunError.interrupted
      case .closed: return nil
      case .timedOut: continue
      case .key(let pressed): key = pressed
      }
      if let value = keys[key] {
        output.noteWithoutEnd(name(of: key, value))
        return answered(value, by: key)
      }
      switch key {
      case .enter, .escape: return note.isEmpty ? nil : answered(.null)
      // Meant for the film, which is over.
      case .character(" "): continue
      case .character(let scalar)
      where filmEnd.map { clock.now - $0 < Self.filmKeysLinger } == true
        && Self.filmKeys.contains(scalar):
        continue
      case .tab:
        output.note("")
        if let answer = try show() { return answer }
        output.noteWithoutEnd(line(of: question))
      case .character(let scalar):
        // The question may fill more than one line.
        output.note("")
        guard let line = reader.line(startingWith: String(Character(scalar)), show: showLine) else {
          output.noteWithoutEnd("\r\u{1B}[K  \(keys.hint), Enter skips > ")
          continue
        }
        if let value = keys.answer(line: line) { return answered(value) }
        note = line
        output.noteWithoutEnd("\n  noted; and the answer: \(keys.hint), Enter skips > ")
      default:
        attemptsLeft -= 1
        output.noteWithoutEnd(
          attemptsLeft > 0 ? "\n  \(keys.hint), or Enter > " : "\n  skipped")
      }
    }
    return note.isEmpty ? nil : answered(.null)
  }

  /// Whether the answer is yes; Enter, too.
  func agrees(_ question: String) throws -> Bool {
    guard let reader = KeyReader.open() else { return false }
    defer { reader.close() }
    output.noteWithoutEnd("\(question) y, n > ")
    defer { output.note("") }
    while true {
      switch reader.next() {
      case .interrupted: throw RunError.interrupted
      case .closed, .key(.character("n")), .key(.escape): return false
      case .key(.character("y")), .key(.enter): return true
      case .key, .timedOut: continue
      }
    }
  }

  private func line(of question: any Question) -> String {
    wrapped(
      (question.heading.isEmpty ? "" : question.heading + "\n")
        + "  \(question.keys.hint), \(Self.others) >",
      to: max(output.progressAppearance.columns - 2, 20)) + " "
  }

  private func name(of key: Key, _ value: Value) -> String {
    if case .character(let scalar) = key { return String(Character(scalar)) }
    return value.printed
  }

  private func showLine(_ line: String) {
    output.noteWithoutEnd("\r\u{1B}[K  > \(line)")
  }
}

extension Inquiry {
  var heading: String { text }
  var keys: AnswerKeys { AnswerKeys(self) }

  /// An episode that just played need not play again.
  var needsShowing: Bool {
    subjects.contains { $0.step != nil || !$0.episode.wasShown }
  }

  /// Plays what is asked about.
  func show(by reader: KeyReader, to output: Output) throws -> Showing {
    let appearance = output.progressAppearance
    guard let movie = Movie(self), appearance.isLive else { return .still }
    for subject in subjects where subject.step == nil { subject.episode.wasShown = true }
    if movie.count == 1 {
      output.note(drawn: movie.frame(0, appearance))
      return .still
    }
    output.flush()
    let keys = keys
    var answer: Key?
    let player = Player(appearance: appearance) { reader.next(milliseconds: $0) }
    let end = player.play(movie, hint: keys.shortHint) { key in
      guard keys[key] != nil else { return .ignored }
      answer = key
      return .ends
    }
    if end == .interrupted { throw RunError.interrupted }
    return answer.map { .answered(by: $0) } ?? .film
  }
}
