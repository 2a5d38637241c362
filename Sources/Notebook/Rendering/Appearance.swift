import CLineEditor
import Glibc

/// What may be written where output goes: the terminal's size, and whether it shows colour, moves
/// its cursor and has more than ASCII.
package struct Appearance: Equatable, Sendable {
  package var columns: Int
  package var rows: Int
  package var color: Bool
  package var unicode: Bool
  /// A terminal that understands escape sequences: live lines and frames are drawn only there.
  package var isLive: Bool

  package init(
    columns: Int = 80, rows: Int = 24, color: Bool = false, unicode: Bool = true,
    isLive: Bool = false
  ) {
    self.columns = max(columns, 1)
    self.rows = max(rows, 1)
    self.color = color
    self.unicode = unicode
    self.isLive = isLive
  }

  /// For a descriptor of this process: no colour and no drawing where it is no terminal, or where
  /// `NO_COLOR` or `TERM=dumb` says so.
  package static func of(descriptor: Int32) -> Appearance {
    var columns: Int32 = 80
    var rows: Int32 = 24
    let isTerminal = isatty(descriptor) == 1
    if isTerminal { _ = terminal_size(descriptor, &columns, &rows) }
    let isDumb = ["", "dumb", "unknown"].contains(variable("TERM") ?? "")
    return Appearance(
      columns: Int(columns), rows: Int(rows),
      color: isTerminal && !isDumb && (variable("NO_COLOR") ?? "").isEmpty,
      unicode: !isDumb
        && isUnicode(locale: variable("LC_ALL"), variable("LC_CTYPE"), variable("LANG")),
      isLive: isTerminal && !isDumb)
  }

  /// Whether the locale asks for more than ASCII. One that is not set at all says nothing: terminals
  /// show Unicode, and bare containers leave it unset.
  static func isUnicode(locale names: String?...) -> Bool {
    guard let name = names.compactMap({ $0 }).first(where: { !$0.isEmpty })?.lowercased() else {
      return true
    }
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// The text in a style, where there is colour.
  package func styled(_ text: String, _ style: Style) -> String {
    guard color, !text.isEmpty, let code = style.code else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

/// What a piece of text is; its colour is decided here alone. The sixteen basic colours follow the
/// user's own palette, light or dark.
package enum Style: Equatable, Sendable, CaseIterable {
  case plain, keyword, command, option, function, variable, number, string, comment, symbol, error
  case prompt, hint, emphasis, good, bad, first, second, third, fourth, selected

  var code: String? {
    switch self {
    case .plain, .variable, .symbol: nil
    case .keyword: "35"
    case .command: "1;34"
    case .option: "36"
    case .function: "34"
    case .number: "33"
    case .string: "32"
    case .comment, .hint: "90"
    case .error: "4;31"
    case .prompt: "1;32"
    case .emphasis: "1"
    case .good: "32"
    case .bad: "31"
    case .first: "36"
    case .second: "33"
    case .third: "35"
    case .fourth: "32"
    case .selected: "7"
    }
  }
}

private func variable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
