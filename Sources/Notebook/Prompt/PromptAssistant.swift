/// What the prompt asks of the language: everything it shows about a cell comes from here.
package protocol PromptAssistant: AnyObject {
  /// Whether Enter should run the text.
  func completeness(of text: String) -> Completeness

  /// Coloured pieces by their UTF-8 offsets, in order and without overlap.
  func highlights(of text: String) -> [Highlight]

  /// What could stand at the cursor (a UTF-8 offset).
  func completions(in text: String, at cursor: Int) -> Completions

  /// What may follow the text, shown faint after it; the history has been asked before.
  func hint(for text: String) -> String?
}

package enum Completeness: Sendable {
  case complete, incomplete, erroneous
}

package struct Highlight: Equatable, Sendable {
  package var range: Range<Int>
  package var style: Style

  package init(_ range: Range<Int>, _ style: Style) {
    self.range = range
    self.style = style
  }
}

package struct Candidate: Equatable, Sendable {
  /// What is put into the line.
  package var text: String
  /// What the listing shows: the name, its type and default.
  package var label: String
  /// One line of documentation.
  package var summary: String

  package init(text: String, label: String? = nil, summary: String = "") {
    self.text = text
    self.label = label ?? text
    self.summary = summary
  }
}

package struct Completions: Equatable, Sendable {
  /// The UTF-8 offsets that a candidate replaces.
  package var replacing: Range<Int>
  package var candidates: [Candidate]
  /// Whether names of files belong here too; what is being replaced is then a path's beginning.
  package var wantsPath: Bool

  package init(replacing: Range<Int>, candidates: [Candidate], wantsPath: Bool = false) {
    self.replacing = replacing
    self.candidates = candidates
    self.wantsPath = wantsPath
  }
}
