import Schema

/// What the prompt knows about a cell while it is typed. All of it follows from the declarations, the
/// session's names and the text; nothing is run.
package enum Assistance {
  /// A variable of the session, with the type or kind that its value has.
  package typealias KnownName = (name: String, kind: String)

  /// How a piece of a cell is coloured.
  package enum Style: Sendable, Hashable, CaseIterable {
    case command, option, word, string, number, keyword, comment, `operator`, function, error
  }

  /// A coloured piece, by its UTF-8 offsets.
  package struct Highlight: Sendable, Hashable {
    package var range: Range<Int>
    package var style: Style
  }

  package struct Candidate: Sendable, Hashable {
    /// What is put into the line.
    package var text: String
    /// The name with its type and default.
    package var label: String
    /// One line.
    package var summary: String
  }

  package struct Completions: Sendable, Hashable {
    /// The UTF-8 offsets of what a candidate replaces.
    package var replacing: Range<Int>
    package var candidates: [Candidate]
    /// Whether a path is wanted too; what is replaced is its beginning.
    package var wantsPath = false
  }

  /// The pieces of a cell that have a colour, in order and without overlap. Commands, options and
  /// words that do not exist are errors as soon as nothing that exists begins like them.
  package static func highlights(
    of text: String, catalogue: Catalogue, names: [KnownName] = []
  ) -> [Highlight] {
    var reader = CellReader(text, Glossary(catalogue, names))
    reader.readAll()
    return reader.pieces.sorted { $0.range.lowerBound < $1.range.lowerBound }
  }
}

/// The catalogue and the session's names, by name.
struct Glossary {
  let catalogue: Catalogue
  let names: [Assistance.KnownName]
  let commands: [String: Declaration]
  let functions: [String: Declaration]
  private let variables: Set<String>

  init(_ catalogue: Catalogue, _ names: [Assistance.KnownName]) {
    self.catalogue = catalogue
    self.names = names
    commands = Dictionary(catalogue.commands.map { ($0.name, $0) }) { first, _ in first }
    functions = Dictionary(catalogue.functions.map { ($0.name, $0) }) { first, _ in first }
    variables = Set(names.map(\.name))
  }

  func isVariable(_ name: String) -> Bool { variables.contains(name) }

  func isConstant(_ name: String) -> Bool { Builtins.constants[name] != nil }

  func members(of domain: Domain) -> [Declaration] {
    domain.family.flatMap { catalogue.families[$0] } ?? []
  }

  func member(_ name: String, of domain: Domain) -> Declaration? {
    members(of: domain).first { $0.name == name }
  }
}
