import Language
import RLCore

/// What was answered when feedback was asked for.
struct Answer {
  /// In the form of its kind: a number, a word, an action, an option; null where there are only words.
  var value: Value
  /// Words to keep with it; empty for none.
  var note = ""
  /// `human`, or the teacher's or function's name.
  var source: String
  /// How long the person took, in seconds; nil where none was asked.
  var seconds: Double?
  /// When the deciding key was pressed.
  var given: ContinuousClock.Instant?
  /// When the steps were seen and the key was pressed, where it was while they played.
  var stamps: Rating.Stamps?
}
