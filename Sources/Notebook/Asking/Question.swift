import Language
import RLCore
import Store

/// What is asked of a person, a teacher or a function, about episodes (`Inquiry`) or texts
/// (`TextInquiry`), and what becomes of the answer.
protocol Question {
  var kind: FeedbackKind { get }
  /// In a few words, for the record.
  var text: String { get }
  /// What stands above the keys that answer; empty where what was shown says it.
  var heading: String { get }
  /// What it is about, as a script sees it, the left one first.
  var shown: [Value] { get }
  /// Who learns from the answer.
  var learner: (any SessionAgent)? { get }
  /// What a function gets that answers in a person's place.
  var arguments: [Value] { get }

  /// - Throws: where no answer to it could be learned from, so that nobody is asked for nothing.
  func check() throws(RunError)
  /// The answer that a value stands for, in the form in which it is kept.
  ///
  /// - Throws: a `value` or `type` error at `argument` for one that is none.
  func answer(from value: Value, argument: String) throws(RunError) -> Value
  /// The record of an answer without its number, which the ledger gives, what was shown, and how the
  /// learner gets the answer once it is on disk; nil for what teaches nothing.
  func take(_ answer: Answer, person: String) throws -> TakenAnswer

  /// Which keys answer it at the terminal.
  var keys: AnswerKeys { get }
  /// Whether the person has still to see what it is about.
  var needsShowing: Bool { get }
  /// Shows what it is about.
  func show(by reader: KeyReader, to output: Output) throws -> Showing
}

/// How what a question is about was shown.
enum Showing {
  /// At once, or not at all.
  case still
  /// As a film, to its end.
  case film
  /// As a film, until a key answered.
  case answered(by: Key)
}

extension Question {
  func check() throws(RunError) {}
}

/// An answer on its way into the ledger and to the learner.
struct TakenAnswer {
  let record: Store.FeedbackRecord
  let pieces: [StateArchive]
  let deliver: (() throws -> Void)?
}
