import Language

/// What was answered when feedback was asked for.
struct Answer {
  /// The rating as it was given; null where there are only words.
  var value: Value
  /// Words to keep with it; empty for none.
  var note = ""
  /// `human`, or the teacher's or function's name.
  var source: String
}
